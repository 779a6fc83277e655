"""The MultiMCW prediction estimate (SP 800-90B 6.3.7): the commonest symbol of late. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from suites.random_numbers.compiled import compiled
from suites.random_numbers.prediction import WORD, Prediction, elected, judged

if TYPE_CHECKING:
    from numpy.typing import NDArray

WINDOWS = (63, 255, 1_023, 4_095)


def multi_mcw(symbols: NDArray[np.uint8], alphabet: int) -> Prediction:
    """The MultiMCW estimate of at least 64 symbols (0 to ``alphabet`` - 1, one a byte)."""
    words = -(-len(symbols) // WORD)
    hits = np.zeros((words, len(WINDOWS)), np.uint64)
    for n, window in enumerate(WINDOWS):
        if alphabet == 2:
            _majority(symbols, window, hits[:, n])
        else:
            _commonest(symbols, window, alphabet, hits[:, n])
    right = np.zeros(words, np.uint64)
    elected(hits, right)
    return judged(right, WINDOWS[0], len(symbols), alphabet)


@compiled
def _majority(bits: NDArray[np.uint8], window: int, hits: NDArray[np.uint64]) -> None:
    """Windows are odd: of two symbols one is the more common."""
    ones = np.int64(0)
    for place in range(min(window, bits.size)):
        ones += np.int64(bits[place])
    for place in range(window, bits.size):
        right = (ones > window // 2) == (bits[place] == 1)
        hits[place >> 6] |= np.uint64(right) << np.uint64(place & 63)
        ones += np.int64(bits[place]) - np.int64(bits[place - window])


@compiled
def _commonest(
    symbols: NDArray[np.uint8], window: int, alphabet: int, hits: NDArray[np.uint64]
) -> None:
    """At equal counts the symbol that came last."""
    counts = np.zeros(alphabet, np.int64)
    last = np.full(alphabet, -1, np.int64)
    mode = 0
    for place in range(symbols.size):
        symbol = symbols[place]
        lost = False
        if place >= window:
            right = np.uint64(symbol == mode)
            hits[place >> 6] |= right << np.uint64(place & 63)
            leaving = symbols[place - window]
            counts[leaving] -= 1
            lost = leaving == mode and symbol != mode
        counts[symbol] += 1
        last[symbol] = place
        if lost:  # others may have had as many all along
            mode = symbol
            for other in range(alphabet):
                if counts[other] > counts[mode] or (
                    counts[other] == counts[mode] and last[other] > last[mode]
                ):
                    mode = other
        elif counts[symbol] >= counts[mode]:
            mode = symbol
