"""Measured times against what a timing model declares of itself. Pure.

REQ-1-1-j: mean and standard deviation of a preset lie within the confidence interval around what
it declares, at n = 1,000 (fewer only widen the interval). Rules:

1. both statistics are taken for normal around the declared value, and alarm beyond 3.29 standard
   errors (one in 1,000 for each);
2. the standard error of a standard deviation depends on the tails: s sqrt((k - 1) / 4n) with the
   sample's kurtosis k, at least the 3 of a normal law; it follows by the delta method from the
   variance of s squared, s^4 (k - 1) / n for large n;
3. an alarm is INCONCLUSIVE, the measurement is repeated once on fresh times, and a second alarm is
   a FAIL: a sound preset gets there about once in a million measurements.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from fixtures.verdict import Finding, Verdict

if TYPE_CHECKING:
    from suites.timing.series import Series

ALARM = 3.29  # standard errors: 0.1 %, both sides together
NORMAL_KURTOSIS = 3.0


def judge_declared(
    series: Series,
    mean: float,
    sd: float,
    requirement: str = "REQ-1-1-j",
    *,
    repeated: bool = False,
) -> list[Finding]:
    """A finding for the mean and one for the spread; ``mean`` and ``sd`` in seconds, declared.

    ``repeated``: these are the fresh times after an alarm.
    """
    if series.is_too_short:
        return [Finding(requirement, Verdict.INCONCLUSIVE, series.lack, series.subject)]
    times = series.seconds
    alarm = Verdict.FAIL if repeated else Verdict.INCONCLUSIVE
    error_of_mean = sd / math.sqrt(len(times))
    figures = (
        _Figure("mean", float(times.mean()), mean, ALARM * error_of_mean),
        _Figure("standard deviation", float(times.std(ddof=1)), sd, ALARM * error_of_sd(series)),
    )
    return [figure.held(requirement, series.subject, alarm) for figure in figures]


@dataclass(frozen=True)
class _Figure:
    """A statistic in seconds, what is declared of it, and half the interval around that."""

    name: str
    found: float
    declared: float
    width: float

    def held(self, requirement: str, subject: str, alarm: Verdict) -> Finding:
        inside = abs(self.found - self.declared) <= self.width
        told = "" if inside else (
            f"{self.found:.4f} s, declared {self.declared:.4f} s ± {self.width:.4f} s "
            "for so many times"
        )  # fmt: skip
        return Finding(
            requirement, Verdict.PASS if inside else alarm, told, f"{subject}: {self.name}",
            self.found, self.declared, "s",
        )  # fmt: skip


def error_of_sd(series: Series) -> float:
    """The standard error of the standard deviation of a series of two or more times, in seconds."""
    times = series.seconds
    apart = times - times.mean()
    variance = float(np.mean(apart**2))
    kurtosis = float(np.mean(apart**4)) / variance**2 if variance else NORMAL_KURTOSIS
    return math.sqrt(variance * (max(kurtosis, NORMAL_KURTOSIS) - 1) / (4 * len(times)))
