"""The section × lane table of the deck (p.18), and whether such a table adds up. Pure.

Rules:

1. a dash says that a lane has no part in a section; 0.0 is a measured nothing. They are never mixed
   (REQ-3-1-l);
2. printed figures are rounded to 0.1 s, so a sum of k of them may miss the printed total by
   0.05 · (k + 1) and no more (REQ-3-1-n). The deck's own table misses it by 0.1 in four places, all
   of them within that;
3. tenths are exact: sums are of ``Decimal``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from statistics import fmean

from fixtures.catalogue.numbers import ISSUANCE, ISSUANCE_TOTALS
from fixtures.targets.turnaround_port import LANES, Run
from fixtures.verdict import Finding, Verdict

TENTH = Decimal("0.1")
HALF = Decimal("0.05")  # s, what rounding to a tenth may hide
SECTIONS = tuple(f"F-ISS-{number}" for number in range(1, 10))
TITLES = dict(zip(SECTIONS, ISSUANCE, strict=True))
TITLES_JA = dict(
    zip(
        SECTIONS,
        (
            "発行申請", "署名用パスワード設定", "利用者証明用PIN設定", "署名用鍵ペア生成",
            "署名用電子証明書格納", "利用者証明用鍵ペア生成", "利用者証明用電子証明書格納",
            "署名用電子証明書の動作確認", "利用者証明用電子証明書の動作確認",
        ),
        strict=True,
    )
)  # fmt: skip
WAITING = SECTIONS[3:7]  # key generation to certificate storage, p.18
MAKES_A_KEY = ("F-ISS-4", "F-ISS-6")
SET_BY_THE_USER = ("F-ISS-2", "F-ISS-3")

Cells = tuple[Decimal | None, ...]  # in the order of LANES


@dataclass(frozen=True)
class Line:
    """A printed row: the total, and the cells."""

    total: Decimal
    cells: Cells


@dataclass(frozen=True)
class Table:
    """Rows by section, and the bottom row; seconds as printed."""

    rows: Mapping[str, Line]
    bottom: Line


DECK = Table(
    {SECTIONS[n]: Line(row[0], tuple(row[1:])) for n, row in enumerate(ISSUANCE.values())},
    Line(ISSUANCE_TOTALS[0], tuple(ISSUANCE_TOTALS[1:])),
)
DASHES = {section: tuple(cell is None for cell in DECK.rows[section].cells) for section in SECTIONS}


def means(runs: Sequence[Run]) -> Table:
    """The means of some issuances, as they would be printed. ``ValueError`` for none.

    A cell is a dash where it is one in every run. Totals are means of what the clock said, not sums
    of means: otherwise nothing could be found by adding up.
    """
    rows = {}
    for at, section in enumerate(SECTIONS):
        times = [run[at] for run in runs]
        cells = tuple(_mean([one.cells[lane] for one in times]) for lane in range(len(LANES)))
        rows[section] = Line(_tenths(fmean(one.total for one in times)), cells)
    whole = fmean(run[-1].end - run[0].start for run in runs)
    columns = tuple(
        _mean([sum(one.cells[lane] or 0.0 for one in run) for run in runs])
        for lane in range(len(LANES))
    )
    return Table(rows, Line(_tenths(whole), columns))


def _mean(cells: Sequence[float | None]) -> Decimal | None:
    known = [cell for cell in cells if cell is not None]
    return _tenths(sum(known) / len(cells)) if known else None


def _tenths(seconds: float) -> Decimal:
    """As printed: half a tenth goes up. Noise of floating numbers is taken off before."""
    return Decimal(round(seconds, 9)).quantize(Decimal("1e-9")).quantize(TENTH, ROUND_HALF_UP)


@dataclass(frozen=True)
class Residual:
    """What a printed total has more than its parts; seconds."""

    place: str
    value: Decimal
    bound: Decimal

    @property
    def within(self) -> bool:
        return abs(self.value) <= self.bound


def residuals(table: Table) -> list[Residual]:
    """Of every row, every column, the bottom row and the column of totals, 0 included."""
    found = [_residual(section, line.total, line.cells) for section, line in table.rows.items()]
    for at, lane in enumerate(LANES):
        total = table.bottom.cells[at]
        if total is not None:
            column = [line.cells[at] for line in table.rows.values()]
            found.append(_residual(f"column {lane}", total, column))
    found.append(_residual("bottom row", table.bottom.total, table.bottom.cells))
    of_totals = [line.total for line in table.rows.values()]
    found.append(_residual("column of totals", table.bottom.total, of_totals))
    return found


def _residual(place: str, total: Decimal, parts: Sequence[Decimal | None]) -> Residual:
    known = [part for part in parts if part is not None]
    return Residual(place, total - sum(known, Decimal(0)), HALF * (len(known) + 1))


def judge_arithmetic(table: Table, subject: str, requirement: str = "REQ-3-1-n") -> Finding:
    """PASS where every residual lies within rounding; those that are not 0 are told."""
    found = [one for one in residuals(table) if one.value]
    beyond = [one for one in found if not one.within]
    told = ", ".join(f"{one.place} {one.value:+} s" for one in beyond or found)
    most = max((abs(one.value) for one in found), default=Decimal(0))
    if beyond:
        reason = f"{len(beyond)} residuals beyond rounding: {told}"
        return Finding(requirement, Verdict.FAIL, reason, subject, float(most), None, "s")
    reason = f"{len(found)} residuals, all within rounding: {told}" if found else "no residual"
    return Finding(requirement, Verdict.PASS, reason, subject, float(most), None, "s")


def judge_dashes(runs: Sequence[Run], subject: str, requirement: str = "REQ-3-1-l") -> Finding:
    """63 cells: nine sections in order, a dash where and only where the deck has one."""
    for number, run in enumerate(runs, 1):
        for why in _misplaced(run):
            told = f"run {number}: {why}"
            return Finding(requirement, Verdict.FAIL, told, subject)
    told = f"{len(runs)} runs of 9 sections × 7 columns, dashes as in the deck"
    return Finding(requirement, Verdict.PASS, told, subject)


def _misplaced(run: Run) -> Iterator[str]:
    if tuple(one.section for one in run) != SECTIONS:
        yield f"sections {', '.join(one.section for one in run) or 'none'}"
        return
    for one in run:
        for lane, cell, dash in zip(LANES, one.cells, DASHES[one.section], strict=True):
            if (cell is None) != dash:
                got = "a dash" if cell is None else f"{cell:.1f} s"
                want = "a dash: the lane has no part in it" if dash else "a time, be it 0.0 s"
                yield f"{one.section} {lane} is {got}, want {want}"


def judge_order(
    runs: Sequence[Run], resolution: float, subject: str, requirement: str = "REQ-3-1-l"
) -> Finding:
    """The whole is timed too: sections follow each other, without overlap and without a gap."""
    for number, run in enumerate(runs, 1):
        end = run[0].start if run else 0.0
        for one in run:
            if abs(one.start - end) > resolution or one.end < one.start:
                told = f"run {number}: {one.section} begins at {one.start:.3f} s, "
                told += f"the one before ended at {end:.3f} s"
                return Finding(requirement, Verdict.FAIL, told, subject)
            end = one.end
    return Finding(requirement, Verdict.PASS, "sections follow each other", subject)
