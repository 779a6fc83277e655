"""Is it a prime? Small factors, Baillie-PSW, then Miller-Rabin with random bases. Pure.

The numbers judged here come from somebody else, who may have chosen them to deceive. So the rounds
of the standards' tables, which are enough for candidates drawn at random, are never alone: a
composite that passes a quarter of all bases passes five rounds once in a thousand tries. Every
number takes the Lucas test too (Baillie-PSW; no composite that passes is known), and no base is
ever fixed but the 2 of that test.

Sources: FIPS 186-4, C.3.1 and C.3.3; FIPS 186-5, B.3.1 and B.3.3; Baillie, Wagstaff, Mathematics of
Computation 35 (1980). FLINT does Baillie-PSW (Selfridge's parameters), ``lanes`` the powers.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from math import gcd

import gmpy2  # type: ignore[import-untyped]
from flint import fmpz

from suites.rsa_keys.lanes import LANES, powers

Draw = Callable[[int], int]
"""``draw(n)`` is uniform in [0, n)."""

SIEVED = 752  # a number with a smaller prime factor is told by a gcd, as in SP 800-89, 5.3.3
MOST_BITS = 16_384  # of a number that is tested at all; a round takes seconds there


@cache
def small_product() -> int:
    """The product of all primes below 752."""
    return int(gmpy2.primorial(SIEVED - 1))


def probably_prime(n: int, rounds: int, draw: Draw) -> bool:
    """Whether ``n`` passes Baillie-PSW and ``rounds`` of Miller-Rabin with bases from ``draw``.

    False for everything below 2. A prime is never refused; a composite passes with a probability of
    4**-rounds at most, and only if it deceives Baillie-PSW besides. ValueError for negative
    ``rounds`` and for more than 16,384 bits.
    """
    if rounds < 0:
        raise ValueError(f"{rounds} rounds of Miller-Rabin")
    if n.bit_length() > MOST_BITS:
        raise ValueError(f"{n.bit_length()} bits; numbers of {MOST_BITS} at most are tested")
    if n < SIEVED * SIEVED:
        return n > 1 and bool(fmpz(n).is_prime())
    if gcd(n, small_product()) != 1:
        return False
    return bool(fmpz(n).is_probable_prime()) and miller_rabin(n, rounds, draw)


def miller_rabin(n: int, rounds: int, draw: Draw) -> bool:
    """``rounds`` of FIPS 186-4, C.3.1, for odd ``n`` above 4; 1 < base < n - 1."""
    twos = ((n - 1) & -(n - 1)).bit_length() - 1
    for begin in range(0, rounds, LANES):
        bases = [2 + draw(n - 3) for _ in range(min(LANES, rounds - begin))]
        if not all(_passes(n, twos, z) for z in powers(bases, n >> twos, n)):
            return False
    return True


def _passes(n: int, twos: int, z: int) -> bool:
    """Steps 4.4 and 4.5, for z = base**m. Not gmpy2's own test: it raises for gcd(base, n) > 1."""
    if z in (1, n - 1):
        return True
    for _ in range(twos - 1):
        z = z * z % n
        if z == n - 1:
            return True
    return False
