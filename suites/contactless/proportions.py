r"""Shares of successes: what a sample shows of them, and how large it must be. Pure.

Null hypothesis throughout: n independent tries, each a success with the same probability p.

* ``clopper_pearson`` is exact: it contains p in at least the stated share of samples, whatever p
  is. It decides.
* ``wilson`` is narrower and right on average only. It is for pictures.
* ``lower`` and ``upper`` are exact and one-sided: what can be claimed with that confidence.

The exact bounds are found by bisection of the binomial tail, which is monotone in p, so that no
incomplete Beta function is needed. 10 of 10 give 0.6915 to 1 (two-sided, 95 %), since
0.6915^10 = 0.025; one-sided 0.7411, since 0.7411^10 = 0.05. 299 of 299 are the fewest that show
0.99, since 0.99^299 = 0.0495.

References
----------
.. [1] C. J. Clopper, E. S. Pearson, Biometrika 26 (1934), 404-413.
.. [2] E. B. Wilson, J. Am. Stat. Assoc. 22 (1927), 209-212.
.. [3] S. Holm, Scand. J. Statist. 6 (1979), 65-70.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from statistics import NormalDist

CONFIDENCE = 0.95
MOST_TRIALS = 1_000_000  # beyond which no campaign goes and the search for one ends


@dataclass(frozen=True)
class Interval:
    """From ``low`` to ``high``, both shares of one."""

    low: float
    high: float

    def __contains__(self, share: float) -> bool:
        return self.low <= share <= self.high

    def __str__(self) -> str:
        return f"{percent_down(self.low)}–{percent_up(self.high)}"


def at_least(successes: int, trials: int, p: float) -> float:
    """P(X >= successes) for X binomial; summed from the smaller terms up."""
    if successes <= 0:
        return 1.0
    return _sum(range(successes, trials + 1), trials, p)


def at_most(successes: int, trials: int, p: float) -> float:
    """P(X <= successes) for X binomial."""
    if successes >= trials:
        return 1.0
    return _sum(range(successes + 1), trials, p)


@lru_cache(maxsize=4096)
def lower(successes: int, trials: int, confidence: float = CONFIDENCE) -> float:
    """The largest p that the sample refutes from below: every smaller one is refuted too.

    P(X >= successes) under it is ``1 - confidence``; 0 where nothing succeeded.
    """
    _insist(successes, trials)
    if successes == 0:
        return 0.0
    return _bisected(lambda p: at_least(successes, trials, p) < 1 - confidence)


@lru_cache(maxsize=4096)
def upper(successes: int, trials: int, confidence: float = CONFIDENCE) -> float:
    """The smallest p that the sample refutes from above; 1 where all succeeded."""
    _insist(successes, trials)
    if successes == trials:
        return 1.0
    return _bisected(lambda p: at_most(successes, trials, p) > 1 - confidence)


def clopper_pearson(successes: int, trials: int, confidence: float = CONFIDENCE) -> Interval:
    """Two-sided and exact: each side errs in at most half of ``1 - confidence``."""
    each = (1 + confidence) / 2
    return Interval(lower(successes, trials, each), upper(successes, trials, each))


def wilson(successes: int, trials: int, confidence: float = CONFIDENCE) -> Interval:
    r"""Score interval, centre :math:`(p + z^2/2n) / (1 + z^2/n)`."""
    _insist(successes, trials)
    z2 = NormalDist().inv_cdf((1 + confidence) / 2) ** 2
    share = successes / trials
    centre = (share + z2 / (2 * trials)) / (1 + z2 / trials)
    spread = math.sqrt(z2 * share * (1 - share) / trials + (z2 / (2 * trials)) ** 2)
    half = spread / (1 + z2 / trials)
    low = 0.0 if successes == 0 else max(0.0, centre - half)
    high = 1.0 if successes == trials else min(1.0, centre + half)
    return Interval(low, high)


def fewest_trials(p: float, failures: int = 0, confidence: float = CONFIDENCE) -> int:
    """Tries that show at least ``p`` when no more than ``failures`` of them fail."""
    if not 0 < p < 1:
        raise ValueError(f"{p:g} is no share that a sample can show")

    def shows(trials: int) -> bool:
        return at_least(trials - failures, trials, p) <= 1 - confidence

    few, many = failures, failures + 1
    while not shows(many):
        few, many = many, 2 * many
        if many > MOST_TRIALS:
            raise ValueError(f"no campaign can show {p:g}")
    while many - few > 1:
        middle = (few + many) // 2
        few, many = (few, middle) if shows(middle) else (middle, many)
    return many


def acceptance(p: float, least: int, of: int) -> float:
    """Probability that the rule "at least ``least`` of ``of``" accepts a true share of ``p``."""
    return at_least(least, of, p)


def holm(p_values: Sequence[float], level: float) -> list[bool]:
    """Which of several hypotheses are refuted, all together wrong in at most ``level`` of cases."""
    refuted = [False] * len(p_values)
    for rank, place in enumerate(sorted(range(len(p_values)), key=p_values.__getitem__)):
        if p_values[place] > level / (len(p_values) - rank):
            break
        refuted[place] = True
    return refuted


def fisher_worse(before: tuple[int, int], after: tuple[int, int]) -> float:
    """Exact probability that chance alone makes ``after`` as bad as it is, or worse.

    Each is (successes, trials); given all successes, those of ``after`` are hypergeometric when
    both have the same p (Fisher's exact test, one-sided).
    """
    return fisher_worse_together([(before, after)])


def fisher_worse_together(strata: Sequence[tuple[tuple[int, int], tuple[int, int]]]) -> float:
    """The same of several places at once, each with a p of its own that did not change.

    The successes after, summed over all places, are a sum of independent hypergeometric numbers
    (exact conditional test of stratified tables, one-sided).
    """
    sums = [1.0]
    for before, after in strata:
        sums = _convolved(sums, _hypergeometric(before, after))
    return min(1.0, math.fsum(sums[: sum(after[0] for _, after in strata) + 1]))


def percent_down(share: float) -> str:
    """In percent to one digit, never more than it is: for what is claimed."""
    return f"{math.floor(share * 1000 + 1e-9) / 10:g} %"


def percent_up(share: float) -> str:
    """In percent to one digit, never less than it is."""
    return f"{math.ceil(share * 1000 - 1e-9) / 10:g} %"


def _hypergeometric(before: tuple[int, int], after: tuple[int, int]) -> list[float]:
    """P(successes after = 0, 1, ...) given the successes of both."""
    (k1, n1), (k2, n2) = before, after
    _insist(k1, n1)
    _insist(k2, n2)
    total, ways = k1 + k2, math.comb(n1 + n2, k1 + k2)
    return [
        math.comb(n2, k) * math.comb(n1, total - k) / ways if k <= total else 0.0
        for k in range(n2 + 1)
    ]


def _convolved(one: Sequence[float], other: Sequence[float]) -> list[float]:
    found = [0.0] * (len(one) + len(other) - 1)
    for i, p in enumerate(one):
        for j, q in enumerate(other):
            found[i + j] += p * q
    return found


def _sum(successes: Sequence[int], trials: int, p: float) -> float:
    if p in {0.0, 1.0}:
        certain = 0 if p == 0.0 else trials
        return 1.0 if certain in successes else 0.0
    return min(1.0, math.fsum(math.exp(_log_term(k, trials, p)) for k in successes))


def _log_term(k: int, n: int, p: float) -> float:
    ways = math.lgamma(n + 1) - math.lgamma(k + 1) - math.lgamma(n - k + 1)
    return ways + k * math.log(p) + (n - k) * math.log1p(-p)


def _bisected(is_below: Callable[[float], bool]) -> float:
    """Where a monotone condition on (0, 1) stops to hold; 60 halvings exhaust a double."""
    low, high = 0.0, 1.0
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if is_below(middle) else (low, middle)
    return (low + high) / 2


def _insist(successes: int, trials: int) -> None:
    if not 0 <= successes <= trials or trials == 0:
        raise ValueError(f"{successes} successes of {trials} tries cannot be")
