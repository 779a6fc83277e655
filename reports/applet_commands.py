"""``judge applet``: parses, calls, prints."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from reports.campaign import suite_identity
from reports.ledger import canonical
from reports.options import Json
from reports.verdicts import STATUS, ExitStatus
from suites.capacity import files as applets
from suites.capacity import terminal


def judge_applet(  # noqa: PLR0917  options of a command line, all named
    files: Annotated[
        list[Path],
        typer.Argument(help="CAP file (ZIP), components in a row (IJC), or load file (C4)."),
    ],
    installed: Annotated[
        int | None, typer.Option(help="Bytes the applet takes once installed, as measured.")
    ] = None,
    plan: Annotated[
        Path | None, typer.Option(help="Record of countermeasures above 64 KB (TOML).")
    ] = None,
    stage: Annotated[
        str, typer.Option(help="product | verification (also held to 30 and 45 KB)")
    ] = "product",
    without_descriptor: Annotated[
        bool,
        typer.Option("--without-descriptor", help="The loader leaves Descriptor of a CAP out."),
    ] = False,
    as_of: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Day of judging; today if none.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Judge the size of an applet: load file, footprint, and how it can be loaded."""
    day: date = (as_of or datetime.now(UTC)).date()
    asked = applets.Asked(day, stage, installed, plan, not without_descriptor)
    found = applets.judge_files(files, asked)
    if as_json:
        print(canonical(applets.to_json(found, asked) | {"suite": suite_identity()}))
    else:
        console = Console()
        console.print(terminal.shown(found))
        console.print(terminal.LIMITS)
    raise typer.Exit(STATUS.get(found.verdict, ExitStatus.PASS))
