"""Measured times against what a timing model declares of itself. Pure.

REQ-1-1-j: mean and standard deviation of a preset lie within the confidence interval around what
it declares, at n = 1,000 (fewer only widen the interval). Rules:

1. the mean is taken for normal around the declared mean, with the declared spread, and alarms
   beyond 3.29 standard errors (one in 1,000);
2. the logarithm of the standard deviation is taken for normal around that of the declared one. Its
   error depends on the tails: sqrt((k - 1) / 4n) with the kurtosis k, by the delta method from the
   variance of s squared, s^4 (k - 1) / n for large n. k is the sample's, but at least the 6 of two
   prime searches, for a short sample tells little of tails that it happens not to hold;
3. an alarm is INCONCLUSIVE, the measurement is repeated once on fresh times, and a second alarm is
   a FAIL. Of 100 sound times up to one measurement in 150 alarms, of 1,000 one in 250 (simulated
   for the laws of the four presets), so that a sound preset fails about once in 20,000.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from fixtures.verdict import Finding, Verdict

if TYPE_CHECKING:
    from suites.timing.series import Series

ALARM = 3.29  # standard errors: 0.1 % of a normal law, both sides together
LEAST_KURTOSIS = 6.0  # of a Gamma law of shape 2
MEAN_ALARMS, SD_ALARMS = 0.0015, 0.0055  # of one measurement of 100 sound times, simulated


def judge_declared(
    series: Series,
    mean: float,
    sd: float,
    requirement: str = "REQ-1-1-j",
    *,
    repeated: bool = False,
) -> list[Finding]:
    """A finding for the mean and one for the spread; ``mean`` and ``sd`` > 0 in seconds, declared.

    ``repeated``: these are the fresh times after an alarm.
    """
    if series.is_too_short:
        return [Finding(requirement, Verdict.INCONCLUSIVE, series.lack, series.subject)]
    times = series.seconds
    alarm = Verdict.FAIL if repeated else Verdict.INCONCLUSIVE
    width = ALARM * sd / math.sqrt(len(times))
    factor = math.exp(ALARM * relative_error_of_sd(series))
    figures = (
        _Figure("mean", float(times.mean()), mean, mean - width, mean + width, MEAN_ALARMS),
        _Figure(
            "standard deviation", float(times.std(ddof=1)), sd, sd / factor, sd * factor, SD_ALARMS
        ),
    )
    return [figure.held(requirement, series.subject, alarm) for figure in figures]


def relative_error_of_sd(series: Series) -> float:
    """The standard error of a series' standard deviation, as a share of it. At least two times."""
    apart = series.seconds - series.seconds.mean()
    variance = float(np.mean(apart**2))
    kurtosis = float(np.mean(apart**4)) / variance**2 if variance else 0.0
    return math.sqrt((max(kurtosis, LEAST_KURTOSIS) - 1) / (4 * len(apart)))


@dataclass(frozen=True)
class _Figure:
    """A statistic in seconds, what is declared of it, and the interval around that."""

    name: str
    found: float
    declared: float
    low: float
    high: float
    alarms: float  # probability for sound times; a failure takes two

    def held(self, requirement: str, subject: str, alarm: Verdict) -> Finding:
        inside = self.low <= self.found <= self.high
        told = "" if inside else (
            f"{self.name} {self.found:.4f} s, declared {self.declared:.4f} s; for so many times "
            f"{self.low:.4f} to {self.high:.4f} s would do"
        )  # fmt: skip
        return Finding(
            requirement, Verdict.PASS if inside else alarm, told, f"{subject}: {self.name}",
            self.found, self.declared, "s", false_alarm=self.alarms**2,
        )  # fmt: skip
