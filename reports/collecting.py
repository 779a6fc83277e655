"""``collect rng``, ``collect keys``: samples from a target into a folder, with progress."""

from __future__ import annotations

import time
from contextlib import ExitStack
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.progress import (
    BarColumn,
    DownloadColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeRemainingColumn,
)

from fixtures.card.jpki import EF, JpkiCard
from fixtures.guard import Guard, GuardedChannel
from fixtures.outcome import BenchError, NotRun, UsageError
from fixtures.ports.held import lacking
from fixtures.recorder import RecordedChannel, Recorder
from fixtures.targets.port import Clock as TargetClock
from fixtures.targets.port import PrivateKeyParts, PrivateKeyView
from fixtures.targets.resolve import resolve
from fixtures.verdict import Finding, Verdict, worst
from reports.json_output import json_input
from suites.random_numbers.collection import NUMBERS, Clock, Collection, Plan
from suites.rsa_keys import collection as keys

if TYPE_CHECKING:
    from rich.progress import ProgressColumn

    from fixtures.targets.port import Channel, Target
    from fixtures.targets.resolve import Resolved

REQUIREMENT = "REQ-1-2-a"
KEYS_REQUIREMENT = "REQ-1-2-d"
MOST_SHOWN = 20  # repeated blocks


def collect(  # noqa: PLR0917  options of a command line
    target: str, ics: Path | None, plan: Plan, out: Path, seed: int = 1,
    faults: tuple[str, ...] = (),
) -> tuple[Collection, str]:  # fmt: skip
    """Fill the folder; the collection, and why it ended early (or nothing).

    ``UsageError`` for a target or folder that cannot be, ``BenchError`` when the bench breaks.
    """
    resolved = resolve(target, ics, faults=faults, seed=seed)
    identity = _identity(resolved, seed, faults)
    clock = Clock(time.time, time.monotonic_ns)
    collection = Collection(out, plan, identity, clock)
    if resolved.is_reference:  # its noise follows from the seed, and must not follow twice
        resolved = resolve(target, ics, faults=faults, seed=seed + collection.resets)
    with ExitStack() as stack:
        opened = stack.enter_context(resolved.open())
        card = _guarded_card(resolved, opened, stack, may_destroy=False)
        bar = stack.enter_context(_bar(DownloadColumn()))
        task = bar.add_task("collecting", total=plan.total, completed=collection.collected)
        try:
            reason = collection.run(card, lambda done: bar.update(task, completed=done))
        except NotRun as why:
            raise BenchError(f"{out}: {why}; what was collected so far is kept") from None
    return collection, reason


def _identity(resolved: Resolved, seed: int, faults: tuple[str, ...]) -> dict[str, Any]:
    """What a collection is of; of the reference, seed and faults are part of what it is."""
    told = resolved.statement.target.model_dump(mode="json") | {"link": resolved.name}
    return told | ({"seed": seed, "faults": list(faults)} if resolved.is_reference else {})


def _guarded_card(
    resolved: Resolved, opened: Target, stack: ExitStack, *, may_destroy: bool
) -> JpkiCard:
    """The card by the first path of the statement; what is real stands behind the guard."""
    path = resolved.statement.pixit.paths[0]
    channel: Channel = RecordedChannel(opened.open(path), path, Recorder())
    if not resolved.is_harmless:
        guard = Guard.before(channel, resolved.statement, may_destroy=may_destroy)
        stack.callback(guard.close)
        channel = GuardedChannel(channel, guard)
    return JpkiCard(channel)


def _bar(done: ProgressColumn) -> Progress:
    return Progress(
        TextColumn("{task.description}"), BarColumn(), done, TimeRemainingColumn(),
        console=Console(stderr=True),
    )  # fmt: skip


