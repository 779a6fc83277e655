"""``collect link``: what passes between a reader and a phone of a bench, as a capture file."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer
from rich.console import Console

from fixtures.bench import Bench
from fixtures.desk import Desk
from fixtures.outcome import BenchError, UsageError
from fixtures.recorder import Recorder
from fixtures.targets.resolve import resolve
from reports.options import Faults, Ics, Seed, Target
from suites.contactless.desk_campaign import COMMANDS
from suites.contactless.on_air import as_passed
from suites.contactless.pcap import capture
from suites.contactless.positions import Position

if TYPE_CHECKING:
    from fixtures.targets.desk_port import DeskReader, TouchAttempt

T = TypeVar("T")
THERE = "is there already and is not written over; name a new file"


def collect_link(  # noqa: PLR0917  options of a command line, all named
    out: Annotated[Path, typer.Argument(help="Capture file (pcap, link type 264) to write.")],
    reader: Annotated[str, typer.Option(help="Reader of the bench, or a part of its name.")] = "",
    phone: Annotated[str, typer.Option(help="Phone of the bench, or a part of its name.")] = "",
    position: Annotated[str, typer.Option(help="centre, +x, -10 Y, or 10/-10/0 (mm).")] = "centre",
    tries: Annotated[int, typer.Option(min=1, help="Attempts, one after the other.")] = 1,
    target: Target = "reference",
    ics: Ics = None,
    seed: Seed = 1,
    fault: Faults = None,
) -> None:
    """Hold a phone to a reader and write down every frame; the reference is simulated."""
    try:
        at = Position.parse(position)
    except ValueError as why:
        raise UsageError(f"--position {why}") from None
    if out.exists():
        raise UsageError(f"{out}: {THERE}")
    with _desk(target, ics, seed, tuple(fault or ())) as desk:
        of_reader = meant("--reader", reader, desk.readers(), reader_name)
        of_phone = meant("--phone", phone, desk.phones(), lambda one: one.name)
        came = [
            desk.attempt(
                (of_reader.name, of_reader.firmware), of_phone.name, (at.x, at.y, at.z), COMMANDS
            )
            for _ in range(tries)
        ]
    _write(out, came)
    what = f"{reader_name(of_reader)} × {of_phone.name} @ {at}"
    for number, one in enumerate(came, 1):
        Console().print(f"{what}, attempt {number}: {told(one)}", soft_wrap=True, markup=False)
    Console().print(f"judge it: jpki-conformance judge link {out}", soft_wrap=True, markup=False)


@contextmanager
def _desk(target: str, ics: Path | None, seed: int, faults: tuple[str, ...]) -> Iterator[Desk]:
    resolved = resolve(target, ics, faults=faults, seed=seed)
    statement = resolved.statement
    if not statement.has("contactless.position"):
        why = "says no to contactless.position; there are no readers and phones of the bench"
        raise UsageError(f"{resolved.statement_path}: {why}")
    with resolved.open() as opened:
        yield Desk(Bench(opened, statement, Recorder(), statement.pixit.paths[0]))


def meant(
    option: str, wanted: str, among: Sequence[T], name: Callable[[T], str]
) -> T:  # fmt: skip
    """The one that is called so, by a part of its name; the first where nothing is said."""
    names = [name(one) for one in among]
    exact = [one for one, called in zip(among, names, strict=True) if called == wanted]
    parts = [one for one, called in zip(among, names, strict=True) if wanted in called]
    found = exact or parts
    if (not wanted and found) or len(found) == 1:
        return found[0]
    which = (
        f"more than one is called so; write {name(found[-1])!r}" if found else "none is called so"
    )
    raise UsageError(f"{option} {wanted!r}: {which}; there are {', '.join(names)}")


def reader_name(one: DeskReader) -> str:
    return f"{one.name} ({one.firmware})"


def told(came: TouchAttempt) -> str:
    """What an attempt came to."""
    spoken = f"Type {came.spoken}" if came.spoken else "no type"
    ending = came.why or ", ".join(answer[-2:].hex().upper() for answer in came.answers)
    return f"{spoken}, {len(came.passed)} events: {ending}"


def _write(out: Path, came: Sequence[TouchAttempt]) -> None:
    passed = [as_passed(event) for one in came for event in one.passed]
    if not passed:
        raise BenchError(f"{out}: the bench does not hear what passes on the air")
    try:
        with out.open("xb") as file:
            file.write(capture(passed))
    except FileExistsError:
        raise UsageError(f"{out}: {THERE}") from None
    except OSError as error:
        raise UsageError(f"{out}: cannot be written ({error.strerror})") from None
