"""The estimates of SP 800-90B that count: 6.3.1 most common value, 6.3.2 collision, 6.3.3 Markov
and 6.3.4 compression. Pure.

Conventions where the standard leaves a choice are those of NIST's program (version 1.1.7). The
entropies are in bits a symbol.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from suites.random_numbers.compiled import compiled
from suites.random_numbers.prediction import Z

if TYPE_CHECKING:
    from numpy.typing import NDArray

PATH = 128  # symbols of a path of the Markov estimate
BLOCK = 6  # bits of a block of the compression estimate
VALUES = 64  # that a block can have
DICTIONARY = 1_000  # blocks that fill its dictionary


def upper_bound(p: float, count: int) -> float:
    """The 99 % bound of a probability seen as p in ``count`` trials (6.3.1, step 2)."""
    return min(1.0, p + Z * math.sqrt(p * (1 - p) / (count - 1)))


def most_common_value(symbols: NDArray[np.uint8]) -> float:
    """6.3.1, of at least 2 symbols."""
    count = len(symbols)
    return -math.log2(upper_bound(int(np.bincount(symbols).max()) / count, count))


def collision(bits: NDArray[np.uint8]) -> float:
    """6.3.2, of bits: how soon two of them are equal."""
    pairs, triples = (int(found) for found in _collisions(bits))
    count = pairs + triples
    if count < 2:
        return 1.0
    mean = (2 * pairs + 3 * triples) / count
    squares = pairs * (2 - mean) ** 2 + triples * (3 - mean) ** 2
    bound = max(2.0, mean - Z * math.sqrt(squares / (count - 1)) / math.sqrt(count))
    if bound >= 2.5:
        return 1.0
    return -math.log2(0.5 + math.sqrt(1.25 - bound / 2))


@compiled
def _collisions(bits: NDArray[np.uint8]) -> tuple[np.int64, np.int64]:
    """How many collisions come with the second bit, and how many with the third."""
    place, found, triples = np.int64(0), 0, np.int64(0)
    while place + 1 < bits.size:
        later = np.int64(bits[place] ^ bits[place + 1])
        if later and place + 2 >= bits.size:
            break
        place += 2 + later
        found += 1
        triples += later
    return found - triples, triples


def markov(bits: NDArray[np.uint8]) -> float:
    """6.3.3, of bits: the likeliest of the paths of 128."""
    ones = bits.astype(bool)
    last, count = bool(ones[-1]), len(ones)
    p = np.array([count - np.count_nonzero(ones), np.count_nonzero(ones)]) / count
    both = np.count_nonzero(ones[:-1] & ones[1:])
    from_one = np.count_nonzero(ones) - last
    to_one = np.count_nonzero(ones) - bool(ones[0])
    moves = np.array(
        [[count - 1 - from_one - (to_one - both), to_one - both], [from_one - both, both]]
    )
    sums = moves.sum(axis=1, keepdims=True)
    with np.errstate(divide="ignore"):
        first = np.log2(p)
        step = np.log2(np.divide(moves, sums, out=np.zeros((2, 2)), where=sums > 0))
    (s00, s01), (s10, s11) = step
    n = PATH - 1
    paths = (
        _along(first[0], (n, s00)),
        _along(first[0], (n // 2 + 1, s01), (n // 2, s10)),
        _along(first[0], (1, s01), (n - 1, s11)),
        _along(first[1], (1, s10), (n - 1, s00)),
        _along(first[1], (n // 2 + 1, s10), (n // 2, s01)),
        _along(first[1], (n, s11)),
    )
    return min(1.0, -max(paths) / PATH)


def _along(start: float, *steps: tuple[int, float]) -> float:
    """log2 of the probability of a path."""
    return float(start) + sum(times * float(step) for times, step in steps)


# --- 6.3.4 --------------------------------------------------------------------------------


def compression(bits: NDArray[np.uint8]) -> float:
    """6.3.4, of at least 6,012 bits: how far back a block of 6 was last seen."""
    blocks = len(bits) // BLOCK
    places = np.array([32, 16, 8, 4, 2, 1], np.uint8)
    values = bits[: blocks * BLOCK].reshape(-1, BLOCK) @ places
    distances = _distances(values)[DICTIONARY:]
    found = np.bincount(distances)
    there = np.flatnonzero(found)
    logs = np.log2(there)
    count = blocks - DICTIONARY
    mean = float(found[there] @ logs) / count
    squares = float(found[there] @ logs**2)
    deviation = 0.5907 * math.sqrt(squares / (count - 1) - mean**2)
    bound = mean - Z * deviation / math.sqrt(count)
    p = _solve(bound, _expected(blocks))
    return 1.0 if p is None else -math.log2(p) / BLOCK


@compiled
def _distances(values: NDArray[np.uint8]) -> NDArray[np.int64]:
    """How many blocks back each was last seen; its own number (from 1) where it was not."""
    last = np.zeros(64, np.int64)
    found = np.empty(values.size, np.int64)
    for n in range(values.size):
        found[n] = n + 1 - last[values[n]]
        last[values[n]] = n + 1
    return found


def _expected(blocks: int) -> Callable[[float], float]:
    """G of 6.3.4: the expected log2 of the distance of a block with probability z."""
    logs = np.zeros(blocks + 1)
    logs[2:] = np.log2(np.arange(2, blocks + 1))
    count = blocks - DICTIONARY

    def g(z: float) -> float:
        if z >= 1:
            return 0.0
        # terms under 2^-100 of the first add nothing to a double
        last = min(blocks, math.ceil(70 / -math.log1p(-z)) + 1) if z > 0 else blocks
        place = np.arange(last + 1)
        terms = logs[: last + 1] * np.exp(math.log1p(-z) * (place - 1))
        early = float(terms[: min(DICTIONARY, last) + 1].sum())
        late = terms[DICTIONARY + 1 :]
        after = np.arange(DICTIONARY + 1, last + 1)
        inside = after < blocks
        weighted = float(((blocks - after[inside]) * late[inside]).sum())
        return float(z / count * (z * (weighted + count * early) + float(late.sum())))

    return g


def _solve(bound: float, g: Callable[[float], float]) -> float | None:
    """The p of [1/64, 1] with G(p) + 63 G((1 - p)/63) = bound; ``None`` above all of them."""
    others = VALUES - 1

    def mean(p: float) -> float:
        return g(p) + others * g((1 - p) / others)

    low, high = 1 / VALUES, 1.0
    if bound > mean(low):
        return None
    while True:
        middle = (low + high) / 2
        if middle in (low, high) or high - low < 1e-15:
            return middle
        if mean(middle) > bound:  # falls as p grows
            low = middle
        else:
            high = middle
