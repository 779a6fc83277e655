"""The trace matrix as a judge: catalogue and tests in, what does not match out. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fixtures.verdict import BENCH

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from fixtures.catalogue.load import Catalogue

OWN_ROOMS = ("suites/selfcheck/", "suites/detection/")
"""Tests of the suite itself; everything else judges a target and says by which requirement."""


def untraced(catalogue: Catalogue, tests: Mapping[str, Sequence[str]]) -> list[str]:
    """One sentence for each gap between catalogue and tests (test id → requirement ids)."""
    carried = {id_ for ids in tests.values() for id_ in ids}
    gaps = [
        f"{id_} is automated, but no test carries it"
        for id_ in catalogue.automated
        if id_ not in carried
    ]
    for name, ids in tests.items():
        if not ids and not name.startswith(OWN_ROOMS):
            gaps.append(f"{name} judges a target, but carries no requirement")
        for id_ in ids:
            if id_ == BENCH:
                continue
            if id_ not in catalogue.requirements:
                gaps.append(f"{id_} is not in the catalogue ({name})")
            elif id_ in catalogue.planned:
                gaps.append(f"{id_} has a test ({name}), but is planned")
    return gaps
