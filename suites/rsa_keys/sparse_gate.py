"""The first steps of the search for sparse primes, compiled.

A good key shows in the first steps that it has no cheap beginnings, and nothing more is wanted of
it. Beginnings are numbers of up to 192 bits here, as three words, the lowest first; a key whose
beginnings get longer than that is left to the search in whole numbers.
"""

from __future__ import annotations

from heapq import heappop, heappush

import numpy as np
from numpy.typing import NDArray

from suites.random_numbers.compiled import compiled

Words = tuple[np.uint64, np.uint64, np.uint64]

DEPTH = 180  # places; the remainder has two bits more than a beginning, and is doubled twice
ROOM = 1 << 16  # beginnings that are kept
NONE = np.uint64(0)
ONE = np.uint64(1)
TOP = np.uint64(63)


@compiled
def is_ordinary(
    pairs: NDArray[np.uint64], length: int, rest: int, weight: int, given_up: int
) -> bool:
    """Whether ``given_up`` steps meet no beginning cheaper than ``length`` bits.

    ``pairs`` are the bits of n in twos, after those of its first place, highest first; ``rest``
    is the first place of n less one. False also where this cannot be said within DEPTH and ROOM.
    """
    nodes = np.zeros((ROOM, 3, 3), np.uint64)
    nodes[0, 0, 0], nodes[0, 1, 0], nodes[0, 2, 0] = ONE, ONE, np.uint64(rest)
    places = len(pairs)
    first = _length((np.uint64(rest), NONE, NONE)) + 2 * places + 2 * weight
    heap = [_key(first, 2, places, 0)]
    count = 1
    for _ in range(given_up):
        if len(heap) == 0:
            return True
        key = heappop(heap)
        cost, ones, left, index = key >> 45, key >> 32 & 0x1FFF, key >> 20 & 0xFFF, key & 0xFFFFF
        if cost < length:
            return False
        p = (nodes[index, 0, 0], nodes[index, 0, 1], nodes[index, 0, 2])
        q = (nodes[index, 1, 0], nodes[index, 1, 1], nodes[index, 1, 2])
        r = (nodes[index, 2, 0], nodes[index, 2, 1], nodes[index, 2, 2])
        while left > 0 and not _less(_plus(p, q), r):
            if places - left >= DEPTH or count + 3 > ROOM:
                return False
            pair = pairs[places - left]
            left -= 1
            p, q = _doubled(p, NONE), _doubled(q, NONE)
            r = _doubled(_doubled(r, pair >> ONE), pair & ONE)
            for choice in range(1, 4):
                in_p, in_q = np.uint64(choice >> 1), np.uint64(choice & 1)
                taken = (in_p & in_q, NONE, NONE)
                if in_q:
                    taken = _plus(taken, p)
                if in_p:
                    taken = _plus(taken, q)
                if _less(r, taken):
                    break
                p1, q1 = (p[0] | in_p, p[1], p[2]), (q[0] | in_q, q[1], q[2])
                rest1 = _minus(r, taken)
                if left > 0 and not _less(_plus(p1, q1), rest1) and not _less(q1, p1):
                    more = ones + (2 if choice == 3 else 1)
                    bits = _length(rest1) + 2 * left
                    for i in range(3):
                        nodes[count, 0, i], nodes[count, 1, i] = p1[i], q1[i]
                        nodes[count, 2, i] = rest1[i]
                    heappush(heap, _key(bits + weight * more, more, left, count))
                    count += 1
    return True


@compiled
def _key(cost: int, ones: int, places: int, index: int) -> int:
    """The order of the search in one number; the oldest first among equals."""
    return cost << 45 | ones << 32 | places << 20 | index


@compiled
def _doubled(a: Words, low: np.uint64) -> Words:
    """2·a + low."""
    return (a[0] << ONE | low, a[1] << ONE | a[0] >> TOP, a[2] << ONE | a[1] >> TOP)


@compiled
def _less(a: Words, b: Words) -> bool:
    if a[2] != b[2]:
        return bool(a[2] < b[2])
    if a[1] != b[1]:
        return bool(a[1] < b[1])
    return bool(a[0] < b[0])


@compiled
def _plus(a: Words, b: Words) -> Words:
    low = a[0] + b[0]
    middle = a[1] + b[1]
    carried = middle + (ONE if low < a[0] else NONE)
    over = (ONE if middle < a[1] else NONE) + (ONE if carried < middle else NONE)
    return (low, carried, a[2] + b[2] + over)


@compiled
def _minus(a: Words, b: Words) -> Words:
    """a − b for a ≥ b."""
    borrow = ONE if a[0] < b[0] else NONE
    middle = a[1] - b[1]
    over = (ONE if a[1] < b[1] else NONE) + (ONE if middle < borrow else NONE)
    return (a[0] - b[0], middle - borrow, a[2] - b[2] - over)


@compiled
def _length(a: Words) -> int:
    """Bits of a number."""
    for i in range(2, -1, -1):
        if a[i] != NONE:
            word, bits = a[i], 0
            for shift in (32, 16, 8, 4, 2, 1):
                if word >> np.uint64(shift) != NONE:
                    word >>= np.uint64(shift)
                    bits += shift
            return 64 * i + bits + 1
    return 0
