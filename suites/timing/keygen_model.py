r"""What the times of a sound key generation look like, and how measured ones differ. Pure.

Two primes are searched for, one after the other, each by trying candidates until one is prime. So

.. math:: T = T_0 + c\,(G_1 + G_2)

with geometric G: a Gamma law of shape 2 shifted by the constant part T0 (``gamma_law``). With
T0 = 0 its CV is 1/√2 = 0.707: a wide spread is *normal* here, whatever ``products`` says to the
designer of a screen. What is not normal:

1. too little spread: below the band of the law with a tenth of the mean constant where the fit
   finds no larger constant part, or less than signing has: then nothing is searched for. Candidates
   that run out, primes or keys made beforehand look so. Between that and the floor, the band of the
   law with half of the mean constant, time is not spent on a plain search; three products of the
   deck are such. No alarm, but a question to the maker, and the law (3) is not asked for. None of
   70 series of 41 cards in public tables (JCAlgTest) needs a lower floor;
2. too much spread, or a longest time beyond the bound: retries, restarts of health tests, heat;
3. another law: Anderson-Darling and Kolmogorov-Smirnov with the parameters fitted, so their
   critical values come from samples of the fitted law that are fitted again (parametric bootstrap);
4. times that depend on the one before, or drift: ranks against shuffled orders;
5. two groups of times with nothing between: a pool on the chip that runs dry.

All of it is statistics: an alarm is INCONCLUSIVE, and FAIL when fresh times show it again.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from fixtures.verdict import Finding, Verdict
from suites.timing import order
from suites.timing.gamma_law import (
    BAND_TAIL,
    REPLICATES,
    Band,
    bootstrap,
    bootstrap_bound,
    bootstrap_p,
    cv_band,
    distances,
    fit,
    peak_bound,
)
from suites.timing.summary import summary

if TYPE_CHECKING:
    from collections.abc import Iterator

    from suites.timing.gamma_law import Fit
    from suites.timing.series import Series

ALARM = 0.001  # of every statistic but the CV, whose band has BAND_TAIL on each side
FALSE_ALARM = 2 * BAND_TAIL + 6 * ALARM  # at most, of a sound series
LARGEST_CONSTANT_SHARE = 0.5  # T0 / mean of the slowest-to-start card in public tables
NO_CONSTANT_SHARE = 0.1  # up to here T0 explains no small CV
NO_SEARCH_CV = 0.02  # of signing without transport, which searches for nothing


def judge_keygen(
    series: Series,
    generator: np.random.Generator,
    requirement: str = "REQ-1-1-d",
    *,
    repeated: bool = False,
) -> list[Finding]:
    """Up to seven findings: spread, longest time, law (twice), groups, neighbours, drift.

    ``generator`` is seeded by the caller, so that the same times are judged the same way again.
    ``repeated``: these are fresh times after an alarm, so an alarm is a FAIL now. Fewer than ten
    times, or times of 0, are one INCONCLUSIVE finding.
    """
    if series.is_too_short:
        return [Finding(requirement, Verdict.INCONCLUSIVE, series.lack, series.subject)]
    if series.seconds.min() <= 0:
        told = "a time of 0 s: the clock does not resolve these times"
        return [Finding(requirement, Verdict.INCONCLUSIVE, told, series.subject)]
    marks = list(_marks(series, generator))
    alarm = Verdict.FAIL if repeated else Verdict.INCONCLUSIVE
    advice = "" if repeated else "; repeat with fresh times"
    return [
        Finding(
            requirement, alarm if one.alarm else Verdict.PASS,
            one.told + (advice if one.alarm else ""), f"{series.subject}: {one.name}",
            one.statistic, one.bound, one.unit,
            FALSE_ALARM * one.chance,  # it takes any alarm, and then this one
        )
        for one in marks
    ]  # fmt: skip


@dataclass(frozen=True)
class Mark:
    """One statistic against its bound; ``told`` says what an alarm, or a remark, means."""

    name: str
    statistic: float
    bound: float
    unit: str
    alarm: bool
    told: str = ""

    @property
    def chance(self) -> float:
        """Probability, at most, that a sound series alarms."""
        return 2 * BAND_TAIL if self.name == "spread" else ALARM


def _marks(series: Series, generator: np.random.Generator) -> Iterator[Mark]:
    found = None if np.ptp(series.seconds) == 0 else fit(series)
    floor, least, sound = (
        cv_band(len(series), generator, share)
        for share in (LARGEST_CONSTANT_SHARE, NO_CONSTANT_SHARE, 0.0)
    )
    yield _spread(series, found, floor.low, Band(least.low, sound.high))
    yield _longest(series)
    if found is not None:
        yield from _law(series, found, generator, plain=summary(series).cv >= floor.low)
        yield from _succession(series, generator)


def _spread(series: Series, found: Fit | None, floor: float, sound: Band) -> Mark:
    cv = summary(series).cv
    share = 1.0 if found is None else found.constant_share
    if cv > sound.high:
        told = f"CV {cv:.3f}, a search for two primes has at most {sound.high:.3f}"
        return Mark("spread", cv, sound.high, "CV", True, told)
    if cv < NO_SEARCH_CV or (cv < sound.low and share <= NO_CONSTANT_SHARE):
        bound = NO_SEARCH_CV if cv < NO_SEARCH_CV else sound.low
        told = f"CV {cv:.3f}, a search for primes has at least {bound:.3f}"
        return Mark("spread", cv, bound, "CV", True, told + "; are the keys made when asked for?")
    told = f"{share:.0%} of the mean is constant" if cv < sound.low else ""
    told += f", CV {cv:.3f} < {floor:.3f}: ask how the primes are found" if cv < floor else ""
    return Mark("spread", cv, sound.high, "CV", False, told)


def _longest(series: Series) -> Mark:
    peak, bound = summary(series).peak, peak_bound(len(series), ALARM)
    told = f"the longest time is {peak:.1f} means, the law allows {bound:.1f}"
    return Mark("longest time", peak, bound, "means", peak > bound, told if peak > bound else "")


def _law(
    series: Series, found: Fit, generator: np.random.Generator, *, plain: bool
) -> Iterator[Mark]:
    """Of a search that is not plain only the groups, and no alarm."""
    ours = distances(series.seconds[np.newaxis], np.array([found.shift]), np.array([found.scale]))
    law = bootstrap(found, len(series), generator)
    shape = f"not the times of two searches (T0 {found.shift:.3g} s, c {found.scale:.3g} s fitted)"
    for name, value, sample, told in (
        ("Anderson-Darling", ours.anderson_darling, law.anderson_darling, shape),
        ("Kolmogorov-Smirnov", ours.kolmogorov_smirnov, law.kolmogorov_smirnov, shape),
        ("groups", ours.gap, law.gap, "two groups of times, none where the law has {:.0%}"),
    ):
        if name != "groups" and not plain:
            continue  # two groups are worth a word of any search, such as one in batches
        one, bound = float(value[0]), bootstrap_bound(sample, ALARM)
        unit = {"Anderson-Darling": "A²", "Kolmogorov-Smirnov": "D"}.get(name, "share")
        beyond = bootstrap_p(one, sample) <= ALARM  # the same as one > bound
        yield Mark(name, one, bound, unit, beyond and plain, told.format(one) if beyond else "")


def _succession(series: Series, generator: np.random.Generator) -> Iterator[Mark]:
    values = order.ranks(series.seconds)
    for name, statistic, meaning in (
        ("neighbours", order.neighbours, "a time depends on the one before"),
        ("drift", order.drift, "the times drift"),
    ):
        found, p = order.shuffled_p(statistic, values, REPLICATES, generator)
        alarm = p <= ALARM
        told = f"{meaning} (rank correlation {found:.2f}, p = {p:.4f})" if alarm else ""
        yield Mark(name, p, ALARM, "p", alarm, told)
