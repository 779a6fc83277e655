"""``cuts``: parses, calls, prints."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.console import Console

from reports.ledger import canonical
from reports.options import Faults, Ics, Json, Seed, Target
from reports.verdicts import STATUS, ExitStatus

WIDTH = 150  # of the table, where it goes into a file or a narrow window
ALL = 1_000_000


def cuts(  # noqa: PLR0917  options of a command line, all named
    target: Target = "reference",
    ics: Ics = None,
    flow: Annotated[list[str] | None, typer.Option(help="Only this one of the table.")] = None,
    most: Annotated[
        int, typer.Option(min=1, help="At most so many cuts and so many ends of each flow.")
    ] = ALL,
    seed: Seed = 1,
    fault: Faults = None,
    as_json: Json = False,
) -> None:
    """Cut nine flows of the services, from issuance to a new PIN, at every message."""
    from fixtures.targets.resolve import resolve  # noqa: PLC0415
    from reports import cut_run  # noqa: PLC0415  loads the suites of the services

    resolved = resolve(target, ics, faults=tuple(fault or ()), seed=seed)
    found = cut_run.try_all(resolved, tuple(flow or ()), most)
    if as_json:
        print(canonical(cut_run.to_json(found)))
    else:
        console = Console()
        cut_run.print_cuts(Console(width=max(console.width, WIDTH)), found)
    raise typer.Exit(STATUS.get(found.verdict, ExitStatus.PASS))
