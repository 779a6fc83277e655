"""How much the times of signing vary, against the deck's "little" (p.3). Pure.

Rules:

1. CV of signing at most 0.10, and below that of key generation (both bounds our design). Where key
   generation spreads so little that nothing is searched for, the comparison says nothing of signing
   and is INCONCLUSIVE: what is wrong there is the business of ``keygen_model``;
2. as for the mean, a CV above the bound is a FAIL only where its 95 % interval (normal theory) lies
   above: with ten times a CV is known to a quarter;
3. public tables of 41 cards show 0.7 % at most between means of 50 signatures, so where transport
   is taken off, 2 % is remarked upon, without being a failure;
4. a spread that grows while signatures are made (heat, worn memory) is an alarm: distances from the
   median rise with the number of the signature (Spearman, one-sided, 0.1 %).
"""

from __future__ import annotations

import math

import numpy as np

from fixtures.verdict import Finding, Verdict
from suites.timing.distributions import chi_squared_quantile, t_tail
from suites.timing.keygen_model import NO_SEARCH_CV
from suites.timing.order import rank_correlation
from suites.timing.series import Series
from suites.timing.summary import CONFIDENCE, summary

WIDEST_CV = 0.10
WIDEST_APPLET_CV = 0.02  # without transport
GROWTH_ALARM = 0.001


def cv_interval(cv: float, count: int) -> tuple[float, float]:
    """The 95 % interval of a CV of ``count`` >= 2 nearly normal times, for a small CV.

    Its relative error is that of the standard deviation: (n - 1) s² / σ² is χ² with n - 1 degrees.
    """
    low, high = (
        math.sqrt((count - 1) / chi_squared_quantile(p, count - 1))
        for p in ((1 + CONFIDENCE) / 2, (1 - CONFIDENCE) / 2)
    )
    return cv * low, cv * high


def judge_signing(
    signing: Series,
    keygen: Series | None,
    requirement: str = "REQ-1-1-e",
    *,
    repeated: bool = False,
) -> list[Finding]:
    """Spread of signing, the same against key generation, and whether it grows.

    ``keygen=None`` where only signing is asked for; the comparison is left out then. ``repeated``:
    these are fresh times after an alarm of growth, so a second one is a FAIL.
    """
    if signing.is_too_short:
        return [Finding(requirement, Verdict.INCONCLUSIVE, signing.lack, signing.subject)]
    found = [_small(signing, requirement)]
    if keygen is not None:
        found.append(_smaller(signing, keygen, requirement))
    return [*found, judge_growth(signing, requirement, repeated=repeated)]


def judge_applet_spread(applet: Series, requirement: str = "REQ-1-1-e") -> Finding:
    """The stricter remark on times without transport: PASS, with the reason where it is missed."""
    if applet.is_too_short:
        return Finding(requirement, Verdict.INCONCLUSIVE, applet.lack, applet.subject)
    cv = summary(applet).cv
    told = ""
    if cv > WIDEST_APPLET_CV:
        told = f"CV {cv:.1%} without transport; cards of the public tables stay below 2 %"
    return Finding(requirement, Verdict.PASS, told, applet.subject, cv, WIDEST_APPLET_CV, "CV")


def judge_growth(
    signing: Series, requirement: str = "REQ-1-1-e", *, repeated: bool = False
) -> Finding:
    """The spread at the end is that of the beginning; else an alarm, to be repeated."""
    distance = np.abs(signing.seconds - np.median(signing.seconds))
    rho = rank_correlation(np.arange(len(distance)), distance)
    alarm = rho > 0 and growth_tail(rho, len(distance)) < GROWTH_ALARM
    told, verdict = "", Verdict.PASS
    if alarm:
        told = f"the spread grows with the number of signatures (Spearman {rho:.2f})"
        told += "" if repeated else "; repeat with fresh times"
        verdict = Verdict.FAIL if repeated else Verdict.INCONCLUSIVE
    return Finding(
        requirement, verdict, told, f"{signing.subject}: growth", rho, None, "Spearman",
        GROWTH_ALARM**2,
    )  # fmt: skip


def growth_tail(rho: float, count: int) -> float:
    """P(a rank correlation of ``count`` >= 3 values >= rho > 0), by Student's t."""
    if rho >= 1:
        return 0.0
    t = rho * math.sqrt((count - 2) / (1 - rho * rho))
    return t_tail(t, count - 2) / 2


def _small(signing: Series, requirement: str) -> Finding:
    cv = summary(signing).cv
    low, high = cv_interval(cv, len(signing))
    told = f"CV {cv:.3f}, 95 % interval {low:.3f} to {high:.3f}"
    if not math.isfinite(cv):
        verdict, told = Verdict.INCONCLUSIVE, "all times are 0 s: the clock resolves nothing"
    elif cv <= WIDEST_CV:
        verdict, told = Verdict.PASS, ""
    elif low > WIDEST_CV:
        verdict = Verdict.FAIL
    else:
        verdict, told = Verdict.INCONCLUSIVE, f"{told}: take more times"
    value = cv if math.isfinite(cv) else None
    return Finding(requirement, verdict, told, signing.subject, value, WIDEST_CV, "CV")


def _smaller(signing: Series, keygen: Series, requirement: str) -> Finding:
    subject = f"{signing.subject} against {keygen.subject}"
    if keygen.is_too_short:
        lack = keygen.lack if len(keygen) else "no times of key generation to compare with"
        return Finding(requirement, Verdict.INCONCLUSIVE, lack, subject)
    ours, theirs = summary(signing).cv, summary(keygen).cv
    if not (math.isfinite(ours) and math.isfinite(theirs)):
        told = "all times are 0 s: the clock resolves nothing"
        return Finding(requirement, Verdict.INCONCLUSIVE, told, subject)
    if theirs < NO_SEARCH_CV:
        told = (
            f"CV of key generation {theirs:.3f}: a search for primes has at least {NO_SEARCH_CV}, "
            "so there is nothing to compare signing with"
        )
        return Finding(requirement, Verdict.INCONCLUSIVE, told, subject, ours, theirs, "CV")
    verdict = Verdict.PASS if ours < theirs else Verdict.FAIL
    told = "" if ours < theirs else f"CV of signing {ours:.3f}, of key generation {theirs:.3f}"
    return Finding(requirement, verdict, told, subject, ours, theirs, "CV")
