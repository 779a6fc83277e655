"""Random numbers to look at: SVG pictures, each with a word on what a healthy source looks like.

Drawn from arrays alone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from suites.pictures import BLUE, RED, SIGMAS, Picture, drawn
from suites.random_numbers import ais31_tests as tests
from suites.random_numbers.ais31_2011 import SEQUENCES, BasicTest, pictured
from suites.random_numbers.bits import BitOrder, unpacked
from suites.random_numbers.estimators import most_common_value

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from numpy.typing import NDArray

SIDE = 512  # bits of the bitmap
LAGS = 5_000
WINDOWS = 100


def bitmap(data: NDArray[np.uint8], order: BitOrder = BitOrder.MSB_FIRST) -> Picture:
    """The first 512 x 512 bits, row by row (fewer rows where there are fewer)."""
    bits = unpacked(np.asarray(data[: SIDE * SIDE // 8]), order)
    rows = max(1, min(SIDE, len(bits) // SIDE))
    square = np.resize(bits, (rows, SIDE)) if len(bits) < SIDE else bits[: rows * SIDE]

    def draw(figure: Figure) -> None:
        axes = figure.add_subplot()
        axes.imshow(square.reshape(rows, SIDE), cmap="gray", interpolation="nearest")
        axes.set_axis_off()

    return drawn(
        "bitmap",
        ("Bits, row by row", "ビット列の画像"),
        (
            "A healthy source is an even grey without lines, stripes or repeats.",
            "健全な乱数源は、線・縞・繰り返しのない一様な灰色に見える。",
        ),
        draw,
        (4.0, 4.0),
    )


def byte_histogram(data: NDArray[np.uint8]) -> Picture:
    """How often each byte came, against 4σ around the even share."""
    counts = np.bincount(data, minlength=256)
    share = len(data) / 256
    sigma = (share * (1 - 1 / 256)) ** 0.5

    def draw(figure: Figure) -> None:
        axes = figure.add_subplot(xlabel="byte", ylabel="count", xlim=(0, 255))
        axes.step(range(256), counts, color=BLUE, where="mid")
        _bounds(axes, share - SIGMAS * sigma, share + SIGMAS * sigma)

    return drawn(
        "histogram",
        ("How often each byte came", "バイト値の度数"),
        (
            "A healthy source stays within the red lines (±4σ), without a slope or a pattern.",
            "健全な乱数源は赤線(±4σ)の内側に収まり、傾きや模様がない。",
        ),
        draw,
    )


def autocorrelation(data: NDArray[np.uint8], order: BitOrder = BitOrder.MSB_FIRST) -> Picture:
    """Of the first million bits, at lags 1 to 5,000, against ±4σ."""
    signs = 2.0 * unpacked(np.asarray(data[:125_000]), order) - 1
    count = len(signs)
    lags = min(LAGS, count - 1)
    spectrum = np.fft.rfft(signs, 1 << (2 * count - 1).bit_length())
    found = np.fft.irfft(np.abs(spectrum) ** 2)[1 : lags + 1] / count

    def draw(figure: Figure) -> None:
        axes = figure.add_subplot(xlabel="lag (bit)", ylabel="autocorrelation", xlim=(1, lags))
        axes.plot(range(1, lags + 1), found, color=BLUE, linewidth=0.4)
        _bounds(axes, -SIGMAS / count**0.5, SIGMAS / count**0.5)

    return drawn(
        "autocorrelation",
        ("Autocorrelation", "自己相関"),
        (
            "A healthy source is noise between the red lines (±4σ), but for one or two lags.",
            "健全な乱数源は赤線(±4σ)の間の雑音となり、外れるのは5,000中1～2点以内である。",
        ),
        draw,
    )


def basic_tests(basic: tuple[BasicTest, ...]) -> Picture:
    """T1, T2 and T5 of each sequence of procedure A, with their bounds."""

    def draw(figure: Figure) -> None:
        for place, name in enumerate(("T1", "T2", "T5"), 1):
            values = [test for test in basic if test.name == name]
            axes = figure.add_subplot(3, 1, place, ylabel=name, xlim=(-1, SEQUENCES))
            good = [(n, test.statistic) for n, test in enumerate(values) if test.passed]
            bad = [(n, test.statistic) for n, test in enumerate(values) if not test.passed]
            for points, colour in ((good, BLUE), (bad, RED)):
                if points:
                    axes.plot(*zip(*points, strict=True), ".", color=colour, markersize=3)
            if values and values[0].low is not None and values[0].high is not None:
                _bounds(axes, values[0].low, values[0].high)
        axes.set_xlabel("sequence of 20,000 bits")

    return drawn(
        "basic_tests",
        ("T1, T2 and T5 of each sequence", "各系列の T1・T2・T5"),
        (
            "A healthy source scatters around the middle; one red point asks for a repetition.",
            "健全な乱数源は中央付近に散らばる。赤点は不合格の基本検定で、1点のみなら再試験となる。",
        ),
        draw,
        (7.2, 4.6),
    )


def entropy_over_time(data: NDArray[np.uint8]) -> Picture:
    """The most-common-value estimate of bytes in up to 100 windows one after the other."""
    length = max(1_000, len(data) // WINDOWS)
    windows = [data[n : n + length] for n in range(0, len(data) - length + 1, length)]
    found = [most_common_value(np.asarray(window)) for window in windows]

    def draw(figure: Figure) -> None:
        axes = figure.add_subplot(
            xlabel=f"window of {length:,} bytes", ylabel="min-entropy (bit/byte)", ylim=(0, 8.2)
        )
        axes.plot(range(1, len(found) + 1), found, ".-", color=BLUE, markersize=3)

    return drawn(
        "entropy",
        ("Min-entropy over time (most common value)", "最小エントロピーの推移(最頻値)"),
        (
            "A healthy source is level; a step or a slope says that it changed while it was read.",
            "健全な乱数源は水平で、段差や傾きは採取中の変化を示す。",
        ),
        draw,
    )


def restart_map(matrix: NDArray[np.uint8]) -> Picture:
    """A restart matrix, the mean of squares of 10 restarts by 10 samples."""
    means = matrix.reshape(100, 10, 100, 10).mean(axis=(1, 3))

    def draw(figure: Figure) -> None:
        axes = figure.add_subplot(xlabel="sample after the restart / 10", ylabel="restart / 10")
        figure.colorbar(axes.imshow(means, cmap="cividis", interpolation="nearest"))

    return drawn(
        "restarts",
        ("Restarts by samples", "再起動ごとの標本"),
        (
            "A healthy source shows no columns (the same after every restart) and no rows.",
            "健全な乱数源には、縦縞(再起動ごとに同じ値)も横縞も現れない。",
        ),
        draw,
        (4.6, 4.0),
    )


def of_sample(data: NDArray[np.uint8], order: BitOrder = BitOrder.MSB_FIRST) -> list[Picture]:
    """What can be shown of any sample of bytes."""
    first = np.asarray(data[: 16 * 1_000_000])
    found = [bitmap(first, order), byte_histogram(first), autocorrelation(first, order)]
    return [*found, entropy_over_time(first)] if len(first) >= 1_000 else found


def of_sequences(bits: NDArray[np.uint8]) -> Picture:
    """T1, T2 and T5 of as many whole sequences as there are, at most 257."""
    rows = bits[: min(SEQUENCES, len(bits) // tests.SEQUENCE) * tests.SEQUENCE]
    return basic_tests(tuple(pictured(rows.reshape(-1, tests.SEQUENCE))))


def _bounds(axes: Any, low: float, high: float) -> None:
    for value in (low, high):
        axes.axhline(value, color=RED, linewidth=0.8)
