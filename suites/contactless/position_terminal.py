"""A judged campaign of positions as tables, as lines for a reader, and as one object."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from rich.table import Table
from rich.text import Text

from fixtures.verdict import SEVERITY, Verdict
from suites.contactless import old_rule
from suites.contactless.positions import ResultClass
from suites.contactless.proportions import fewest_trials, percent_down, wilson

if TYPE_CHECKING:
    from collections.abc import Iterator

    from suites.contactless.firmware import Comparison
    from suites.contactless.matrix import Entry
    from suites.contactless.position_files import Asked, JudgedPositions
    from suites.contactless.positions import Cell

COLOURS = {Verdict.FAIL: "bold red", Verdict.INCONCLUSIVE: "yellow"}
CLASS_COLOURS = {
    ResultClass.FIRST: "green", ResultClass.SECOND: "yellow", ResultClass.NEITHER: "bold red",
}  # fmt: skip
SHOWN = 40  # findings, and
SHOWN_CELLS = 120  # positions of pairs; all of them are in the object
CLAIMS = (0.90, 0.95, 0.99)
FEWEST = ", ".join(f"{100 * claim:g} %: {fewest_trials(claim)}" for claim in CLAIMS)
LIMITS = (
    "Bounds are exact (Clopper–Pearson, 95 %) and hold for independent taps of these specimens. "
    f"Tries without a failure that a cell needs to show {FEWEST}. "
) + old_rule.told()
LIMITS_JA = (
    "区間は正確法(Clopper–Pearson、95 %)によるもので、当該検体の独立な試行についてのみ成り立つ。"
    f"失敗なしで各値を示すのに必要な試行数は {FEWEST} である。"
    "従来の「10回中9回」の基準は、真の成功率80 %の組合せを37.6 %、90 %を73.6 %の確率で合格とする。"
)


def matrix_table(found: JudgedPositions) -> Table:
    """Reader by phone: the worst class, the type, and first attempts of all tries."""
    entries = found.entries
    phones = sorted({one.pair.phone for one in entries})
    by_pair = {(one.pair.reader, one.pair.firmware, one.pair.phone): one for one in entries}
    shown = Table(box=None, pad_edge=False, header_style="bold")
    for name in ("reader", "firmware", *phones):
        shown.add_column(Text(name), overflow="fold")
    for reader, firmware in found.firmwares:
        cells = [_entry(by_pair.get((reader, firmware, phone))) for phone in phones]
        shown.add_row(Text(reader), Text(firmware), *cells)
    return shown


def cell_table(found: JudgedPositions) -> Table:
    """One line for each position of each pair."""
    shown = Table(box=None, pad_edge=False, header_style="bold")
    for name in ("pair", "position"):
        shown.add_column(name, overflow="fold")
    for name in ("n", "○", "△", "×", "first try", "95 %", "shown", "9 of 10"):
        shown.add_column(name, justify="right")
    for cell in found.cells[:SHOWN_CELLS]:
        counts = [str(cell.count(result)) for result in ResultClass]
        old = {True: "yes", False: "no", None: ""}[old_rule.accepts(cell)]
        share = f"{100 * cell.first / len(cell):.1f} %"
        shown.add_row(
            Text(str(cell.pair)), str(cell.position), str(len(cell)), *counts,
            share, str(cell.interval), percent_down(cell.shown), old,
        )  # fmt: skip
    if (more := len(found.cells) - SHOWN_CELLS) > 0:
        shown.add_row(f"and {more} more; --json lists them all")
    return shown


def lines(found: JudgedPositions) -> Iterator[Text]:
    """What there is to say of the findings, worst first; silence means that all passed."""
    told = [one.finding for one in found.judged if one.finding.reason]
    told.sort(key=lambda finding: SEVERITY.index(finding.verdict))
    for finding in told[:SHOWN]:
        line = Text(f"{finding.verdict:<13}", COLOURS.get(finding.verdict, "dim"))
        yield line.append(
            f"{finding.requirement:<10}{finding.subject}: {finding.reason}", "default"
        )
    if len(told) > SHOWN:
        yield Text(f"{len(told) - SHOWN} more findings; --json lists them all")


def to_json(found: JudgedPositions, asked: Asked) -> dict[str, Any]:
    """The one JSON object of ``judge positions --json``, without the suite's identity."""
    return {
        "verdict": found.verdict,
        "findings": [
            {"id": f"positions.{one.judge}", **asdict(one.finding)} for one in found.judged
        ],
        "cells": [cell_figures(cell) for cell in found.cells],
        "matrix": [_entry_figures(entry) for entry in found.entries],
        "firmware": [_comparison_figures(one) for one in found.comparisons],
        "metrics": {
            "files": len(found.files),
            "taps": sum(map(len, found.cells)),
            "pairs": len(found.entries),
            "grid": found.grid,
            "broken_lines": sum(one.judge == "lines" for one in found.judged),
            "fewest_tries_without_failure": {str(c): fewest_trials(c) for c in CLAIMS},
            "nine_of_ten_accepts": {
                str(p): a for p, a in old_rule.operating_characteristic().items()
            },
        },
        "asked": asdict(asked) | {"criteria": asked.criteria and asked.criteria.name},
        "limits": LIMITS,
        "inputs": list(_inputs(found)),
    }


def _inputs(found: JudgedPositions) -> Iterator[dict[str, Any]]:
    for one in found.files:
        yield {"name": one.file.name, "sha256": one.sha256, "size": one.size}
    if found.standards is not None:
        yield asdict(found.standards)


def cell_figures(cell: Cell) -> dict[str, Any]:
    """The numbers behind a field of a heat map."""
    score = wilson(cell.first, len(cell))
    return {
        **asdict(cell.pair), "position": str(cell.position), **asdict(cell.position),
        "n": len(cell), "first": cell.first, "second": cell.count(ResultClass.SECOND),
        "neither": cell.count(ResultClass.NEITHER), "class": cell.worst,
        "low": cell.interval.low, "high": cell.interval.high, "shown": cell.shown,
        "wilson_low": score.low, "wilson_high": score.high,
        "nine_of_ten": old_rule.accepts(cell),
    }  # fmt: skip


def _entry_figures(entry: Entry) -> dict[str, Any]:
    return {
        **asdict(entry.pair), "class": entry.worst, "type": entry.glyph, "tries": entry.tries,
        "first": entry.first, "second_attempts": entry.second_attempts,
        "persistence": entry.persistence,
    }  # fmt: skip


def _comparison_figures(one: Comparison) -> dict[str, Any]:
    return {
        "subject": one.subject, "change": one.change, "before": one.before.worst,
        "after": one.after.worst, "chance": one.chance,
    }  # fmt: skip


def _entry(entry: Entry | None) -> Text:
    if entry is None:
        return Text("–", "dim")
    told = f"{entry.worst} {entry.glyph} {entry.first}/{entry.tries}"
    return Text(told, CLASS_COLOURS[entry.worst])