def collect_keys(  # noqa: PLR0917  options of a command line
    target: str, ics: Path | None, plan: keys.Plan, out: Path, seed: int = 1,
    faults: tuple[str, ...] = (), *, destructive: bool = False,
) -> tuple[keys.Collection, str]:  # fmt: skip
    """Fill the folder with key pairs; the collection, and why it ended early (or nothing).

    ``UsageError`` for a target or folder that cannot be, for a device that may not lose its keys,
    and for private keys nobody claims; ``BenchError`` when the bench breaks or the wear is up.
    """
    resolved = resolve(target, ics, faults=faults, seed=seed)
    statement = resolved.statement
    _insist_on_consent(resolved, plan, destructive)
    identity = _identity(resolved, seed, faults)
    clock = Clock(time.time, time.monotonic_ns)
    collection = keys.Collection(out, plan, identity, statement.target.gp_se_type, clock)
    if resolved.is_reference:  # its noise follows from the seed, and must not follow twice
        resolved = resolve(target, ics, faults=faults, seed=seed + collection.power_cycles)
    with ExitStack() as stack:
        opened = stack.enter_context(resolved.open())
        if isinstance(opened, TargetClock):
            clock.monotonic_ns = opened.now_ns
        card = _guarded_card(resolved, opened, stack, may_destroy=destructive)
        bar = stack.enter_context(_bar(MofNCompleteColumn()))
        task = bar.add_task("collecting", total=plan.count, completed=collection.collected)
        try:
            reason = collection.run(
                card,
                lambda card: _as_administrator(card, statement.secret("administrator_key")),
                _view_of(opened) if plan.private else None,
                extended=statement.has("apdu.extended"),
                told=lambda done: bar.update(task, completed=done),
            )
        except NotRun as why:
            raise BenchError(f"{out}: {why}; what was collected so far is kept") from None
    return collection, reason


def _insist_on_consent(resolved: Resolved, plan: keys.Plan, destructive: bool) -> None:
    if not resolved.statement.has("key.generate"):
        raise UsageError(f"{resolved.statement_path}: says no to key.generate; nothing to collect")
    if plan.private and not resolved.statement.has("key.private_view"):
        raise UsageError(
            f"{resolved.statement_path}: says no to key.private_view; leave --private out"
        )
    if not (destructive or resolved.is_harmless):
        raise UsageError(
            f"--target {resolved.name}: every key pair replaces the one that is there, and its "
            "certificate is lost; allow it with --destructive"
        )


def _as_administrator(card: JpkiCard, key: bytes) -> None:
    card.authenticate_administrator(key)


def _view_of(opened: Target) -> keys.View:
    if not isinstance(opened, PrivateKeyView):
        raise lacking("key.private_view", "private_key")

    def view(ef: EF) -> PrivateKeyParts:
        parts = opened.private_key(ef)
        if parts is None:
            raise BenchError(f"the target made a key pair in EF {ef:04X} and has none to tell")
        return parts

    return view


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


def findings_of_keys(done: keys.Collection, reason: str) -> list[Finding]:
    """Whether the collecting was complete, and key pairs that came twice."""
    found = [
        Finding(KEYS_REQUIREMENT, Verdict.INCONCLUSIVE, reason, keys.KEYS)
        if reason
        else Finding(KEYS_REQUIREMENT, Verdict.PASS, subject=keys.KEYS)
    ]
    repeated = done.repeated() if done.collected else []
    return found + [
        Finding(KEYS_REQUIREMENT, Verdict.FAIL, f"key {later} is key {earlier} again", keys.KEYS)
        for earlier, later in repeated[:MOST_SHOWN]
    ]


def keys_to_json(done: keys.Collection, reason: str) -> dict[str, Any]:
    """The one JSON object of ``collect keys --json``, without the suite's identity."""
    found = findings_of_keys(done, reason)
    return {
        "verdict": worst(finding.verdict for finding in found),
        "findings": [{"id": "collect.keys", **asdict(finding)} for finding in found],
        "metrics": {"keys": done.collected, "power_cycles": done.power_cycles},
        "inputs": [json_input(done.keys).model_dump()] if done.collected else [],
    }


def summary_of_keys(done: keys.Collection, reason: str) -> str:
    """What a person is told at the end."""
    lines = [f"{done.keys}: {done.collected:,} key pairs, {done.power_cycles:,} power cycles"]
    lines += [
        f"{finding.verdict}: {finding.reason}"
        for finding in findings_of_keys(done, reason)
        if finding.verdict is not Verdict.PASS
    ]
    if done.plan.private:
        lines.append(f"private keys in {done.sensitive.parent}: leave it out of what you hand on")
        if missing := done.without_private_half():
            lines.append(f"without private half: {', '.join(map(str, missing))}")
    return "\n".join([
        *lines,
        f"judge them: jpki-conformance judge keys {done.folder}",
        f"and their times: jpki-conformance judge timing {done.keys}",
    ])  # fmt: skip
