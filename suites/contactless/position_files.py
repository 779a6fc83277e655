"""Taps from files, put together by pair and position, and judged. Pure but for its files."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from fixtures.outcome import UsageError
from fixtures.verdict import BENCH, Finding, Verdict, worst
from suites.contactless import firmware, matrix, position_judges
from suites.contactless.campaign_file import CampaignFile, Row, read_campaign
from suites.contactless.criteria import Criteria, CriteriaError, judge_devices, read_criteria
from suites.contactless.negotiation import Technology
from suites.contactless.positions import Cell, Grid, Pair, cells_of

TYPES = "REQ-6-6-d"


@dataclass(frozen=True)
class Asked:
    """How a campaign is to be judged. ``UsageError`` for what cannot be.

    ``claim``: share of first attempts that each cell is to show. ``grid=None``: the smallest that
    has all positions. ``repeated``: fresh taps of positions that got worse, each tested by itself.
    ``criteria``: file of the standards of both sides.
    """

    claim: float = position_judges.CLAIM
    grid: str | None = None
    repeated: bool = False
    criteria: Path | None = None

    def __post_init__(self) -> None:
        if not 0 < self.claim < 1:
            raise UsageError(f"--claim {self.claim:g} is no share; use one such as 0.9")
        if self.grid is not None and self.grid not in list(Grid):
            raise UsageError(f"--grid {self.grid!r} is not known; use {', '.join(Grid)}")


@dataclass(frozen=True)
class Source:
    """A file of standards as it was read."""

    name: str
    size: int  # bytes
    sha256: str


@dataclass(frozen=True)
class Judged:
    """A finding, and which judge made it."""

    judge: str
    finding: Finding


@dataclass(frozen=True, eq=False)
class JudgedPositions:
    """All files together."""

    files: tuple[CampaignFile, ...]
    cells: tuple[Cell, ...]
    firmwares: tuple[tuple[str, str], ...]  # (reader, firmware), oldest first
    grid: Grid
    judged: tuple[Judged, ...]
    standards: Source | None = None

    @property
    def verdict(self) -> Verdict:
        return worst(one.finding.verdict for one in self.judged)

    @property
    def entries(self) -> list[matrix.Entry]:
        return matrix.entries(self.cells)

    @property
    def comparisons(self) -> list[firmware.Comparison]:
        return firmware.comparisons(self.cells, self.firmwares)


def judge_files(files: Sequence[Path], asked: Asked) -> JudgedPositions:
    """``UsageError`` for a file that cannot be read or whose taps are in another one here."""
    criteria, standards = _criteria(asked.criteria) if asked.criteria else (None, None)
    read = _read(files)
    rows, twice = _once_each(read)
    cells = cells_of(row.tap for row in rows)
    firmwares = _oldest_first(rows)
    standing = firmware.current(cells, firmwares)
    grid = Grid(asked.grid) if asked.grid else smallest_grid(cells)
    broken = [
        Judged("lines", Finding(BENCH, Verdict.INCONCLUSIVE, told, one.file.name))
        for one in read for told in one.troubles
    ]  # fmt: skip
    found = [
        *broken, *twice,
        *_each("claim", position_judges.judge_claim(standing, asked.claim)),
        *_each("count", [position_judges.judge_count(cell) for cell in cells]),
        *_each("grid", _grids(cells, grid)),
        *_each("type", _spoken(rows, standing)),
        *_each("guesses", _guesses(rows)),
        *_each("firmware", firmware.judge_firmware(cells, firmwares, repeated=asked.repeated)),
    ]  # fmt: skip
    if criteria is not None:
        found += _each("criteria", judge_devices(standing, criteria))
    return JudgedPositions(tuple(read), tuple(cells), firmwares, grid, tuple(found), standards)


def smallest_grid(cells: Sequence[Cell]) -> Grid:
    """That has all positions that were tried; the deck's where none has."""
    tried = {cell.position for cell in cells}
    return next((grid for grid in Grid if tried <= set(grid.positions)), Grid.DECK)


