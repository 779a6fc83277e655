"""``judge``: what was taken elsewhere, and needs no target. Parses, calls, prints."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.text import Text

from reports.access_commands import judge_access
from reports.applet_commands import judge_applet
from reports.campaign import suite_identity
from reports.given_files import files_of
from reports.key_commands import judge_keys
from reports.ledger import canonical
from reports.link_commands import judge_link
from reports.moduli_commands import judge_moduli
from reports.options import Json
from reports.position_commands import judge_positions
from reports.progress import shown
from reports.timing_commands import judge_timing
from reports.turnaround_commands import judge_turnaround
from reports.verdicts import STATUS, ExitStatus

judge_app = typer.Typer(no_args_is_help=False, help="Judge what was taken elsewhere.")
judge_app.command("access")(judge_access)
judge_app.command("applet")(judge_applet)
judge_app.command("keys")(judge_keys)
judge_app.command("link")(judge_link)
judge_app.command("moduli")(judge_moduli)
judge_app.command("positions")(judge_positions)
judge_app.command("timing")(judge_timing)
judge_app.command("turnaround")(judge_turnaround)


@judge_app.command("rng")
def judge_rng(  # noqa: PLR0917  options of a command line, all named
    files: Annotated[
        list[Path], typer.Argument(help="Files of raw bytes, a sample each; folders of .bin.")
    ],
    profile: Annotated[
        str, typer.Option(help="ais31-2011 | ais31-2024 | sp800-90b")
    ] = "ais31-2011",
    width: Annotated[
        int | None,
        typer.Option(
            help="AIS 31: bits of an internal random number (1). "
            "SP 800-90B: bits of a symbol, one symbol a byte (8)."
        ),
    ] = None,
    bit_order: Annotated[str, typer.Option(help="msb | lsb: the bit that came first.")] = "msb",
    draw: Annotated[str, typer.Option(help="consecutive | projected")] = "consecutive",
    whole: Annotated[
        bool, typer.Option("--whole", help="AIS 31: also to the end, by rounds.")
    ] = False,
    claim: Annotated[
        float | None, typer.Option(help="Claimed min-entropy a symbol; 0.8 of the width if none.")
    ] = None,
    iid: Annotated[bool, typer.Option("--iid", help="SP 800-90B: the IID track.")] = False,
    complete: Annotated[
        bool, typer.Option("--complete", help="All 10,000 permutations of all statistics.")
    ] = False,
    restarts: Annotated[
        bool, typer.Option("--restarts", help="The file is 1,000 restarts of 1,000 samples.")
    ] = False,
    lz78y: Annotated[
        str, typer.Option(help="What limits the dictionary: prefixes (NIST) | pairs")
    ] = "prefixes",
    pictures: Annotated[
        Path | None, typer.Option(help="Folder for a page with pictures (HTML, SVG).")
    ] = None,
    as_json: Json = False,
) -> None:
    """Judge random numbers that were taken elsewhere."""
    from suites.random_numbers import files as samples  # noqa: PLC0415  numpy takes its time

    asked = samples.Asked(
        profile, width, bit_order, draw, whole, claim, iid, complete, restarts, lz78y
    )
    with shown("reading") as told_of:
        found = samples.judge_files(files_of(files, ".bin", ".dat", ".raw"), asked, told_of)
        if pictures is not None:
            from reports import random_page  # noqa: PLC0415  matplotlib takes its time

            told_of("drawing")
            page = random_page.write(found, asked, pictures)
    told = samples.to_json(found, asked) | {"suite": suite_identity()}
    if as_json:
        print(canonical(told))
    else:
        for one in found:
            entropy = profile == "sp800-90b"
            Console().print(samples.table_of_entropy(one) if entropy else samples.table(one))
            for reason in samples.reasons(one):
                Console().print(reason, soft_wrap=True, markup=False)
        alarm = told["metrics"]["family_wise_false_alarm"]
        if alarm is not None:
            Console().print(f"\nan ideal source fails here with probability {alarm:.1e}")
        Console().print(samples.LIMITS)
        Console().print(Text(f"verdict  {told['verdict']}   {len(found)} samples", "bold"))
        if pictures is not None:
            Console().print(f"pictures {page}", soft_wrap=True, markup=False)
    raise typer.Exit(STATUS.get(told["verdict"], ExitStatus.PASS))
