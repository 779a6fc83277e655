"""Partial validation of a public key: what can be said of n without its factors. Pure.

Source: SP 800-56B r2, 6.4.2.2, and SP 800-89, 5.3.3: n is odd (P01), has no prime factor below 752
(P02), is composite and no power of a prime (P03, by the enhanced Miller-Rabin test of FIPS 186-4,
C.3.2). Length and exponent are K01 and K03. There is no full validation from a public key alone.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum, auto, unique
from math import gcd

import gmpy2  # type: ignore[import-untyped]

from suites.rsa_keys.criteria import Breach, Criterion
from suites.rsa_keys.primality import MOST_BITS, SIEVED, Draw, small_product

ROUNDS = 5  # OpenSSL's; a prime passes all of them, and a modulus is found composite by the first


@unique
class Nature(Enum):
    """What the enhanced Miller-Rabin test makes of a number."""

    PROBABLY_PRIME = auto()
    COMPOSITE_WITH_FACTOR = auto()  # powers of a prime are always among these
    COMPOSITE_AND_NO_PRIME_POWER = auto()


@dataclass(frozen=True)
class Found:
    """The outcome, and the factor that came along, if any."""

    nature: Nature
    factor: int | None = None


def modulus(n: int, draw: Draw) -> Iterator[Breach]:
    """P01 to P03 of ``n``; nothing below 4, which K01 refuses, nor for more than MOST_BITS."""
    if n < 4 or n.bit_length() > MOST_BITS:
        return
    if n % 2 == 0:
        yield Breach(Criterion.ODD, "n is even", broken=True, factor=2)
        return
    if (common := gcd(n, small_product())) > 1:
        factor = next(r for r in range(3, SIEVED, 2) if common % r == 0)
        yield Breach(Criterion.NO_SMALL_FACTOR, f"{factor} divides n", broken=True, factor=factor)
        return
    found = enhanced_miller_rabin(n, ROUNDS, draw)
    if found.nature is Nature.PROBABLY_PRIME:
        yield Breach(Criterion.COMPOSITE, "n is a prime itself", broken=True)
    elif found.factor is not None:
        reason = "n is a power of a prime, or otherwise told its factor to a random number"
        yield Breach(Criterion.COMPOSITE, reason, broken=True, factor=found.factor)


def enhanced_miller_rabin(n: int, rounds: int, draw: Draw) -> Found:
    """FIPS 186-4, C.3.2, for odd ``n`` of at least 5."""
    twos = ((n - 1) & -(n - 1)).bit_length() - 1
    for _ in range(rounds):
        found = _round(n, (n - 1) >> twos, twos, 2 + draw(n - 3))
        if found is not None:
            return found
    return Found(Nature.PROBABLY_PRIME)


def _round(n: int, odd: int, twos: int, base: int) -> Found | None:
    """Steps 4.3 to 4.15; None where this base speaks for a prime."""
    if (common := gcd(base, n)) > 1:
        return Found(Nature.COMPOSITE_WITH_FACTOR, common)
    z = int(gmpy2.powmod(base, odd, n))
    if z in (1, n - 1):
        return None
    for _ in range(twos):
        x, z = z, z * z % n
        if z == 1:
            return _with(gcd(x - 1, n))
        if z == n - 1:  # never after the last squaring: p = q = 1 mod 2**(k+1) would make n so too
            return None
    return _with(gcd(z - 1, n))


def _with(common: int) -> Found:
    if common > 1:
        return Found(Nature.COMPOSITE_WITH_FACTOR, common)
    return Found(Nature.COMPOSITE_AND_NO_PRIME_POWER)
