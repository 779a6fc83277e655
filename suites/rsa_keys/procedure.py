"""Following a key from the random numbers it was made of: FIPS 186-4 B.3.3, restated. Pure.

A specimen in test mode tells what its generator handed out while a key pair was made (the *tape*)
and the two primes. Rules:

1. the tape is read from its start in blocks of as many bytes as a prime has (steps 4.2 and 5.2);
   a candidate is a block with its lowest bit set (4.3, 5.3);
2. a candidate below sqrt(2) * 2**(h-1) is passed over (4.4, 5.5), for q also one too near to p
   (5.4). Neither draws anything else;
3. a candidate with gcd(candidate - 1, e) = 1 is tested for primality (4.5, 5.6). Miller-Rabin draws
   its bases from the same generator (C.3.1 step 4.1), again a block each, and another one in place
   of a base that is not within 1 < b < w - 1. Trial division may spare a composite its bases, up
   to a bound the maker chose and the reader does not know: it is found out, and it is one for the
   whole tape. So is the number of rounds a prime goes through, and whether bases are drawn from
   this generator at all;
4. the first candidate that passes is p, the next q. Anything else is another procedure.

A maker who passes a prime over is found out unless some other habit explains that very block as a
base: about one such key in six escapes.

``on_tape`` asks less than that and suits more makers: that each prime was a block on the tape at
all. A key whose primes are not there was made from something else.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from suites.rsa_keys.primality import probably_prime
from suites.rsa_keys.sieve import primes_below

if TYPE_CHECKING:
    from collections.abc import Callable

    from suites.rsa_keys.key import RsaKey

ROUNDS = 5  # of our own test; candidates come from a generator that was assessed (table C.2)
NO_BASES, ANY_ROUNDS = range(1), range(1, 65)  # rounds of Miller-Rabin that a maker may choose
PASSED_OVER, PRIME = 0, 1  # in place of the least factor of a candidate
NO_SMALL_FACTOR = 1 << 16  # the same, for one that has none below


@dataclass(frozen=True)
class Tape:
    """Random numbers in the order they were handed out, and the key they are said to have made."""

    data: bytes = field(repr=False)
    key: RsaKey
    draw: Callable[[int], int] = field(repr=False)

    @cached_property
    def size(self) -> int:
        """Bytes of a block: those of a prime of half the modulus' length."""
        return self.key.n.bit_length() // 16

    @cached_property
    def blocks(self) -> tuple[int, ...]:
        whole = len(self.data) // self.size
        return tuple(
            int.from_bytes(self.data[n * self.size : (n + 1) * self.size], "big")
            for n in range(whole)
        )

    @property
    def primes(self) -> tuple[int, int]:
        """p and q as the target tells them; 0 for one that it does not."""
        return self.key.p or 0, self.key.q or 0

    def on_tape(self) -> tuple[bool, bool]:
        """Whether p and q stand on the tape, at any byte, but for their lowest bit."""
        p, q = (
            prime > 1
            and prime.bit_length() <= 8 * self.size
            and any((prime - odd).to_bytes(self.size, "big") in self.data for odd in (0, 1))
            for prime in self.primes
        )
        return p, q

    def follows(self) -> bool:
        """Whether B.3.3 leads from the tape to exactly this p and q, by any habit.

        Walks that differ in the bound of trial division alone are the same up to the first factor
        between the two bounds, so only factors that were met are tried as bounds.
        """
        if not set(self.primes) <= {block | 1 for block in self.blocks}:
            return False
        if self.walked(NO_BASES, NO_SMALL_FACTOR, set()):
            return True
        bound: int | None = 0
        while bound is not None:
            met: set[int] = set()
            if self.walked(ANY_ROUNDS, bound, met):
                return True
            bound = min((f + 1 for f in met if bound <= f < NO_SMALL_FACTOR), default=None)
        return False

    def walked(self, rounds: range, divides_below: int, met: set[int]) -> bool:
        """Whether a maker who divides so far finds p and q with one of these numbers of rounds.

        0 rounds: the bases come from elsewhere. ``met``: takes the least factors on the way.
        """
        p, q = self.primes
        draws = rounds is not NO_BASES
        found = self.searched(0, p, None, divides_below, draws, met)
        return found is not None and any(
            self.searched(self.past_bases(found, n, p), q, p, divides_below, draws, met) is not None
            for n in rounds
        )

    def searched(  # noqa: PLR0917  all positions of one walk
        self, place: int, wanted: int, other: int | None, divides_below: int, draws: bool,
        met: set[int],
    ) -> int | None:  # fmt: skip
        """The place after the first prime that suits; ``None`` where it is not the wanted one."""
        while place < len(self.blocks):
            candidate, least = self.blocks[place] | 1, self.least_factor(place, other)
            place += 1
            if least == PASSED_OVER:
                continue
            if least == PRIME:
                return place if candidate == wanted else None
            met.add(least)
            if draws and least >= divides_below:
                place = self.past_bases(place, 1, candidate)
        return None

    def past_bases(self, place: int, rounds: int, number: int) -> int:
        """The place after so many bases within 1 < b < number - 1."""
        while rounds and place < len(self.blocks):
            rounds -= 1 < self.blocks[place] < number - 1
            place += 1
        return place

    def least_factor(self, place: int, other: int | None) -> int:
        """Of the candidate at this place: ``PRIME``, ``PASSED_OVER``, or its least factor.

        ``NO_SMALL_FACTOR`` where that is not below.
        """
        candidate, half = self.blocks[place] | 1, 8 * self.size
        near = other is not None and abs(candidate - other) <= 1 << (half - 100)
        if near or candidate * candidate < 1 << (2 * half - 1):
            return PASSED_OVER
        if place not in self._least_factors:
            self._least_factors[place] = self._examined(candidate)
        return self._least_factors[place]

    @cached_property
    def _least_factors(self) -> dict[int, int]:
        return {}

    def _examined(self, number: int) -> int:
        if math.gcd(number - 1, self.key.e) != 1:
            return PASSED_OVER
        for prime in primes_below(NO_SMALL_FACTOR):
            if number % prime == 0:
                return prime
        return PRIME if probably_prime(number, ROUNDS, self.draw) else NO_SMALL_FACTOR
