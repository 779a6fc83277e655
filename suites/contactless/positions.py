"""Taps at measured positions: what was tried, what it came to, and what that shows. Pure.

Technical verification deck p.35: the phone lies with its contactless mark on that of the reader,
then shifted by 10 mm along X, Y and Z; a tap succeeds at the first attempt, fails once and succeeds
at the second, or fails twice.

Rules:

1. a second attempt begins after the field was off, or the phone taken away. What a reader retries
   by itself belongs to the first attempt, which has then failed;
2. a cell is one position of one pair, and a pair is a reader with its firmware, and a phone;
3. the class of a cell or pair is the worst that was seen in it: a class is no average;
4. tries are numbered from 1, so that one that was left out shows.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum, unique
from itertools import product

from suites.contactless.negotiation import Technology
from suites.contactless.proportions import Interval, clopper_pearson, lower

TRIPLE = re.compile(r"([+-]?\d{1,3})/([+-]?\d{1,3})/([+-]?\d{1,3})")
AXIS = re.compile(r"([+-])(\d{0,3})([xyz])")
STEP = 10  # mm


@unique
class ResultClass(StrEnum):
    """The three classes of the deck, best first."""

    FIRST = "○"  # success at the first attempt
    SECOND = "△"  # the first failed, the second succeeded
    NEITHER = "×"  # both failed

    @property
    def rank(self) -> int:
        return list(ResultClass).index(self)


@dataclass(frozen=True)
class Position:
    """Of the phone's mark against the reader's, in mm; x width, y length, z off the reader."""

    x: int
    y: int
    z: int

    def __post_init__(self) -> None:
        if self.z < 0:
            raise ValueError("a phone cannot lie below the surface of the reader")

    def __str__(self) -> str:
        moved = [(name, v) for name, v in zip("XYZ", (self.x, self.y, self.z), strict=True) if v]
        if not moved:
            return "centre"
        return " ".join(f"{mm:+d} {name}" for name, mm in moved)

    @property
    def place(self) -> tuple[int, ...]:
        """Sorts from the reader up, from the centre outwards, X before Y, plus before minus."""
        return (self.z, abs(self.x) + abs(self.y), -abs(self.x), -self.x, -self.y)

    @classmethod
    def parse(cls, text: str) -> Position:
        """``centre``, ``+x``, ``-10 Y`` (10 mm if none is said) or ``10/-10/0``.

        ``ValueError`` for anything else.
        """
        plain = text.strip().lower().replace(" ", "").removesuffix("mm")
        if plain in {"centre", "center", "中心"}:
            return CENTRE
        if triple := TRIPLE.fullmatch(plain):
            x, y, z = map(int, triple.groups())
            return cls(x, y, z)
        if axis := AXIS.fullmatch(plain):
            sign, mm, name = axis.groups()
            moved = int(sign + (mm or str(STEP)))
            return cls(*(moved if name == axis_name else 0 for axis_name in "xyz"))
        raise ValueError(f"{text!r} is no position; write centre, +x, -10y or 10/-10/0 (mm)")


CENTRE = Position(0, 0, 0)


@unique
class Grid(StrEnum):
    """Which positions a pair is tried at."""

    DECK = "deck"  # the six of the deck, p.35
    FULL = "full"  # all of X and Y, on the reader and 10 mm above
    EXTENDED = "extended"  # and 20 mm above

    @property
    def positions(self) -> tuple[Position, ...]:
        if self is Grid.DECK:
            return DECK
        heights = (0, STEP) if self is Grid.FULL else (0, STEP, 2 * STEP)
        flat = product((-STEP, 0, STEP), repeat=2)
        found = (Position(x, y, z) for (x, y), z in product(flat, heights))
        return tuple(sorted(found, key=lambda position: position.place))


DECK = (
    CENTRE, Position(STEP, 0, 0), Position(-STEP, 0, 0), Position(0, STEP, 0),
    Position(0, -STEP, 0), Position(0, 0, STEP),
)  # fmt: skip


@dataclass(frozen=True, order=True)
class Pair:
    """A reader with its firmware, and a phone; a changed firmware is another pair."""

    reader: str
    firmware: str
    phone: str

    def __str__(self) -> str:
        return f"{self.reader} ({self.firmware}) × {self.phone}"


@dataclass(frozen=True)
class Try:
    """One tap: ``spoken`` is None where the type is not known, or nothing was spoken."""

    pair: Pair
    position: Position
    number: int
    result: ResultClass
    spoken: Technology | None = None


@dataclass(frozen=True)
class Cell:
    """All tries of one pair at one position; at least one."""

    pair: Pair
    position: Position
    tries: tuple[Try, ...]

    def __len__(self) -> int:
        return len(self.tries)

    def __str__(self) -> str:
        return f"{self.pair} @ {self.position}"

    def count(self, result: ResultClass) -> int:
        return sum(one.result is result for one in self.tries)

    @property
    def first(self) -> int:
        """Successes at the first attempt."""
        return self.count(ResultClass.FIRST)

    @property
    def worst(self) -> ResultClass:
        return max((one.result for one in self.tries), key=lambda result: result.rank)

    @property
    def interval(self) -> Interval:
        """Exact, two-sided, of the share of first attempts that succeed."""
        return clopper_pearson(self.first, len(self))

    @property
    def shown(self) -> float:
        """The largest share of first attempts that this sample shows, one-sided."""
        return lower(self.first, len(self))

    @property
    def left_out(self) -> tuple[int, ...]:
        """Numbers of tries up to the last that are not here."""
        numbers = {one.number for one in self.tries}
        return tuple(n for n in range(1, max(numbers) + 1) if n not in numbers)


def cells_of(tries: Iterable[Try]) -> list[Cell]:
    """By pair and position, in the order of their names."""
    found: dict[tuple[Pair, Position], list[Try]] = {}
    for one in tries:
        found.setdefault((one.pair, one.position), []).append(one)
    return [
        Cell(*key, tuple(sorted(of, key=lambda one: one.number)))
        for key, of in sorted(found.items(), key=lambda item: (item[0][0], item[0][1].place))
    ]
