"""p − 1 or p + 1 without a large prime factor.

Pollard, "Theorems on factorization and primality testing", Proc. Camb. Phil. Soc. 76, 1974, for
p − 1; Williams, "A p + 1 method of factoring", Math. Comp. 39, 1982. Both raise to the product of
all small primes: if that is a multiple of p − 1 (p + 1), the result is one modulo p, and a gcd
tells p.

A modulus of 2048 bits costs about a second per million bits of the product, so a standard run asks
first whether n − 1 has a smooth part that hardly any good key has: where p − 1 and q − 1 share a
smooth factor, n − 1 = (p − 1)(q − 1) + (p − 1) + (q − 1) has it too. It is blind to smooth p − 1
and q − 1 with nothing in common; the deep run asks nothing. Where the primes are known, p ± 1 is
simply divided.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from math import log2, prod

import gmpy2  # type: ignore[import-untyped]
from gmpy2 import mpz

from suites.rsa_keys.sieve import primes_below

BOUND = 1 << 20  # primes below are in the product
POWERS = 1 << 64  # powers of the 150 smallest primes up to this are in it
OFTEN = 150
GATE = 80  # bits of the smooth part of n − 1; one good key in about 800 has more
REACH = 1 << 40  # one prime up to here may remain: the usual second stage gets that far
CHUNKS = 64  # a gcd after each part of the product
STARTS = (3, 5, 7)  # of the Lucas sequences: each belongs to p + 1 with probability one half


def smooth_p_minus_1_gated(n: int) -> int | None:
    """As :func:`smooth_p_minus_1`, where n − 1 has a smooth part of more than GATE bits."""
    if n < 4 or smooth_part(n - 1).bit_length() <= GATE:
        return None
    return smooth_p_minus_1(n)


def smooth_p_minus_1(n: int, bound: int = BOUND) -> int | None:
    """A factor p of odd ``n`` with p − 1 dividing the product of the primes below ``bound``."""
    base = gmpy2.powmod(3, n - 1, n)  # so that what p − 1 and q − 1 share may be of any size
    if base == 1:
        base = mpz(3)

    def power(value: mpz, exponent: mpz) -> mpz:
        return gmpy2.powmod(value, exponent, n)

    return _climb(n, base, power, 1, bound)


def smooth_p_plus_1(n: int, bound: int = BOUND) -> int | None:
    """A factor p of odd ``n`` with p + 1 dividing the product, by three Lucas sequences.

    One in eight such primes has none of its sequences among the three and is not found.
    """

    def power(value: mpz, exponent: mpz) -> mpz:
        return gmpy2.lucasv_mod(value, 1, exponent, n)

    for start in STARTS:
        if (factor := _climb(n, mpz(start), power, 2, bound)) is not None:
            return factor
    return None


def is_smooth(number: int) -> bool:
    """Whether ``number`` is made of primes below BOUND and at most one more, up to REACH."""
    rest = mpz(number)
    while (part := smooth_part(int(rest))) > 1:
        rest //= part
    return bool(0 < rest <= REACH)


def smooth_part(number: int) -> mpz:
    """The greatest common divisor of ``number`` > 0 and the product of the small primes."""
    whole = _whole_product()
    return gmpy2.gcd(whole % number, number) if number < whole else gmpy2.gcd(whole, number)


def _climb(
    n: int, base: mpz, power: Callable[[mpz, mpz], mpz], neutral: int, bound: int
) -> int | None:
    """Raise ``base`` chunk by chunk until it is neutral modulo one prime of ``n`` and not all."""
    value = base
    for chunk in _chunks(bound):
        before, value = value, power(value, gmpy2.mpz(_product(chunk)))
        factor = gmpy2.gcd(value - neutral, n)
        if factor == n:
            return _climb_slowly(n, before, power, neutral, chunk)
        if factor > 1:
            return int(factor)
    return None


def _climb_slowly(
    n: int, value: mpz, power: Callable[[mpz, mpz], mpz], neutral: int, chunk: tuple[int, ...]
) -> int | None:
    """All primes of ``n`` became neutral in one chunk: they rarely do so at the same prime."""
    for prime in chunk:
        value = power(value, mpz(prime))
        factor = gmpy2.gcd(value - neutral, n)
        if factor > 1:
            return int(factor) if factor < n else None
    return None


@cache
def _chunks(bound: int) -> tuple[tuple[int, ...], ...]:
    """The primes below ``bound``, the smallest repeated, ascending, in about CHUNKS equal parts."""
    primes = primes_below(bound)
    repeated = [p for p in primes[:OFTEN] for _ in range(int(log2(POWERS) / log2(p)))]
    repeated += primes[OFTEN:]
    size = max(1, len(repeated) // CHUNKS)
    return tuple(tuple(repeated[i : i + size]) for i in range(0, len(repeated), size))


@cache
def _whole_product() -> mpz:
    return _product([_product(chunk) for chunk in _chunks(BOUND)])


def _product(numbers: Sequence[int]) -> mpz:
    """By halves, so that the factors of each multiplication are of one size."""
    if len(numbers) < 16:
        return gmpy2.mpz(prod(numbers))
    middle = len(numbers) // 2
    return _product(numbers[:middle]) * _product(numbers[middle:])
