"""Pairs side by side, and the same pair before and after a change of firmware. Pure.

Technical verification deck p.34 and p.35: some pairs failed, the reader was to blame, and a new
firmware is to cure them. Rules:

1. positions are compared one by one; a class that gets worse is a regression;
2. a regression beyond chance fails (Fisher's exact test; Holm over all positions, 5 % together).
   Any other is INCONCLUSIVE and tried again on fresh taps: one lost tap of ten is a worse class and
   may mean nothing. Of ``repeated`` taps each position is tested at 5 % by itself;
3. a position that failed twice before and was not tried since is not decided; one that still fails
   twice is not cured, and fails where that is more than the bad luck of one tap in twenty;
4. a firmware that is not known cannot be compared with anything;
5. what a later firmware replaced at a position is kept for comparison and claims nothing any more.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum, unique
from itertools import pairwise

from fixtures.verdict import Finding, Verdict
from suites.contactless.position_judges import REFUTED
from suites.contactless.positions import Cell, Pair, Position, ResultClass
from suites.contactless.proportions import at_least, fisher_worse, holm

UNKNOWN = {"unknown", "不明", "?"}  # firmware
BAD_LUCK = 0.05  # share of taps that may fail twice without anything being wrong; our design


@unique
class Change(StrEnum):
    """What a new firmware made of a position."""

    CURED = "cured"  # failed twice before, never since
    BETTER = "better"
    SAME = "same"
    STILL_FAILS = "still fails"
    REGRESSION = "regression"


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


@dataclass(frozen=True)
class Comparison:
    """One position of one reader and phone under two firmwares."""

    before: Cell
    after: Cell

    @property
    def subject(self) -> str:
        pair = self.before.pair
        firmware = f"{pair.firmware} → {self.after.pair.firmware}"
        return f"{pair.reader} ({firmware}) × {pair.phone} @ {self.before.position}"

    @property
    def change(self) -> Change:
        before, after = self.before.worst, self.after.worst
        if after.rank > before.rank:
            return Change.REGRESSION
        if before is ResultClass.NEITHER:
            return Change.STILL_FAILS if after is before else Change.CURED
        return Change.BETTER if after.rank < before.rank else Change.SAME

    @property
    def chance(self) -> float:
        """Probability that an unchanged reader looks as much worse, or more, by chance.

        The smaller one of first attempts and of taps that did not fail twice, doubled for the
        choice (Bonferroni).
        """
        of_first = self._worse(ResultClass.FIRST)
        of_both = self._worse(ResultClass.FIRST, ResultClass.SECOND)
        return min(1.0, 2 * min(of_first, of_both))

    def _worse(self, *good: ResultClass) -> float:
        before, after = (
            (sum(map(cell.count, good)), len(cell)) for cell in (self.before, self.after)
        )
        return fisher_worse(before, after)


def entries(cells: Sequence[Cell]) -> list[Entry]:
    """By reader, firmware and phone."""
    found: dict[Pair, list[Cell]] = {}
    for cell in cells:
        found.setdefault(cell.pair, []).append(cell)
    return [Entry(pair, tuple(of)) for pair, of in sorted(found.items())]


def comparisons(cells: Sequence[Cell], firmwares: Sequence[tuple[str, str]]) -> list[Comparison]:
    """Each position under one firmware and under the next at which it was tried.

    ``firmwares``: (reader, firmware) from the oldest to the newest.
    """
    found: list[Comparison] = []
    for one in _spots(cells):
        by_age = _by_age(one, firmwares)
        found += [Comparison(old, new) for old, new in pairwise(by_age)]
    return found


def current(cells: Sequence[Cell], firmwares: Sequence[tuple[str, str]]) -> list[Cell]:
    """Without those that a later firmware replaced at the same position of the same pair."""
    replaced = {id(one.before) for one in comparisons(cells, firmwares)}
    return [cell for cell in cells if id(cell) not in replaced]


def judge_firmware(
    cells: Sequence[Cell],
    firmwares: Sequence[tuple[str, str]],
    requirement: str = "REQ-6-6-c",
    *,
    repeated: bool = False,
) -> list[Finding]:
    """Each comparison, and each failed position that no later firmware was tried at.

    Nothing where no position failed and none was tried under two firmwares.
    """
    compared = comparisons(cells, firmwares)
    chances = [one.chance for one in compared]
    beyond = [p <= REFUTED for p in chances] if repeated else holm(chances, REFUTED)
    return [
        *(_compared(one, far, requirement)
          for one, far in zip(compared, beyond, strict=True)),
        *_not_tried_since(cells, firmwares, requirement),
        *_unknown_firmware(cells, requirement),
    ]  # fmt: skip


def _compared(one: Comparison, beyond: bool, requirement: str) -> Finding:
    change = one.change
    told = f"{change}: class {one.before.worst} before, {one.after.worst} after"
    verdict = Verdict.PASS
    if change is Change.STILL_FAILS:
        verdict = Verdict.FAIL if _is_no_bad_luck(one.after) else Verdict.INCONCLUSIVE
        told += f"; {one.after.count(ResultClass.NEITHER)} of {len(one.after)} taps failed twice"
    if change is Change.REGRESSION or beyond:
        verdict = Verdict.FAIL if beyond else Verdict.INCONCLUSIVE
        told += f"; p = {one.chance:.2g} by chance alone"
        told += "" if verdict is Verdict.FAIL else ": try again on fresh taps (--repeated)"
    told = "" if change is Change.SAME and verdict is Verdict.PASS else told
    return Finding(requirement, verdict, told, one.subject)


def _is_no_bad_luck(cell: Cell) -> bool:
    return at_least(cell.count(ResultClass.NEITHER), len(cell), BAD_LUCK) <= REFUTED


def _not_tried_since(
    cells: Sequence[Cell], firmwares: Sequence[tuple[str, str]], requirement: str
) -> Iterator[Finding]:
    for spot in _spots(cells):
        by_age = _by_age(spot, firmwares)
        if len(by_age) == 1 and by_age[0].worst is ResultClass.NEITHER:
            told = "failed twice, and was not tried under another firmware: test again"
            yield Finding(requirement, Verdict.INCONCLUSIVE, told, str(by_age[0]))


def _unknown_firmware(cells: Sequence[Cell], requirement: str) -> Iterator[Finding]:
    for pair in sorted({cell.pair for cell in cells if is_unknown(cell.pair.firmware)}):
        told = "the firmware is not known, so a later one cannot be compared with it"
        yield Finding(requirement, Verdict.INCONCLUSIVE, told, str(pair))


def is_unknown(firmware: str) -> bool:
    return firmware.lower() in UNKNOWN


def _spots(cells: Sequence[Cell]) -> list[list[Cell]]:
    """Cells of the same reader, phone and position."""
    found: dict[tuple[str, str, Position], list[Cell]] = {}
    for cell in cells:
        found.setdefault((cell.pair.reader, cell.pair.phone, cell.position), []).append(cell)
    return list(found.values())


def _by_age(spot: Sequence[Cell], firmwares: Sequence[tuple[str, str]]) -> list[Cell]:
    known = [cell for cell in spot if not is_unknown(cell.pair.firmware)]
    return sorted(known, key=lambda c: firmwares.index((c.pair.reader, c.pair.firmware)))
