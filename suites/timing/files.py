"""Times that were measured elsewhere: a CSV file, read line by line.

The first line names the columns, in any order and case: ``product``, ``operation``, ``seconds``;
and where they are known ``applet``, ``transport``, ``omapi``, ``tsm`` (seconds, all four or none)
and ``class`` (for leakage). Other columns are passed over. Comma, semicolon or tab, UTF-8. A line
that cannot be read is named by its number, and the others are judged.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from fixtures.outcome import UsageError
from suites.csv_lines import BrokenLine, cell_in, content_of, insist_on_different, rows_of
from suites.timing.breakdown import NAMES, Parts

NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")
EXAMPLE = "product,operation,seconds"
REMEDY = "correct it or take the time again"
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


def read_times(file: Path) -> TimingFile:
    """``UsageError`` when it cannot be read at all, or no line of it can."""
    content, text = content_of(file, "times")
    rows, troubles = rows_of(
        text, partial(_columns, file), _row, "correct it or take the time again"
    )
    if not rows:
        raise UsageError(f"{file}: {troubles[0] if troubles else NOTHING}")
    digest = hashlib.sha256(content).hexdigest()
    return TimingFile(file, len(content), digest, tuple(rows), tuple(troubles))


def _columns(file: Path, names: list[str]) -> dict[str, int]:
    """Which column has which name."""
    known = [name.strip().lower() for name in names]
    insist_on_different(file, known)
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


def _row(columns: dict[str, int], cells: list[str], _: int) -> Row:
    cell = partial(cell_in, columns, cells)
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
