"""The chip's clock. It is virtual: it stands still until work is done, and nobody ever sleeps."""

from __future__ import annotations

START_NS = 1_000_000_000  # an instant before which nothing was; never 0, which reads like "none"


class VirtualClock:
    """Nanoseconds, advanced by whoever takes time."""

    def __init__(self) -> None:
        self._now = START_NS

    def now_ns(self) -> int:
        return self._now

    def advance(self, nanoseconds: int) -> None:
        """``nanoseconds`` >= 0 later. Raises ValueError for a step back."""
        if nanoseconds < 0:
            raise ValueError(f"a clock does not go back ({nanoseconds} ns)")
        self._now += nanoseconds
