"""Times that were measured elsewhere: a CSV file, read line by line.

The first line names the columns, in any order and case: ``product``, ``operation``, ``seconds``;
and where they are known ``applet``, ``transport``, ``omapi``, ``tsm`` (seconds, all four or none)
and ``class`` (for leakage). Other columns are passed over. Comma, semicolon or tab, UTF-8. A line
that cannot be read is named by its number, and the others are judged.
"""

from __future__ import annotations

import csv
import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from fixtures.outcome import UsageError
from suites.timing.breakdown import NAMES, Parts

NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")
SEPARATORS = ",;\t"
EXAMPLE = "product,operation,seconds"
NOTHING = "no times after the first line; one line each is expected"


@dataclass(frozen=True)
class Row:
    """One measured time; ``operation`` and ``label`` are empty where the file has none."""

    product: str
    operation: str
    seconds: float
    parts: Parts | None = None
    label: str = ""  # of the column class


@dataclass(frozen=True)
class TimingFile:
    """What a file held; ``troubles`` has one line for each line that could not be read."""

    file: Path
    size: int  # bytes
    sha256: str
    rows: tuple[Row, ...]
    troubles: tuple[str, ...]


class BrokenLine(Exception):  # noqa: N818  an ending of one line
    """Why a line is no time."""


def read_times(file: Path) -> TimingFile:
    """``UsageError`` when it cannot be read at all, or no line of it can."""
    try:
        content = file.read_bytes()
        text = content.decode("utf-8-sig")
    except OSError as error:
        raise UsageError(
            f"{file}: cannot be read ({error.strerror}); name a CSV file of times"
        ) from None
    except UnicodeDecodeError as error:
        raise UsageError(
            f"{file}: byte {error.start + 1:,} is no UTF-8; save the table as CSV in UTF-8"
        ) from None
    rows, troubles = _parsed(file, text)
    if not rows:
        raise UsageError(f"{file}: {troubles[0] if troubles else NOTHING}")
    digest = hashlib.sha256(content).hexdigest()
    return TimingFile(file, len(content), digest, tuple(rows), tuple(troubles))


def _parsed(file: Path, text: str) -> tuple[list[Row], list[str]]:
    lines = text.splitlines(keepends=True)
    head = lines[0] if lines else ""
    separator = max(SEPARATORS, key=head.count)
    records = _records(lines, separator)
    _, names = next(records, (1, []))
    columns = _columns(file, names if isinstance(names, list) else [])
    rows: list[Row] = []
    troubles: list[str] = []
    for number, cells in records:
        try:
            if isinstance(cells, csv.Error):
                raise BrokenLine(str(cells))
            if any(cell.strip() for cell in cells):
                rows.append(_row(columns, cells))
        except BrokenLine as why:
            troubles.append(f"line {number}: {why}; correct it or take the time again")
    return rows, troubles


def _records(lines: list[str], separator: str) -> Iterator[tuple[int, list[str] | csv.Error]]:
    """Each record with the number of its first line; an error of the format in its place."""
    table = csv.reader(lines, delimiter=separator)
    while True:
        number = table.line_num + 1
        try:
            yield number, next(table)
        except StopIteration:
            return
        except csv.Error as error:
            yield number, error


def _columns(file: Path, names: list[str]) -> dict[str, int]:
    """Which column has which name."""
    known = [name.strip().lower() for name in names]
    if twice := sorted({name for name in known if name and known.count(name) > 1}):
        raise UsageError(f"{file}: two columns are called {twice[0]}; rename one")
    found = {name: place for place, name in enumerate(known)}
    if missing := [name for name in ("product", "seconds") if name not in found]:
        raise UsageError(
            f"{file}: line 1: no column {' and '.join(missing)}; begin with a line such as "
            f"{EXAMPLE}"
        )
    absent = [name for name in NAMES if name not in found]
    if absent and len(absent) < len(NAMES):
        raise UsageError(
            f"{file}: line 1: no column {', '.join(absent)}; a time is split into all of "
            f"{', '.join(NAMES)}, or not at all"
        )
    return found


def _row(columns: dict[str, int], cells: list[str]) -> Row:
    def cell(name: str) -> str:
        place = columns.get(name)
        if place is None:
            return ""
        if place >= len(cells):
            raise BrokenLine(f"{len(cells)} cells, {name} is missing")
        return cells[place].strip()

    named = max(columns.values()) + 1
    if any(extra.strip() for extra in cells[named:]):
        raise BrokenLine(f"{len(cells)} cells, {named} have a name (is one a decimal comma?)")
    product = cell("product")
    if not product:
        raise BrokenLine("product is empty")
    if "operation" in columns and not cell("operation"):
        raise BrokenLine("operation is empty")
    seconds = _duration("seconds", cell("seconds"))
    split = [cell(name) for name in NAMES]
    parts = None
    if any(split):
        applet, transport, omapi, tsm = map(_number, NAMES, split)
        parts = Parts(applet, transport, omapi, tsm, seconds)
    return Row(product, cell("operation").lower(), seconds, parts, cell("class"))


def _number(name: str, text: str) -> float:
    """A number of a part; that it is no negative one is for the judge of the parts."""
    if not NUMBER.fullmatch(text):
        raise BrokenLine(f"{name} {text!r} is no number of seconds")
    return float(text)


def _duration(name: str, text: str) -> float:
    value = _number(name, text)
    if not 0 <= value < float("inf"):
        raise BrokenLine(f"{name} {text!r} is no duration")
    return value
