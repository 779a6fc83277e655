"""What the terminal shows: live progress by requirement, then a table.

All of it goes to standard error or standard output as the caller says; with ``--json`` standard
output belongs to the one JSON object.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn
from rich.progress import Progress as Bar
from rich.table import Table
from rich.text import Text

from fixtures.catalogue.load import load_catalogue, matches
from fixtures.verdict import BENCH, Verdict
from reports.verdicts import RequirementVerdict, TestRecord, judge_requirement

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from pathlib import Path

COLOURS = {
    Verdict.PASS: "green",
    Verdict.FAIL: "bold red",
    Verdict.ERROR: "bold magenta",
    Verdict.INCONCLUSIVE: "yellow",
    Verdict.NOT_RUN: "yellow",
    Verdict.DEVIATION: "cyan",
    Verdict.MANUAL_PENDING: "cyan",
    Verdict.NOT_APPLICABLE: "dim",
}
REASON_LENGTH = 160


def coloured(verdict: Verdict) -> Text:
    return Text(str(verdict), style=COLOURS[verdict])


class Progress:
    """One line for each requirement when its last test has ended, and a bar below."""

    def __init__(
        self,
        plan: Callable[[Path], Mapping[str, list[str]]],
        campaign: Path,
        select: Sequence[str] = (),
    ) -> None:
        self._select = select
        self._read_plan = plan
        self._campaign = campaign
        self._open: dict[str, set[str]] = {}
        self._records: list[TestRecord] = []
        self._bar = Bar(
            TextColumn("[bold]{task.description}"),
            BarColumn(bar_width=30),
            MofNCompleteColumn(),
            TextColumn("tests"),
            TimeElapsedColumn(),
            console=Console(stderr=True),
        )
        self._task = self._bar.add_task("certifying", total=None)

    def arrived(self, record: TestRecord) -> None:
        """Take a record; print each requirement that is now complete."""
        if not self._open:
            self._start()
        self._records.append(record)
        self._bar.advance(self._task)
        for id_ in record.requirements:
            waiting = self._open.get(id_, set())
            waiting.discard(record.id)
            if not waiting and id_ in self._open:
                del self._open[id_]
                self._tell(judge_requirement(id_, self._records))
                self._open.setdefault("", set())

    def close(self) -> None:
        self._bar.stop()

    def _start(self) -> None:
        plan = self._read_plan(self._campaign)
        for test, ids in plan.items():
            for id_ in ids:
                if id_ == BENCH or not matches(id_, self._select):
                    continue
                self._open.setdefault(id_, set()).add(test)
        self._bar.update(self._task, total=len(plan))
        self._bar.start()

    def _tell(self, judged: RequirementVerdict) -> None:
        line = Text(f"{judged.id:<14}")
        line.append(f"{judged.verdict:<16}", style=COLOURS[judged.verdict])
        line.append(_short(judged.reason) or load_catalogue().requirements[judged.id].title)
        self._bar.console.print(line, no_wrap=True, overflow="ellipsis", crop=True)


def summary_table(verdicts: Iterable[RequirementVerdict], *, japanese: bool = False) -> Table:
    """Requirement, verdict, number of tests, title, reason."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("requirement", no_wrap=True)
    table.add_column("verdict", no_wrap=True)
    table.add_column("run", justify="right", no_wrap=True)
    table.add_column("対象" if japanese else "what was judged", overflow="fold")
    requirements = load_catalogue().requirements
    for judged in verdicts:
        requirement = requirements[judged.id]
        told = Text(requirement.title_ja if japanese else requirement.title)
        if judged.reason:
            told.append(f"\n→ {_short(judged.reason)}", style="dim")
        ran = f"{judged.executed}/{judged.tests}"
        table.add_row(judged.id, coloured(judged.verdict), ran, told)
    return table


def counts_line(verdicts: Iterable[RequirementVerdict]) -> Text:
    """Like ``18 PASS  1 FAIL``."""
    told: dict[Verdict, int] = {}
    for judged in verdicts:
        told[judged.verdict] = told.get(judged.verdict, 0) + 1
    line = Text()
    for verdict, colour in COLOURS.items():
        if verdict in told:
            line.append(f"{told[verdict]} {verdict}  ", style=colour)
    return line


def _short(reason: str) -> str:
    first = reason.splitlines()[0] if reason else ""
    return first if len(first) <= REASON_LENGTH else first[: REASON_LENGTH - 1] + "…"
