"""The same pair before and after a change of firmware. Pure.

Technical verification deck p.34 and p.35: some pairs failed, the reader was to blame, and a new
firmware is to cure them. Rules:

1. positions are compared one by one; a class that gets worse is a regression;
2. a regression beyond chance fails: at a position (Fisher's exact test), or of a pair at all its
   positions together (the same, stratified); Holm over all of them, 5 % together. Any other is
   INCONCLUSIVE and tried again on fresh taps: one lost tap of ten is a worse class and may mean
   nothing. Of ``repeated`` taps each is tested at 5 % by itself, and what chance explains passes;
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
from suites.contactless.proportions import at_least, fisher_worse_together, holm

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
class Comparison:
    """One position of one reader and phone under two firmwares."""

    before: Cell
    after: Cell

    @property
    def pair(self) -> str:
        before = self.before.pair
        return f"{before.reader} ({before.firmware} → {self.after.pair.firmware}) × {before.phone}"

    @property
    def subject(self) -> str:
        return f"{self.pair} @ {self.before.position}"

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
        """Probability that an unchanged reader looks as much worse, or more, by chance."""
        return chance_of([self])


def chance_of(compared: Sequence[Comparison]) -> float:
    """Of all these positions together.

    The smaller one of first attempts and of taps that did not fail twice, doubled for the choice
    (Bonferroni).
    """
    of_first = _worse(compared, ResultClass.FIRST)
    of_both = _worse(compared, ResultClass.FIRST, ResultClass.SECOND)
    return min(1.0, 2 * min(of_first, of_both))


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
    pairs = _by_pair(compared)
    beyond = _beyond_chance(compared, pairs, repeated)
    of_pairs = zip(pairs, beyond[len(compared) :], strict=True)
    return [
        *(_compared(one, far, repeated, requirement)
          for one, far in zip(compared, beyond, strict=False)),
        *(_worse_everywhere(one, requirement) for one, far in of_pairs if far),
        *_not_tried_since(cells, firmwares, requirement),
        *_unknown_firmware(cells, requirement),
    ]  # fmt: skip


def made_worse(
    cells: Sequence[Cell], firmwares: Sequence[tuple[str, str]]
) -> frozenset[Pair]:  # fmt: skip
    """Pairs, under the later firmware, that ``judge_firmware`` fails for a regression."""
    compared = comparisons(cells, firmwares)
    pairs = _by_pair(compared)
    beyond = _beyond_chance(compared, pairs, repeated=False)
    groups = [*([one] for one in compared), *pairs]
    return frozenset(of[0].after.pair for of, far in zip(groups, beyond, strict=True) if far)


def _beyond_chance(
    compared: Sequence[Comparison], pairs: Sequence[Sequence[Comparison]], repeated: bool
) -> list[bool]:
    """Of each position, then of each pair."""
    chances = [*(one.chance for one in compared), *map(chance_of, pairs)]
    return [p <= REFUTED for p in chances] if repeated else holm(chances, REFUTED)


def _compared(one: Comparison, beyond: bool, repeated: bool, requirement: str) -> Finding:
    change = one.change
    told = f"{change}: class {one.before.worst} before, {one.after.worst} after"
    verdict = Verdict.PASS
    if change is Change.STILL_FAILS:
        verdict = Verdict.FAIL if _is_no_bad_luck(one.after) else Verdict.INCONCLUSIVE
        told += f"; {one.after.count(ResultClass.NEITHER)} of {len(one.after)} taps failed twice"
    if beyond:
        verdict = Verdict.FAIL
    elif change is Change.REGRESSION and not repeated:
        verdict = Verdict.INCONCLUSIVE
    if change is Change.REGRESSION or beyond:
        told += f"; p = {one.chance:.2g} by chance alone"
        told += ": try again on fresh taps" if verdict is Verdict.INCONCLUSIVE else ""
    told = "" if change is Change.SAME and verdict is Verdict.PASS else told
    return Finding(requirement, verdict, told, one.subject)


def _by_pair(compared: Sequence[Comparison]) -> list[list[Comparison]]:
    """Positions of the same change of firmware of the same pair, where there are several."""
    found: dict[tuple[Pair, Pair], list[Comparison]] = {}
    for one in compared:
        found.setdefault((one.before.pair, one.after.pair), []).append(one)
    return [of for of in found.values() if len(of) > 1]


def _worse_everywhere(compared: Sequence[Comparison], requirement: str) -> Finding:
    before, after = (
        f"{sum(c.first for c in of)} of {sum(map(len, of))}"
        for of in ([one.before for one in compared], [one.after for one in compared])
    )
    told = f"{Change.REGRESSION}: {before} first attempts succeeded before, {after} after, over "
    told += f"{len(compared)} positions; p = {chance_of(compared):.2g} by chance alone"
    return Finding(requirement, Verdict.FAIL, told, compared[0].pair)


def _worse(compared: Sequence[Comparison], *good: ResultClass) -> float:
    return fisher_worse_together(
        [(_share(one.before, good), _share(one.after, good)) for one in compared]
    )


def _share(cell: Cell, good: tuple[ResultClass, ...]) -> tuple[int, int]:
    return sum(map(cell.count, good)), len(cell)


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
