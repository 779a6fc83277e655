"""Random probable primes for RSA keys.

FIPS 186-4, B.3.3 (generation of random primes that are probably prime) and C.3.1 (Miller-Rabin
test). For two primes of 1024 bits each, table C.2 asks for 5 rounds.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from reference_impl.chip.arithmetic import gcd, power, primorial
from reference_impl.chip.drbg import RandomBytes

PRIME_BITS = 1_024
PRIME_BYTES = PRIME_BITS // 8
ROUNDS = 5  # table C.2, error probability 2**-112
P_ATTEMPTS = 5 * PRIME_BITS  # B.3.3 step 4.7, candidates in the range
Q_ATTEMPTS = 5 * PRIME_BITS  # B.3.3 step 5.8
DRAWS = 4 * P_ATTEMPTS  # those out of range too; OUR DESIGN, a stuck generator must not hang us
LEAST_DISTANCE = 1 << (PRIME_BITS - 100)  # |p - q| must exceed it (step 5.4)
TRIAL_DIVISORS = primorial(10_000)  # all primes below; spares most Miller-Rabin tests


class PrimeSearchError(Exception):
    """The limit of candidates was reached; the random source is to be suspected."""


def untimed() -> None:
    """Nobody counts the candidates."""


@dataclass
class Primes:
    """Pairs of primes from one random source; ``tried`` is called for every candidate in range."""

    random: RandomBytes
    tried: Callable[[], None] = untimed

    def pair(self, exponent: int) -> tuple[int, int]:
        """p and q for the public exponent. Raises PrimeSearchError (B.3.3 "return failure")."""
        p = self._search(exponent, P_ATTEMPTS, None)
        return p, self._search(exponent, Q_ATTEMPTS, p)

    def candidate(self) -> int:
        """An odd random number of 1024 bits (steps 4.2, 4.3)."""
        return int.from_bytes(self.random.generate(PRIME_BYTES), "big") | 1

    def large_enough(self, candidate: int) -> bool:
        """candidate >= sqrt(2) * 2**1023 (step 4.4), exactly: both sides squared."""
        return candidate * candidate >= 1 << (2 * PRIME_BITS - 1)

    def far_apart(self, p: int, q: int) -> bool:
        """Step 5.4; primes close together are found by Fermat's method."""
        return abs(p - q) > LEAST_DISTANCE

    def suits(self, candidate: int, exponent: int) -> bool:
        """gcd(candidate - 1, e) = 1 (step 4.5), without which e has no inverse."""
        return gcd(candidate - 1, exponent) == 1

    def probably_prime(self, candidate: int) -> bool:
        """Trial division, then Miller-Rabin with random bases (C.3.1)."""
        if gcd(candidate, TRIAL_DIVISORS) != 1:
            return False
        odd, twos = candidate - 1, 0
        while not odd & 1:
            odd, twos = odd >> 1, twos + 1
        return all(self._passes(candidate, odd, twos) for _ in range(ROUNDS))

    def _search(self, exponent: int, attempts: int, other: int | None) -> int:
        for _ in range(DRAWS):
            candidate = self.candidate()
            if not self.large_enough(candidate):
                continue  # not counted (B.3.3 step 4.4 goes back to step 4.2)
            if other is not None and not self.far_apart(candidate, other):
                continue
            self.tried()
            if self.suits(candidate, exponent) and self.probably_prime(candidate):
                return candidate
            attempts -= 1
            if not attempts:
                break
        raise PrimeSearchError("no prime among as many candidates as the standard allows")

    def _passes(self, candidate: int, odd: int, twos: int) -> bool:
        z = power(self._base(candidate), odd, candidate)
        if z in (1, candidate - 1):
            return True
        for _ in range(twos - 1):
            z = z * z % candidate
            if z == candidate - 1:
                return True
        return False

    def _base(self, candidate: int) -> int:
        """1 < base < candidate - 1, uniform."""
        while True:
            base = int.from_bytes(self.random.generate(PRIME_BYTES), "big")
            if 1 < base < candidate - 1:
                return base
