"""What passed between a reader and a card: frames in order, as anyone beside them hears them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

FC = 13_560_000  # ticks a second


class Event(IntEnum):
    """Who sent, or what the field did; the values are those of link type 264."""

    FIELD_ON = 0xFC
    FIELD_OFF = 0xFD
    READER = 0xFE
    CARD = 0xFF


@dataclass(frozen=True, slots=True)
class Passed:
    """One frame with its CRC; ``tick``: its beginning, in 1/fc from wherever the trace begins."""

    tick: int
    event: Event
    data: bytes = b""
    last_bits: int = 8

    @property
    def short(self) -> bool:
        """REQA and WUPA. A trace that keeps no bits shows them as a single byte."""
        return len(self.data) == 1 and self.event is Event.READER
