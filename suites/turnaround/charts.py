"""Charts per model: means with bars from least to most (REQ-3-1-x), drawn from data alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import TYPE_CHECKING

from fixtures.verdict import Finding, Verdict
from suites.pictures import BLUE, INK, Picture, drawn

if TYPE_CHECKING:
    from matplotlib.figure import Figure

KINDS = {
    "issuance": ("Issuance by model", "発行フロー（機種別）"),
    "touch": ("Signature by touch, by model", "かざし利用（機種別）"),
    "online": ("On-line use by model", "オンライン利用（機種別）"),
}


@dataclass(frozen=True)
class Bar:
    """One model; seconds."""

    model: str
    mean: float
    least: float
    most: float


def bars(models: Mapping[str, Sequence[float]]) -> list[Bar]:
    """By name. ``ValueError`` for a model without a time: a chart must not lose it silently."""
    if lost := [model for model, times in models.items() if not times]:
        raise ValueError(f"no times of {', '.join(lost)}")
    return [
        Bar(model, fmean(times), min(times), max(times)) for model, times in sorted(models.items())
    ]


def chart(kind: str, models: Mapping[str, Sequence[float]]) -> Picture:
    """The chart of one kind of ``KINDS``; every model with its mean as a number."""
    shown = bars(models)

    def draw(figure: Figure) -> None:
        axes = figure.add_subplot(xlabel="s")
        names = [bar.model.replace("$", r"\$") for bar in shown]
        means = [bar.mean for bar in shown]
        reach = [
            [bar.mean - bar.least for bar in shown],
            [bar.most - bar.mean for bar in shown],
        ]
        axes.barh(names, means, xerr=reach, color=BLUE, ecolor=INK, alpha=0.7, height=0.6)
        for at, bar in enumerate(shown):
            axes.text(bar.mean / 2, at, f"{bar.mean:.1f}", ha="center", va="center", color="black")
        axes.invert_yaxis()

    healthy = (
        "Means with least and most; a model far to the right of the others is one to ask about.",
        "平均（棒）と最小・最大（線）。他機種より大きく右にある機種は要因の確認を要する。",
    )
    return drawn(kind, KINDS[kind], healthy, draw, (7.2, 1.0 + 0.4 * len(shown)), letters=True)


def judge_chart(
    kind: str, models: Mapping[str, Sequence[float]], svg: str, requirement: str = "REQ-3-1-x"
) -> Finding:
    """Every model is on the chart, by name and with its mean."""
    lost = [
        bar.model for bar in bars(models) if bar.model not in svg or f"{bar.mean:.1f}" not in svg
    ]
    verdict = Verdict.FAIL if lost or not models else Verdict.PASS
    told = f"not on the chart: {', '.join(lost) or 'any model'}" if verdict is Verdict.FAIL else ""
    return Finding(requirement, verdict, told, f"chart of {kind}", len(models), None, "models")
