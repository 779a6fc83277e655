"""Issuances that were timed elsewhere: a CSV file, a line for each section of each run.

The first line names the columns, in any order and case: ``handset``, ``run``, ``section`` (1 to 9,
or F-ISS-1), ``total`` and the six lanes ``user``, ``app``, ``applet_for_app``, ``applet_for_tsm``,
``tsm``, ``jpki``, all in seconds; and where it is known ``start`` (seconds from the beginning of
the run; sections follow each other where there is none). ``-``, ``–`` or nothing in a lane is a
dash: no part in the section. 0 is a measured nothing. A line that cannot be read is named by its
number; a run without all nine sections is named and left out.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from fixtures.outcome import UsageError
from fixtures.targets.turnaround_port import LANES, Run, SectionTime
from suites.csv_lines import BrokenLine, cell_in, content_of, insist_on_different, rows_of
from suites.turnaround.table import SECTIONS

NEEDED = ("handset", "run", "section", "total", *LANES)
DASHES = frozenset({"", "-", "–", "—", "－"})
NUMBER = re.compile(r"\d+\.?\d*|\.\d+")
REMEDY = "correct it or take the time again"


@dataclass(frozen=True)
class Row:
    """One line; seconds."""

    handset: str
    run: str
    section: str
    total: float
    cells: tuple[float | None, ...]
    start: float | None


@dataclass(frozen=True)
class TurnaroundFile:
    """What a file held: whole runs by handset, and a line of words for what could not be used."""

    file: Path
    size: int  # bytes
    sha256: str
    runs: dict[str, tuple[Run, ...]]
    troubles: tuple[str, ...]


def read_turnaround(file: Path) -> TurnaroundFile:
    """``UsageError`` when it cannot be read at all, or holds no whole run."""
    content, text = content_of(file, "issuances")
    rows, troubles = rows_of(text, partial(_columns, file), _row, REMEDY)
    by_run: dict[tuple[str, str], list[Row]] = {}
    for row in rows:
        by_run.setdefault((row.handset, row.run), []).append(row)
    runs: dict[str, tuple[Run, ...]] = {}
    for (handset, number), lines in by_run.items():
        sections = [line.section for line in lines]
        if sorted(sections) != sorted(SECTIONS):
            lost = ", ".join(s for s in SECTIONS if s not in sections) or "none, but some are twice"
            troubles.append(f"handset {handset}, run {number}: sections missing: {lost}; {REMEDY}")
            continue
        runs[handset] = (*runs.get(handset, ()), _run(lines))
    if not runs:
        first = troubles[0] if troubles else "no line after the first"
        raise UsageError(f"{file}: no whole run of nine sections: {first}")
    digest = hashlib.sha256(content).hexdigest()
    return TurnaroundFile(file, len(content), digest, runs, tuple(troubles))


def _run(lines: list[Row]) -> Run:
    ordered = sorted(lines, key=lambda line: SECTIONS.index(line.section))
    now, run = 0.0, []
    for line in ordered:
        start = now if line.start is None else line.start
        now = start + line.total
        run.append(SectionTime(line.section, start, now, line.cells))
    return tuple(run)


def _columns(file: Path, names: list[str]) -> dict[str, int]:
    known = [name.strip().lower() for name in names]
    insist_on_different(file, known)
    found = {name: place for place, name in enumerate(known)}
    if missing := [name for name in NEEDED if name not in found]:
        raise UsageError(
            f"{file}: line 1: no column {', '.join(missing)}; begin with {','.join(NEEDED)}"
        )
    return found


def _row(columns: dict[str, int], cells: list[str], _: int) -> Row:
    cell = partial(cell_in, columns, cells)
    named = max(columns.values()) + 1
    if any(extra.strip() for extra in cells[named:]):
        raise BrokenLine(f"{len(cells)} cells, {named} have a name (is one a decimal comma?)")
    handset, run, section = cell("handset"), cell("run"), cell("section").upper()
    if not handset or not run:
        raise BrokenLine("handset or run is empty")
    section = section if section.startswith("F-ISS-") else f"F-ISS-{section}"
    if section not in SECTIONS:
        raise BrokenLine(f"section {cell('section')!r} is none of 1 to 9")
    lanes = tuple(_lane(lane, cell(lane)) for lane in LANES)
    start = cell("start")
    began = _seconds("start", start) if start else None
    return Row(handset, run, section, _seconds("total", cell("total")), lanes, began)


def _lane(name: str, text: str) -> float | None:
    return None if text in DASHES else _seconds(name, text)


def _seconds(name: str, text: str) -> float:
    if not NUMBER.fullmatch(text):
        raise BrokenLine(f"{name} {text!r} is no number of seconds")
    return float(text)
