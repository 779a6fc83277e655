"""How long a signature by touch takes, and how much that varies (REQ-3-1-v). Pure.

The deck found about 1 s with little difference between models (p.17, p.19). Bounds, all of them
OUR DESIGN: a mean of 1.2 s, a CV of 0.15 of the touches of one model, and of the means of several.

Rules:

1. a figure up to its bound passes; above it, it fails only where its whole 95 % interval lies above
   (Student's for the mean, chi squared for the CV), else more touches are asked for;
2. models are compared by their means. Each of these is known no better than its interval, so the CV
   between models fails only if it stays above the bound with the standard deviation that is left
   after every mean was drawn towards the middle as far as its interval (Bonferroni) allows;
3. below ten touches nothing is decided;
4. what the way adds is not put down to the applet: its share of a touch is that of the same
   commands by contact, where both are known.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from fixtures.verdict import Finding, Verdict
from suites.timing.distributions import t_quantile
from suites.timing.signing import cv_interval
from suites.timing.summary import CONFIDENCE, summary

if TYPE_CHECKING:
    from collections.abc import Sequence

    from suites.timing.series import Series

REQUIREMENT = "REQ-3-1-v"
LONGEST_MEAN = 1.2  # s: the deck's 1 s and a fifth
WIDEST_CV = 0.15
APART = 0.10  # of the applet's share by contact: how far it may be off by touch


def judge_touch(touches: Series, requirement: str = REQUIREMENT) -> list[Finding]:
    """Mean and spread of one model on one reader, by one type."""
    if touches.is_too_short:
        return [Finding(requirement, Verdict.INCONCLUSIVE, touches.lack, touches.subject)]
    found = summary(touches)
    if not found.mean:
        told = "all times are 0 s: the clock resolves nothing"
        return [Finding(requirement, Verdict.INCONCLUSIVE, told, touches.subject)]
    low, high = cv_interval(found.cv, found.n)
    mean = _held("mean", found.mean, (found.low, found.high), LONGEST_MEAN, "s")
    spread = _held("CV", found.cv, (low, high), WIDEST_CV, "CV")
    return [
        Finding(requirement, verdict, told, f"{touches.subject}: {name}", value, bound, unit)
        for name, verdict, told, value, bound, unit in (mean, spread)
    ]


def judge_models(
    models: Sequence[Series], of: str = "touch", requirement: str = REQUIREMENT
) -> Finding:
    """Whether the means of several models lie close together; PASS with a reason for one model.

    A model with too few touches makes the comparison INCONCLUSIVE.
    """
    count = "1 model" if len(models) == 1 else f"{len(models)} models side by side"
    subject = f"{of}: {count}"
    if short := [one.subject for one in models if one.is_too_short]:
        told = f"too few touches of {', '.join(short)}"
        return Finding(requirement, Verdict.INCONCLUSIVE, told, subject)
    if len(models) < 2:
        told = "one model: how models differ is seen from two on"
        return Finding(requirement, Verdict.PASS, told, subject)
    means = np.array([summary(one).mean for one in models])
    found = cv(means)
    least = float(drawn_together(models).std(ddof=1)) / float(means.mean())
    told = f"means from {means.min():.2f} to {means.max():.2f} s, CV {found:.3f} between models"
    if found <= WIDEST_CV:
        verdict, told = Verdict.PASS, ""
    elif least > WIDEST_CV:
        verdict = Verdict.FAIL
    else:
        verdict, told = Verdict.INCONCLUSIVE, f"{told}: take more touches"
    return Finding(requirement, verdict, told, subject, found, WIDEST_CV, "CV")


def judge_applet_share(
    touched: Series, by_contact: Series, requirement: str = REQUIREMENT
) -> Finding:
    """The applet does the same work by any way (rule 4); both series are its share alone."""
    subject = f"{touched.subject}: the applet's share"
    for one in (touched, by_contact):
        if one.is_too_short:
            return Finding(requirement, Verdict.INCONCLUSIVE, one.lack, subject)
    ours, theirs = summary(touched).mean, summary(by_contact).mean
    apart = abs(ours - theirs) / theirs if theirs else math.inf
    told = f"{ours:.3f} s by touch, {theirs:.3f} s for the same commands by contact"
    verdict = Verdict.PASS if apart <= APART else Verdict.FAIL
    told = "" if verdict is Verdict.PASS else f"{told}: the way is put down to the applet"
    return Finding(requirement, verdict, told, subject, apart, APART, "of the share by contact")


def cv(values: np.ndarray[tuple[int], np.dtype[np.float64]]) -> float:
    """Coefficient of variation of two or more values; 0 where all are 0."""
    mean = float(values.mean())
    return float(values.std(ddof=1)) / mean if mean else 0.0


def drawn_together(models: Sequence[Series]) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """The means, each moved towards the middle of all as far as its interval reaches."""
    quantile = 1 - (1 - CONFIDENCE) / 2 / len(models)
    found = [summary(one) for one in models]
    halves = [one.sd / math.sqrt(one.n) * t_quantile(quantile, one.n - 1) for one in found]
    middle = float(np.mean([one.mean for one in found]))
    return np.array([
        min(max(middle, one.mean - half), one.mean + half)
        for one, half in zip(found, halves, strict=True)
    ])  # fmt: skip


def _held(
    name: str, value: float, interval: tuple[float, float], bound: float, unit: str
) -> tuple[str, Verdict, str, float, float, str]:
    """A figure against its bound (rule 1)."""
    low, high = interval
    told = f"{name} {value:.3f}, 95 % interval {low:.3f} to {high:.3f}"
    if value <= bound:
        return name, Verdict.PASS, "", value, bound, unit
    if low > bound:
        return name, Verdict.FAIL, told, value, bound, unit
    return name, Verdict.INCONCLUSIVE, f"{told}: take more touches", value, bound, unit
