"""Pairs side by side: reader by phone, each with its worst class and the type it speaks. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from suites.contactless.positions import Cell, Pair, ResultClass
from suites.contactless.proportions import fisher_worse


@dataclass(frozen=True)
class Entry:
    """A pair in the matrix."""

    pair: Pair
    cells: tuple[Cell, ...]

    @property
    def worst(self) -> ResultClass:
        """Over all its positions."""
        return max((cell.worst for cell in self.cells), key=lambda result: result.rank)

    @property
    def tries(self) -> int:
        return sum(map(len, self.cells))

    @property
    def first(self) -> int:
        return sum(cell.first for cell in self.cells)

    @property
    def second_attempts(self) -> int:
        return self.tries - self.first

    @property
    def glyph(self) -> str:
        """A, B, M for mixed, ? where a type of an answered tap is not known."""
        spoken = {
            one.spoken for cell in self.cells for one in cell.tries
            if one.result is not ResultClass.NEITHER
        }  # fmt: skip
        if None in spoken or not spoken:
            return "?"
        return "M" if len(spoken) > 1 else str(next(iter(spoken)))

    @property
    def persistence(self) -> float:
        """Chance that second attempts succeed as rarely as they do, were they like first ones.

        Small: failures persist (geometry, firmware) and a further attempt hardly helps. 1 where
        there was no second attempt.
        """
        if not self.second_attempts:
            return 1.0
        helped = sum(cell.count(ResultClass.SECOND) for cell in self.cells)
        return fisher_worse((self.first, self.tries), (helped, self.second_attempts))


def entries(cells: Sequence[Cell]) -> list[Entry]:
    """By reader, firmware and phone."""
    found: dict[Pair, list[Cell]] = {}
    for cell in cells:
        found.setdefault(cell.pair, []).append(cell)
    return [Entry(pair, tuple(of)) for pair, of in sorted(found.items())]
