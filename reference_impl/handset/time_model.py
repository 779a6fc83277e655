"""How long the sections of issuance take on a handset, and who the time is put down to.

REQ-3-1-k to -t. A library: whoever executes a flow opens a section, spends time in a lane, closes
the section; ``issuance.py`` does so from the means of a handset. A section's whole is read from the
clock, not summed up from its lanes, so that one can be held against the other. A lane that has no
part in a section stays out of its account (a dash in the deck's table), which is not the same as a
lane that had nothing to do there and took 0.0 s. The JPKI system is *assumed*, a constant: it was
simulated when the deck's times were taken (p.16).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum, unique

from reference_impl.chip.clock import VirtualClock

NS = 1_000_000_000


@unique
class Lane(StrEnum):
    """Who works, in the order of the deck's columns (p.18)."""

    USER = "user"
    APP = "app"
    APPLET_FOR_APP = "applet_for_app"
    APPLET_FOR_TSM = "applet_for_tsm"
    TSM = "tsm"
    JPKI = "jpki"


@dataclass(frozen=True)
class SectionTime:
    """One section: when it began and ended, and the lanes that had a part in it; nanoseconds."""

    section: str
    start: int
    end: int
    lanes: dict[Lane, int]


@dataclass
class Stopwatch:
    """Keeps the account of one flow on a clock."""

    clock: VirtualClock
    sections: list[SectionTime] = field(default_factory=list, init=False)
    _open: str = field(default="", init=False)
    _start: int = field(default=0, init=False)
    _lanes: dict[Lane, int] = field(default_factory=dict, init=False)

    def begin(self, section: str) -> None:
        self._open, self._start, self._lanes = section, self.starts(), {}

    def starts(self) -> int:
        """A section starts when the one before has ended."""
        return self.clock.now_ns()

    def spend(self, lane: Lane, seconds: float | None) -> None:
        """None: the lane has no part here. 0.0: it has, and took no time."""
        if seconds is None:
            self.no_part(lane)
            return
        taken = max(0, round(seconds * NS))
        self.clock.advance(taken)
        booked = self.booked_as(lane)
        if booked is not None:
            self._lanes[booked] = self._lanes.get(booked, 0) + taken

    def no_part(self, lane: Lane) -> None:
        """Nothing is written down."""

    def booked_as(self, lane: Lane) -> Lane | None:
        """Each lane's time is its own; None would be time that nobody is charged with."""
        return lane

    def end(self) -> None:
        done = SectionTime(self._open, self._start, self.clock.now_ns(), dict(self._lanes))
        self.sections.append(done)
