"""CSV files of things that were measured elsewhere, read line by line.

The first line names the columns. Comma, semicolon or tab, UTF-8. A line that cannot be read is
named by its number, and the others are judged.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

from fixtures.outcome import UsageError

SEPARATORS = ",;\t"
Row = TypeVar("Row")


class BrokenLine(Exception):  # noqa: N818  an ending of one line
    """Why a line is none of what the file is of."""


def content_of(file: Path, things: str) -> tuple[bytes, str]:
    """The bytes and the text of a file of ``things``; ``UsageError`` when it cannot be read."""
    try:
        content = file.read_bytes()
        return content, content.decode("utf-8-sig")
    except OSError as error:
        told = f"{file}: cannot be read ({error.strerror}); name a CSV file of {things}"
        raise UsageError(told) from None
    except UnicodeDecodeError as error:
        told = f"{file}: byte {error.start + 1:,} is no UTF-8; save the table as CSV in UTF-8"
        raise UsageError(told) from None


def rows_of(
    text: str,
    columns_of: Callable[[list[str]], dict[str, int]],
    row: Callable[[dict[str, int], list[str], int], Row],
    remedy: str,
) -> tuple[list[Row], list[str]]:
    """Every line that ``row`` makes something of, and one line of words for each other one.

    ``columns_of`` says which column has which name; ``row`` is given that, the cells and the number
    of the line, and raises ``BrokenLine``.
    """
    lines = text.splitlines(keepends=True)
    head = lines[0] if lines else ""
    records = _records(lines, max(SEPARATORS, key=head.count))
    _, names = next(records, (1, []))
    columns = columns_of(names if isinstance(names, list) else [])
    rows: list[Row] = []
    troubles: list[str] = []
    for number, cells in records:
        try:
            if isinstance(cells, csv.Error):
                raise BrokenLine(str(cells))
            if any(cell.strip() for cell in cells):
                rows.append(row(columns, cells, number))
        except BrokenLine as why:
            troubles.append(f"line {number}: {why}; {remedy}")
    return rows, troubles


def insist_on_different(file: Path, names: list[str]) -> None:
    """``UsageError`` for two columns of one name."""
    if twice := sorted({name for name in names if name and names.count(name) > 1}):
        raise UsageError(f"{file}: two columns are called {twice[0]}; rename one")


def cell_in(columns: dict[str, int], cells: list[str], name: str) -> str:
    """The content of a column; empty where the file has none of that name. ``BrokenLine``."""
    place = columns.get(name)
    if place is None:
        return ""
    if place >= len(cells):
        raise BrokenLine(f"{len(cells)} cells, {name} is missing")
    return cells[place].strip()


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
