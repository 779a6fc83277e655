"""``collect touch``: signatures by touch, timed, into a table that ``judge timing`` reads."""

from __future__ import annotations

import csv
import io
import math
import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console

from fixtures.bench import Bench
from fixtures.guard import Guard
from fixtures.outcome import BenchError, Inconclusive, NotRun, UsageError
from fixtures.recorder import RecordedChannel, Recorder
from fixtures.targets.resolve import resolve
from fixtures.verdict import Verdict
from reports.campaign import suite_identity
from reports.json_output import json_input
from reports.ledger import canonical
from reports.options import Faults, Ics, Json, Seed, Target
from reports.progress import shown
from reports.verdicts import STATUS, ExitStatus

if TYPE_CHECKING:
    from fixtures.targets.port import AccessPath
    from fixtures.targets.resolve import Resolved
    from suites.timing.breakdown import Parts

REQUIREMENT = "REQ-3-1-v"
COLUMNS = ("product", "operation", "seconds", "applet", "transport", "omapi", "tsm")
TYPES = {"contactless_a": "touch A", "contactless_b": "touch B"}


def collect_touch(  # noqa: PLR0917  options of a command line, all named
    out: Annotated[Path, typer.Argument(help="CSV file of times; the same again goes on.")],
    phone: Annotated[
        str, typer.Option(help="Model of the phone; that of the statement if none.")
    ] = "",
    target: Target = "reference",
    ics: Ics = None,
    count: Annotated[int, typer.Option(min=1, help="Touches in all.")] = 30,
    path: Annotated[
        str, typer.Option(help="contactless_a | contactless_b; the statement's first if none.")
    ] = "",
    seed: Seed = 1,
    fault: Faults = None,
    as_json: Json = False,
) -> None:
    """Time signatures by touch: activation, SELECT, VERIFY, COMPUTE DIGITAL SIGNATURE.

    The phone lies still; the reader takes the field away and brings it back for each touch.
    """
    faults = tuple(fault or ())
    resolved = resolve(target, ics, faults=faults, seed=seed)
    statement = resolved.statement
    way = way_of(list(statement.pixit.paths), path, str(resolved.statement_path))
    model = phone.strip() or statement.target.model
    done = read_so_far(out, model, TYPES[way])
    if resolved.is_reference:  # its times follow from the seed, and must not follow twice
        resolved = resolve(target, ics, faults=faults, seed=seed + done)
    with ExitStack() as stack:
        bench = stack.enter_context(_bench(resolved, way))
        told = stack.enter_context(shown("touching"))
        try:
            for so_far in touched(bench, way, model, out, range(done, count)):
                told(f"touch {so_far} of {count}", so_far / count)
                done = so_far
        except NotRun as why:
            raise BenchError(f"{out}: {why}; what was collected so far is kept") from None
        except Inconclusive as why:
            raise BenchError(f"{out}: {why}; no time was kept of it") from None
    reason = "" if done >= count else f"{done} of {count} touches"
    _say(out, model, TYPES[way], done, reason, as_json=as_json)


def touched(
    bench: Bench, way: AccessPath, model: str, out: Path, numbers: range
) -> Iterator[int]:  # fmt: skip
    """Touch after touch, each on the disk before the next; how many there are by then."""
    from suites.timing.touching import Toucher  # noqa: PLC0415  numpy takes its time

    if not numbers:
        return
    toucher = Toucher.of(bench, model)
    for number in numbers:
        parts = toucher.touch(way, f"touch {number}")
        append(out, row_of(model, TYPES[way], parts))
        yield number + 1


@contextmanager
def _bench(resolved: Resolved, way: AccessPath) -> Iterator[Bench]:
    """The opened target, behind its guard where it is a real one."""
    with ExitStack() as stack:
        opened = stack.enter_context(resolved.open())
        recorder, guard = Recorder(), None
        if not resolved.is_harmless:
            channel = RecordedChannel(opened.open(way), way, recorder)
            guard = Guard.before(channel, resolved.statement, may_destroy=False)
            stack.callback(guard.close)
        yield Bench(opened, resolved.statement, recorder, way, guard)


def way_of(paths: list[AccessPath], wanted: str, statement: str) -> AccessPath:
    """The contactless path that is asked for, or the first there is. ``UsageError`` for none."""
    radio = [one for one in paths if str(one) in TYPES]
    found = next((one for one in radio if wanted in ("", str(one))), None)
    if found is None:
        what = f"--path {wanted!r} is not" if wanted else "no contactless path is"
        raise UsageError(
            f"{statement}: {what} under [pixit] paths; name contactless_a or contactless_b there, "
            "as the reader speaks"
        )
    return found


def read_so_far(out: Path, model: str, operation: str) -> int:
    """Times of this model and type in the file; a last line that was torn is taken off."""
    if not out.exists():
        append(out, _line(COLUMNS), fresh=True)
        return 0
    try:
        content = out.read_bytes()
        whole = content[: content.rfind(b"\n") + 1]
        rows = list(csv.reader(whole.decode("utf-8").splitlines()))
    except OSError as error:
        raise UsageError(f"{out}: cannot be read ({error.strerror})") from None
    except UnicodeDecodeError:
        rows = []
    if not rows or tuple(rows[0]) != COLUMNS:
        raise UsageError(f"{out}: is no table of touches; name a new file")
    if len(whole) < len(content):
        os.truncate(out, len(whole))
    return sum(row[:2] == [model, operation] for row in rows[1:])


def append(out: Path, line: str, *, fresh: bool = False) -> None:
    """On the disk when this returns. ``UsageError`` for a file that cannot be written."""
    try:
        with out.open("x" if fresh else "a", encoding="utf-8", newline="") as file:
            file.write(line)
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        raise UsageError(f"{out}: cannot be written ({error.strerror})") from None


def row_of(model: str, operation: str, parts: Parts) -> str:
    """A line of the table; the parts are empty where nobody tells them."""
    lanes = (parts.applet, parts.transport, parts.omapi, parts.tsm)
    split = ["" if math.isnan(lane) else f"{lane:.9f}" for lane in lanes]
    return _line((model, operation, f"{parts.total:.9f}", *split))


def _line(cells: tuple[str, ...]) -> str:
    out = io.StringIO(newline="")
    csv.writer(out, lineterminator="\n").writerow(cells)
    return out.getvalue()


def _say(
    out: Path, model: str, operation: str, done: int, reason: str, *, as_json: bool
) -> None:  # fmt: skip
    verdict = Verdict.INCONCLUSIVE if reason else Verdict.PASS
    if as_json:
        finding: dict[str, Any] = {
            "id": "collect.touch", "verdict": verdict, "requirement": REQUIREMENT,
            "subject": f"{model} {operation}", "reason": reason,
        }  # fmt: skip
        told = {
            "verdict": verdict, "findings": [finding], "metrics": {"touches": done},
            "inputs": [json_input(out).model_dump()], "suite": suite_identity(),
        }  # fmt: skip
        print(canonical(told))
    else:
        console = Console()
        console.print(
            f"{out}: {done} touches of {model}, {operation}", soft_wrap=True, markup=False
        )
        console.print(f"judge them: jpki-conformance judge timing {out}", soft_wrap=True)
    raise typer.Exit(STATUS.get(verdict, ExitStatus.PASS))