def _criteria(file: Path) -> tuple[Criteria, Source]:
    try:
        content = file.read_bytes()
        source = Source(file.name, len(content), hashlib.sha256(content).hexdigest())
        return read_criteria(content.decode("utf-8-sig")), source
    except OSError as error:
        raise UsageError(f"--criteria {file}: cannot be read ({error.strerror})") from None
    except UnicodeDecodeError:
        raise UsageError(f"--criteria {file}: is no UTF-8; save it in UTF-8") from None
    except CriteriaError as error:
        raise UsageError(f"--criteria {file}: {error}") from None


def _read(files: Sequence[Path]) -> list[CampaignFile]:
    read: list[CampaignFile] = []
    for file in files:
        taken = read_campaign(file)
        if any(taken.sha256 == other.sha256 for other in read):
            raise UsageError(f"{file}: the same taps are in another file here; name each once")
        read.append(taken)
    return read


def _once_each(read: Sequence[CampaignFile]) -> tuple[list[Row], list[Judged]]:
    """The first line of each try; the others are broken lines."""
    first: dict[tuple[object, ...], str] = {}
    rows: list[Row] = []
    twice: list[Judged] = []
    for taken in read:
        for row in taken.rows:
            tap = row.tap
            key = (tap.pair, tap.position, tap.number)
            if key in first:
                told = f"line {row.line}: try {tap.number} of {tap.pair} @ {tap.position} is in "
                told += f"{first[key]} already; number each tap once"
                twice.append(
                    Judged("lines", Finding(BENCH, Verdict.INCONCLUSIVE, told, taken.file.name))
                )
            else:
                first[key] = f"{taken.file.name}, line {row.line}"
                rows.append(row)
    return rows, twice


def _oldest_first(rows: Sequence[Row]) -> tuple[tuple[str, str], ...]:
    """By the day of the first tap where every line has one, else in the order of the lines."""
    if all(row.day is not None for row in rows):
        rows = sorted(rows, key=lambda row: row.day or date.min)
    return tuple(dict.fromkeys((row.tap.pair.reader, row.tap.pair.firmware) for row in rows))


def _each(judge: str, findings: Sequence[Finding]) -> list[Judged]:
    return [Judged(judge, finding) for finding in findings]


def _grids(cells: Sequence[Cell], grid: Grid) -> list[Finding]:
    return [
        position_judges.judge_grid(entry.pair, {cell.position for cell in entry.cells}, grid)
        for entry in matrix.entries(cells)
    ]


def _spoken(rows: Sequence[Row], standing: Sequence[Cell]) -> list[Finding]:
    """What stands is judged; what was heard anywhere tells which types each side knows."""
    of_reader: dict[tuple[str, str], list[Row]] = {}
    of_phone: dict[str, list[Row]] = {}
    for row in rows:
        pair = row.tap.pair
        of_reader.setdefault((pair.reader, pair.firmware), []).append(row)
        of_phone.setdefault(pair.phone, []).append(row)
    readers = {key: _knows_b(of, [r.reader_types for r in of]) for key, of in of_reader.items()}
    phones = {key: _knows_b(of, [r.phone_types for r in of]) for key, of in of_phone.items()}
    return [
        position_judges.judge_spoken(
            entry.pair,
            [tap for cell in entry.cells for tap in cell.tries],
            readers[entry.pair.reader, entry.pair.firmware],
            phones[entry.pair.phone],
        )
        for entry in matrix.entries(standing)
    ]


def _guesses(rows: Sequence[Row]) -> list[Finding]:
    """How many types are guesses: PASS with that reason, and silence where none is."""
    taps: dict[Pair, list[Row]] = {}
    for row in rows:
        taps.setdefault(row.tap.pair, []).append(row)
    found = []
    for pair, of in taps.items():
        if count := sum(row.guessed for row in of):
            told = f"{count} of {len(of)} types are likely only, by the ATR; a reader that polls "
            told += "one type makes them certain"
            found.append(Finding(TYPES, Verdict.PASS, told, str(pair), count, None, "taps"))
    return found


def _knows_b(rows: Sequence[Row], stated: Sequence[frozenset[Technology] | None]) -> bool | None:
    """Heard with whatever partner, or stated; no where only other types are stated."""
    if any(row.tap.spoken is Technology.B for row in rows):
        return True
    known = [types for types in stated if types is not None]
    return any(Technology.B in types for types in known) if known else None
