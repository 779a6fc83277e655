"""``cuts``: every interruption of the flows of ``KINDS``, tried and counted.

What a campaign of full effort does for REQ-3-2-a and b, by itself and as a table.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.table import Table

from fixtures.bench import Bench
from fixtures.outcome import BenchError, Inconclusive, NotRun, UsageError, one_line
from fixtures.recorder import Recorder
from fixtures.verdict import Finding, Verdict, worst
from reports.campaign import suite_identity
from suites.services import errands, interruptions
from suites.services.cut_table import COMPLETED, Tried, by_place, counted, judged, told

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from fixtures.targets.resolve import Resolved

NEEDED = ("handset.network_cut", "tsm.sp")
KINDS = (*interruptions.FLOWS, *errands.ERRANDS)
ENDS = {
    Inconclusive: Verdict.INCONCLUSIVE,
    NotRun: Verdict.NOT_RUN,
    BenchError: Verdict.ERROR,
    ValueError: Verdict.ERROR,  # of an adapter, which does not know a verb
}
"""What the rest of a flow is when it ends so; what was tried before is kept."""


@dataclass(frozen=True)
class Cuts:
    """All that was tried, and what was found."""

    tries: list[Tried]
    findings: list[Finding]

    @property
    def verdict(self) -> Verdict:
        return worst(finding.verdict for finding in self.findings)


def try_all(resolved: Resolved, flows: Sequence[str], most: int) -> Cuts:
    """At most so many cuts and ends of each flow. Raises UsageError for what cannot be tried."""
    for name in set(flows) - set(KINDS):
        raise UsageError(f"--flow: no flow {name!r}; there are {', '.join(KINDS)}")
    for capability in NEEDED:
        if not resolved.statement.has(capability):
            raise UsageError(f"{resolved.name}: the statement says no to {capability}")
    found, progress = Cuts([], []), Console(stderr=True)
    with resolved.open() as target:
        bench = Bench(target, resolved.statement, Recorder(), resolved.statement.pixit.paths[0])
        for name in flows or KINDS:
            earlier = len(found.tries)
            try:
                for one in _tried(bench, name, most):
                    found.tries.append(one)
            except (*ENDS, AssertionError) as error:
                found.findings.append(_ended(error, name))
            told_now = told(found.tries[earlier:])
            progress.print(f"{name}: {told_now}", markup=False, highlight=False)
    found.findings.extend(judged(found.tries))
    return found


def _ended(error: Exception, name: str) -> Finding:
    """A flow of which not all was tried; FAIL where a check itself says that something is wrong."""
    verdicts = [verdict for kind, verdict in ENDS.items() if isinstance(error, kind)]
    reason = one_line(error) if isinstance(error, ValueError | AssertionError) else str(error)
    return Finding(COMPLETED, verdicts[0] if verdicts else Verdict.FAIL, reason, name)


def _tried(bench: Bench, name: str, most: int) -> Iterator[Tried]:
    if name in errands.ERRANDS:
        for place in interruptions.some_cuts(errands.undisturbed_errand(bench, name), most):
            yield errands.cut_short(bench, name, place)
        return
    cut_at, ends_at = interruptions.undisturbed(bench, interruptions.FLOWS[name])
    for cut in interruptions.some_cuts(cut_at, most):
        yield interruptions.interrupt(bench, name, cut)
    for kill in interruptions.some_kills(ends_at, most):
        yield interruptions.interrupt(bench, name, kill)


def print_cuts(console: Console, found: Cuts) -> None:
    """The table, everything wrong, and the verdict."""
    console.print(table(found.tries))
    for finding in found.findings:
        if finding.reason:
            line = f"{finding.verdict} {finding.requirement} {finding.subject}: {finding.reason}"
            console.print(line, soft_wrap=True, markup=False)
    console.print(f"{told(found.tries)}\nverdict {found.verdict}", markup=False)


def table(tries: Sequence[Tried]) -> Table:
    """Flow × place; in each cell: tried / completed / wrong."""
    cells = by_place(tries)
    places = dict.fromkeys(one.place for one in tries)
    shown = Table(box=None, pad_edge=False, header_style="bold")
    for name in ("tried / completed / wrong", *places, "all"):
        shown.add_column(name, justify="left" if not shown.columns else "right")
    for flow, of in cells.items():
        row = [str(of[place]) if place in of else "–" for place in places]
        shown.add_row(flow, *row, str(counted(one for one in tries if one.flow == flow)))
    bottom = [str(counted(one for one in tries if one.place == place)) for place in places]
    shown.add_row("all", *bottom, str(counted(tries)))
    return shown


def to_json(found: Cuts) -> dict[str, Any]:
    """The one JSON object of ``cuts --json``."""
    return {
        "verdict": found.verdict,
        "findings": [
            {"id": f"cuts.{one.requirement.lower()}", **asdict(one)} for one in found.findings
        ],
        "metrics": asdict(counted(found.tries)),
        "matrix": {
            flow: {place: asdict(count) for place, count in places.items()}
            for flow, places in by_place(found.tries).items()
        },
        "inputs": [],
        "suite": suite_identity(),
    }
