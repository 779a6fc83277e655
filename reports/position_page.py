"""What a campaign of positions looks like, on one page without a network.

Each picture is also a file beside the page, and the numbers of all of them are in ``cells.csv``.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from fixtures.verdict import SEVERITY
from reports.html_report import environment
from reports.page_folder import PAGE, writable
from suites.contactless import old_rule, pictures
from suites.contactless.firmware import Change
from suites.contactless.position_terminal import LIMITS, LIMITS_JA, cell_figures
from suites.contactless.positions import ResultClass
from suites.contactless.proportions import percent_down

if TYPE_CHECKING:
    from collections.abc import Sequence

    from suites.contactless.firmware import Comparison
    from suites.contactless.matrix import Entry
    from suites.contactless.position_files import JudgedPositions
    from suites.pictures import Picture

NUMBERS = "cells.csv"
CHANGES_JA = {
    Change.CURED: "解消", Change.BETTER: "改善", Change.SAME: "不変",
    Change.STILL_FAILS: "依然失敗", Change.REGRESSION: "悪化",
}  # fmt: skip
Told = tuple[str, str, str, str]  # requirement, verdict, subject, reason


@dataclass(frozen=True)
class Shown:
    """A pair as the page shows it."""

    name: str
    picture: Picture
    persists: str  # what second attempts were worth


def write(found: JudgedPositions, folder: Path) -> Path:
    """The page, its pictures and numbers. ``UsageError`` when it cannot be written."""
    matrix = pictures.matrix(found.entries)
    shown = [_shown(entry) for entry in found.entries]
    changed = _changed(found.comparisons)
    text = environment().get_template("positions.html.j2").render(
        files=found.files, verdict=str(found.verdict), matrix=matrix, shown=shown,
        cells=found.cells, accepts=old_rule.accepts, down=percent_down, classes=list(ResultClass),
        findings=_told(found),
        changes=found.comparisons, words=CHANGES_JA, changed=changed,
        limits=LIMITS, limits_ja=LIMITS_JA,
    )  # fmt: skip
    with writable(folder):
        (folder / "matrix.svg").write_text(matrix.svg, encoding="utf-8")
        for number, one in enumerate(shown, 1):
            (folder / f"{number}_planes.svg").write_text(one.picture.svg, encoding="utf-8")
        for number, picture in enumerate(changed, 1):
            (folder / f"{number}_changes.svg").write_text(picture.svg, encoding="utf-8")
        _write_numbers(found, folder / NUMBERS)
        (folder / PAGE).write_text(text, encoding="utf-8")
    return folder / PAGE


def _shown(entry: Entry) -> Shown:
    told = ""
    if entry.second_attempts:
        told = f"{entry.second_attempts} / {entry.tries}, p = {entry.persistence:.2g}"
    return Shown(str(entry.pair), pictures.planes(entry.pair, entry.cells), told)


def _changed(compared: Sequence[Comparison]) -> list[Picture]:
    """A map of each pair of which a new firmware changed anything."""
    of_pair: dict[str, list[Comparison]] = {}
    for one in compared:
        of_pair.setdefault(one.pair, []).append(one)
    return [
        pictures.changes(pair, of)
        for pair, of in of_pair.items()
        if any(one.change is not Change.SAME for one in of)
    ]


def _write_numbers(found: JudgedPositions, file: Path) -> None:
    rows = [cell_figures(cell) for cell in found.cells]
    with file.open("w", encoding="utf-8", newline="") as out:
        table = csv.DictWriter(out, list(rows[0]))
        table.writeheader()
        table.writerows(rows)


def _told(found: JudgedPositions) -> list[Told]:
    findings = [one.finding for one in found.judged if one.finding.reason]
    findings.sort(key=lambda finding: SEVERITY.index(finding.verdict))
    return [(f.requirement, str(f.verdict), f.subject, f.reason) for f in findings]
