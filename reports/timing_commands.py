"""``judge timing``: parses, calls, prints."""

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

WIDTH = 100  # of the table, where it goes into a file or a narrow window


def judge_timing(  # noqa: PLR0917  options of a command line, all named
    files: Annotated[
        list[Path],
        typer.Argument(
            help="CSV, or folders of them: product, operation (keygen, signing, touch), seconds; "
            "and applet, transport, omapi, tsm; and class."
        ),
    ],
    kind: Annotated[
        str | None, typer.Option(help="keygen | signing | touch | leakage; by operation if none.")
    ] = None,
    resolution: Annotated[float, typer.Option(help="Of the clock, in seconds.")] = 0.001,
    repeated: Annotated[
        bool, typer.Option("--repeated", help="Fresh times after an alarm: a second one fails.")
    ] = False,
    pictures: Annotated[
        Path | None, typer.Option(help="Folder for a page with pictures (HTML, SVG).")
    ] = None,
    as_json: Json = False,
) -> None:
    """Judge times of key generation, signing and touches that were measured elsewhere."""
    from suites.timing import judged, terminal  # noqa: PLC0415  numpy takes its time

    asked = judged.Asked(kind, resolution, repeated)
    page = None
    with shown("reading") as told_of:
        found = judged.judge_files(files_of(files, ".csv"), asked, told_of)
        if pictures is not None:
            from reports import timing_page  # noqa: PLC0415  matplotlib takes its time

            told_of("drawing")
            page = timing_page.write(found, asked, pictures)
    if as_json:
        print(canonical(terminal.to_json(found, asked) | {"suite": suite_identity()}))
    else:
        console = Console()
        Console(width=max(console.width, WIDTH)).print(terminal.table(found))
        console.print()
        for line in terminal.lines(found):
            console.print(line, soft_wrap=True)
        console.print(f"\nverdict {found.verdict}", markup=False)
        console.print(f"sound products alarm here with probability {found.false_alarm:.1e} at most")
        console.print(terminal.LIMITS)
        if page is not None:
            console.print(f"pictures {page}", soft_wrap=True, markup=False)
    raise typer.Exit(STATUS.get(found.verdict, ExitStatus.PASS))
