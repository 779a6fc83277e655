"""``collect rng``: random numbers from a target into a folder, with progress."""

from __future__ import annotations

import time
from contextlib import ExitStack
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn

from fixtures.card.jpki import JpkiCard
from fixtures.guard import Guard, GuardedChannel
from fixtures.outcome import BenchError, NotRun
from fixtures.recorder import RecordedChannel, Recorder
from fixtures.targets.resolve import resolve
from fixtures.verdict import Finding, Verdict, worst
from reports.json_output import json_input
from suites.random_numbers.collection import NUMBERS, Clock, Collection, Plan

if TYPE_CHECKING:
    from fixtures.targets.port import Channel

REQUIREMENT = "REQ-1-2-a"
MOST_SHOWN = 20  # repeated blocks


def collect(  # noqa: PLR0917  options of a command line
    target: str, ics: Path | None, plan: Plan, out: Path, seed: int = 1,
    faults: tuple[str, ...] = (),
) -> tuple[Collection, str]:  # fmt: skip
    """Fill the folder; the collection, and why it ended early (or nothing).

    ``UsageError`` for a target or folder that cannot be, ``BenchError`` when the bench breaks.
    """
    resolved = resolve(target, ics, faults=faults, seed=seed)
    identity = resolved.statement.target.model_dump(mode="json") | {"link": resolved.name}
    clock = Clock(time.time, time.monotonic_ns)
    collection = Collection(out, plan, identity, clock)
    if resolved.is_reference:  # its noise follows from the seed, and must not follow twice
        resolved = resolve(target, ics, faults=faults, seed=seed + collection.resets)
    with ExitStack() as stack:
        opened = stack.enter_context(resolved.open())
        path = resolved.statement.pixit.paths[0]
        channel: Channel = RecordedChannel(opened.open(path), path, Recorder())
        if not resolved.is_harmless:
            guard = Guard.before(channel, resolved.statement, may_destroy=False)
            stack.callback(guard.close)
            channel = GuardedChannel(channel, guard)
        card = JpkiCard(channel)
        bar = stack.enter_context(_bar())
        task = bar.add_task("collecting", total=plan.total, completed=collection.collected)
        try:
            reason = collection.run(card, lambda done: bar.update(task, completed=done))
        except NotRun as why:
            raise BenchError(f"{out}: {why}; what was collected so far is kept") from None
    return collection, reason


def _bar() -> Progress:
    return Progress(
        TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TimeRemainingColumn(),
        console=Console(stderr=True),
    )  # fmt: skip


def findings(done: Collection, reason: str) -> list[Finding]:
    """What the collecting itself showed: whether it was complete, and blocks that came twice."""
    found = [
        Finding(REQUIREMENT, Verdict.INCONCLUSIVE, reason, NUMBERS)
        if reason
        else Finding(REQUIREMENT, Verdict.PASS, subject=NUMBERS)
    ]
    return found + [
        Finding(REQUIREMENT, Verdict.FAIL, f"block {later} is block {earlier} again", NUMBERS)
        for earlier, later in done.repeated_blocks()[:MOST_SHOWN]
    ]


def to_json(done: Collection, reason: str) -> dict[str, Any]:
    """The one JSON object of ``collect rng --json``, without the suite's identity."""
    found = findings(done, reason)
    return {
        "verdict": worst(finding.verdict for finding in found),
        "findings": [{"id": "collect.rng", **asdict(finding)} for finding in found],
        "metrics": {
            "bytes": done.collected,
            "power_cycles": done.resets,
            "block": done.block,
            "segments": len(done.segments),
        },
        "inputs": [json_input(done.numbers).model_dump()],
    }


def summary(done: Collection, reason: str) -> str:
    """What a person is told at the end."""
    told = f"{done.collected:,} bytes in blocks of {done.block}, {done.resets:,} power cycles"
    lines = [f"{done.numbers}: {told}"]
    lines += [
        f"{finding.verdict}: {finding.reason}"
        for finding in findings(done, reason)
        if finding.verdict is not Verdict.PASS
    ]
    how = " --profile sp800-90b --restarts" if done.plan.restarts else ""
    return "\n".join([*lines, f"judge it: jpki-conformance judge rng {done.numbers}{how}"])
