"""The frames of all touches that a transcript of a campaign holds. Pure.

A touch is a line with ``touch`` and ``told``, of which the last item are the events on the air:
tick, event, type, frame with its CRC in hex, bits of its last byte (``fixtures.desk``).
"""

from __future__ import annotations

import json
from typing import Any

from suites.contactless.trace import Event, Passed


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
                found += [passed_of(event) for event in told["told"][5]]
        except (ValueError, TypeError, KeyError, IndexError):
            raise ValueError(f"line {number} is none of a transcript") from None
    return found


def passed_of(told: list[Any]) -> Passed:
    tick, event, _, data, last_bits = told
    return Passed(tick, Event(event), bytes.fromhex(data), last_bits)
