"""Article 2 of the ministerial ordinance on what keys of the JPKI are. Pure.

Ordinance No. 120 of 2003 (MIC), article 2: RSA, a modulus of 2,048 bits or more that is the product
of two primes of nearly equal size. It gives no figure for *nearly equal*. The bound here is that
of the catalogue of algorithms of the German Federal Network Agency for qualified signatures
(``|log2 p - log2 q| < 30``, recalled); FIPS 186-4 asks for the same number of bits, which is
judged as K05.

From the public key alone one sees the length, a factor below 2**16, a square, and that n is no
prime itself; not whether there are two primes or three.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from gmpy2 import primorial  # type: ignore[import-untyped]

from suites.rsa_keys.key import KeyClass, Remark, RsaKey
from suites.rsa_keys.primality import probably_prime

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

LEAST_BITS = 2_048
MOST_BITS_APART = 30
ROUNDS = 64  # of Miller-Rabin: p is the target's word, not a number drawn here
TRIAL_BOUND = 1 << 16
CLAUSE = "Ordinance No. 120 of 2003 (MIC), article 2"
SMALL = int(primorial(TRIAL_BOUND))


def judge_ordinance(key: RsaKey, draw: Callable[[int], int]) -> list[Remark]:
    """What contradicts article 2; empty when nothing does. ``draw`` is uniform in [0, n).

    With p and q both are tested for primality and size; without them only what n shows.
    """
    reasons = list(_of_modulus(key.n, draw))
    if key.p is not None and key.q is not None:
        reasons += _of_primes(key.n, key.p, key.q, draw)
    return [Remark("article 2", KeyClass.CONFORMANCE, CLAUSE, r, key.subject) for r in reasons]


def _of_modulus(n: int, draw: Callable[[int], int]) -> Iterator[str]:
    if n.bit_length() < LEAST_BITS:
        yield f"the modulus has {n.bit_length()} bits, {LEAST_BITS:,} are demanded"
    if n < 2:
        return
    if math.gcd(n, SMALL) != 1:
        yield f"the modulus has a factor below {TRIAL_BOUND:,}"
    elif math.isqrt(n) ** 2 == n:
        yield "the modulus is a square"
    elif probably_prime(n, ROUNDS, draw):
        yield "the modulus is a prime"


def _of_primes(n: int, p: int, q: int, draw: Callable[[int], int]) -> Iterator[str]:
    if p * q != n:
        yield "the modulus is not the product of the two numbers that the target calls its primes"
    for name, prime in (("first", p), ("second", q)):
        if not probably_prime(prime, ROUNDS, draw):
            yield f"the {name} factor is no prime"
    if p < 2 or q < 2:
        return
    apart = abs(math.log2(p) - math.log2(q))
    if apart >= MOST_BITS_APART:
        yield f"the primes are {apart:.0f} bits apart in size; near is below {MOST_BITS_APART}"
