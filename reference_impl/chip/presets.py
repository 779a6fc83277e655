"""Timing models of four products, A to D, with which the findings of the deck come out (p.3, p.4).

Rule REQ-1-1-j. Three products average about 2 s and keep close to it, one varies widely. A chip
that searches both primes while the user waits cannot be close: its CV is near 0.7 whatever its
speed. So each of the three has a way out of that:

A  most of the time is the same for every pair (self-tests, a check of the pair, slow memory), and
   the search itself is fast;
B  one of the two primes is ready: found in idle time and kept for the next pair;
C  candidates are tried in batches of a fixed size, so that the time tells little of the primes
   (a measure against timing attacks); now and then a batch holds no prime;
D  a plain search, and nothing else of weight: the wide one.

Which candidates are primes is decided by the density of primes: an odd number of 1,024 bits is one
with probability 2 / (1,024 ln 2) = 1 / 354.9. What a preset *declares* is written down beside its
model and not computed from it, so that one can be held against the other. All figures OUR DESIGN.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from reference_impl.chip.clock import VirtualClock
from reference_impl.chip.entropy import EntropySource, SeededEntropy
from reference_impl.chip.primes import PRIME_BITS
from reference_impl.chip.rsa import KeyPair, PooledKeys
from reference_impl.chip.timing import MS, PLAIN_SEARCH, US, Product, Timekeeper

PRIME_DENSITY = 2 / (PRIME_BITS * math.log(2))  # of odd numbers of that size

Fraction = Callable[[], float]  # random numbers in (0, 1]


class Search(Protocol):
    """How a chip comes to its primes."""

    def candidates(self, fraction: Fraction) -> int:
        """For how many candidates the user waits."""


def until_first(probability: float, fraction: Fraction) -> int:
    """Trials up to the first success: geometric, at least 1."""
    return max(1, math.ceil(math.log(fraction()) / math.log1p(-probability)))


@dataclass(frozen=True)
class BothPrimes:
    """One candidate after the other, for p and then for q."""

    def candidates(self, fraction: Fraction) -> int:
        return sum(until_first(PRIME_DENSITY, fraction) for _ in range(2))


@dataclass(frozen=True)
class OnePrimeReady:
    """p was found in idle time."""

    def candidates(self, fraction: Fraction) -> int:
        return until_first(PRIME_DENSITY, fraction)


@dataclass(frozen=True)
class Batches:
    """Whole batches of ``size`` candidates are tried, whether or not one of the first is prime."""

    size: int

    def candidates(self, fraction: Fraction) -> int:
        holds_a_prime = 1 - (1 - PRIME_DENSITY) ** self.size
        return self.size * sum(until_first(holds_a_prime, fraction) for _ in range(2))


@dataclass(frozen=True)
class Preset:
    """One product: its model, and what it declares of the time its applet takes for a key pair."""

    name: str
    product: Product
    search: Search
    mean_s: float
    sd_s: float


class Presets:
    """The four products."""

    def all(self) -> dict[str, Preset]:
        return {preset.name: preset for preset in (self.a(), self.b(), self.c(), self.d())}

    def a(self) -> Preset:
        product = Product(1_647 * MS, 493 * US, 61 * MS, 120 * US)
        return Preset("A", product, BothPrimes(), mean_s=2.000, sd_s=0.247)

    def b(self) -> Preset:
        product = Product(1_797 * MS, 564 * US, 66 * MS, 150 * US)
        return Preset("B", product, OnePrimeReady(), mean_s=2.000, sd_s=0.200)

    def c(self) -> Preset:
        product = Product(827 * MS, 550 * US, 114 * MS, 300 * US)
        return Preset("C", product, Batches(1_000), mean_s=2.000, sd_s=0.202)

    def d(self) -> Preset:
        product = Product(197 * MS, 3_660 * US, 202 * MS, 500 * US)
        return Preset("D", product, BothPrimes(), mean_s=2.798, sd_s=1.834)


class PresetKeys:
    """Key pairs made beforehand, in the time the product takes for a new one.

    For a thousand timed generations in seconds; ``FipsKeyPairs`` makes the pool.
    """

    def __init__(self, pool: Sequence[KeyPair], preset: Preset, time: Timekeeper) -> None:
        self._pool = PooledKeys(pool)
        self._search = preset.search
        self._time = time

    def new_pair(self) -> KeyPair:
        self._time.candidates(self._search.candidates(self._time.fraction))
        return self._pool.new_pair()


@dataclass(frozen=True)
class Pace:
    """In whose time a chip lives: clock, source of jitter, and a preset with its pool, if any."""

    clock: VirtualClock = field(default_factory=VirtualClock)
    entropy: EntropySource = field(default_factory=lambda: SeededEntropy(b"pace"))
    preset: Preset | None = None
    pool: Sequence[KeyPair] = ()

    @property
    def product(self) -> Product:
        return PLAIN_SEARCH if self.preset is None else self.preset.product
