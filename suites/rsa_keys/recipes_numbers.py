"""Recipes V01 to V22 and V37 to V39: numbers that the standard forbids, or looks as if it did."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from math import gcd, isqrt, lcm, prod

from fixtures.verdict import Verdict
from suites.rsa_keys import composites
from suites.rsa_keys.recipe import F4, GOOD, Made, Recipe, recipe
from suites.rsa_keys.seeded import Seeded, family, next_prime, small_primes

LARGEST_EXPONENT = 2**256 - 189  # a prime


# --- the distance of the primes, and their size -------------------------------------------


@recipe(GOOD)
def _good(r: Recipe) -> Made:
    return r.key(r.prime(), r.prime())


@recipe("V02", "K07", seen_by="Fermat, in one step")
def _fermat(r: Recipe) -> Made:
    p = r.prime(high=r.high - (1 << (r.half - 8)))
    return r.key(p, r.following(p + (1 << (r.half // 2 - 12))))


@recipe("V03", "K07")
def _close(r: Recipe) -> Made:
    p = r.prime(high=r.high - (1 << (r.half - 8)))
    apart = (1 << (r.half - 124)) + r.draw.bits(r.half - 125)
    return r.key(p, r.following(p + apart))


@recipe("V04", seen_by="guesses of the difference p - q")
def _bound_misread(r: Recipe) -> Made:
    """Just farther apart than they must be: allowed by the letter."""
    p = r.prime(high=r.high - (1 << (r.half - 8)))
    return r.key(p, r.following(p + (1 << (r.half - 100))))


@recipe("V05", "K04", seen_by="the law of the moduli of a population")
def _low_prime(r: Recipe) -> Made:
    p = r.prime(low=1 << (r.half - 1), high=r.low)
    return r.key(p, r.prime(low=max(r.low, -(-(1 << (r.bits - 1)) // p))))


@recipe("V06", "K01 K04", seen_by="length of n")
def _short_modulus(r: Recipe) -> Made:
    low = 1 << (r.half - 1)
    return r.key(r.prime(low=low, high=r.low), r.prime(low=low, high=r.low))


# --- the exponents ------------------------------------------------------------------------


@recipe("V07", "K09")
def _phi(r: Recipe) -> Made:
    """d is reduced by (p - 1)(q - 1) instead of lambda, which a verifier does not notice."""
    while True:
        p, q = r.prime(), r.prime()
        d = pow(F4, -1, (p - 1) * (q - 1))
        if d >= lcm(p - 1, q - 1):
            return r.key(p, q, d=d)


def _with_exponent(e: int) -> Callable[[Recipe], Made]:
    return lambda r: r.key(r.prime(e), r.prime(e), e)


recipe("V08", "K03", seen_by="e")(_with_exponent(3))
recipe("V09", "K03 K10 K11", seen_by="e", functional=Verdict.FAIL)(_with_exponent(1))
recipe("V10", "K03", seen_by="e")(_with_exponent(65_535))
recipe("V11", "K03", seen_by="e")(_with_exponent(2**256 + 1))


@recipe("V12", "K03 K06 K09 K11", seen_by="e", functional=Verdict.FAIL)
def _even_exponent(r: Recipe) -> Made:
    """No d belongs to an even e; the one of 65537 is given."""
    return replace(r.key(r.prime(), r.prime()), e=F4 + 1)


recipe("V12b")(_with_exponent(LARGEST_EXPONENT))


@recipe("V13", "K06 K09 K11", functional=Verdict.FAIL)
def _not_invertible(r: Recipe) -> Made:
    """65537 divides p - 1; d is the inverse in the part of the group where there is one."""
    p = r.draw.prime(r.low, r.high, residue=1, modulus=2 * F4)
    q = r.prime()
    part = lcm(p - 1, q - 1)
    while part % F4 == 0:
        part //= F4
    return r.key(p, q, d=pow(F4, -1, part))


@recipe("V14", "K10", seen_by="Fermat with the multipliers 4 and 3")
def _short_d(r: Recipe) -> Made:
    """p = 6g + 1, q = 8g + 1, lambda = 24g: the one way to a short d with an e that is allowed."""
    span = r.high // 8 - r.low // 6 - 2
    while True:
        start = r.low // 6 + 1 + r.draw.below(span - (1 << 24))
        for g in family(((6, 1), (8, 1)), start, 1 << 24):
            if g % F4 and (d := pow(F4, -1, 24 * g)) <= r.high:
                return r.key(6 * g + 1, 8 * g + 1, d=d)


@recipe("V15", "K03 K10", seen_by="Wiener's continued fraction of e/n")
def _wiener(r: Recipe) -> Made:
    p, q = r.prime(), r.prime()
    order = lcm(p - 1, q - 1)
    while True:
        d = r.draw.bits(r.bits // 4 - 12) | 1 << (r.bits // 4 - 13) | 1
        if gcd(d, order) == 1:
            return r.key(p, q, pow(d, -1, order), d)


# --- primes that are none -----------------------------------------------------------------


def _with_composite(search: Callable[[Seeded, int, int], int]) -> Callable[[Recipe], Made]:
    def with_composite(r: Recipe) -> Made:
        while gcd((p := search(r.draw, r.low, r.high)) - 1, F4) != 1:
            pass
        return r.key(p, r.prime())

    return with_composite


# A Carmichael number keeps every message: signatures verify, only the standard is broken.
recipe("V16", "K08")(_with_composite(composites.carmichael))
recipe("V18", "K08")(_with_composite(composites.arnault))


@recipe("V17", "K08", functional=Verdict.FAIL)
def _half_liar(r: Recipe) -> Made:
    """p = (2m + 1)(4m + 1), and e*d is not 1 modulo 4m: every second message is lost."""
    while True:
        p, q = composites.half_liar(r.draw, r.low, r.high), r.prime()
        if gcd(p - 1, F4) == 1:
            key = r.key(p, q)
            if (F4 * (key.d or 0) - 1) % (4 * isqrt(p // 8)):
                return key


@recipe("V19", "K02 K07 K10", seen_by="square test", functional=Verdict.FAIL)
def _square(r: Recipe) -> Made:
    """p = q: lambda is p - 1, and no d below it is long enough; q has no inverse modulo p."""
    p = r.prime()
    return r.key(p, p)


# --- private values that do not belong to the key -----------------------------------------


@recipe("V20", "K11", seen_by="signatures by CRT", functional=Verdict.FAIL)
def _wrong_dp(r: Recipe) -> Made:
    key = r.key(r.prime(), r.prime())
    return replace(key, dp=(key.dp or 0) + 1)


@recipe("V21", "K11", seen_by="signatures by CRT", functional=Verdict.FAIL)
def _wrong_half(r: Recipe) -> Made:
    """The inverse of the wrong prime; p is the larger, so that it lies in its range."""
    q, p = sorted((r.prime(), r.prime()))
    return replace(r.key(p, q), qinv=pow(p, -1, q))


@recipe("V22", "K09", seen_by="signatures without CRT", functional=Verdict.FAIL)
def _wrong_d(r: Recipe) -> Made:
    key = r.key(r.prime(), r.prime())
    return replace(key, d=(key.d or 0) + 2)


# --- a modulus that is not p times q ------------------------------------------------------


@recipe("V37", "K02 P02", seen_by="small factors", functional=Verdict.FAIL)
def _flipped(r: Recipe) -> Made:
    """One bit of n is wrong, and n has a small factor, as most numbers have."""
    key = r.key(r.prime(), r.prime())
    small = prod(small_primes(752)[1:])
    while True:
        n = key.n ^ 1 << r.draw.between(1, r.bits - 1)
        if gcd(n, small) > 1:
            return replace(key, n=n)


@recipe("V38", "K02 P01", seen_by="parity", functional=Verdict.FAIL)
def _even_modulus(r: Recipe) -> Made:
    """The last bit of n is wrong."""
    key = r.key(r.prime(), r.prime())
    return replace(key, n=key.n - 1)


@recipe("V39", "K02 P03", seen_by="Miller-Rabin on n", functional=Verdict.FAIL)
def _prime_modulus(r: Recipe) -> Made:
    key = r.key(r.prime(), r.prime())
    return replace(key, n=next_prime(key.n))
