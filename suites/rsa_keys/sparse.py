"""Two primes with few ones among their bits.

A search from the top: p and q are known down to some place, the remainder of n says whether a pair
of beginnings is possible at all, and the pair with the best cost is followed first, where

    cost = bits of the remainder + COST_OF_A_ONE for each one that was placed.

Right beginnings of sparse primes get cheaper with every place, wrong ones dearer; the rest of the
cost is n's length, which no beginning of a good key falls below in the first steps. The idea and
the weight 5 (found by experiment, enough for 96 ones in a prime of 1024 bits) are those of the
public tool paranoid, "CheckLowHammingWeight". Where the first steps raise a suspicion, larger
weights are tried first: the fewer the ones, the more a wrong beginning can look like a right one.
"""

from __future__ import annotations

from dataclasses import dataclass
from heapq import heappop, heappush

import numpy as np

from suites.rsa_keys.sparse_gate import is_ordinary

COST_OF_A_ONE = 5  # bits
OTHER_COSTS = (20, 12, 8)  # found by experiment, for 8 to 32 ones in a prime of 1024 bits
ATTEMPT = 20_000  # steps with each of them
GIVEN_UP = 2_500  # steps without any beginning that is cheaper than n is long
LONGEST = 1_000_000  # steps of a search that has found one
MARGIN = 12  # bits below the length of n: so cheap that no good key gets there


@dataclass(frozen=True)
class Search:
    """What the search came to: a factor, or the cheapest beginning it met."""

    factor: int | None
    cheapest: int  # cost, in bits
    steps: int

    def is_suspicious(self, length: int) -> bool:
        """Beginnings far sparser than chance gives, for a modulus of ``length`` bits."""
        return self.factor is not None or self.cheapest <= length - MARGIN


def search(n: int, given_up: int = GIVEN_UP, longest: int = LONGEST) -> Search:
    """Look for two sparse primes of the same length whose product is ``n`` (at least 16)."""
    length = n.bit_length()
    places = (length + 1) // 2 - 1
    pairs = [n >> 2 * place & 3 for place in range(places)]
    first = n >> 2 * places
    upwards = np.array(pairs[::-1], np.uint64)
    if is_ordinary(upwards, length, first - 1, COST_OF_A_ONE, given_up):
        return Search(None, length, given_up)
    for weight in OTHER_COSTS:
        found = in_whole_numbers(n, ATTEMPT, ATTEMPT, weight)
        if found.factor is not None:
            return found
    return in_whole_numbers(n, given_up, longest)


def in_whole_numbers(n: int, given_up: int, longest: int, weight: int = COST_OF_A_ONE) -> Search:
    """The search with one weight, without the compiled gate.

    With the remainder r = head of n − p·q of two beginnings known, the next place is 4·r plus two
    bits of n, less 2·q for a one in p, 2·p for a one in q: numbers as long as the beginnings.
    """
    length = n.bit_length()
    places = (length + 1) // 2 - 1
    pairs = [n >> 2 * place & 3 for place in range(places)]
    rest = (n >> 2 * places) - 1
    first = rest.bit_length() + 2 * places + 2 * weight
    heap = [(first, 2, places, 0, 1, 1, rest)]  # cost, ones, places left, number, p, q, r
    cheapest, steps, count = first, 0, 1
    while heap and steps < longest and (steps < given_up or cheapest < length):
        steps += 1
        cost, ones, places, _, p, q, rest = heappop(heap)
        cheapest = min(cheapest, cost)
        while places and rest <= p + q:
            places -= 1
            p, q, rest = p << 1, q << 1, rest << 2 | pairs[places]
            for in_p, in_q in ((0, 1), (1, 0), (1, 1)):
                left = rest - in_q * p - in_p * q - (in_p & in_q)
                if left < 0:
                    break
                p1, q1 = p | in_p, q | in_q
                if places == 0 and left == 0:
                    return Search(p1, cheapest, steps)
                if places and left <= p1 + q1 and p1 <= q1:
                    more = ones + in_p + in_q
                    bits = left.bit_length() + 2 * places
                    heappush(heap, (bits + weight * more, more, places, count, p1, q1, left))
                    count += 1
    return Search(None, cheapest, steps)
