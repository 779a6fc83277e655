"""``collect positions``: leads a person through a campaign of positions. Parses, calls, prints."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from fixtures.outcome import UsageError
from fixtures.verdict import Verdict
from reports.campaign import suite_identity
from reports.json_output import json_input
from reports.ledger import canonical
from reports.options import Json
from reports.verdicts import STATUS, ExitStatus
from suites.contactless.capture import PLANS, Plan
from suites.contactless.capture_dialogue import Dialogue, Tapper
from suites.contactless.capture_log import CaptureLog, insist_on_csv
from suites.contactless.capture_words import ENGLISH, JAPANESE
from suites.contactless.negotiation import Technology
from suites.contactless.positions import Pair

if TYPE_CHECKING:
    from fixtures.targets.pcsc_tap import TapReader

REQUIREMENT = "REQ-6-6-b"
UNKNOWN = "unknown"


def collect_positions(  # noqa: PLR0917  options of a command line, all named
    out: Annotated[Path, typer.Argument(help="CSV file of taps; the same again goes on.")],
    phone: Annotated[str, typer.Option(help="Phone: model, OS version, specimen.")],
    plan: Annotated[str, typer.Option(help="six (the deck's) | grid18 | grid27")] = "six",
    tries: Annotated[int, typer.Option(min=1, help="Taps at each position.")] = 10,
    reader: Annotated[
        str, typer.Option(help="PC/SC reader: index, name or part of it. Typed: its name.")
    ] = "",
    firmware: Annotated[
        str, typer.Option(help="Of the reader, where it does not tell it itself.")
    ] = "",
    typed: Annotated[
        bool, typer.Option("--typed", help="Results are typed in; no reader is asked.")
    ] = False,
    polls_only: Annotated[
        str | None, typer.Option(help="A | B: the one type the reader was set to poll.")
    ] = None,
    seconds: Annotated[
        float, typer.Option(min=0.2, help="How long an attempt waits for the phone.")
    ] = 5.0,
    japanese: Annotated[bool, typer.Option("--japanese", help="日本語で案内する")] = False,
    as_json: Json = False,
) -> None:
    """Lead through taps at each position of a plan, and keep them; resumable."""
    if plan not in PLANS:
        raise UsageError(f"--plan {plan!r} is not known; use {', '.join(PLANS)}")
    if not phone.strip():
        raise UsageError("--phone is empty; say model, OS version and specimen")
    polled = _type(polls_only)
    insist_on_csv(out)
    wanted = Plan(PLANS[plan], tries)
    words = JAPANESE if japanese else ENGLISH
    with (
        _bench(reader, firmware, out, seconds, polled, typed=typed) as (
            pair_of,
            tapper,
        ),
        CaptureLog(out) as log,
    ):
        dialogue = Dialogue(
            log, wanted, pair_of(phone.strip()), words, _ask, _tell, _now, tapper, seconds
        )
        complete = _run(dialogue)
        told = dialogue.farewell(complete)
        _tell(told)
    verdict = Verdict.PASS if complete else Verdict.INCONCLUSIVE
    if as_json:
        print(canonical(_object(dialogue, verdict, told)))
    raise typer.Exit(STATUS.get(verdict, ExitStatus.PASS))


def _run(dialogue: Dialogue) -> bool:
    """Ctrl-C is a wish to stop: what was entered is on the disk."""
    try:
        return dialogue.run()
    except KeyboardInterrupt:
        _tell("")
        return False


@contextmanager
def _bench(
    reader: str, firmware: str, out: Path, seconds: float, polls_only: Technology | None,
    *, typed: bool,
) -> Iterator[tuple[Any, Tapper | None]]:  # fmt: skip
    """What makes a pair of a phone's name, and the reader, if one is asked."""
    if typed:
        if not reader.strip():
            raise UsageError("--typed: say the name of the reader with --reader")
        yield lambda phone: Pair(reader.strip(), firmware.strip() or UNKNOWN, phone), None
        return
    from fixtures import reader_firmware  # noqa: PLC0415  pyscard is an optional package
    from fixtures.targets import pcsc  # noqa: PLC0415
    from fixtures.targets.pcsc_tap import TapReader  # noqa: PLC0415
    from suites.contactless.capture_reader import ReaderTapper  # noqa: PLC0415

    with pcsc.context_of_daemon() as context, _transcript(out) as recorded:
        names = pcsc.reader_names(context)
        name = names[pcsc.choose(reader, names)]
        told = reader_firmware.ask(context, name)
        version = agreed(told, firmware.strip(), name)
        model = reader_firmware.model_of(name)
        tap_reader: TapReader = TapReader(context, name, recorded, seconds)
        yield lambda phone: Pair(model, version, phone), ReaderTapper(tap_reader, polls_only)


def agreed(told: str, said: str, name: str) -> str:
    """The firmware a reader tells, else what a person says. ``UsageError`` where they differ."""
    if told == UNKNOWN:
        return said or UNKNOWN
    if said and said != told:
        raise UsageError(f"--firmware {said!r}: {name} says {told}; leave the option out")
    return told


@contextmanager
def _transcript(out: Path) -> Iterator[Any]:
    """Every exchange of this session, in a file of its own beside the table."""
    from fixtures.recorder import RecordedChannel, Recorder  # noqa: PLC0415
    from fixtures.targets.port import AccessPath  # noqa: PLC0415
    from suites.contactless.atr_type import from_atr  # noqa: PLC0415

    folder = out.with_suffix(".apdu")
    count = len(list(folder.glob("*.jsonl"))) if folder.exists() else 0
    recorder: Recorder | None = None

    def recorded(channel: Any, atr: bytes) -> RecordedChannel:
        nonlocal recorder
        recorder = recorder or Recorder.to_file(folder / f"{count + 1:04d}.jsonl")
        is_a = from_atr(atr).technology is Technology.A
        path = AccessPath.CONTACTLESS_A if is_a else AccessPath.CONTACTLESS_B
        return RecordedChannel(channel, path, recorder)

    try:
        yield recorded
    finally:
        if recorder is not None:
            recorder.close()


def _type(polls_only: str | None) -> Technology | None:
    if polls_only is None:
        return None
    try:
        return Technology(polls_only.upper())
    except ValueError:
        raise UsageError(f"--polls-only {polls_only!r} is no type; use A or B") from None


def _object(dialogue: Dialogue, verdict: Verdict, told: str) -> dict[str, Any]:
    reason = "" if verdict is Verdict.PASS else told
    subject = f"{dialogue.pair}"
    table = dialogue.log.table
    return {
        "verdict": verdict,
        "findings": [
            {"id": "collect.positions", "verdict": verdict, "requirement": REQUIREMENT,
             "subject": subject, "reason": reason}
        ],
        "metrics": {"taps": dialogue.done, "planned": dialogue.plan.total,
                    "attempts": len(dialogue.log.attempts),
                    "interrupted": dialogue.log.interrupted},
        "inputs": [json_input(table).model_dump()] if table.exists() else [],
        "suite": suite_identity(),
    }  # fmt: skip


def _ask(question: str) -> str:
    """A line from standard input; standard output is left to ``--json``."""
    print(question, end="", file=sys.stderr, flush=True)
    line = sys.stdin.readline()
    if not line:
        print(file=sys.stderr)
        raise EOFError
    return line


def _tell(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def _now() -> str:
    return datetime.now().astimezone().isoformat(timespec="seconds")
