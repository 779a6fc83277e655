"""Numbers, primes and families of primes from a seed: the same on every machine and in every year.

For test data only. The stream is SHAKE-256 of the seed and a counter, so that a recipe can be told
by its name and one number; nothing here is secret, and no key made here may ever be used.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field

import gmpy2  # type: ignore[import-untyped]
import numpy as np

from suites.rsa_keys.sieve import primes_below

SIEVED = 1 << 16  # primes below are sieved out before anything is tested
WINDOW = 1 << 18  # consecutive values looked at in one sieve


@dataclass
class Seeded:
    """A stream of uniform numbers that depends on ``seed`` alone."""

    seed: str
    chapter: str = field(default="", init=False)
    calls: int = field(default=0, init=False)

    def begin(self, chapter: str) -> None:
        """From here on the numbers depend on the seed and ``chapter`` alone."""
        self.chapter, self.calls = chapter, 0

    def bits(self, count: int) -> int:
        """Uniform in [0, 2**count)."""
        self.calls += 1
        size = (count + 7) // 8
        block = hashlib.shake_256(f"{self.seed}/{self.chapter}{self.calls}".encode()).digest(size)
        return int.from_bytes(block, "big") >> (8 * size - count)

    def below(self, limit: int) -> int:
        """Uniform in [0, limit); a ``draw`` as the judges want it."""
        while (found := self.bits(limit.bit_length())) >= limit:
            pass
        return found

    def between(self, low: int, high: int) -> int:
        """Uniform in [low, high)."""
        return low + self.below(high - low)

    def prime(self, low: int, high: int, *, e: int = 2, residue: int = 1, modulus: int = 2) -> int:
        """A prime of [low, high), ``residue`` modulo the even ``modulus``, p - 1 prime to ``e``.

        The first one at or after a uniform number (its distance from the next is of no account
        here). ``e`` of 2 stands for "any". ValueError for bounds among the primes of the sieve.
        """
        if low < SIEVED:
            raise ValueError(f"primes from {low} on; the sieve needs {SIEVED} and more")
        while True:
            start = self.between(low, high)
            start += (residue - start) % modulus
            steps = next(family(((modulus, start),), 0, 64 * high.bit_length()), None)
            if steps is None:
                continue
            found = start + modulus * steps
            if found < high and (e == 2 or gmpy2.gcd(found - 1, e) == 1):
                return found


def next_prime(number: int) -> int:
    """The least prime above ``number``."""
    return int(gmpy2.next_prime(number))


def small_primes(limit: int = SIEVED) -> tuple[int, ...]:
    """All primes below ``limit``, in order."""
    return primes_below(limit)


def family(forms: tuple[tuple[int, int], ...], first: int, count: int) -> Iterator[int]:
    """The k of [first, first + count) for which a*k + b is prime for every (a, b) of ``forms``.

    ``a`` is positive, and every a*k + b is larger than the primes that are sieved out.
    """
    for begin in range(first, first + count, WINDOW):
        size = min(WINDOW, first + count - begin)
        for offset in np.flatnonzero(_sieved(forms, begin, size)):
            k = begin + int(offset)
            # base 2 first: it throws out nearly all that is composite, at a twentieth of the cost
            if all(_fermat(a * k + b) for a, b in forms) and all(
                gmpy2.is_prime(a * k + b) for a, b in forms
            ):
                yield k


def _sieved(forms: tuple[tuple[int, int], ...], begin: int, size: int) -> np.ndarray:
    """True where no a*k + b has a small factor."""
    left = np.ones(size, bool)
    for r in small_primes():
        if r > 8 * size:
            break
        for a, b in forms:
            if a % r:
                left[(-b * pow(a, -1, r) - begin) % r :: r] = False
            elif b % r == 0:
                left[:] = False
    return left


def _fermat(n: int) -> bool:
    return bool(gmpy2.powmod(2, n - 1, n) == 1)
