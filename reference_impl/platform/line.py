"""The way between host and chip: how long bytes travel, and what OMAPI adds to it.

All figures OUR DESIGN. Contact: 12 etu a byte at 115,200 bit/s (ISO/IEC 7816-3). Contactless: 9
bits a byte (type A, with parity) or 10 (type B) at 106 kbit/s (ISO/IEC 14443-3), and the frame
around them. Internal: the bus to the embedded secure element, and a call through OMAPI with its
access control for each exchange.
"""

from __future__ import annotations

from dataclasses import dataclass

from reference_impl.chip.timing import MS, US, Lane, Timekeeper


@dataclass(frozen=True)
class Way:
    """Costs of one access path, in nanoseconds."""

    exchange: int  # whatever its length
    byte: int
    omapi: int = 0


WAYS = {
    "internal": Way(1 * MS, 9 * US, 12 * MS),
    "contact": Way(2 * MS, 104 * US),
    "contactless_a": Way(4 * MS, 85 * US),
    "contactless_b": Way(4 * MS, 94 * US),
}


@dataclass
class Line:
    """Takes the time of the way; ``delay``: what a test bench makes every exchange longer by."""

    time: Timekeeper
    delay: int = 0  # ns

    def carry(self, size: int, media: str) -> None:
        """``size`` bytes there and back together."""
        way = WAYS[media]
        self.time.spend(Lane.TRANSPORT, way.exchange + size * way.byte)
        if way.omapi:
            self.time.spend(Lane.OMAPI, way.omapi)
        if self.delay:
            self.time.spend(self.lane_of_delay(), self.delay)

    def lane_of_delay(self) -> Lane:
        """A slow line is the transport's, whoever waits for it."""
        return Lane.TRANSPORT
