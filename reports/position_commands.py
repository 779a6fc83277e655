"""``judge positions``: parses, calls, prints."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from reports.campaign import suite_identity
from reports.given_files import files_of
from reports.ledger import canonical
from reports.options import Json
from reports.progress import shown
from reports.verdicts import STATUS, ExitStatus
from suites.contactless import position_files, position_terminal
from suites.contactless.position_judges import CLAIM

WIDTH = 120  # of the tables, where they go into a file or a narrow window


def judge_positions(  # noqa: PLR0917  options of a command line, all named
    files: Annotated[
        list[Path],
        typer.Argument(
            help="CSV, or folders of them: reader, firmware, phone, position, try, result "
            "(○ △ ×), type; and reader_types, phone_types, retries, off_ms, date."
        ),
    ],
    claim: Annotated[
        float, typer.Option(help="Share of first attempts that each cell is to show.")
    ] = CLAIM,
    grid: Annotated[
        str | None,
        typer.Option(help="deck (6) | full (18) | extended (27); the smallest that fits if none."),
    ] = None,
    repeated: Annotated[
        bool, typer.Option("--repeated", help="Fresh taps of what got worse under a new firmware.")
    ] = False,
    criteria: Annotated[
        Path | None, typer.Option(help="Standards of phones and of readers (TOML).")
    ] = None,
    pictures: Annotated[
        Path | None, typer.Option(help="Folder for a page with pictures (HTML, SVG, CSV).")
    ] = None,
    as_json: Json = False,
) -> None:
    """Judge taps of phones on readers, position by position, that were taken elsewhere."""
    asked = position_files.Asked(claim, grid, repeated, criteria)
    found = position_files.judge_files(files_of(files, ".csv"), asked)
    page = None
    if pictures is not None:
        from reports import position_page  # noqa: PLC0415  matplotlib takes its time

        with shown("drawing"):
            page = position_page.write(found, pictures)
    if as_json:
        told = position_terminal.to_json(found, asked) | {"suite": suite_identity()}
        print(canonical(told))
    else:
        _print(found, page)
    raise typer.Exit(STATUS.get(found.verdict, ExitStatus.PASS))


def _print(found: position_files.JudgedPositions, page: Path | None) -> None:
    console = Console()
    wide = Console(width=max(console.width, WIDTH))
    wide.print(position_terminal.matrix_table(found))
    console.print()
    wide.print(position_terminal.cell_table(found))
    console.print()
    for line in position_terminal.lines(found):
        console.print(line, soft_wrap=True)
    console.print(f"\nverdict {found.verdict}", markup=False)
    console.print(position_terminal.LIMITS)
    if page is not None:
        console.print(f"pictures {page}", soft_wrap=True, markup=False)
