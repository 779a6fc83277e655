"""What a recipe for a defective key is, and the list that every recipe is entered in.

LO is the least prime that FIPS 186-4, B.3.3 admits for a length, HI the bound above all of them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import gcd, isqrt, lcm

from fixtures.verdict import Verdict
from suites.rsa_keys.key import RsaKey
from suites.rsa_keys.seeded import Seeded, next_prime

F4 = 65_537
GOOD = "V01"


@dataclass(frozen=True)
class Expected:
    """What the validator must say, and by what a public key alone gives the defect away.

    ``violated`` are exactly the criteria; for several keys, of any of them. ``seen_by`` is empty
    where nobody sees it without the private key.
    """

    functional: Verdict
    fips: Verdict
    violated: frozenset[str]
    seen_by: str
    keys: int = 1


@dataclass(frozen=True)
class Recipe:
    """The bounds of one size, and the stream that everything is drawn from."""

    name: str
    draw: Seeded
    bits: int  # of n

    @property
    def half(self) -> int:
        return self.bits // 2

    @property
    def low(self) -> int:
        return isqrt((1 << (self.bits - 1)) - 1) + 1

    @property
    def high(self) -> int:
        return 1 << self.half

    def prime(self, e: int = F4, low: int | None = None, high: int | None = None) -> int:
        """A random prime of [LO, HI), or of the bounds given."""
        return self.draw.prime(low or self.low, high or self.high, e=e)

    def following(self, number: int, e: int = F4) -> int:
        """The first prime above ``number`` that suits ``e``."""
        while gcd((number := next_prime(number)) - 1, e) != 1:
            pass
        return number

    def key(self, p: int, q: int, e: int = F4, d: int | None = None) -> RsaKey:
        """The key of these primes; d is the inverse of e modulo lambda unless it is given."""
        order = lcm(p - 1, q - 1)
        d = pow(e, -1, order) if d is None else d
        inverse = pow(q, -1, p) if gcd(p, q) == 1 else None
        subject = f"{self.name} ({self.draw.seed})"
        return RsaKey(subject, p * q, e, d, p, q, d % (p - 1), d % (q - 1), inverse)


Made = RsaKey | tuple[RsaKey, ...]
BY_NAME: dict[str, Callable[[Recipe], Made]] = {}
EXPECTED: dict[str, Expected] = {}
"""What is to be said of each, by name."""


def expect(
    name: str,
    violated: str = "",
    *,
    seen_by: str = "",
    functional: Verdict = Verdict.PASS,
    keys: int = 1,
) -> None:
    if name in EXPECTED:
        raise ValueError(f"recipe {name} is there twice")
    fips = Verdict.FAIL if violated else Verdict.PASS
    EXPECTED[name] = Expected(functional, fips, frozenset(violated.split()), seen_by, keys)


def recipe(
    name: str,
    violated: str = "",
    *,
    seen_by: str = "",
    functional: Verdict = Verdict.PASS,
    keys: int = 1,
) -> Callable[[Callable[[Recipe], Made]], Callable[[Recipe], Made]]:
    """Register the function below under ``name``, with what is to be said of its keys."""

    def register(function: Callable[[Recipe], Made]) -> Callable[[Recipe], Made]:
        expect(name, violated, seen_by=seen_by, functional=functional, keys=keys)
        BY_NAME[name] = function
        return function

    return register
