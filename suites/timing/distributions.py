"""Student's t and the χ² quantile, computed rather than looked up. Pure.

Degrees of freedom may be fractions, as Welch's are.
"""

from __future__ import annotations

import math

from suites.random_numbers.probabilities import chi_squared_tail

TINY = 1e-300
MOST_TERMS = 100_000


def t_tail(t: float, degrees: float) -> float:
    """P(\\|T\\| >= \\|t\\|) of Student's distribution: both tails together."""
    return incomplete_beta(degrees / (degrees + t * t), degrees / 2, 0.5)


def t_quantile(p: float, degrees: float) -> float:
    """The t with P(T <= t) = p, for 0 < p < 1."""
    if not 0 < p < 1:
        raise ValueError(f"{p} is no probability between 0 and 1")
    if p < 0.5:
        return -t_quantile(1 - p, degrees)
    both = 2 * (1 - p)
    high = 1.0
    while t_tail(high, degrees) > both:
        high *= 2
    low = 0.0
    while high - low > 1e-12 * high:
        middle = (low + high) / 2
        if t_tail(middle, degrees) > both:
            low = middle
        else:
            high = middle
    return (low + high) / 2


def chi_squared_quantile(p: float, degrees: int) -> float:
    """The x with P(X <= x) = p, for 0 < p < 1."""
    if not 0 < p < 1:
        raise ValueError(f"{p} is no probability between 0 and 1")
    low, high = 0.0, float(degrees)
    while chi_squared_tail(high, degrees) > 1 - p:
        high *= 2
    while high - low > 1e-10 * high:
        middle = (low + high) / 2
        if chi_squared_tail(middle, degrees) > 1 - p:
            low = middle
        else:
            high = middle
    return (low + high) / 2


def incomplete_beta(x: float, a: float, b: float) -> float:
    """The regularised I_x(a, b), 0 <= x <= 1 (Abramowitz and Stegun 26.5.8)."""
    if x <= 0:
        return 0.0
    if x >= 1:
        return 1.0
    if x > (a + 1) / (a + b + 2):  # the fraction converges fast on this side only
        return 1 - incomplete_beta(1 - x, b, a)
    log = math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b)
    log += a * math.log(x) + b * math.log1p(-x)
    return math.exp(log) / (a * _fraction(x, a, b))


def _fraction(x: float, a: float, b: float) -> float:
    """1 + d1 / (1 + d2 / (1 + …)), from the front (Lentz)."""
    value = c = 1.0
    d = 0.0
    for n in range(1, MOST_TERMS):
        m = n // 2
        if n % 2 == 0:
            term = m * (b - m) * x / ((a + n - 1) * (a + n))
        else:
            term = -(a + m) * (a + b + m) * x / ((a + n - 1) * (a + n))
        d = 1 / (1 + term * d or TINY)
        c = 1 + term / c or TINY
        value *= c * d
        if abs(c * d - 1) < 1e-15:
            break
    return value
