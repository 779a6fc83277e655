"""The LZ78Y prediction estimate (SP 800-90B 6.3.10): the symbol its dictionary counted most. Pure.

The standard speaks of at most 65,536 entries. NIST's program counts prefixes; a proposed correction
(G. Sakurai, 2025) counts pairs of prefix and symbol. Both are here, NIST's is the default.
"""

from __future__ import annotations

from enum import StrEnum, unique
from typing import TYPE_CHECKING

import numpy as np

from suites.random_numbers.compiled import compiled
from suites.random_numbers.prediction import WORD, Prediction, judged

if TYPE_CHECKING:
    from numpy.typing import NDArray

LONGEST = 16  # B
ENTRIES = 65_536
SHORT = 4  # bits: contexts up to here are all that can lead once the beginning is over


@unique
class Counted(StrEnum):
    """What the limit of the dictionary counts."""

    PREFIXES = "prefixes"
    PAIRS = "pairs"


def lz78y(
    symbols: NDArray[np.uint8],
    alphabet: int,
    entries: int = ENTRIES,
    counted: Counted = Counted.PREFIXES,
) -> Prediction:
    """The LZ78Y estimate of at least 18 symbols (0 to ``alphabet`` - 1, one a byte)."""
    right = np.zeros(-(-len(symbols) // WORD), np.uint64)
    nodes = 1 + (2 * LONGEST + 2) * (LONGEST + 2) + entries + LONGEST
    child = np.zeros((nodes, alphabet), np.int32)  # the system gives pages when they are written
    counts = np.zeros((nodes, alphabet), np.int32)
    dictionary = (child, counts, np.zeros(nodes, np.int32), np.zeros(nodes, np.uint8))
    by_pairs = counted is Counted.PAIRS
    beginning = 4 * entries if alphabet == 2 and not by_pairs else len(symbols)
    full = _predict(symbols, entries, by_pairs, dictionary, right, min(beginning, len(symbols)))
    if beginning < len(symbols) and not _predict_short(symbols, beginning, full, right):
        for part in (*dictionary, right):
            part[:] = 0
        _predict(symbols, entries, by_pairs, dictionary, right, len(symbols))
    return judged(right, LONGEST + 1, len(symbols), alphabet)


@compiled
def _predict(  # noqa: PLR0912, PLR0917  a compiled loop: what it shares lies in the same frame
    symbols: NDArray[np.uint8],
    entries: int,
    by_pairs: bool,
    dictionary: tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.int32], NDArray[np.uint8]],
    right: NDArray[np.uint64],
    end: int,
) -> int:
    """Predict places 17 to ``end``; at which place the dictionary was full, or -1.

    A node is a string; all strings of up to 16 symbols that ended before a place are nodes as long
    as the dictionary has room, so every prefix finds its way from place to place. ``here[j]`` is
    the node of the last j symbols, 0 for none.
    """
    child, counts, most, expected = dictionary
    known = np.zeros(child.shape[0], np.bool_)
    here = np.zeros(18, np.int32)
    before = np.zeros(18, np.int32)
    here[0] = 1  # the empty string
    nodes, entered, full = 2, 0, -1
    for place in range(end):
        if place >= 17:  # what was seen at the place before goes into the dictionary
            last = symbols[place - 1]
            for length in range(16, 0, -1):
                node = before[length]
                if node == 0:
                    continue
                if not known[node]:
                    if entered == entries:
                        continue
                    known[node] = True
                    entered += not by_pairs
                if by_pairs and counts[node, last] == 0:
                    if entered == entries:
                        continue
                    entered += 1
                counts[node, last] += 1
                count = counts[node, last]
                if count > most[node] or (count == most[node] and last > expected[node]):
                    most[node], expected[node] = count, last
            if full < 0 and entered == entries:
                full = place
            best, guess = 0, 0
            for length in range(16, 0, -1):
                node = here[length]
                if node != 0 and most[node] > best:
                    best, guess = most[node], expected[node]
            if best > 0 and guess == symbols[place]:
                right[place >> 6] |= np.uint64(1) << np.uint64(place & 63)
        symbol = symbols[place]
        before[:] = here
        for length in range(15, -1, -1):
            node = here[length]
            following = np.int32(0)
            if node != 0:
                following = child[node, symbol]
                if following == 0 and entered < entries and nodes < child.shape[0]:
                    following = np.int32(nodes)
                    child[node, symbol] = following
                    nodes += 1
            here[length + 1] = following
    return full


@compiled
def _predict_short(
    bits: NDArray[np.uint8], first: int, full: int, right: NDArray[np.uint64]
) -> bool:
    """Predict bits from ``first`` on out of contexts of 1 to 4 bits; whether they sufficed.

    What followed a context followed its shorter ends too, so the count of one bit is never less
    than that of a longer context, and a longer one leads only with the same count. Only where a
    context of 4 bits has it must longer ones be asked, and then the whole is done again with all.
    """
    counts = np.zeros((5, 16, 2), np.int64)
    seen_early = np.zeros(16, np.bool_)  # those that were there before the dictionary was full
    for place in range(16, first - 1):
        context = np.int64(0)
        for length in range(1, 5):
            context |= np.int64(bits[place - length]) << (length - 1)
            counts[length, context, bits[place]] += 1
        if place < full - 1:
            seen_early[context] = True
    if not seen_early.all():
        return False
    for place in range(first, bits.size):
        recent = np.int64(0)
        for length in range(1, 6):
            recent |= np.int64(bits[place - length]) << (length - 1)
        last = recent & 1
        earlier = recent >> 1
        for length in range(1, 5):
            counts[length, earlier & ((1 << length) - 1), last] += 1
        now = recent & 15
        zeros, ones = counts[1, now & 1, 0], counts[1, now & 1, 1]
        most = max(zeros, ones)
        guess = ones >= zeros
        for length in range(2, 5):
            zeros, ones = (
                counts[length, now & ((1 << length) - 1), 0],
                counts[length, now & ((1 << length) - 1), 1],
            )
            if max(zeros, ones) < most:
                break
            if length == 4:
                return False
            guess = ones >= zeros
        hit = np.uint64(guess == (bits[place] == 1))
        right[place >> 6] |= hit << np.uint64(place & 63)
    return True
