"""The big-integer operations the chip's coprocessor offers, with types; GMP does the work."""

from __future__ import annotations

from functools import lru_cache

import gmpy2  # type: ignore[import-untyped]


@lru_cache(maxsize=20_000)
def power(base: int, exponent: int, modulus: int) -> int:
    """base**exponent mod modulus.

    Chips of one seed are built by the hundred in a process and compute the same: what GMP needs
    longest for is remembered.
    """
    return int(gmpy2.powmod(base, exponent, modulus))


def inverse(number: int, modulus: int) -> int:
    """Raises ZeroDivisionError where there is none."""
    return int(gmpy2.invert(number, modulus))


def gcd(a: int, b: int) -> int:
    return int(gmpy2.gcd(a, b))


def lcm(a: int, b: int) -> int:
    return int(gmpy2.lcm(a, b))


def primorial(bound: int) -> int:
    """The product of all primes up to the bound."""
    return int(gmpy2.primorial(bound))


def next_prime(number: int) -> int:
    """The next probable prime above; not for keys of the sound chip."""
    return int(gmpy2.next_prime(number))
