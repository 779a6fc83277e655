"""``judge access``: parses, calls, prints."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from fixtures.card.jpki import JPKI_AP
from fixtures.outcome import UsageError
from reports.campaign import suite_identity
from reports.ledger import canonical
from reports.options import Json
from reports.verdicts import STATUS, ExitStatus
from suites.access_control import dump_files

LIMITS = (
    "Judged is what the rules say to a phone that enforces them by the order of "
    "GlobalPlatform's access control as Android has it; whether a phone does is REQ-2-1-m."
)


def judge_access(
    files: Annotated[
        list[Path], typer.Argument(help="Rules of an ARA-M: FF40 or REF-AR-DO, raw or in hex.")
    ],
    app: Annotated[
        list[str] | None, typer.Option(help="NAME=HASH of a signing certificate, to be read by.")
    ] = None,
    aid: Annotated[str, typer.Option(help="The application to be protected.")] = JPKI_AP.hex(),
    as_json: Json = False,
) -> None:
    """Judge the access rules of an element: which app may do what, and who must not reach JPKI."""
    named, application = dump_files.named_apps(app or ()), as_aid(aid)
    found = [dump_files.judge_file(file, application) for file in files]
    told = dump_files.to_json(found)
    if as_json:
        print(canonical(told | {"suite": suite_identity()}))
    else:
        for one in found:
            Console().print(dump_files.shown(one, named, application))
        Console().print(LIMITS)
    raise typer.Exit(STATUS.get(told["verdict"], ExitStatus.PASS))


def as_aid(told: str) -> bytes:
    """``UsageError`` for what is no AID of 5 to 16 bytes in hex."""
    try:
        aid = bytes.fromhex(told)
    except ValueError:
        aid = b""
    if not 5 <= len(aid) <= 16:
        raise UsageError(f"--aid {told!r}: an AID has 5 to 16 bytes, in hex")
    return aid
