"""K01 to K11: what FIPS 186-4 and 186-5 ask of the numbers of one key pair. Pure.

Source: FIPS 186-4, 5.1 and B.3.1; FIPS 186-5, 5.1 and A.1.1; for the CRT values SP 800-56B r2,
6.4.1.2, and RFC 8017, 3.2. All tests are on integers, without a rounded constant: p is at least
sqrt(2) * 2**(h - 1) exactly where p*p is at least 2**(2h - 1). Here h is half the length of n, and
the length of n is taken as the next even number where it is odd, which K01 refuses anyway.

Nobody asks for p > q; only qInv tells the two apart. A key may well sign and verify
and yet be refused, and only ``broken`` breaches keep it from doing so, or let anybody sign.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum, unique
from math import gcd, lcm

from suites.rsa_keys.profile import LEAST_EXPONENT, MOST_EXPONENT, Profile


@unique
class Criterion(StrEnum):
    """The criteria by their number in the suite's documents; P are those of a public key alone."""

    LENGTH = "K01"
    PRODUCT = "K02"
    EXPONENT = "K03"
    LOWER_BOUND = "K04"
    UPPER_BOUND = "K05"
    COPRIME = "K06"
    DISTANCE = "K07"
    PRIME = "K08"
    INVERSE = "K09"
    LONG_D = "K10"
    CRT = "K11"
    AUXILIARY = "K12"
    RESIDUE = "K13"
    ODD = "P01"
    NO_SMALL_FACTOR = "P02"
    COMPOSITE = "P03"

    def clause(self, profile: Profile) -> str:
        """Document and section."""
        appendix = "B.3.1" if profile is Profile.FIPS186_4 else "A.1.1"
        match self:
            case Criterion.LENGTH:
                return f"{profile.document}, 5.1"
            case Criterion.CRT:
                return "SP 800-56B r2, 6.4.1.2; RFC 8017, 3.2"
            case Criterion.AUXILIARY if profile is Profile.FIPS186_4:
                return "FIPS 186-4, B.3.1 (table B.1) and C.9"
            case Criterion.AUXILIARY:
                return "FIPS 186-5, A.1.1 (table A.1) and B.9"
            case Criterion.ODD | Criterion.NO_SMALL_FACTOR | Criterion.COMPOSITE:
                return "SP 800-56B r2, 6.4.2.2; SP 800-89, 5.3.3"
            case _:
                return f"{profile.document}, {appendix}"


@dataclass(frozen=True)
class Breach:
    """One criterion that is not met. ``broken``: the key does not work, or works for anybody."""

    criterion: Criterion
    reason: str
    broken: bool = False
    factor: int | None = None
    statistic: float | None = None
    bound: float | None = None
    unit: str | None = None


@dataclass(frozen=True)
class Primes:
    """p and q, whatever they are, beside the length that n has or should have."""

    p: int = field(repr=False)
    q: int = field(repr=False)
    length: int

    @property
    def half(self) -> int:
        return self.length // 2

    @property
    def named(self) -> tuple[tuple[str, int], tuple[str, int]]:
        return ("p", self.p), ("q", self.q)

    @property
    def order(self) -> int | None:
        """lambda = lcm(p - 1, q - 1), where both are above 1."""
        return lcm(self.p - 1, self.q - 1) if min(self.p, self.q) > 1 else None


def even_length(n: int) -> int:
    """The bits of ``n``, or one more where they are odd."""
    return n.bit_length() + n.bit_length() % 2


def modulus_length(n: int, profile: Profile) -> Iterator[Breach]:
    """K01."""
    bits = n.bit_length()
    if n < 4:
        yield Breach(Criterion.LENGTH, f"n is {shown(n)}: no modulus", broken=True)
    elif not profile.allows(bits):
        lengths = "1024, 2048 or 3072" if profile is Profile.FIPS186_4 else "even, 2048 or more"
        reason = f"n has {bits} bits; {lengths} are allowed"
        yield Breach(Criterion.LENGTH, reason, statistic=bits, unit="bit")


