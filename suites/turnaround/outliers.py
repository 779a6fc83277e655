"""Models that stand out, and whether a long key generation agrees with item 1-1. Pure.

REQ-3-1-s and -t. A model stands out whose mean is at least 15 % above the median of all models, and
whose 95 % interval lies above that median (OUR DESIGN; the deck names F and H and no rule). What is
found is no failure of the model: the maker is asked for the cause (s), users are warned (t).
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean, median, stdev

from fixtures.verdict import Finding, Verdict
from suites.timing.distributions import t_quantile

FAR = 1.15  # of the median of the means
SURE = 0.95
SD_WITHIN = 0.30  # of the declared one: 400 times of shape 2 know theirs to 6 %
SIGMAS = 4.0  # of a difference of means
MODELS_NEEDED = 3


@dataclass(frozen=True)
class StandsOut:
    """A model with its mean, in seconds, and how many times the median that is."""

    model: str
    mean: float
    times: float


def stand_out(models: Mapping[str, Sequence[float]]) -> list[StandsOut]:
    """Those that do, the farthest first; seconds by model."""
    centres = {model: fmean(times) for model, times in models.items()}
    centre = median(centres.values())
    found = [
        StandsOut(model, mean, mean / centre)
        for model, mean in centres.items()
        if centre > 0 and mean >= FAR * centre and mean - _half(models[model]) > centre
    ]
    return sorted(found, key=lambda one: -one.times)


def _half(times: Sequence[float]) -> float:
    if len(times) < 2:
        return math.inf
    spread = stdev(times) / math.sqrt(len(times))
    return spread * t_quantile((1 + SURE) / 2, len(times) - 1)


def judge_outliers(
    models: Mapping[str, Sequence[float]], what: str, requirement: str, expected: str = ""
) -> Finding:
    """PASS with those found and what to do; FAIL where ``expected`` (of the deck) is not found.

    INCONCLUSIVE for fewer than three models: nothing can stand out of two.
    """
    if len(models) < MODELS_NEEDED:
        told = f"{len(models)} models; {MODELS_NEEDED} are needed for one to stand out"
        return Finding(requirement, Verdict.INCONCLUSIVE, told, what)
    found = stand_out(models)
    names = [one.model for one in found]
    told = ", ".join(f"{one.model}: {one.mean:.1f} s, {one.times:.2f} times" for one in found)
    told = f"{told} the median; ask the maker for the cause" if found else "no model stands out"
    if expected and names != [expected]:
        return Finding(requirement, Verdict.FAIL, f"{told}; the deck's is handset {expected}", what)
    return Finding(requirement, Verdict.PASS, told, what)


@dataclass(frozen=True)
class Product:
    """What item 1-1 says of a chip: seconds for one key pair."""

    name: str
    mean: float
    sd: float


def judge_agreement(
    model: str,
    times: Sequence[float],
    product: Product,
    others: Sequence[tuple[Sequence[float], Product]],
    requirement: str = "REQ-3-1-t",
) -> list[Finding]:
    """Whether the times of sections that make a key are those of the model's product.

    They hold more than the key pair, and the same for all models, so spreads are compared as they
    are and means by their difference to those of the other models. ``times``: seconds; ``others``:
    the same of other models, with their products.
    """
    spread = stdev(times)
    near = abs(spread - product.sd) <= SD_WITHIN * product.sd
    told = f"SD {spread:.2f} s, product {product.name} has {product.sd:.2f} s in item 1-1"
    findings = [
        Finding(
            requirement, Verdict.PASS if near else Verdict.FAIL, told,
            f"{model}: spread of key generation", spread, product.sd, "s",
        )
    ]  # fmt: skip
    differences = [_difference(times, product, taken, other) for taken, other in others]
    gap, bound = max(differences, key=lambda one: abs(one[0]) / one[1], default=(0.0, 1.0))
    told = f"{gap:+.2f} s off what item 1-1 says of the difference between products"
    verdict = Verdict.PASS if abs(gap) <= bound else Verdict.FAIL
    subject = f"{model}: mean of key generation"
    return [*findings, Finding(requirement, verdict, told, subject, gap, bound, "s")]


def _difference(
    times: Sequence[float], product: Product, taken: Sequence[float], other: Product
) -> tuple[float, float]:
    """How far the difference of means is off the declared one, and how far it may be."""
    gap = (fmean(times) - fmean(taken)) - (product.mean - other.mean)
    sigma = math.hypot(stdev(times) / math.sqrt(len(times)), stdev(taken) / math.sqrt(len(taken)))
    return gap, SIGMAS * sigma
