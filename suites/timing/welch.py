"""Welch's t: two samples whose variances differ, and what it can resolve. Pure."""

from __future__ import annotations

import math
from dataclasses import dataclass
from statistics import NormalDist
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

ALARM = 4.5  # Goodwill et al. 2011; both sides 7e-6 for a normal t
POWER = 0.9


@dataclass(frozen=True)
class Welch:
    """Of two samples with variances of their own (Welch 1947); difference and error as measured."""

    difference: float  # mean of the first less mean of the second
    error: float  # standard error of it
    degrees: float

    @property
    def t(self) -> float:
        if self.error > 0:
            return self.difference / self.error
        return math.copysign(math.inf, self.difference) if self.difference else 0.0


def welch(first: NDArray[np.float64], second: NDArray[np.float64]) -> Welch:
    """``ValueError`` unless each sample has two values."""
    if min(len(first), len(second)) < 2:
        raise ValueError("two times of each class are the least")
    a, b = (float(one.var(ddof=1)) / len(one) for one in (first, second))
    difference = float(first.mean() - second.mean())
    if a + b == 0:
        return Welch(difference, 0.0, len(first) + len(second) - 2)
    parts = a * a / (len(first) - 1) + b * b / (len(second) - 1)
    degrees = (a + b) ** 2 / parts if parts > 0 else len(first) + len(second) - 2
    return Welch(difference, math.sqrt(a + b), degrees)


def samples_per_class(effect: float, power: float = POWER) -> int:
    """Times of each class until a difference of ``effect`` standard deviations raises the alarm.

    2 ((4.5 + z) / effect)², z the quantile of the power: 0.1 takes 6,685 at power 0.9.
    """
    if effect <= 0:
        raise ValueError(f"{effect} is no effect")
    return math.ceil(2 * ((ALARM + NormalDist().inv_cdf(power)) / effect) ** 2 - 1e-9)


def resolvable(error: float, power: float = POWER) -> float:
    """The difference that raises the alarm with that probability, in the unit of its error."""
    return (ALARM + NormalDist().inv_cdf(power)) * error
