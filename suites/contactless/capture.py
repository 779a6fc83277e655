"""Taking a campaign of positions tap by tap: what was tried, and what comes next. Pure.

Technical verification deck p.35. Rules:

1. a tap is one or two attempts; the second is made only where the first failed, after the phone was
   taken away. Each attempt is written down as soon as it is over, so one that failed cannot be
   forgotten by an interruption: whoever goes on later goes on with the second;
2. what an attempt reached is kept (``Stage``); success is a file read from the applet;
3. what was captured from a reader is never taken back. What was typed can be, for a finger slips:
   the attempt stays in the log and is marked as withdrawn.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum, unique

from suites.contactless.negotiation import Technology
from suites.contactless.positions import Grid, Pair, Position, ResultClass, Try

PLANS = {"six": Grid.DECK, "grid18": Grid.FULL, "grid27": Grid.EXTENDED}
ATTEMPTS = 2


@unique
class Stage(StrEnum):
    """How far an attempt came; the last is success."""

    NOTHING = "nothing was detected"
    DETECTED = "detected, not activated"
    ACTIVATED = "activated, application not selected"
    SELECTED = "application selected, file not read"
    READ = "file read"
    TYPED = "failed, by a person's word"


@dataclass(frozen=True)
class Attempt:
    """One attempt of one tap.

    ``spoken`` is None where the type is not known; ``sure`` says how it is known. ``why``: of a
    failure, in words. ``ms``: from being detected to the end, NaN where nobody measured.
    """

    pair: Pair
    position: Position
    number: int  # of the tap, from 1
    attempt: int  # 1 or 2
    stage: Stage
    spoken: Technology | None = None
    sure: str = ""
    why: str = ""
    ms: float | None = None
    at: str = ""  # date and time, ISO 8601
    atr: str = ""
    typed: bool = False

    @property
    def ok(self) -> bool:
        return self.stage is Stage.READ


@dataclass(frozen=True)
class Plan:
    """Which positions, and how many taps at each. ``ValueError`` for what cannot be."""

    grid: Grid
    tries: int

    def __post_init__(self) -> None:
        if self.tries < 1:
            raise ValueError("at least one tap at each position")

    @property
    def total(self) -> int:
        return len(self.grid.positions) * self.tries


@dataclass(frozen=True)
class Step:
    """What is to be done next."""

    position: Position
    number: int
    attempt: int


def next_step(plan: Plan, pair: Pair, attempts: Iterable[Attempt]) -> Step | None:
    """Position by position, tap by tap; an attempt that failed first of all gets its second.

    ``None`` when the plan is fulfilled.
    """
    of_pair = taps(one for one in attempts if one.pair == pair)
    open_ones = [made for made in of_pair.values() if result(made) is None]
    if open_ones:
        last = open_ones[-1][-1]
        return Step(last.position, last.number, last.attempt + 1)
    for position in plan.grid.positions:
        for number in range(1, plan.tries + 1):
            if (pair, position, number) not in of_pair:
                return Step(position, number, 1)
    return None


Key = tuple[Pair, Position, int]


def taps(attempts: Iterable[Attempt]) -> dict[Key, list[Attempt]]:
    """The attempts of each tap, in the order of the first."""
    found: dict[Key, list[Attempt]] = {}
    for one in attempts:
        found.setdefault((one.pair, one.position, one.number), []).append(one)
    return found


def result(made: Sequence[Attempt]) -> ResultClass | None:
    """The class of a tap by its attempts; ``None`` while its second is to come."""
    if made[0].ok:
        return ResultClass.FIRST
    if len(made) < ATTEMPTS:
        return None
    return ResultClass.SECOND if made[1].ok else ResultClass.NEITHER


def finished(attempts: Iterable[Attempt]) -> list[tuple[Try, Attempt]]:
    """Every tap that is over, with its last attempt."""
    found = []
    for (pair, position, number), made in taps(attempts).items():
        if (came_to := result(made)) is not None:
            spoken = next((one.spoken for one in reversed(made) if one.spoken), None)
            found.append((Try(pair, position, number, came_to, spoken), made[-1]))
    return found
