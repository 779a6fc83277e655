"""Recipes V23 to V36: keys with primes in common, and primes with a structure.

The standard forbids hardly any of them, as it looks at one key at a time and trusts the generator.
"""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import replace
from math import gcd, lcm, prod

import gmpy2  # type: ignore[import-untyped]

from fixtures.verdict import Verdict
from suites.rsa_keys.recipe import F4, Made, Recipe, recipe
from suites.rsa_keys.seeded import family, small_primes

GENERATORS = {"V26": 65_537, "V27": 3_511}
ROCA_PRIMES = {1_024: 71, 2_048: 126, 3_072: 126, 4_096: 225}  # how many; CCS 2017, table 1


# --- several keys -------------------------------------------------------------------------


@recipe("V23", seen_by="batch GCD", keys=2)
def _shared_prime(r: Recipe) -> Made:
    p = r.prime()
    return r.key(p, r.prime()), r.key(p, r.prime())


@recipe("V24", seen_by="equal moduli", keys=2)
def _duplicate(r: Recipe) -> Made:
    key = r.key(r.prime(), r.prime())
    return key, replace(key, subject=f"{key.subject}, again")


@recipe("V25", seen_by="batch GCD, then pair by pair", keys=3)
def _both_shared(r: Recipe) -> Made:
    """The first key has a prime in common with each of the others."""
    a, b, c, d = (r.prime() for _ in range(4))
    return r.key(a, b), r.key(a, c), r.key(b, d)


# --- primes with a structure, which the standard does not forbid --------------------------


def _roca(r: Recipe) -> Made:
    """p = k*M + g**a mod M; Nemec et al., CCS 2017. Both a are odd or both even.

    A generator that is not known is seen by quadratic residues only then, which is half the keys.
    """
    order = prod(small_primes()[: ROCA_PRIMES[r.bits]])
    parity = r.draw.bits(1)

    def prime() -> int:
        while True:
            part = pow(GENERATORS[r.name], 2 * r.draw.bits(256) + parity, order)
            start = r.draw.between(r.low // order + 1, r.high // order)
            k = next(family(((order, part),), start, 4 * r.bits), None)
            if k is not None and k * order + part < r.high:
                return k * order + part

    return r.key(prime(), prime())


recipe("V26", seen_by="residues in the group of 65537 (ROCA)")(_roca)
recipe("V27", seen_by="quadratic residues modulo small primes")(_roca)


@recipe("V28", seen_by="search for primes of low Hamming weight")
def _few_ones(r: Recipe) -> Made:
    def prime() -> int:
        while True:
            found = 3 << (r.half - 2) | 1
            while found.bit_count() < 24:
                found |= 1 << r.draw.below(r.half - 2)
            if gmpy2.is_prime(found):
                return found

    return r.key(prime(), prime())


def _patterned(r: Recipe) -> int:
    word = r.draw.bits(30) | 3 << 30
    return r.following(int(f"{word:08x}" * (r.half // 32), 16))


@recipe("V29", seen_by="continued fraction of n, or lattices")
def _two_patterns(r: Recipe) -> Made:
    """A word of 32 bits repeated over each prime."""
    return r.key(_patterned(r), _patterned(r))


@recipe("V30", seen_by="lattices")
def _one_pattern(r: Recipe) -> Made:
    return r.key(_patterned(r), r.prime())


def _smooth(r: Recipe, sign: int) -> int:
    """A prime p with p - sign = 2 times primes below 2**20, none of them 65537."""
    choice = [prime for prime in small_primes(1 << 20) if prime != F4]
    while True:
        product = 2
        while (product << 19).bit_length() < r.half:
            product *= choice[r.draw.below(len(choice))]
        first, last = (bisect_left(choice, bound // product) for bound in (r.low, r.high))
        for prime in choice[first + 1 : max(last - 1, 0)]:
            found = product * prime + sign
            if gcd(found - 1, F4) == 1 and gmpy2.is_prime(found):
                return found


@recipe("V31", seen_by="Pollard's p - 1 without a gate")
def _smooth_minus(r: Recipe) -> Made:
    """p - 1 and q - 1, with different factors."""
    return r.key(_smooth(r, 1), _smooth(r, 1))


@recipe("V31a", seen_by="Pollard's p - 1 without a gate")
def _one_smooth_minus(r: Recipe) -> Made:
    return r.key(_smooth(r, 1), r.prime())


@recipe("V32", seen_by="Williams' p + 1")
def _smooth_plus(r: Recipe) -> Made:
    return r.key(_smooth(r, -1), r.prime())


@recipe("V33", seen_by="Fermat with multipliers")
def _small_ratio(r: Recipe) -> Made:
    """q is close to 5/4 of p, and far from p."""
    p = r.prime(high=4 * (r.high // 5))
    return r.key(p, r.following(5 * p // 4))


def _equal_ends(r: Recipe, top: int, bottom: int) -> Made:
    """Primes alike in their ``top`` first and ``bottom`` last bits."""
    p = r.prime()
    while True:
        middle = r.draw.bits(r.half - top - bottom) << bottom
        q = p >> (r.half - top) << (r.half - top) | middle | p & ((1 << bottom) - 1)
        if q != p and q >= r.low and gcd(q - 1, F4) == 1 and gmpy2.is_prime(q):
            return r.key(p, q)


# 262 equal bits on top (of 1024) make the primes too close for K07; 90 do not.
recipe("V34", "K07", seen_by="equal high and low bits")(
    lambda r: _equal_ends(r, r.half // 4 + 6, r.half // 4 + 6)
)
recipe("V34a", seen_by="equal high and low bits")(lambda r: _equal_ends(r, 90, r.half // 2 - 70))


@recipe("V35", seen_by="dictionary of generators that were never seeded")
def _unseeded(r: Recipe) -> Made:
    """MT19937 as GMP seeds it with 0, the two highest bits set; q is a good prime."""
    guess = int(gmpy2.mpz_urandomb(gmpy2.random_state(0), r.half)) | 3 << (r.half - 2)
    return r.key(r.following(guess), r.prime())


@recipe("V36", "K04 K05 K08 K09 K11", functional=Verdict.FAIL)
def _three_primes(r: Recipe) -> Made:
    """n of three primes, two of which are handed out as one."""
    sizes = [r.bits // 3 + 1, r.bits // 3 + 1, r.bits - 2 * (r.bits // 3 + 1)]
    while True:
        a, b, c = (r.prime(low=7 << (size - 3), high=1 << size) for size in sizes)
        if (a * b * c).bit_length() == r.bits:
            return r.key(a * b, c, d=pow(F4, -1, lcm(a - 1, b - 1, c - 1)))
