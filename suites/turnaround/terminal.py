"""Judged issuances as tables, lines and one object."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from decimal import Decimal
from typing import Any

from rich.table import Table as Shown
from rich.text import Text

from fixtures.targets.turnaround_port import LANES
from fixtures.verdict import SEVERITY, Verdict
from suites.turnaround import judges
from suites.turnaround.judged import Judged
from suites.turnaround.table import TITLES, Table, means

COLOURS = {Verdict.FAIL: "bold red", Verdict.ERROR: "magenta", Verdict.INCONCLUSIVE: "yellow"}
LIMITS = (
    "The JPKI system's seconds are assumed where it was simulated, and judged nowhere. Ten runs "
    "see gross differences between models only."
)
LIMITS_JA = (
    "JPKIシステムの時間は疑似装置による想定値であり、判定の対象外である。"
    "10回の計測で見えるのは機種間の大きな差のみである。"
)


def printed(cell: Decimal | None) -> str:
    """A dash is no zero."""
    return "–" if cell is None else f"{cell}"


def lines_of(table: Table) -> Iterator[tuple[str, str, list[str]]]:
    """Section, title, and the printed cells from the total on; the bottom row last."""
    for section, line in table.rows.items():
        cells = [printed(cell) for cell in (line.total, *line.cells)]
        yield section, TITLES[section], cells
    bottom = [printed(cell) for cell in (table.bottom.total, *table.bottom.cells)]
    yield "total", "", bottom


def tables(found: Judged) -> Iterator[Shown]:
    """The section × lane table of each handset; means in seconds."""
    for handset, runs in found.runs.items():
        shown = Shown(box=None, pad_edge=False, header_style="bold", title=f"handset {handset}")
        shown.add_column("section", overflow="fold")
        for name in ("total", *LANES):
            shown.add_column(name, justify="right")
        for section, title, cells in lines_of(means(runs)):
            shown.add_row(Text(f"{section} {title}".strip()), *cells)
        yield shown


def lines(found: Judged) -> Iterator[Text]:
    """Every finding with a reason, worst first."""
    told = sorted((f for f in found.findings if f.reason), key=lambda f: SEVERITY.index(f.verdict))
    for finding in told:
        line = Text(f"{finding.verdict:<13}", COLOURS.get(finding.verdict, "dim"))
        yield line.append(
            f"{finding.requirement:<10}{finding.subject}: {finding.reason}", "default"
        )


def to_json(found: Judged) -> dict[str, Any]:
    """The one JSON object of ``judge turnaround --json``, without the suite's identity."""
    return {
        "verdict": found.verdict,
        "findings": [
            {"id": f"turnaround.{one.requirement.lower()}", **asdict(one)} for one in found.findings
        ],
        "metrics": {
            "files": len(found.files),
            "handsets": len(found.runs),
            "runs": sum(len(runs) for runs in found.runs.values()),
            "broken_lines": sum(len(one.troubles) for one in found.files),
        },
        "handsets": {
            handset: {
                "runs": len(runs),
                "mean_s": sum(judges.whole(run) for run in runs) / len(runs),
                "table": {section: cells for section, _, cells in lines_of(means(runs))},
            }
            for handset, runs in found.runs.items()
        },
        "assumed": ["jpki"],
        "limits": LIMITS,
        "inputs": [
            {"name": one.file.name, "sha256": one.sha256, "size": one.size} for one in found.files
        ],
    }
