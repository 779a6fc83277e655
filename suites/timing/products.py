"""Products whose times of key generation vary so much that the user interface must allow for it.

The deck (p.3) found one of four. What counts as a wide spread is our own design: CV above 0.6, the
longest time above 2.5 means, or 95 % of the times not within 5 s. This is the view of whoever
designs a screen. It is no view of what a chip should do: a sound search for two primes has a CV
near 0.7 (``keygen_model``), so on measured times most products have a wide spread in this sense.
"""

from __future__ import annotations

from enum import StrEnum, unique
from typing import TYPE_CHECKING

from fixtures.verdict import Finding, Verdict
from suites.timing.summary import counted, summary

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from suites.timing.series import Series

WIDEST_CV = 0.6
HIGHEST_PEAK = 2.5  # longest time in means; a sound search exceeds it once in 25 times
LONGEST_P95 = 5.0  # s
IN_THE_DECK = 4  # products, of which
WIDE_IN_THE_DECK = 1
DECK_ALARM = 0.0015
"""That four presets as the deck's are not told apart: simulated for the laws of A to D, 100 times
each, 0.11 % that D seems steady and 0.004 % that another does not; less with 200 and 1,000."""
ADVICE = "UI consideration required"


@unique
class Spread(StrEnum):
    """Whether a user who waits can be told how long."""

    STABLE = "stable"
    HIGH_DISPERSION = "high-dispersion"


def classify(series: Series) -> Spread:
    """HIGH_DISPERSION where one of the three bounds is exceeded. ``ValueError`` for no times."""
    return Spread.HIGH_DISPERSION if any(exceeded(series)) else Spread.STABLE


def exceeded(series: Series) -> Iterator[str]:
    """The bounds that a series exceeds, in words. A spread that is not known exceeds none."""
    found = summary(series)
    if found.cv > WIDEST_CV:
        yield f"CV {found.cv:.2f} > {WIDEST_CV:g}"
    if found.peak > HIGHEST_PEAK:
        yield f"most {found.peak:.2f} means > {HIGHEST_PEAK:g}"
    if found.p95 > LONGEST_P95:
        yield f"p95 {found.p95:.2f} s > {LONGEST_P95:g} s"


def judge_spread(series: Series, requirement: str = "REQ-1-1-d") -> Finding:
    """The class of one product; a wide spread is advice, no failure of the product."""
    if series.is_too_short:
        return Finding(requirement, Verdict.INCONCLUSIVE, series.lack, series.subject)
    why = list(exceeded(series))
    told = f"{Spread.HIGH_DISPERSION}: {', '.join(why)}: {ADVICE}" if why else str(Spread.STABLE)
    return Finding(
        requirement, Verdict.PASS, told, series.subject, summary(series).cv, WIDEST_CV, "CV"
    )  # fmt: skip


def judge_products(
    products: Sequence[Series],
    requirement: str = "REQ-1-1-d",
    *,
    as_in_deck: bool = True,
    repeated: bool = False,
) -> list[Finding]:
    """Each product classified, in the order of their names, then all of them together.

    ``as_in_deck``: of four products exactly one has a wide spread, else INCONCLUSIVE, and FAIL
    where these are fresh times after that (``repeated``). Right for the presets that are to
    reproduce the deck; without it the last finding only counts.
    """
    ordered = sorted(products, key=lambda one: one.subject)
    return [
        *(judge_spread(one, requirement) for one in ordered),
        _together(ordered, requirement, as_in_deck, repeated),
    ]


def _together(
    products: Sequence[Series], requirement: str, as_in_deck: bool, repeated: bool
) -> Finding:
    subject = counted(len(products))
    if any(one.is_too_short for one in products):
        return Finding(requirement, Verdict.INCONCLUSIVE, "a product has too few times", subject)
    if as_in_deck and len(products) != IN_THE_DECK:
        told = f"the deck compares {IN_THE_DECK} products, these are {len(products)}"
        return Finding(requirement, Verdict.INCONCLUSIVE, told, subject)
    wide = [one.subject for one in products if classify(one) is Spread.HIGH_DISPERSION]
    told = f"{len(wide)} of {len(products)} with a wide spread"
    told += f": {', '.join(wide)}" if wide else ""
    wrong = as_in_deck and len(wide) != WIDE_IN_THE_DECK
    alarm = Verdict.FAIL if repeated else Verdict.INCONCLUSIVE
    if wrong:
        told += f"; the deck found {WIDE_IN_THE_DECK} of {IN_THE_DECK}"
        told += "" if repeated else "; repeat with fresh times"
    bound, chance = (WIDE_IN_THE_DECK, DECK_ALARM**2) if as_in_deck else (None, None)
    verdict = alarm if wrong else Verdict.PASS
    return Finding(requirement, verdict, told, subject, len(wide), bound, "products", chance)
