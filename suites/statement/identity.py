"""Does a statement say which model it speaks of? Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

SIX_FIELDS = ("maker", "soc", "gp_se_type", "release_year", "os_version", "device_class")
"""By which the models of a verification are chosen (technical verification deck p.16)."""

NO_ANSWERS = frozenset(
    {"", "?", "-", "–", "…", "...", "n/a", "tbd", "todo", "unknown", "xxx", "不明", "未定"}
)


def identity_gaps(identity: Mapping[str, object]) -> list[str]:
    """One sentence for each of the six fields that is missing or says nothing."""
    gaps = []
    for name in SIX_FIELDS:
        if name not in identity:
            gaps.append(f"{name} is missing")
        elif str(identity[name]).strip().lower() in NO_ANSWERS:
            gaps.append(f"{name} is {identity[name]!r}, which says nothing")
    return gaps
