"""``jpki-conformance faults``: run, table, JSON."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.padding import Padding
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

from fixtures.outcome import UsageError
from fixtures.targets.reference import known_faults
from fixtures.verdict import Verdict
from reports.campaign import suite_identity
from reports.detection import (
    Detected,
    Detection,
    detect_all,
    distilled_dialogues,
    false_alarms,
)
from reports.verdicts import ExitStatus

COLOURS = {
    Detection.LOCALISED: "green",
    Detection.FOUND: "yellow",
    Detection.MISSED: "bold red",
    Detection.EQUIVALENT: "cyan",
    Detection.DISPROVED: "bold red",
}

if TYPE_CHECKING:
    from collections.abc import Iterable

    from fixtures.targets.reference import KnownFault


@dataclass(frozen=True)
class FaultOutcome:
    """Detections of all faults, and what the clean reference was accused of by seed."""

    detected: list[Detected]
    alarms: dict[int, list[str]]

    @property
    def alarmed(self) -> list[int]:
        return [seed for seed, failed in self.alarms.items() if failed]

    @property
    def status(self) -> ExitStatus:
        if not self.detected:
            return ExitStatus.USAGE
        if any(one.broken for one in self.detected):
            return ExitStatus.ERROR
        good = all(one.good for one in self.detected) and not self.alarmed
        return ExitStatus.PASS if good else ExitStatus.FAIL


def run(names: tuple[str, ...], effort: str, workers: int, clean_seeds: int) -> FaultOutcome:
    """Run the named faults (all by default), then the clean reference over its seeds."""
    known = known_faults()
    for name in names:
        if name not in known:
            raise UsageError(f"no fault {name!r}; `jpki-conformance faults --list` names them")
    chosen = list(names or known)
    columns = (TextColumn("[bold]{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, TimeElapsedColumn(), console=Console(stderr=True)) as bar:
        faulty = bar.add_task("faults", total=len(chosen))
        clean = bar.add_task("clean seeds", total=clean_seeds)
        detected = detect_all(chosen, effort, workers, lambda _: bar.advance(faulty))
        seeds = range(1, clean_seeds + 1)
        alarms = false_alarms(seeds, effort, workers, lambda _: bar.advance(clean))
    return FaultOutcome(detected, alarms)


def print_outcome(console: Console, outcome: FaultOutcome) -> None:
    console.print(_table(outcome.detected))
    console.print()
    console.print(_summary(outcome))
    for one in outcome.detected:
        if one.detection is Detection.EQUIVALENT:
            proof = " ".join(str(one.fault.equivalent).split())
            console.print(Text(f"equivalent: {one.fault.name}: {proof}", style="cyan"))
    for seed in outcome.alarmed:
        console.print(Text(f"false alarm with seed {seed}: {outcome.alarms[seed]}", style="red"))


def print_list(console: Console) -> None:
    """Every named fault with its requirement, the mistake and what it gains, a paragraph each."""
    for fault in known_faults().values():
        console.print(Text(fault.name, "bold").append(f"  breaks {fault.breaks}", "dim"))
        console.print(Padding(Text(" ".join(fault.mistake.split())), (0, 0, 0, 4)))
        console.print(Padding(Text(f"gain: {fault.gain}", "dim"), (0, 0, 0, 4)))


def print_distilled(workers: int) -> None:
    """The content of ``suites/applet/distilled.toml``, found anew."""
    with Progress(console=Console(stderr=True)) as bar:
        task = bar.add_task("faults", total=len(known_faults()))
        dialogues, count = distilled_dialogues(workers, lambda _: bar.advance(task))
    print(f"# They tell all {count} faults that the exhaustive tour tells.")
    print(f"dialogues = {json.dumps(dialogues)}")


def to_json(outcome: FaultOutcome) -> dict[str, Any]:
    """The one JSON object of ``faults --json``."""
    return {
        "verdict": Verdict.PASS if outcome.status is ExitStatus.PASS else Verdict.FAIL,
        "findings": [
            {
                "id": one.fault.name,
                "verdict": Verdict.PASS if one.good else Verdict.FAIL,
                "requirement": one.fault.breaks,
                "subject": one.fault.name,
                "detection": one.detection,
                "failed": one.failed,
                "reason": one.reason,
                "fault": asdict(one.fault) | {"rules": rules_told(one.fault)},
            }
            for one in outcome.detected
        ],
        "metrics": counts(outcome.detected)
        | {"false_alarms": len(outcome.alarmed), "clean_seeds": len(outcome.alarms)},
        "inputs": [],
        "suite": suite_identity(),
    }


def rules_told(fault: KnownFault) -> list[str] | None:
    """Class and method of each rule it changes; None where it changes more than methods."""
    if fault.rules is None:
        return None
    return sorted(f"{owner}.{rule}" for owner, rule in fault.rules)


def counts(detected: Iterable[Detected]) -> dict[str, int]:
    kinds = [one.detection for one in detected]
    return {str(kind): kinds.count(kind) for kind in Detection}


def _table(detected: list[Detected]) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    for name in ("fault", "breaks", "detection", "also FAIL", "how it shows"):
        table.add_column(name, no_wrap=name in ("fault", "breaks"))
    for one in detected:
        others = [id_ for id_ in one.failed if id_ != one.fault.breaks]
        reason = one.reason.splitlines()[0] if one.reason else ""
        if one.broken:
            reason = f"ERROR of {', '.join(one.broken)}: {reason}"
        table.add_row(
            one.fault.name,
            one.fault.breaks,
            Text(one.detection, style=COLOURS[one.detection]),
            " ".join(others),
            Text(reason[:110], style="dim"),
        )
    return table


def _summary(outcome: FaultOutcome) -> Text:
    told = counts(outcome.detected)
    real = sum(n for kind, n in told.items() if kind != Detection.EQUIVALENT)
    found = told[Detection.LOCALISED] + told[Detection.FOUND]
    line = f"{found} of {real} faults found, {told[Detection.LOCALISED]} localised, "
    line += f"{told[Detection.MISSED]} missed, {told[Detection.EQUIVALENT]} equivalent; "
    line += f"false alarms on the clean reference: {len(outcome.alarmed)} of "
    return Text(line + f"{len(outcome.alarms)} seeds", style="bold")
