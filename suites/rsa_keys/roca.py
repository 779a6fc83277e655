"""Primes of the form k·M + (g^a mod M), M the product of the first primes: ROCA and its like.

Nemec et al., "The Return of Coppersmith's Attack", ACM CCS 2017 (CVE-2017-15361): with g = 65537
the generator left 53 bits of k and 255 bits of a to chance in a prime of 1024 bits. n is then a
power of g modulo every prime in M. A filter asks that for 17 primes; a good key passes with
probability 2^−27.8. The verdict is the discrete logarithm modulo the product of all primes up to
167, whose false positives have the probability 2^−154.9.

Where the generator is another g, n is at least a square modulo all those primes in one key of two
(the exponents of both primes being odd, or both even), and in the others it is one exactly where g
is one. That is a suspicion: for all g up to 65537 together, 2^−35 by chance.
"""

from __future__ import annotations

from functools import cache

import gmpy2  # type: ignore[import-untyped]
from gmpy2 import mpz

GENERATOR = 65537
FILTER = (11, 13, 17, 19, 37, 53, 61, 71, 73, 79, 97, 103, 107, 109, 127, 151, 157)
"""Primes up to 167 modulo which 65537 does not generate everything (and so tells something)."""

LARGEST = 167  # prime of the verdict
LARGEST_OF_VARIANT = 229  # 48 primes from 5 on


def is_power_of_generator(n: int) -> bool:
    """Whether ``n`` is a power of 65537 modulo the product of the primes up to 167."""
    return _passes_filter(n) and _has_discrete_logarithm(n)


def like_a_power(n: int) -> int | None:
    """The smallest g up to 65537 as a power of which ``n`` behaves modulo 48 primes, else None.

    That is, n is a square modulo each of the primes from 5 to 229 exactly where g is; 1 stands for
    an even power of any generator.
    """
    if gmpy2.gcd(n, _product_of_variant()) != 1:
        return None
    return _generators().get(_symbols(n))


def _symbols(n: int) -> int:
    """A bit for each of the primes: whether ``n``, which none of them divides, is a square."""
    rest = int(n % _product_of_variant())
    return sum(1 << i for i, (p, squares) in enumerate(_squares()) if rest % p in squares)


@cache
def _product_of_variant() -> mpz:
    return gmpy2.primorial(LARGEST_OF_VARIANT) // 6


@cache
def _generators() -> dict[int, int]:
    """Symbols of what can generate anything modulo a product of all primes from 2."""
    usable = (g for g in range(GENERATOR, 0, -2) if gmpy2.gcd(g, 3 * _product_of_variant()) == 1)
    return {_symbols(g): g for g in usable}


def _passes_filter(n: int) -> bool:
    return all((n % prime) in powers for prime, powers in _powers())


def _has_discrete_logarithm(n: int) -> bool:
    """Pohlig and Hellman: n lies in the group of g if it does so in every part of prime power."""
    modulus, order, parts = _group()
    if gmpy2.powmod(n, order, modulus) != 1:
        return False
    return all(
        gmpy2.powmod(n, order // part, modulus) in subgroup for part, subgroup in parts.items()
    )


@cache
def _powers() -> tuple[tuple[int, frozenset[int]], ...]:
    return tuple((p, frozenset(pow(GENERATOR, i, p) for i in range(p))) for p in FILTER)


@cache
def _squares() -> tuple[tuple[int, frozenset[int]], ...]:
    primes = (p for p in range(5, LARGEST_OF_VARIANT + 1) if gmpy2.is_prime(p))
    return tuple((p, frozenset(x * x % p for x in range(1, p))) for p in primes)


@cache
def _group() -> tuple[mpz, int, dict[int, frozenset[int]]]:
    """Modulus, order of 65537 in it, and for each prime power of the order the powers of g."""
    modulus = gmpy2.primorial(LARGEST)
    order, parts = _order(modulus)
    subgroups = {}
    for part in parts:
        g = int(gmpy2.powmod(GENERATOR, order // part, modulus))
        subgroups[part] = frozenset(int(gmpy2.powmod(g, i, modulus)) for i in range(part))
    return modulus, order, subgroups


def _order(modulus: mpz) -> tuple[int, list[int]]:
    """The order of 65537 modulo ``modulus``, and the prime powers that it is made of."""
    exponent = gmpy2.mpz(1)
    for prime in (p for p in range(3, LARGEST + 1) if gmpy2.is_prime(p)):
        exponent = gmpy2.lcm(exponent, prime - 1)
    parts = []
    for prime in (p for p in range(2, LARGEST) if gmpy2.is_prime(p)):
        while exponent % prime == 0 and gmpy2.powmod(GENERATOR, exponent // prime, modulus) == 1:
            exponent //= prime
        power = exponent // gmpy2.remove(exponent, prime)[0]
        if power > 1:
            parts.append(int(power))
    return int(exponent), parts
