"""Tables for the terminal, and the JSON objects that say the same."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rich.table import Table
from rich.text import Text

from fixtures.catalogue.load import load_catalogue, matches
from fixtures.catalogue.model import State
from fixtures.outcome import UsageError
from fixtures.verdict import BENCH, Verdict
from reports.campaign import suite_identity
from reports.terminal import coloured, counts_line, summary_table
from reports.verdicts import executed_tests, overall

if TYPE_CHECKING:
    from rich.console import Console

    from fixtures.catalogue.load import Catalogue
    from reports.judgement import CampaignResult


def print_campaign(console: Console, result: CampaignResult, *, japanese: bool) -> None:
    """The table of verdicts, the counts, and where everything is."""
    console.print(summary_table(result.verdicts.values(), japanese=japanese))
    console.print()
    line = Text("verdict  ").append_text(coloured(overall(result.verdicts, load_catalogue())))
    line.append("   ").append_text(counts_line(result.verdicts.values()))
    tests = sum(record.requirements != (BENCH,) for record in result.records)
    ran = f"{executed_tests(result.records)} of {tests} tests run"
    console.print(line.append(f"of {len(result.verdicts)} judged, {ran}"))
    if result.false_alarm is not None:
        told = f"{result.false_alarm:.1e} that a sound target fails a statistical test here"
        console.print(Text(f"chance   {told}"), soft_wrap=True)
    console.print(Text(f"campaign {result.folder}"), soft_wrap=True)
    if result.seal:
        console.print(Text(f"report   {result.folder / 'report.html'}"), soft_wrap=True)
        console.print(Text(f"seal     {result.seal}"), soft_wrap=True)
    shown = 0
    for record in result.records:
        if record.verdict is Verdict.FAIL and record.evidence and shown < 5:
            console.print(Text(f"evidence {record.evidence}", style="dim"), soft_wrap=True)
            shown += 1


def matching(catalogue: Catalogue, patterns: tuple[str, ...]) -> list[str]:
    """Ids that patterns choose; ``UsageError`` when there is none."""
    chosen = [id_ for id_ in catalogue.requirements if matches(id_, patterns)]
    if not chosen:
        raise UsageError(f"--select {' '.join(patterns)!r} matches no requirement; try 'REQ-1-*'")
    return chosen


def print_coverage(
    console: Console, catalogue: Catalogue, ids: list[str], *, japanese: bool
) -> None:
    """Every requirement with kind, level, state and title; then the coverage."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    for name in ("requirement", "kind", "level", "state", "title"):
        table.add_column(name, no_wrap=name != "title", overflow="fold")
    for id_ in ids:
        requirement = catalogue.requirements[id_]
        automated = requirement.state is State.AUTOMATED
        table.add_row(
            id_,
            " ".join(requirement.kind),
            requirement.level,
            Text(requirement.state, style="green" if automated else "dim"),
            requirement.title_ja if japanese else requirement.title,
        )
    console.print(table)
    automated_ids = [id_ for id_ in ids if id_ in set(catalogue.automated)]
    console.print(
        f"\n{len(automated_ids)} of {len(ids)} requirements automated, "
        f"{len(ids) - len(automated_ids)} planned"
    )


def coverage_json(catalogue: Catalogue, ids: list[str]) -> dict[str, Any]:
    """The one JSON object of ``requirements --json``."""
    automated = set(catalogue.automated)
    return {
        "verdict": Verdict.PASS,
        "findings": [],
        "requirements": {id_: catalogue.requirements[id_].model_dump(mode="json") for id_ in ids},
        "metrics": {
            "requirements": len(ids),
            "automated": sum(id_ in automated for id_ in ids),
            "planned": sum(id_ not in automated for id_ in ids),
        },
        "inputs": [],
        "suite": suite_identity(),
    }
