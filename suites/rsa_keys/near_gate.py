"""Many guesses of a prime at once: which of them can be near a factor at all, compiled.

For p = g + x and q = ⌊n/g⌋ + y, with ρ = n/g² and φ the fraction of n/g, n = p·q comes to

    x·ρ + y = φ − x·(x + …)/g,   and the last term is nothing for |x| ≤ LIMIT.

So one number x decides: x·ρ must be φ modulo one. Two convergents of ρ, one below LIMIT and the
next, are a basis of all (x, y); three of their combinations come into question. Fractions are kept
as words of 64 bits that wrap around, which is arithmetic modulo one.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from gmpy2 import mpz  # type: ignore[import-untyped]
from numpy.typing import NDArray

from suites.random_numbers.compiled import compiled

LIMIT = float(1 << 16)  # a prime of 2048 bits is followed by another within 2^14, nearly always
UNCERTAIN = float(1 << 22)  # denominators beyond are not computed with; the guess is looked at
CLOSE = 1 << 34  # in units of 2^-64; by chance one guess in 4,000 comes so close
MASK = (1 << 64) - 1
SPARE = 160  # bits of the inverse of g²
SCALE = 2.0**-64


@dataclass(frozen=True)
class Table:
    """Guesses, and for each of them 2^k/g² with SPARE leading bits, where k is twice its length."""

    guesses: tuple[mpz, ...]
    inverses: tuple[mpz, ...]
    lengths: tuple[int, ...]

    @classmethod
    def of(cls, guesses: Sequence[int]) -> Table:
        """The table of guesses greater than one."""
        lengths = tuple(guess.bit_length() for guess in guesses)
        inverses = tuple(
            (mpz(1) << 2 * length + SPARE) // (mpz(guess) * guess)
            for guess, length in zip(guesses, lengths, strict=True)
        )
        return cls(tuple(mpz(guess) for guess in guesses), inverses, lengths)

    def near_a_factor(self, n: int) -> Iterator[int]:
        """Indices of the guesses that can be within LIMIT of a factor of ``n``."""
        ratios = np.empty(len(self.guesses), np.uint64)
        fractions = np.empty(len(self.guesses), np.uint64)
        shifted = mpz(n) << 64
        length = n.bit_length()
        head = mpz(n) >> max(0, length - SPARE)
        for i, guess in enumerate(self.guesses):
            fractions[i] = int(shifted // guess & MASK)
            excess = 2 * self.lengths[i] + SPARE - 64 - max(0, length - SPARE)
            ratios[i] = int(head * self.inverses[i] >> excess & MASK)
        yield from np.flatnonzero(_may_be_near(ratios, fractions)).tolist()


@compiled
def _may_be_near(ratios: NDArray[np.uint64], fractions: NDArray[np.uint64]) -> NDArray[np.bool_]:
    found = np.zeros(len(ratios), np.bool_)
    for i in range(len(ratios)):
        found[i] = _some_offset(ratios[i], fractions[i])
    return found


@compiled
def _some_offset(ratio: np.uint64, fraction: np.uint64) -> bool:
    """Whether an x with |x| ≤ LIMIT makes x·ratio the fraction, modulo one and nearly."""
    k1, k2 = _denominators(float(ratio) * SCALE)
    if k2 > UNCERTAIN:
        return True
    d1 = float(np.int64(np.uint64(k1) * ratio)) * SCALE  # k1·ρ less the nearest integer
    d2 = float(np.int64(np.uint64(k2) * ratio)) * SCALE
    phi = float(fraction) * SCALE
    sign = k1 * d2 - k2 * d1  # ±1
    for lift in range(-1, 2):
        t = np.round(k1 * phi / sign) + lift
        s = np.round((phi - t * d2) / d1)
        for step in range(-1, 2):
            x = (s + step) * k1 + t * k2
            if abs(x) <= 2 * LIMIT:
                off = np.int64(np.uint64(np.int64(x)) * ratio - fraction)
                if -CLOSE < off < CLOSE:
                    return True
    return False


@compiled
def _denominators(ratio: float) -> tuple[float, float]:
    """The denominators of two neighbouring convergents, the first within LIMIT."""
    k0, k1, rest = 0.0, 1.0, ratio
    while True:
        if rest < 1e-9:
            return k1, 2 * UNCERTAIN
        quotient = np.floor(1 / rest)
        k2 = quotient * k1 + k0
        if k2 > LIMIT:
            return k1, k2
        k0, k1, rest = k1, k2, 1 / rest - quotient
