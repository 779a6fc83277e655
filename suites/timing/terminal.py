"""Judged times as a table, as lines for a reader, and as one object."""

from __future__ import annotations

import math
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from rich.table import Table
from rich.text import Text

from fixtures.verdict import BENCH, SEVERITY, Verdict
from suites.timing import summary

if TYPE_CHECKING:
    from collections.abc import Iterator

    from suites.timing.judged import Asked, JudgedTimes, Measured

COLOURS = {Verdict.FAIL: "bold red", Verdict.INCONCLUSIVE: "yellow"}
SHOWN_BROKEN = 20  # broken lines; all of them are in the object
LIMITS = (
    "Ten times know a mean to about 22 % and see gross effects only. A spread near CV 0.7 is what "
    "a search for two primes has; that a screen must allow for it is another matter. No leak found "
    "means none above the resolution that is told."
)
LIMITS_JA = (
    "10回の計測では平均の標準誤差が約22 %あり、大きな異常しか見えない。変動係数0.7前後の"
    "ばらつきは2つの素数の探索として正常である(UI上の配慮の要否とは別)。"
    "漏えいの不検出は、示した分解能より大きな差がないことのみを意味する。"
)


def table(found: JudgedTimes) -> Table:
    """One line for each operation of each product; times in seconds."""
    shown = Table(box=None, pad_edge=False, header_style="bold")
    shown.add_column("product", overflow="fold")
    shown.add_column("operation", overflow="fold")
    for name in ("n", "mean", "least", "most", "median", "SD", "CV", "p95", "95 % of mean"):
        shown.add_column(name, justify="right", overflow="fold")
    for one in found.measured:
        s = summary.summary(one.series)
        interval = f"{s.low:.3f}–{s.high:.3f}" if math.isfinite(s.low) else ""
        figures = (s.mean, s.least, s.most, s.median, s.sd, s.cv, s.p95)
        shown.add_row(
            Text(one.product), Text(one.operation), f"{s.n:,}",
            *(f"{value:.4f}" if math.isfinite(value) else "" for value in figures), interval,
        )  # fmt: skip
    return shown


def lines(found: JudgedTimes) -> Iterator[Text]:
    """What there is to say of the findings, worst first; silence means that all passed."""
    told = [one.finding for one in found.judged if one.finding.reason]
    told.sort(key=lambda finding: SEVERITY.index(finding.verdict))
    broken = 0
    for finding in told:
        if finding.requirement == BENCH:
            broken += 1
            if broken > SHOWN_BROKEN:
                continue
        line = Text(f"{finding.verdict:<13}", COLOURS.get(finding.verdict, "dim"))
        yield line.append(
            f"{finding.requirement:<10}{finding.subject}: {finding.reason}", "default"
        )
    if broken > SHOWN_BROKEN:
        yield Text(f"{broken - SHOWN_BROKEN} more broken lines; --json lists them all")


def to_json(found: JudgedTimes, asked: Asked) -> dict[str, Any]:
    """The one JSON object of ``judge timing --json``, without the suite's identity."""
    return {
        "verdict": found.verdict,
        "findings": [
            _finite({"id": f"timing.{one.judge}", **asdict(one.finding)}) for one in found.judged
        ],
        "series": [_figures(one) for one in found.measured],
        "metrics": {
            "files": len(found.files),
            "times": sum(len(one.rows) for one in found.measured),
            "broken_lines": sum(len(one.troubles) for one in found.files),
            "family_wise_false_alarm": found.false_alarm,
        },
        "asked": asdict(asked),
        "limits": LIMITS,
        "inputs": [
            {"name": one.file.name, "sha256": one.sha256, "size": one.size} for one in found.files
        ],
    }


def _figures(one: Measured) -> dict[str, Any]:
    names = {"product": one.product, "operation": one.operation}
    return _finite(names | asdict(summary.summary(one.series)))


def _finite(values: dict[str, Any]) -> dict[str, Any]:
    """What is not known is null: JSON has no NaN."""
    return {
        name: None if isinstance(value, float) and not math.isfinite(value) else value
        for name, value in values.items()
    }
