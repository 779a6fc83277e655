"""Times to look at: SVG pictures, each with a word on what a healthy product looks like.

Drawn by matplotlib from arrays alone; the same times give the same picture, byte for byte. Letters
stay letters, so that a product may have a Japanese name whatever fonts are here.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from suites.pictures import BLUE, INK, RED, Picture, drawn
from suites.timing import gamma_law
from suites.timing.summary import LONGEST_MEAN, summary

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from suites.timing.series import Series

MOST_BINS = 60


def keygen_histogram(series: Series) -> Picture:
    """Times of key generation, with the fitted law where there is one to fit."""
    times = series.seconds
    end = float(times.max()) * 1.05 or 1.0
    bins = min(MOST_BINS, max(5, round(2 * len(times) ** 0.5)))

    def draw(figure: Figure) -> None:
        axes = figure.add_subplot(xlabel="key generation (s)", ylabel="keys", xlim=(0, end))
        _, edges, _ = axes.hist(times, bins=bins, color=BLUE, alpha=0.6)
        if len(times) > 1 and times.min() > 0 and np.ptp(times) > 0:
            law = gamma_law.fit(series)
            x = np.linspace(0, end, 400)
            axes.plot(
                x, law.density(x) * len(times) * (edges[1] - edges[0]), color=RED, linewidth=1.4,
                label=f"two searches: T0 {law.shift:.3g} s, c {law.scale:.3g} s",
            )  # fmt: skip
            axes.legend(frameon=False, labelcolor=INK, loc="upper right")

    return drawn(
        "histogram",
        ("Times of key generation and the fitted law", "鍵生成時間の度数と当てはめた分布"),
        (
            "A sound chip fills the red curve; of a spike or two humps, ask how primes are found.",
            "健全なチップは赤い曲線に沿う。鋭い峰や二つの山は、素数の由来を確認すべき徴候である。",
        ),
        draw,
        (7.2, 2.8),
        letters=True,
    )


def boxes(products: Sequence[Series], names: Sequence[str], bound: float = LONGEST_MEAN) -> Picture:
    """Products side by side: quartiles, 5 % and 95 %, means, and the bound of the mean (s)."""

    def draw(figure: Figure) -> None:
        axes = figure.add_subplot(xlabel="s")
        axes.boxplot(
            [one.seconds for one in products], orientation="horizontal", whis=(5, 95),
            tick_labels=[_plain(name) for name in names], showmeans=True, widths=0.6,
            medianprops={"color": BLUE}, boxprops={"color": INK}, whiskerprops={"color": INK},
            capprops={"color": INK},
            flierprops={"marker": ".", "markersize": 3, "markeredgecolor": INK},
            meanprops={"marker": "D", "markersize": 4, "markerfacecolor": BLUE,
                       "markeredgecolor": BLUE},
        )  # fmt: skip
        axes.invert_yaxis()
        if max(summary(one).most for one in products) > bound / 2:
            axes.set_xlim(left=0)
            axes.axvline(bound, color=RED)

    healthy = (
        f"Means (diamonds) lie left of the red line ({bound:g} s); a far longer box: warn users.",
        f"平均(菱形)は{bound:g}秒の赤線より左にある。他より明らかに長い箱は待ち時間の案内が要る。",
    )
    title = ("Products side by side", "製品間の比較")
    size = (7.2, 1.0 + 0.45 * len(products))
    return drawn("boxes", title, healthy, draw, size, letters=True)


def in_order(series: Series) -> Picture:
    """The times as they were taken, and the mean of tenths of them."""
    times = series.seconds

    def draw(figure: Figure) -> None:
        axes = figure.add_subplot(xlabel="number of the time", ylabel="s", xlim=(0, len(times) + 1))
        axes.plot(range(1, len(times) + 1), times, ".", color=BLUE, markersize=3)
        if len(times) >= 20:
            ends = np.linspace(0, len(times), 11).round().astype(int)
            for begin, end in pairwise(ends):
                axes.hlines(times[begin:end].mean(), begin + 0.5, end + 0.5, color=RED)
        axes.set_ylim(bottom=0)

    return drawn(
        "in_order",
        ("Times in the order they were taken", "計測順の処理時間"),
        (
            "A sound product is level, without steps, slopes or waves in the red means of tenths.",
            "健全な製品は水平で、10等分ごとの平均（赤線）に段差・傾き・うねりがない。",
        ),
        draw,
        (7.2, 2.2),
        letters=True,
    )


def _plain(name: str) -> str:
    """A name with dollars is no formula."""
    return name.replace("$", r"\$")
