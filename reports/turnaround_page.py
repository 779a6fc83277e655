"""Timed issuances on one page without a network: tables, charts, findings; SVGs beside it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from fixtures.verdict import SEVERITY
from reports.html_report import environment
from reports.page_folder import PAGE, writable
from suites.turnaround import judges
from suites.turnaround.charts import chart
from suites.turnaround.table import TITLES_JA, means
from suites.turnaround.terminal import LIMITS, LIMITS_JA, lines_of

if TYPE_CHECKING:
    from suites.turnaround.judged import Judged


def write(found: Judged, folder: Path) -> Path:
    """The page, with its chart as a file beside it. ``UsageError`` when it cannot be written."""
    times = {handset: [judges.whole(run) for run in runs] for handset, runs in found.runs.items()}
    picture = chart("issuance", times)
    tables = [(handset, len(runs), list(lines_of(means(runs)))) for handset, runs in
              found.runs.items()]  # fmt: skip
    worst_first = sorted(found.findings, key=lambda finding: SEVERITY.index(finding.verdict))
    findings = [(f.requirement, str(f.verdict), f.subject, f.reason) for f in worst_first]
    text = environment().get_template("turnaround.html.j2").render(
        files=found.files, tables=tables, picture=picture, findings=findings,
        verdict=str(found.verdict), limits=LIMITS, limits_ja=LIMITS_JA, titles_ja=TITLES_JA,
    )  # fmt: skip
    with writable(folder):
        (folder / f"{picture.name}.svg").write_text(picture.svg, encoding="utf-8")
        (folder / PAGE).write_text(text, encoding="utf-8")
    return folder / PAGE
