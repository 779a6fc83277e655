"""The frames of all touches that a transcript of a campaign holds. Pure.

A touch is a line with ``touch`` and ``told``, as ``fixtures.desk`` writes them.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from fixtures.desk import attempt_of
from suites.contactless.on_air import as_passed

if TYPE_CHECKING:
    from suites.contactless.trace import Passed


def is_transcript(text: str) -> bool:
    """By its first line."""
    return text.startswith('{"n":')


def read_transcript(text: str) -> list[Passed]:
    """Touch after touch. ``ValueError`` names the line that is none of a transcript."""
    found: list[Passed] = []
    for number, line in enumerate(text.splitlines(), 1):
        try:
            told = json.loads(line)
            if "touch" in told:
                found += map(as_passed, attempt_of(told["told"]).passed)
        except (ValueError, TypeError, KeyError, IndexError, AttributeError):
            raise ValueError(f"line {number} is none of a transcript") from None
    return found
