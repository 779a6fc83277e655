"""What a series of times comes to, and what the deck says about it. Pure.

Rules:

1. mean, most and least are the deck's figures (p.16); median, SD, CV, p95 and the interval are
   ours, because a mean of ten times of key generation is known to about 22 % only;
2. below ten repetitions nothing is decided;
3. the mean is held against 5 s as it was measured. Above it a FAIL needs the whole interval above
   it: with half of the interval below, the next ten times may well come out the other way;
4. the interval is Student's. Times of key generation are skewed to the right, so its lower end,
   the one that decides, errs to the safe side: see ``docs/timing.md`` for what was measured;
5. a mean has no ``false_alarm``: a sound product may take any mean up to 5 s, and the chance of a
   wrong FAIL depends on which. Of plain searches it is 2 % at most at 5.0 s exactly and one in a
   million at 3 s (ten times), so one figure for all would be wrong, or drown every other.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from fixtures.verdict import Finding, Verdict
from suites.timing.distributions import t_quantile
from suites.timing.series import FEWEST

if TYPE_CHECKING:
    from collections.abc import Sequence

    from suites.timing.series import Series

CONFIDENCE = 0.95
LONGEST_MEAN = 5.0  # s, the expectation of the deck, p.3
TYPICAL_MEAN = 2.0  # s, what many chips average, deck p.3
ABOUT = 0.5  # s; our reading of "about 2 s": the mean rounds to it
PERCENTILE = 95


@dataclass(frozen=True)
class Summary:
    """Figures of a series; all but ``n`` and ``cv`` in seconds.

    Of a single time the spread is not known: ``sd`` and ``cv`` are NaN and the interval is
    unbounded. A CV of times that are all 0 is NaN too.
    """

    n: int
    mean: float
    most: float
    least: float
    median: float
    sd: float  # with n - 1
    cv: float  # sd / mean
    p95: float  # linear between the two nearest times
    low: float  # of the 95 % interval of the mean
    high: float

    @property
    def peak(self) -> float:
        """The longest time in means."""
        return self.most / self.mean if self.mean else math.nan


def summary(series: Series) -> Summary:
    """``ValueError`` for an empty series."""
    times = series.seconds
    count = len(times)
    if count == 0:
        raise ValueError(f"{series.subject}: no times")
    mean = float(times.mean())
    sd = float(times.std(ddof=1)) if count > 1 else math.nan
    half = sd / math.sqrt(count) * t_quantile((1 + CONFIDENCE) / 2, count - 1) if count > 1 else 0
    return Summary(
        n=count, mean=mean, most=float(times.max()), least=float(times.min()),
        median=float(np.median(times)), sd=sd, cv=sd / mean if mean else math.nan,
        p95=float(np.percentile(times, PERCENTILE)),
        low=mean - half if count > 1 else -math.inf, high=mean + half if count > 1 else math.inf,
    )  # fmt: skip


def judge_count(series: Series, requirement: str = "REQ-1-1-f") -> Finding:
    """At least ten repetitions, whose mean, most and least can be given."""
    verdict = Verdict.INCONCLUSIVE if series.is_too_short else Verdict.PASS
    lack = series.lack if series.is_too_short else ""
    return Finding(requirement, verdict, lack, series.subject, len(series), FEWEST, "times")


def judge_mean(series: Series, requirement: str = "REQ-1-1-b") -> Finding:
    """The mean is at most 5.0 s.

    PASS for a mean up to 5.0 s; the reason says so when the interval reaches beyond. Above it FAIL
    where the whole 95 % interval lies above, else INCONCLUSIVE.
    """
    if series.is_too_short:
        return _too_short(series, requirement)
    found = summary(series)
    told = f"mean {found.mean:.2f} s, 95 % interval {found.low:.2f} to {found.high:.2f} s"
    if found.mean <= LONGEST_MEAN:
        verdict = Verdict.PASS
        told = f"{told}: more times could still exceed it" if found.high > LONGEST_MEAN else ""
    elif found.low > LONGEST_MEAN:
        verdict = Verdict.FAIL
    else:
        verdict, told = Verdict.INCONCLUSIVE, f"{told}: take more times"
    return Finding(requirement, verdict, told, series.subject, found.mean, LONGEST_MEAN, "s")


def judge_two_seconds(series: Series, requirement: str = "REQ-1-1-c") -> Finding:
    """The mean beside the 2 s of the deck: PASS whatever it is, and the reason says so.

    The requirement is informative: it asks that the two are *compared*, and 2 s is what many chips
    were found to take, no bound. The bound is the 5 s of REQ-1-1-b.
    """
    if series.is_too_short:
        return _too_short(series, requirement)
    found = summary(series)
    where = "lies in it" if found.low <= TYPICAL_MEAN <= found.high else "lies outside"
    told = (
        f"mean {found.mean:.2f} s, 95 % interval {found.low:.2f} to {found.high:.2f} s: "
        f"{TYPICAL_MEAN:g} s {where}; informative, no product fails by it"
    )
    return Finding(
        requirement, Verdict.PASS, told, series.subject, found.mean, TYPICAL_MEAN, "s"
    )  # fmt: skip


def is_about_two_seconds(found: Summary) -> bool:
    """2 s lies in the interval of the mean, or the mean rounds to 2 s (a narrow interval)."""
    return (
        found.low <= TYPICAL_MEAN <= found.high
        or TYPICAL_MEAN - ABOUT <= found.mean < TYPICAL_MEAN + ABOUT
    )


def judge_majority(
    products: Sequence[Series], requirement: str = "REQ-1-1-c", *, as_in_deck: bool = True
) -> Finding:
    """Whether most of the products average about 2 s, as many chips of the deck did.

    ``as_in_deck`` makes it a FAIL when they do not: right for presets that are to reproduce the
    deck, wrong for products of today, of which the deck says nothing. INCONCLUSIVE for no product
    or one with fewer than ten times; NOT_APPLICABLE for a single one, of which there is no most.
    """
    subject = counted(len(products))
    if len(products) == 1 and not as_in_deck:
        told = f"one product alone: whether most average about {TYPICAL_MEAN:g} s is no question"
        return Finding(requirement, Verdict.NOT_APPLICABLE, told, subject)
    short = [one.subject for one in products if one.is_too_short]
    if short or not products:
        lack = f"fewer than {FEWEST} times of {', '.join(short)}" if short else "no product"
        return Finding(requirement, Verdict.INCONCLUSIVE, lack, subject)
    about = [one.subject for one in products if is_about_two_seconds(summary(one))]
    most = 2 * len(about) > len(products)
    told = f"{len(about)} of {counted(len(products))} average about {TYPICAL_MEAN:g} s"
    told += ": most of them" if most else ": not most of them"
    verdict = Verdict.FAIL if as_in_deck and not most else Verdict.PASS
    return Finding(
        requirement, verdict, told, subject, len(about), len(products) / 2, "products"
    )  # fmt: skip


def counted(products: int) -> str:
    """In words, as a subject."""
    return f"{products} product{'' if products == 1 else 's'}"


def _too_short(series: Series, requirement: str) -> Finding:
    return Finding(requirement, Verdict.INCONCLUSIVE, series.lack, series.subject)
