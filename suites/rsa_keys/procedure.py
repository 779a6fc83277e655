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
   whole tape. So is the number of rounds a prime goes through;
4. the first candidate that passes is p, the next q. Anything else is another procedure.

``on_tape`` asks less than that and suits more makers: that each prime was a block on the tape at
all. A key whose primes are not there was made from something else.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from functools import cache, cached_property
from typing import TYPE_CHECKING

from suites.rsa_keys.primality import probably_prime

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from suites.rsa_keys.key import RsaKey

ROUNDS = 5  # of our own test; candidates come from a generator that was assessed (table C.2)
MOST_ROUNDS = 64  # that a maker may choose
NO_SMALL_FACTOR = 1 << 16  # in place of the least factor of a number that has none below


@dataclass(frozen=True)
class State:
    """Where the reader is, and what it has learnt of the maker's choices.

    ``divides_up_to`` and ``not_from``: trial division finds every factor up to the first and none
    from the second on. ``rounds``: of Miller-Rabin for a prime; ``None`` until one was found.
    """

    place: int = 0  # block of the tape
    divides_up_to: int = 1
    not_from: int = NO_SMALL_FACTOR + 1
    rounds: int | None = None
    first: int | None = None  # p, once it was found


@dataclass(frozen=True)
class Tape:
    """Random numbers in the order they were handed out, and the key they are said to have made."""

    data: bytes
    key: RsaKey
    draw: Callable[[int], int]

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
        """Whether B.3.3 leads from the tape to exactly this p and q."""
        pending = [State()]
        seen: set[State] = set()
        while pending:
            state = pending.pop()
            if state in seen:
                continue
            seen.add(state)
            for after in self.after(state):
                if after is None:
                    return True
                pending.append(after)
        return False

    def after(self, state: State) -> Iterator[State | None]:
        """The states after the candidate at this place; ``None`` once q is found."""
        if state.place >= len(self.blocks):
            return
        candidate = self.blocks[state.place] | 1
        after = replace(state, place=state.place + 1)
        if not self.in_range(candidate, state.first) or math.gcd(candidate - 1, self.key.e) != 1:
            yield after
        elif (least := self.least_factor(state.place)) == 0:
            yield from self.accepted(after, candidate)
        else:
            yield from self.rejected(after, candidate, least)

    def in_range(self, candidate: int, first: int | None) -> bool:
        half = 8 * self.size
        if candidate * candidate < 1 << (2 * half - 1):
            return False
        return first is None or abs(candidate - first) > 1 << (half - 100)

    def accepted(self, state: State, prime: int) -> Iterator[State | None]:
        """A prime ends its search: it must be the one that the target tells."""
        if prime != self.primes[0 if state.first is None else 1]:
            return
        if state.first is not None:
            yield None
            return
        for rounds in range(MOST_ROUNDS + 1):
            place = self.past_bases(state.place, rounds, prime)
            yield replace(state, place=place, rounds=rounds, first=prime)

    def rejected(self, state: State, composite: int, least: int) -> Iterator[State]:
        """A composite: its least factor was found by division, or a base was drawn for it."""
        if least > state.divides_up_to and state.rounds != 0:
            place = self.past_bases(state.place, 1, composite)
            yield replace(state, place=place, not_from=min(state.not_from, least))
        if least < state.not_from and least < NO_SMALL_FACTOR:
            yield replace(state, divides_up_to=max(state.divides_up_to, least))

    def past_bases(self, place: int, rounds: int, number: int) -> int:
        """The place after so many bases within 1 < b < number - 1."""
        while rounds and place < len(self.blocks):
            rounds -= 1 < self.blocks[place] < number - 1
            place += 1
        return place

    @cached_property
    def _least_factors(self) -> dict[int, int]:
        return {}

    def least_factor(self, place: int) -> int:
        """0 for a prime, else its least factor, or ``NO_SMALL_FACTOR`` where that is larger."""
        if place not in self._least_factors:
            self._least_factors[place] = self._examined(self.blocks[place] | 1)
        return self._least_factors[place]

    def _examined(self, number: int) -> int:
        for prime in small_primes():
            if number % prime == 0:
                return prime
        return 0 if probably_prime(number, ROUNDS, self.draw) else NO_SMALL_FACTOR


@cache
def small_primes() -> tuple[int, ...]:
    """Those below ``NO_SMALL_FACTOR``, without 2 (Eratosthenes)."""
    sieve = bytearray([1]) * NO_SMALL_FACTOR
    for n in range(3, math.isqrt(NO_SMALL_FACTOR) + 1, 2):
        if sieve[n]:
            sieve[n * n :: 2 * n] = bytes(len(range(n * n, NO_SMALL_FACTOR, 2 * n)))
    return tuple(n for n in range(3, NO_SMALL_FACTOR, 2) if sieve[n])
