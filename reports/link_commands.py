"""``judge link``: parses, calls, prints."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from fixtures.outcome import UsageError
from reports.campaign import suite_identity
from reports.given_files import files_of
from reports.ledger import canonical
from reports.options import Json
from reports.verdicts import STATUS, ExitStatus
from suites.contactless import link_files, link_terminal
from suites.contactless.pcap import capture

WIDTH = 100


def judge_link(
    files: Annotated[
        list[Path],
        typer.Argument(help="pcap, pcapng (link type 264), Proxmark3 .trace or list, transcript."),
    ],
    lossless: Annotated[
        bool, typer.Option("--lossless", help="Every frame reached the other end.")
    ] = False,
    untimed: Annotated[
        bool, typer.Option("--untimed", help="Leave out what is about frame delays.")
    ] = False,
    pcap: Annotated[
        Path | None, typer.Option(help="Write the frames of the one file for Wireshark.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Judge captured exchanges of a reader and a card, frame by frame."""
    files = files_of(files, ".pcap", ".pcapng", ".trace", ".jsonl")
    if pcap is not None and len(files) != 1:
        raise UsageError("--pcap: one file makes one capture; name a single file")
    asked = link_files.Asked(lossless, untimed)
    found = link_files.judge_files(files, asked)
    if pcap is not None:
        write_capture(pcap, found.files[0][0])
    if as_json:
        told = link_terminal.to_json(found, asked) | {"suite": suite_identity()}
        print(canonical(told))
    else:
        _print(found, pcap)
    raise typer.Exit(STATUS.get(found.verdict, ExitStatus.PASS))


def write_capture(out: Path, one: link_files.LinkFile) -> None:
    """``UsageError`` when it cannot be written, or is the file itself."""
    if out.exists() and out.resolve() == one.file.resolve():
        raise UsageError(f"--pcap {out}: is the file that is judged; name another one")
    try:
        out.write_bytes(capture(one.frames))
    except OSError as error:
        raise UsageError(f"--pcap {out}: cannot be written ({error.strerror})") from None


def _print(found: link_files.JudgedLink, pcap: Path | None) -> None:
    console = Console()
    Console(width=max(console.width, WIDTH)).print(link_terminal.table(found))
    console.print()
    for line in link_terminal.lines(found):
        console.print(line, soft_wrap=True)
    console.print(f"\nverdict {found.verdict}", markup=False)
    console.print(link_terminal.LIMITS)
    if pcap is not None:
        console.print(f"capture {pcap}", soft_wrap=True, markup=False)
