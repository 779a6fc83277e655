"""Binomial tails for any number of keys, and normal quantiles. Pure."""

from __future__ import annotations

import math
from statistics import NormalDist

import numpy as np


def binomial_above(count: int, p: float, least: int) -> float:
    """P(X >= least) of ``count`` trials, 0 <= p <= 1."""
    if least <= 0:
        return 1.0
    return _mass(count, p, max(least, 0), count)


def binomial_below(count: int, p: float, most: int) -> float:
    """P(X <= most)."""
    return _mass(count, p, 0, min(most, count)) if most < count else 1.0


def two_sided(count: int, seen: int) -> float:
    """The exact p of ``seen`` in ``count`` trials at 1/2: both tails, 1 at most."""
    far = max(seen, count - seen)
    return min(1.0, 2 * binomial_above(count, 0.5, far))


def detectable(count: int, significance: float = 1e-3, power: float = 0.9) -> float:
    """The least deviation of a probability from 1/2 that is found with the power: a share.

    (z_{α/2} + z_β) / (2√N); 1/2 where even a constant is not.
    """
    normal = NormalDist()
    sum_of_quantiles = normal.inv_cdf(1 - significance / 2) + normal.inv_cdf(power)
    return min(0.5, sum_of_quantiles / (2 * math.sqrt(count)))


def _mass(count: int, p: float, first: int, last: int) -> float:
    if first > last:
        return 0.0
    if p <= 0.0 or p >= 1.0:
        certain = 0 if p <= 0.0 else count
        return float(first <= certain <= last)
    terms = np.array([
        math.lgamma(count + 1) - math.lgamma(k + 1) - math.lgamma(count - k + 1)
        + k * math.log(p) + (count - k) * math.log1p(-p)
        for k in range(first, last + 1)
    ])  # fmt: skip
    return min(1.0, float(np.exp(terms).sum()))
