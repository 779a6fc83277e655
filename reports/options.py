"""Options that several commands of the command line have in common."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

Json = Annotated[bool, typer.Option("--json", help="One JSON object on standard output.")]
Seed = Annotated[int, typer.Option(min=0, help="Seed of the reference and of the searches.")]
EffortName = Annotated[
    str, typer.Option(help="distilled (seconds) | quick (half a minute) | full (many minutes)")
]
Ics = Annotated[Path | None, typer.Option(help="Capability statement (TOML).")]
Target = Annotated[str, typer.Option(help="What to test; `jpki-conformance targets` lists it.")]
Faults = Annotated[list[str] | None, typer.Option("--fault", help="Build the reference with it.")]
Select = Annotated[list[str] | None, typer.Option(help="Pattern over requirement ids.")]
