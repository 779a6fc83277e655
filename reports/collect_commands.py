"""``collect``: samples from a target onto the disk. Parses, calls, prints."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from reports.campaign import suite_identity
from reports.collect_link import collect_link
from reports.collect_positions import collect_positions
from reports.collect_touch import collect_touch
from reports.ledger import canonical
from reports.options import Faults, Ics, Json, Seed, Target
from reports.verdicts import STATUS, ExitStatus

collect_app = typer.Typer(no_args_is_help=False, help="Take samples from a target.")
collect_app.command("link")(collect_link)
collect_app.command("positions")(collect_positions)
collect_app.command("touch")(collect_touch)


@collect_app.command("rng")
def collect_rng(  # noqa: PLR0917  options of a command line, all named
    out: Annotated[Path, typer.Option(help="Folder; the same again goes on where it ended.")],
    target: Target = "reference",
    ics: Ics = None,
    count: Annotated[
        int, typer.Option("--bytes", min=1, help="Bytes, or bytes of each restart.")
    ] = 2_000_000,
    restarts: Annotated[
        int, typer.Option(min=0, help="A restart matrix: so many power cycles (1000).")
    ] = 0,
    seed: Seed = 1,
    fault: Faults = None,
    as_json: Json = False,
) -> None:
    """Collect random numbers (GET CHALLENGE), with provenance; resumable."""
    from reports import collecting  # noqa: PLC0415  numpy takes its time
    from suites.random_numbers.collection import Plan  # noqa: PLC0415

    done, reason = collecting.collect(
        target, ics, Plan(count, restarts), out, seed, tuple(fault or ())
    )
    told = collecting.to_json(done, reason) | {"suite": suite_identity()}
    if as_json:
        print(canonical(told))
    else:
        Console().print(collecting.summary(done, reason), soft_wrap=True, markup=False)
    raise typer.Exit(STATUS.get(told["verdict"], ExitStatus.PASS))


@collect_app.command("keys")
def collect_keys(  # noqa: PLR0917  options of a command line, all named
    out: Annotated[Path, typer.Option(help="Folder; the same again goes on where it ended.")],
    target: Target = "reference",
    ics: Ics = None,
    count: Annotated[int, typer.Option(min=1, help="Key pairs, for the two uses in turn.")] = 100,
    private: Annotated[
        bool,
        typer.Option("--private", help="Test mode: private keys too, into OUT/sensitive/."),
    ] = False,
    destructive: Annotated[
        bool, typer.Option("--destructive", help="A device may lose its keys and certificates.")
    ] = False,
    seed: Seed = 1,
    fault: Faults = None,
    as_json: Json = False,
) -> None:
    """Collect key pairs and the time each took, within the wear limits; resumable."""
    from reports import collecting  # noqa: PLC0415  numpy takes its time
    from suites.rsa_keys.collection import Plan  # noqa: PLC0415

    done, reason = collecting.collect_keys(
        target, ics, Plan(count, private), out, seed, tuple(fault or ()), destructive=destructive
    )
    told = collecting.keys_to_json(done, reason) | {"suite": suite_identity()}
    if as_json:
        print(canonical(told))
    else:
        Console().print(collecting.summary_of_keys(done, reason), soft_wrap=True, markup=False)
    raise typer.Exit(STATUS.get(told["verdict"], ExitStatus.PASS))
