"""``judge turnaround``: parses, calls, prints."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from reports.campaign import suite_identity
from reports.ledger import canonical
from reports.options import Json
from reports.verdicts import STATUS, ExitStatus

WIDTH = 120  # of the tables, where they go into a file or a narrow window


def judge_turnaround(
    files: Annotated[
        list[Path],
        typer.Argument(
            help="CSV: handset, run, section (1-9), total, user, app, applet_for_app, "
            "applet_for_tsm, tsm, jpki; and start. '-' is no part, 0 is no time."
        ),
    ],
    pictures: Annotated[
        Path | None, typer.Option(help="Folder for a page with charts (HTML, SVG).")
    ] = None,
    as_json: Json = False,
) -> None:
    """Judge issuances that were timed section by section elsewhere."""
    from suites.turnaround import judged, terminal  # noqa: PLC0415  numpy takes its time

    found = judged.judge_files(files)
    page = None
    if pictures is not None:
        from reports import turnaround_page  # noqa: PLC0415  matplotlib takes its time

        page = turnaround_page.write(found, pictures)
    if as_json:
        print(canonical(terminal.to_json(found) | {"suite": suite_identity()}))
    else:
        console = Console()
        wide = Console(width=max(console.width, WIDTH))
        for table in terminal.tables(found):
            wide.print(table)
            console.print()
        for line in terminal.lines(found):
            console.print(line, soft_wrap=True)
        console.print(f"\nverdict {found.verdict}", markup=False)
        console.print(terminal.LIMITS)
        if page is not None:
            console.print(f"pictures {page}", soft_wrap=True, markup=False)
    raise typer.Exit(STATUS.get(found.verdict, ExitStatus.PASS))
