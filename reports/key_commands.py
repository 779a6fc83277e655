"""``judge keys``: parses, calls, prints."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from reports.campaign import suite_identity
from reports.ledger import canonical
from reports.options import Json
from reports.progress import shown
from reports.verdicts import STATUS, ExitStatus

CORES = os.cpu_count() or 1


def judge_keys(  # noqa: PLR0917  options of a command line, all named
    files: Annotated[
        list[Path],
        typer.Argument(
            help="PEM, DER (PKCS #1, PKCS #8, SPKI, certificate), JWK, 7F49, CSV of hexadecimal "
            "moduli, public or private; or folders of them."
        ),
    ],
    profile: Annotated[str, typer.Option(help="fips186-4 | fips186-5")] = "fips186-4",
    assurance: Annotated[
        str, typer.Option(help="Rounds of Miller-Rabin: table (of the standard) | high (64)")
    ] = "table",
    deep: Annotated[
        bool, typer.Option("--deep", help="Also p-1 and p+1 in full, some fifteen seconds a key.")
    ] = False,
    blocklist: Annotated[
        list[Path] | None, typer.Option(help="File of known bad keys; repeatable.")
    ] = None,
    pictures: Annotated[
        Path | None, typer.Option(help="Folder for a page with pictures (HTML, SVG).")
    ] = None,
    processes: Annotated[int, typer.Option("-n", min=1, help="Processes at a time.")] = CORES,
    as_json: Json = False,
) -> None:
    """Judge RSA keys that were taken elsewhere, one by one and as a population."""
    from suites.rsa_keys import files as keys  # noqa: PLC0415  numpy takes its time
    from suites.rsa_keys import terminal  # noqa: PLC0415

    asked = keys.Asked(profile, assurance, deep, tuple(blocklist or ()))
    with shown("reading") as told_of:
        found = keys.judge_files(files, asked, told_of, processes=processes)
        page = None
        if pictures is not None:
            from reports import key_page  # noqa: PLC0415  matplotlib takes its time

            told_of("drawing")
            page = key_page.write(found, asked, pictures)
    if as_json:
        print(canonical(keys.to_json(found, asked) | {"suite": suite_identity()}))
    else:
        console = Console()
        console.print(terminal.shown(found, asked))
        console.print(terminal.LIMITS)
        if page is not None:
            console.print(f"pictures {page}", soft_wrap=True, markup=False)
    raise typer.Exit(STATUS.get(found.verdict, ExitStatus.PASS))
