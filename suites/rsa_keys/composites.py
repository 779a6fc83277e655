"""Composite numbers that pass for primes more often than others. By formula, from a seed.

A validator is handed its numbers by whoever made them, so the worst composite counts and not the
average one: the rounds of the standards' tables are for candidates that were drawn at random.

Sources: P. Erdos and J. Chernick for the Carmichael form; Damgard, Landrock, Pomerance (1993) for
the products that pass a quarter of all bases; F. Arnault, Journal of Symbolic Computation 20 (1995)
for those that pass every base of a list; Albrecht et al., "Prime and Prejudice", CCS 2018.
"""

from __future__ import annotations

from collections.abc import Iterator
from math import prod

import gmpy2  # type: ignore[import-untyped]

from suites.rsa_keys.seeded import Seeded, family, small_primes

ARNAULT = (241, 281)  # k2 and k3; both are 1 modulo 4, as the base 2 wants it
ROOM = 22  # bits that the search for Arnault's first prime is left with
SEARCH = 1 << 24  # consecutive parameters, then another start


def carmichael(draw: Seeded, low: int, high: int) -> int:
    """(6k + 1)(12k + 1)(18k + 1) in [low, high), all three prime.

    Passes Fermat's test for every base prime to it, and a round of Miller-Rabin in 1 of 13.
    """
    forms = ((6, 1), (12, 1), (18, 1))
    return _product(draw, forms, _root(low // 1_296, 3) + 1, _root(high // 1_296, 3) - 1)


def half_liar(draw: Seeded, low: int, high: int) -> int:
    """(2m + 1)(4m + 1) in [low, high), m odd, both prime: passes nearly one round in four."""
    forms = ((4, 3), (8, 5))  # m = 2k + 1
    return _product(draw, forms, _root(low // 32, 2) + 1, _root(high // 32, 2) - 2)


def arnault(draw: Seeded, low: int, high: int) -> int:
    """p1 * p2 * p3 in [low, high), with p2 and p3 = k * (p1 - 1) + 1, that fools a list of bases.

    Every prime base of ``fooled`` is a liar, because it is no square modulo any of the factors and
    all of them are 3 modulo 4. The product is also a Carmichael number.
    """
    k2, k3 = ARNAULT
    first, last = (_root(bound // (k2 * k3), 3) for bound in (low, high))
    residue, modulus = _first_prime(first.bit_length() - ROOM)
    forms = (
        (modulus, residue),
        (k2 * modulus, k2 * (residue - 1) + 1),
        (k3 * modulus, k3 * (residue - 1) + 1),
    )
    return _product(draw, forms, first // modulus + 1, last // modulus - 1)


def fooled(bits: int) -> tuple[int, ...]:
    """The bases that ``arnault`` fools, for products of ``bits`` bits with the first bit set."""
    k2, k3 = ARNAULT
    length = _root((1 << (bits - 1)) // (k2 * k3), 3).bit_length() - ROOM
    return tuple(a for a, _, _ in _conditions(length))


def _first_prime(length: int) -> tuple[int, int]:
    """Residue and modulus that Arnault's first prime must obey; the modulus has ``length`` bits."""
    k2, k3 = ARNAULT
    residues = [(-pow(k3, -1, k2) % k2, k2), (-pow(k2, -1, k3) % k3, k3), (3, 8)]
    residues += [(r, a) for a, r, _ in _conditions(length) if a != 2]
    modulus = prod(m for _, m in residues)
    parts = (r * (modulus // m) * pow(modulus // m, -1, m) for r, m in residues)
    return sum(parts) % modulus, modulus


def _conditions(length: int) -> Iterator[tuple[int, int, int]]:
    """Base, residue modulo that base that makes it a liar, product so far; ``length`` bits."""
    product = 8 * prod(ARNAULT)
    yield 2, 1, product
    for a in small_primes(min(ARNAULT))[1:]:
        product *= a
        if product.bit_length() > length:
            return
        yield a, _residue(a), product


def _residue(a: int) -> int:
    """x with (a | p) = -1 for p = x and for both p = k * (x - 1) + 1, given p = 3 modulo 4."""
    sign = 1 if a % 4 == 3 else -1  # quadratic reciprocity
    for x in range(1, a):
        factors = [x, *(k * (x - 1) + 1 for k in ARNAULT)]
        if all(gmpy2.jacobi(p, a) == sign for p in factors):
            return x
    raise ValueError(f"no product with {ARNAULT} fools the base {a}")


def _product(draw: Seeded, forms: tuple[tuple[int, int], ...], first: int, last: int) -> int:
    while True:
        start = draw.between(first, max(first + 1, last - SEARCH))
        for k in family(forms, start, min(SEARCH, last - start)):
            return prod(a * k + b for a, b in forms)


def _root(number: int, degree: int) -> int:
    return int(gmpy2.iroot(number, degree)[0])
