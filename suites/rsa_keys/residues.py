"""Remainders of moduli by small numbers: uniform where the primes are, and otherwise a fingerprint.

A prime p leaves every remainder that has no factor in common with r equally often, but for one
restriction: gcd(p - 1, e) = 1 (K06) takes the remainder 1 away where r is a prime that divides e.
The remainders of n follow by multiplying out, exactly.

Rules followed here: two values are tested by the binomial law, more by χ² where each is expected
five times or more. A bias that the standard allows is the identity of the source and costs so many
bits; it is no failure. A remainder that no legal pair of primes can leave is one: with 3 dividing
e, n ≡ 2 (mod 3) says that 3 divides p - 1 or q - 1.

Sources: FIPS 186-4 B.3.1 for the restriction; Nemec et al., Measuring Popularity of Cryptographic
Libraries, ACSAC 2017, for n mod 3 and mod 4 as a mark of a library.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from suites.random_numbers.probabilities import chi_squared_tail
from suites.rsa_keys.probability import two_sided

MODULI = (3, 4, 5, 7, 8, 11, 13, 17, 19)
SIGNIFICANCE = 1e-3  # of each test
LEAST_EXPECTED = 5  # in each cell, for χ²
LEAST_KEYS = 11  # below, even a constant binary remainder has a p above 0.001


@dataclass(frozen=True)
class Residues:
    """n mod r over a population: how often each value came, and how probable that is.

    ``expected``: shares by the law of uniform primes; ``constant``: the only value seen, if there
    is but one; ``entropy_lost``: bits of n mod r that the bias costs, an estimate.
    """

    r: int
    counts: tuple[int, ...]  # shape (r,)
    expected: tuple[float, ...]  # shape (r,)
    statistic: float  # share of the most frequent of two, or χ²
    p: float
    entropy_lost: float

    @property
    def keys(self) -> int:
        return sum(self.counts)

    @property
    def alarms(self) -> bool:
        return self.p < SIGNIFICANCE

    @property
    def constant(self) -> int | None:
        seen = [value for value, count in enumerate(self.counts) if count]
        return seen[0] if len(seen) == 1 else None


def law(r: int, e: int) -> tuple[float, ...]:
    """Shares of n mod r for uniform primes p and q, no divisors of r, with gcd(p - 1, e) = 1."""
    taken = _prime(r) and e % r == 0
    units = [x for x in range(1, r) if math.gcd(x, r) == 1 and not (taken and x == 1)]
    products = Counter(x * y % r for x in units for y in units)
    return tuple(products[value] / len(units) ** 2 for value in range(r))


def _prime(r: int) -> bool:
    return all(r % d for d in range(2, math.isqrt(r) + 1))


def residues(moduli: Sequence[int], e: int) -> list[Residues]:
    """Every remainder that the number of keys allows to test; moduli are odd, all different."""
    found = []
    for r in MODULI:
        wanted = law(r, e)
        cells = [share for share in wanted if share > 0]
        two = len(cells) == 2
        enough = LEAST_KEYS if two else math.ceil(LEAST_EXPECTED / min(cells))
        usable = [n for n in moduli if math.gcd(n, r) == 1]
        if len(cells) > 1 and len(usable) >= enough:
            found.append(_tested(r, usable, wanted))
    return found


def _tested(r: int, moduli: Sequence[int], wanted: tuple[float, ...]) -> Residues:
    seen = Counter(n % r for n in moduli)
    counts = tuple(seen[value] for value in range(r))
    total = len(moduli)
    if sum(share > 0 for share in wanted) == 2:
        statistic = max(counts) / total
        p = two_sided(total, max(counts))
    else:
        cells = [(c, total * share) for c, share in zip(counts, wanted, strict=True) if share]
        statistic = sum((count - mean) ** 2 / mean for count, mean in cells)
        p = chi_squared_tail(statistic, len(cells) - 1)
    return Residues(r, counts, wanted, statistic, p, _entropy_lost(counts, wanted))


def _entropy_lost(counts: tuple[int, ...], wanted: tuple[float, ...]) -> float:
    """Relative entropy of what was seen to the law, less its bias (Miller)."""
    total = sum(counts)
    there = [(c / total, share) for c, share in zip(counts, wanted, strict=True) if c and share]
    relative = sum(seen * math.log2(seen / share) for seen, share in there)
    return max(0.0, relative - (len(there) - 1) / (2 * total * math.log(2)))


def shows_bad_exponent(n: int, e: int) -> bool:
    """True where 3 divides e and p - 1 or q - 1: then no d inverts e (K06); for n of two primes."""
    return e > 0 and e % 3 == 0 and n % 3 == 2
