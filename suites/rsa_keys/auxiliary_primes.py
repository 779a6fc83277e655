"""K12: primes that were made from auxiliary primes, made once more from the values told. Pure.

Where a vendor declares one of the methods of FIPS 186-4, B.3.4 to B.3.6 (186-5, A.1.4 to A.1.6), he
tells with each prime the auxiliary primes p1, which divides p - 1, and p2, which divides p + 1, and
the random number X the search began at; for probable auxiliary primes also the numbers X1, X2 that
p1 and p2 were searched from. With X the prime is found again by FIPS 186-4, C.9 (186-5, B.9), and
must be the same; X has the bounds of the prime itself (C.9, step 3). Of the provable methods, which
start from a seed, p1, p2 and the lengths are looked at, but nothing is computed again. What is not
told and so not checked is named.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from math import gcd

import gmpy2  # type: ignore[import-untyped]

from suites.rsa_keys.criteria import Breach, Criterion
from suites.rsa_keys.primality import MOST_BITS, Draw, probably_prime
from suites.rsa_keys.profile import Profile, Row, row

QUICK_FACTORS = 10_000


@dataclass(frozen=True)
class Origin:
    """What is told of the making of one prime; nothing of it need be known."""

    p1: int | None = field(default=None, repr=False)  # divides p - 1
    p2: int | None = field(default=None, repr=False)  # divides p + 1
    x: int | None = field(default=None, repr=False)
    x1: int | None = field(default=None, repr=False)  # p1 is the first prime from here on
    x2: int | None = field(default=None, repr=False)
    provable: bool = False  # the prime itself, B.3.4


@dataclass(frozen=True)
class Search:
    """What C.9 came to: the prime, or None where it gives up, and the candidates before it."""

    prime: int | None = field(repr=False)
    steps: int


def examine(
    name: str, prime: int, origin: Origin, *, e: int, length: int, profile: Profile, draw: Draw
) -> Iterator[Breach | str]:
    """K12 for one prime (``name`` is p or q) of a key with ``length`` bits; as text the gaps."""
    p1, reason1 = _auxiliary(f"{name}1", origin.p1, origin.x1)
    p2, reason2 = _auxiliary(f"{name}2", origin.p2, origin.x2)
    reasons = [*reason1, *reason2]
    reasons += _lengths(name, p1, p2, row(length), provable=origin.provable)
    for which, divisor, number in ((1, p1, prime - 1), (2, p2, prime + 1)):
        if divisor is None:
            continue
        if divisor < 2 or number % divisor:
            reasons.append(f"{name}{which} does not divide {name} {'-+'[which - 1]} 1")
        if _too_long(divisor) or not probably_prime(divisor, row(length).auxiliary_rounds, draw):
            reasons.append(f"{name}{which} is no prime")
    reasons += _range_of_x(name, origin.x, length // 2)
    if not reasons and p1 is not None and p2 is not None and origin.x is not None:
        half = length // 2
        most = profile.most_steps(half)
        again = search(origin.x, p1, p2, e=e, half=half, most=most, draw=draw)
        if again.prime != prime:
            reasons.append(f"{name} is not the prime that X{name}, {name}1 and {name}2 lead to")
    yield from (Breach(Criterion.AUXILIARY, reason) for reason in reasons)
    yield from _gaps(name, p1, p2, origin)


def _gaps(name: str, p1: int | None, p2: int | None, origin: Origin) -> Iterator[str]:
    """What a declaration leaves out."""
    untold = [f"{name}{which}" for which, prime in ((1, p1), (2, p2)) if prime is None]
    if origin.provable:
        yield f"K12: {name} is made from a seed, which is not asked for; it was not made once more"
    elif origin.x is None:
        untold.append(f"X{name}")
    if untold:
        yield f"K12: {', '.join(untold)} not told"


def _range_of_x(name: str, x: int | None, half: int) -> Iterator[str]:
    """sqrt(2) * 2**(half - 1) <= X <= 2**half - 1."""
    if x is not None and (x < 1 or x.bit_length() > half or x * x < 1 << (2 * half - 1)):
        yield f"X{name} is not between sqrt(2) * 2**{half - 1} and 2**{half}"


def search(x: int, p1: int, p2: int, *, e: int, half: int, most: int, draw: Draw) -> Search:
    """FIPS 186-4, C.9: the first prime from ``x`` on that p1 and p2 allow.

    p1 and p2 are odd primes, ``half`` the bits of the prime, ``most`` the candidates that may be
    looked at. None also where the numbers run past 2**half, which asks for another X, and where p1
    and p2 are not prime to each other.
    """
    period = 2 * p1 * p2
    if gcd(2 * p1, p2) != 1:
        return Search(None, 0)
    r = pow(p2, -1, 2 * p1) * p2 - pow(2 * p1, -1, p2) * 2 * p1
    y = x + (r - x) % period
    for step in range(most):
        if y.bit_length() > half:
            return Search(None, step)
        if gcd(y - 1, e) == 1 and gcd(y, _quick()) in (1, y) and probably_prime(y, 5, draw):
            return Search(y, step)
        y += period
    return Search(None, most)


def first_prime(x: int) -> int:
    """The first prime from ``x`` on (B.3.6, step 4.2)."""
    return int(gmpy2.next_prime(max(x, 2) - 1))


def _auxiliary(name: str, told: int | None, start: int | None) -> tuple[int | None, list[str]]:
    """The auxiliary prime, told or searched, and what is wrong with the two together."""
    if start is None or _too_long(start):
        return told, []
    found = first_prime(start)
    if told is not None and told != found:
        return told, [f"{name} is not the first prime from X{name} on"]
    return found, []


def _lengths(name: str, p1: int | None, p2: int | None, asked: Row, *, provable: bool) -> list[str]:
    """Table B.1 (186-5: A.1)."""
    reasons = [
        f"{name}{which} has {prime.bit_length()} bits; {asked.auxiliary_bits} are asked for"
        for which, prime in ((1, p1), (2, p2))
        if prime is not None and prime.bit_length() < asked.auxiliary_bits
    ]
    limit = asked.both_provable if provable else asked.both_probable
    if p1 is not None and p2 is not None:
        together = p1.bit_length() + p2.bit_length()
        if together >= limit:
            reasons.append(f"{name}1 and {name}2 have {together} bits together, not below {limit}")
    return reasons


def _too_long(number: int) -> bool:
    return number.bit_length() > MOST_BITS


@cache
def _quick() -> int:
    """All primes below 10,000: a gcd throws out nine candidates in ten."""
    return int(gmpy2.primorial(QUICK_FACTORS))
