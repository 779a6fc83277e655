"""The statistic of Kolmogorov and Smirnov for one sample, and its exact tail. Pure.

Source: Marsaglia, Tsang and Wang, Evaluating Kolmogorov's distribution, J. Stat. Software 8 (18),
2003. Durbin's matrix, raised to the N-th power; far out in the tail their formula, which is right
to seven digits there.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

LARGEST = 1_000  # samples: above, the limiting law serves, with Stephens' correction
FAR, FAR_OF_MANY = 7.24, 3.76  # N·D² from where the formula of the tail is exact to seven digits;
MANY = 100  # the second from so many samples on


def distance(at_sample: Floats) -> float:
    """D = sup |F_N - F|, from the values F(x) at the sample, ascending, shape (N,)."""
    count = len(at_sample)
    steps = np.arange(count + 1) / count
    return float(max((steps[1:] - at_sample).max(), (at_sample - steps[:-1]).max()))


def tail(count: int, statistic: float) -> float:
    """P(D >= statistic) for a sample of ``count`` of the law itself.

    Exact to seven digits up to 1,000 samples; above, within about a hundredth of its value.
    """
    if statistic <= 0.5 / count:
        return 1.0
    root = math.sqrt(count)
    squared = count * statistic * statistic
    if squared > (FAR_OF_MANY if count >= MANY else FAR):
        # the leading term 2·exp(-2·N·D²), corrected for a finite N
        return min(1.0, 2 * math.exp(-(2.000071 + 0.331 / root + 1.409 / count) * squared))
    if count > LARGEST:
        return _limit(statistic * (root + 0.12 + 0.11 / root))
    return 1.0 - _below(count, statistic)


def _limit(x: float) -> float:
    """Kolmogorov's limiting law: 2 Σ (-1)^(k-1) exp(-2k²x²)."""
    if x < 0.2:
        return 1.0
    terms = (math.exp(-2 * k * k * x * x) * (1 if k % 2 else -1) for k in range(1, 60))
    return min(1.0, max(0.0, 2 * math.fsum(terms)))


def _below(count: int, statistic: float) -> float:
    """P(D < statistic), by Durbin's matrix; scaled by powers of two all the way."""
    k = int(count * statistic) + 1
    power, scale = _raised(_durbin(k, k - count * statistic), count)
    value = float(power[k - 1, k - 1])
    # times N!/N^N
    logarithm = math.lgamma(count + 1) - count * math.log(count) + scale * math.log(2)
    return min(1.0, math.exp(math.log(value) + logarithm)) if value > 0 else 0.0


def _durbin(k: int, h: float) -> Floats:
    size = 2 * k - 1
    row, column = np.indices((size, size))
    matrix = (row - column + 1 >= 0).astype(float)
    powers = h ** np.arange(1, size + 1)
    matrix[:, 0] -= powers
    matrix[-1, :] -= powers[::-1]
    matrix[-1, 0] += max(2 * h - 1, 0.0) ** size
    inverse = np.array([1 / math.gamma(j + 1) if j < 170 else 0.0 for j in range(size + 1)])
    return np.asarray(matrix * inverse[np.clip(row - column + 1, 0, size)], dtype=np.float64)


def _raised(matrix: Floats, exponent: int) -> tuple[Floats, int]:
    """The power, as a matrix times a power of two."""
    result, scale = np.eye(len(matrix)), 0
    square, of_square = matrix, 0
    while exponent:
        if exponent & 1:
            result, scale = _normal(result @ square, scale + of_square)
        exponent >>= 1
        if exponent:
            square, of_square = _normal(square @ square, 2 * of_square)
    return result, scale


def _normal(matrix: Floats, scale: int) -> tuple[Floats, int]:
    exponent = math.frexp(float(np.abs(matrix).max()))[1]
    return np.ldexp(matrix, -exponent), scale + exponent


def critical(count: int, significance: float) -> float:
    """The least D that alarms: P(D >= it) = significance, for 0 < significance < 1."""
    low, high = 0.5 / count, 1.0
    quick = math.sqrt(FAR_OF_MANY / count) * (1 + 1e-9)  # from here on no matrix is needed
    if count >= MANY and tail(count, quick) > significance:
        low = quick
    for _ in range(40):
        middle = (low + high) / 2
        if tail(count, middle) > significance:
            low = middle
        else:
            high = middle
    return high