def public_exponent(e: int) -> Iterator[Breach]:
    """K03: odd, 2**16 < e < 2**256."""
    if e < 3 or e % 2 == 0:
        reason = "even: no d belongs to it" if e % 2 == 0 else "below 3: it protects nothing"
        yield Breach(Criterion.EXPONENT, f"e is {shown(e)}, {reason}", broken=True)
    elif not LEAST_EXPONENT < e < MOST_EXPONENT:
        bound = "above 2**16" if e <= LEAST_EXPONENT else "below 2**256"
        yield Breach(Criterion.EXPONENT, f"e is {shown(e)}; it must be {bound}")


def product(n: int, primes: Primes) -> Iterator[Breach]:
    """K02: n = p * q, p and q different."""
    if primes.p * primes.q != n:
        yield Breach(Criterion.PRODUCT, "n is not p times q", broken=True)
    if primes.p == primes.q:
        reason = "p and q are the same: n is a square, and factored by anybody"
        yield Breach(Criterion.PRODUCT, reason, broken=True, factor=primes.p)


def bounds(primes: Primes) -> Iterator[Breach]:
    """K04 and K05: sqrt(2) * 2**(h - 1) <= p, q <= 2**h - 1."""
    for name, prime in primes.named:
        bits = prime.bit_length()
        if prime < 0 or prime * prime < 1 << max(primes.length - 1, 0):
            reason = f"{name} ({bits} bits) is below sqrt(2) * 2**{primes.half - 1}"
            yield Breach(Criterion.LOWER_BOUND, reason)
        elif bits > primes.half:
            reason = f"{name} has {bits} bits, more than half of n"
            yield Breach(
                Criterion.UPPER_BOUND, reason, statistic=bits, bound=primes.half, unit="bit"
            )


def distance(primes: Primes) -> Iterator[Breach]:
    """K07: |p - q| > 2**(h - 100); the bound itself is refused."""
    apart = abs(primes.p - primes.q)
    if apart << 100 <= 1 << primes.half:  # multiplied out, for h below 100
        exponent = primes.half - 100
        reason = f"|p - q| has {apart.bit_length()} bits; it must exceed 2**{exponent}"
        yield Breach(Criterion.DISTANCE, reason)


def coprime(primes: Primes, e: int) -> Iterator[Breach]:
    """K06: gcd(p - 1, e) = gcd(q - 1, e) = 1."""
    for name, prime in primes.named:
        if (common := gcd(prime - 1, e)) != 1:
            reason = f"{name} - 1 and e have the factor {shown(common)}"
            yield Breach(Criterion.COPRIME, reason, broken=True)


def private_exponent(primes: Primes, e: int, d: int) -> Iterator[Breach]:
    """K09 (e*d = 1 modulo lambda, 0 < d < lambda) and K10 (d > 2**h)."""
    order = primes.order
    if order is not None:
        if (e * d - 1) % order or d < 1:
            reason = "e * d is not 1 modulo lcm(p - 1, q - 1)"
            yield Breach(Criterion.INVERSE, reason, broken=True)
        elif d >= order:
            reason = "d is not below lcm(p - 1, q - 1); it may have been reduced by (p - 1)(q - 1)"
            yield Breach(Criterion.INVERSE, reason)
    if d <= 1 << primes.half:
        bits = max(d, 0).bit_length()
        reason = f"d has {bits} bits; it must exceed 2**{primes.half}"
        yield Breach(Criterion.LONG_D, reason)


@dataclass(frozen=True)
class CrtValue:
    """dP, dQ or qInv with what it must be the inverse of, and modulo what."""

    name: str
    value: int = field(repr=False)
    of: int = field(repr=False)
    modulus: int = field(repr=False)
    below: int = field(repr=False)


def crt_values(values: tuple[CrtValue, ...]) -> Iterator[Breach]:
    """K11: 1 < dP < p - 1, 1 < dQ < q - 1, 1 < qInv < p, and each is the inverse it should be."""
    for v in values:
        if v.modulus < 1 or (v.of * v.value - 1) % v.modulus:
            reason = f"{v.name} is not the inverse it should be: wrong signatures tell the primes"
            yield Breach(Criterion.CRT, reason, broken=True)
        elif not 1 < v.value < v.below:
            yield Breach(Criterion.CRT, f"{v.name} is the inverse, but out of its range")


def shown(value: int) -> str:
    """A number in a sentence: its size only where it is long."""
    if abs(value) < 1 << 64:
        return str(value)
    return f"{'minus ' if value < 0 else ''}a number of {value.bit_length()} bits"
