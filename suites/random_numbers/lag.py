"""The Lag prediction estimate (SP 800-90B 6.3.8): the symbol that stood D places ago. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from suites.random_numbers.compiled import compiled
from suites.random_numbers.prediction import WORD, Prediction, elect, judged, ones_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

LAGS = 128  # D


def lag(symbols: NDArray[np.uint8], alphabet: int) -> Prediction:
    """The Lag estimate of at least 2 symbols (0 to ``alphabet`` - 1, one a byte)."""
    right = np.zeros(-(-len(symbols) // WORD), np.uint64)
    if alphabet == 2:
        padded = np.zeros(8 * right.size, np.uint8)
        packed = np.packbits(symbols, bitorder="little")
        padded[: packed.size] = packed
        _of_bits(padded.view(np.uint64), len(symbols), right)
    else:
        _of_symbols(symbols, right)
    return judged(right, 1, len(symbols), alphabet)


@compiled
def _of_bits(words: NDArray[np.uint64], length: int, right: NDArray[np.uint64]) -> None:
    """A word of bits against itself, shifted: 64 places of one lag at a time."""
    score = np.zeros(128, np.int64)
    hits = np.zeros(128, np.uint64)
    counts = np.zeros(128, np.uint64)
    every = ~np.uint64(0)
    leader = 0
    for n in range(words.size):
        now = words[n]
        near = words[n - 1] if n > 0 else np.uint64(0)
        far = words[n - 2] if n > 1 else np.uint64(0)
        inside = every
        if length - 64 * n < 64:
            inside = (np.uint64(1) << np.uint64(length - 64 * n)) - np.uint64(1)
        for lag in range(1, 64):
            shift = np.uint64(lag)
            hits[lag - 1] = ~(now ^ ((now << shift) | (near >> np.uint64(64 - lag)))) & inside
        hits[63] = ~(now ^ near) & inside
        for lag in range(65, 128):
            shift = np.uint64(lag - 64)
            hits[lag - 1] = ~(now ^ ((near << shift) | (far >> np.uint64(128 - lag)))) & inside
        hits[127] = ~(now ^ far) & inside
        if n < 2:  # there is nothing before the first symbol
            for lag in range(1, 129):
                first = lag - 64 * n
                if first >= 64:
                    hits[lag - 1] = np.uint64(0)
                elif first > 0:
                    hits[lag - 1] &= every << np.uint64(first)
        for n_lag in range(128):
            counts[n_lag] = ones_of(hits[n_lag])
        leader, right[n] = elect(hits, counts, score, leader)


@compiled
def _of_symbols(symbols: NDArray[np.uint8], right: NDArray[np.uint64]) -> None:
    """From each place back along the places with the same symbol."""
    score = np.zeros(128, np.int64)
    hits = np.zeros(128, np.uint64)
    counts = np.zeros(128, np.uint64)
    last = np.full(256, -129, np.int64)
    previous = np.empty(128, np.int64)  # of the last 128 places; older ones are out of reach
    leader = 0
    for n in range(right.size):
        hits[:] = np.uint64(0)
        counts[:] = np.uint64(0)
        for place in range(64 * n, min(64 * n + 64, symbols.size)):
            symbol = symbols[place]
            bit = np.uint64(1) << np.uint64(place & 63)
            earlier = last[symbol]
            reach = place - 128
            following = earlier
            while following >= reach and following >= 0:
                hits[place - following - 1] |= bit
                counts[place - following - 1] += np.uint64(1)
                if following == reach:
                    break
                following = previous[following & 127]
            previous[place & 127] = earlier
            last[symbol] = place
        leader, right[n] = elect(hits, counts, score, leader)
