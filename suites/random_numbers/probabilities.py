"""Tails of the binomial, Poisson and χ² distributions, computed rather than looked up. Pure."""

from __future__ import annotations

import math


def binomial_tail(count: int, p: float, least: int) -> float:
    """P(X >= least) of ``count`` trials with probability p, 0 < p < 1."""
    if least <= 0:
        return 1.0
    logs = (
        math.lgamma(count + 1) - math.lgamma(k + 1) - math.lgamma(count - k + 1)
        + k * math.log(p) + (count - k) * math.log1p(-p)
        for k in range(least, count + 1)
    )  # fmt: skip
    return min(1.0, math.fsum(math.exp(log) for log in logs))


def binomial_quantile(count: int, p: float, tail: float) -> int:
    """The least c with P(X > c) <= tail."""
    low, high = -1, count
    while high - low > 1:
        middle = (low + high) // 2
        if binomial_tail(count, p, middle + 1) <= tail:
            high = middle
        else:
            low = middle
    return high


def poisson_tail(mean: float, least: int) -> float:
    """P(X >= least) of a Poisson variable."""
    if least <= 0:
        return 1.0
    below = math.fsum(
        math.exp(k * math.log(mean) - mean - math.lgamma(k + 1)) for k in range(least)
    )
    if below < 0.999:
        return 1 - below
    terms = (math.exp(k * math.log(mean) - mean - math.lgamma(k + 1))
             for k in range(least, least + 200))  # fmt: skip
    return math.fsum(terms)


def chi_squared_tail(x: float, degrees: int) -> float:
    """P(X >= x) with so many degrees of freedom: the regularised upper gamma function."""
    if x <= 0:
        return 1.0
    a, half = degrees / 2, x / 2
    scale = math.exp(a * math.log(half) - half - math.lgamma(a))
    if half < a + 1:  # series of the lower function
        term = total = 1 / a
        n = a
        while abs(term) > abs(total) * 1e-17:
            n += 1
            term *= half / n
            total += term
        return 1 - total * scale
    tiny = 1e-300  # continued fraction of the upper one (Lentz)
    b = half + 1 - a
    c, d = 1 / tiny, 1 / b
    result = d
    for n in range(1, 100_000):
        factor = -n * (n - a)
        b += 2
        d = 1 / (factor * d + b or tiny)
        c = b + factor / c or tiny
        result *= d * c
        if abs(d * c - 1) < 1e-16:
            break
    return scale * result
