"""The law of the time that a search for two primes takes: Gamma of shape 2, shifted. Pure.

T = T0 + c (G1 + G2), G geometric, in the limit of many candidates: the density of (T - T0) / c is
x e^-x. The parameters of a sample are those of maximum likelihood; how far a sample lies from its
own law is known from samples of the law that are fitted in turn (parametric bootstrap), for tables
of critical values hold for known parameters only.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from suites.timing.series import Series

SHAPE = 2  # two primes
BAND_TAIL = 0.005  # on each side of the band of a CV
REPLICATES = 1_999  # of the bootstrap: p down to 0.0005
BAND_REPLICATES = 4_000
AT_ONCE = 1_000_000  # values in memory for a simulation
STEPS = 44  # halvings: T0 to 10⁻¹³ of the least time


@dataclass(frozen=True)
class Fit:
    """The shifted Gamma(2) law: T0 and c in seconds, and the maximum of the log likelihood."""

    shift: float
    scale: float
    log_likelihood: float

    @property
    def mean(self) -> float:
        return self.shift + SHAPE * self.scale

    @property
    def cv(self) -> float:
        return math.sqrt(SHAPE) * self.scale / self.mean

    @property
    def constant_share(self) -> float:
        """T0 of the mean."""
        return self.shift / self.mean

    def density(self, times: NDArray[np.float64]) -> NDArray[np.float64]:
        """Per second."""
        x = np.maximum(times - self.shift, 0) / self.scale
        return np.asarray(x * np.exp(-x) / self.scale)


@dataclass(frozen=True)
class Distances:
    """Of one sample, or of many (arrays), from the law fitted to it."""

    anderson_darling: NDArray[np.float64]
    kolmogorov_smirnov: NDArray[np.float64]
    gap: NDArray[np.float64]  # largest share of the law between two neighbours in the middle


def fit(series: Series) -> Fit:
    """By maximum likelihood, T0 >= 0.

    ``ValueError`` unless there are two different times, all above 0.
    """
    times = series.seconds
    if len(times) < 2 or times.min() <= 0 or np.ptp(times) == 0:
        raise ValueError(f"{series.subject}: a fit needs two different times above 0")
    shift, scale = (float(x[0]) for x in fitted(times[np.newaxis]))
    count = len(times)
    log = float(np.log(times - shift).sum()) - SHAPE * count * (math.log(scale) + 1)
    return Fit(shift, scale, log)


def fitted(times: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """T0 and c of each row, shape (rows, n).

    For a given T0 the best c is (mean - T0) / 2; what is left is increasing in T0 where
    Σ (mean - T0) / (t - T0) < 2 n. The left side increases with T0, so there is one root, found by
    halving; where it would be negative the left side is too large from the start, and T0 stays 0.
    """
    mean = times.mean(axis=1)
    low, high = np.zeros(len(times)), times.min(axis=1)
    for _ in range(STEPS):
        shift = (low + high) / 2
        with np.errstate(divide="ignore"):
            left = (mean - shift) * (1 / (times - shift[:, np.newaxis])).mean(axis=1)
        up = left < SHAPE
        low, high = np.where(up, shift, low), np.where(up, high, shift)
    return low, (mean - low) / SHAPE


def log_tails(x: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """log F and log(1 - F) of Gamma(2) at x > 0: F = 1 - (1 + x) e^-x.

    Near 0 the series x²/2 - x³/3 + x⁴/8 replaces a difference that would lose its digits.
    """
    survival = np.log1p(x) - x
    small = x < 1e-3
    near = x * x * (0.5 - x / 3 + x * x / 8)
    below = np.where(small, near, -np.expm1(survival))
    return np.log(below), survival


def distances(
    times: NDArray[np.float64], shift: NDArray[np.float64], scale: NDArray[np.float64]
) -> Distances:
    """Of each row of ``times`` from the law with the row's parameters."""
    count = times.shape[1]
    x = (np.sort(times, axis=1) - shift[:, np.newaxis]) / scale[:, np.newaxis]
    below, above = log_tails(np.maximum(x, 1e-150))
    odd = 2 * np.arange(1, count + 1) - 1
    a2 = -count - ((below + above[:, ::-1]) * odd).mean(axis=1)
    share = np.exp(below)
    place = np.arange(count)
    ks = np.maximum((place + 1) / count - share, share - place / count).max(axis=1)
    edge = max(2, count // 10)
    middle = share[:, edge - 1 : count - edge + 1]
    return Distances(a2, ks, np.diff(middle, axis=1).max(axis=1))


def bootstrap(found: Fit, count: int, generator: np.random.Generator) -> Distances:
    """Distances of samples of the fitted law, each from the law fitted to itself."""
    rows = max(1, AT_ONCE // count)
    parts = []
    for start in range(0, REPLICATES, rows):
        size = (min(rows, REPLICATES - start), count)
        drawn = found.shift + found.scale * generator.standard_gamma(SHAPE, size)
        parts.append(distances(drawn, *fitted(drawn)))
    return Distances(
        np.concatenate([part.anderson_darling for part in parts]),
        np.concatenate([part.kolmogorov_smirnov for part in parts]),
        np.concatenate([part.gap for part in parts]),
    )


def bootstrap_p(value: float, sample: NDArray[np.float64]) -> float:
    """(1 + number >= value) / (B + 1) of B simulated values: the measured one is one of them.

    At most p of sound series come to p or less, whatever B is (Davison and Hinkley 1997, 4.2).
    """
    return (1 + int(np.count_nonzero(sample >= value))) / (len(sample) + 1)


def bootstrap_bound(sample: NDArray[np.float64], tail: float) -> float:
    """What a value must exceed for a ``bootstrap_p`` up to ``tail``; infinite for a small B."""
    beyond = math.floor(tail * (len(sample) + 1) + 1e-9)
    return float(np.sort(sample)[-beyond]) if beyond else math.inf


@dataclass(frozen=True)
class Band:
    """Between which a CV lies but for ``BAND_TAIL`` on each side."""

    low: float
    high: float


def cv_band(
    count: int,
    generator: np.random.Generator,
    constant_share: float = 0.0,
    replicates: int = BAND_REPLICATES,
) -> Band:
    """Of ``count`` times of the law whose T0 is that share of its mean, by simulation."""
    rows = max(1, AT_ONCE // count)
    constant = SHAPE * constant_share / (1 - constant_share)  # in units of c
    found = []
    for start in range(0, replicates, rows):
        drawn = constant + generator.standard_gamma(SHAPE, (min(rows, replicates - start), count))
        found.append(drawn.std(axis=1, ddof=1) / drawn.mean(axis=1))
    low, high = np.quantile(np.concatenate(found), (BAND_TAIL, 1 - BAND_TAIL))
    return Band(float(low), float(high))


def peak_bound(count: int, tail: float) -> float:
    """The longest time in means that ``count`` times of the law with T0 = 0 exceed with ``tail``.

    One time's share of the sum is Beta(2, 2n - 2), so P(longest > x means) <= n P(share > x / n);
    the bound is exact for x > n / 2 and off by far less than ``tail`` otherwise.
    """
    rest = SHAPE * (count - 1)

    def more(share: float) -> float:
        return count * math.exp(rest * math.log1p(-share)) * (1 + rest * share)

    low, high = 1 / count, 1 - 1e-12
    while high - low > 1e-9:
        middle = (low + high) / 2
        low, high = (middle, high) if more(middle) > tail else (low, middle)
    return high * count
