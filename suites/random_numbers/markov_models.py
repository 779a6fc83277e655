"""The MultiMMC prediction estimate (SP 800-90B 6.3.9): what followed these symbols before. Pure.

Order d counts what followed the last d symbols, in at most 100,000 pairs of context and symbol; it
expects the symbol counted most, at equal counts the larger. Orders are gone through one after the
other, so that the counts of one lie in the cache; each passes on the names of its pairs, which are
the contexts of the next.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from suites.random_numbers.compiled import compiled
from suites.random_numbers.prediction import WORD, Prediction, elected, judged

if TYPE_CHECKING:
    from numpy.typing import NDArray

ORDERS = 16  # D
ENTRIES = 100_000  # pairs of context and symbol, for each order
SPARE = 2  # a context of the next order that this one did not enter: there is one at most
SLOTS = 1 << 18  # of the hash table of an order, more than twice its pairs
UNSEEN = np.iinfo(np.int32).min


def multi_mmc(symbols: NDArray[np.uint8], alphabet: int) -> Prediction:
    """The MultiMMC estimate of at least 3 symbols (0 to ``alphabet`` - 1, one a byte)."""
    words = -(-len(symbols) // WORD)
    hits = np.zeros((words, ORDERS), np.uint64)
    if alphabet == 2:
        for order in range(1, ORDERS):
            _order_of_bits(symbols, order, hits[:, order - 1])
        _last_order_of_bits(symbols, hits[:, ORDERS - 1])
    else:
        contexts = symbols.astype(np.int32)  # the one symbol before, shifted by one place below
        for order in range(1, ORDERS + 1):
            _order_of_symbols(symbols, order, contexts, hits[:, order - 1])
    if words:
        hits[0] &= ~np.uint64(3)  # there are N = L - 2 predictions
    right = np.zeros(words, np.uint64)
    elected(hits, right)
    return judged(right, 2, len(symbols), alphabet)


@compiled
def _order_of_bits(bits: NDArray[np.uint8], order: int, hits: NDArray[np.uint64]) -> None:
    """All pairs fit: the difference of ones and zeros is all that must be kept."""
    more = np.full(1 << order, UNSEEN, np.int32)
    mask = (1 << order) - 1
    context = np.int64(0)
    for place in range(min(order, bits.size)):
        context = (context << 1) | np.int64(bits[place])
    for place in range(order, bits.size):
        bit = np.int64(bits[place])
        found = more[context]
        step = np.int32(2 * bit - 1)
        known = found != UNSEEN
        right = known and ((found >= 0) == (bit == 1))
        hits[place >> 6] |= np.uint64(right) << np.uint64(place & 63)
        more[context] = found + step if known else step
        context = ((context << 1) | bit) & mask


@compiled
def _last_order_of_bits(bits: NDArray[np.uint8], hits: NDArray[np.uint64]) -> None:
    """Order 16 has 131,072 pairs: those that come late are not entered."""
    counts = np.zeros((1 << 16, 2), np.int32)
    entered = 0
    context = np.int64(0)
    for place in range(min(16, bits.size)):
        context = (context << 1) | np.int64(bits[place])
    for place in range(16, bits.size):
        bit = np.int64(bits[place])
        zeros, ones = counts[context, 0], counts[context, 1]
        right = zeros + ones > 0 and ((ones >= zeros) == (bit == 1))
        hits[place >> 6] |= np.uint64(right) << np.uint64(place & 63)
        if counts[context, bit] > 0:
            counts[context, bit] += 1
        elif entered < 100_000:
            counts[context, bit] = 1
            entered += 1
        context = ((context << 1) | bit) & 0xFFFF


@compiled
def _order_of_symbols(
    symbols: NDArray[np.uint8],
    order: int,
    contexts: NDArray[np.int32],
    hits: NDArray[np.uint64],
) -> None:
    """Judge one order; ``contexts[i]`` names the symbols up to place i (-1: none known).

    On return it names the pairs, which are the contexts of the next order.
    """
    keys = np.full(SLOTS, -1, np.int64)
    names = np.empty(SLOTS, np.int32)
    counts = np.zeros(ENTRIES + SPARE, np.int32)
    most = np.zeros(max(ENTRIES + SPARE, 256), np.int32)
    expected = np.zeros(max(ENTRIES + SPARE, 256), np.uint8)
    entered, named = 0, 0
    before = contexts[order - 1] if order <= symbols.size else np.int32(-1)
    for place in range(order, symbols.size):
        context, before = before, contexts[place]
        contexts[place] = -1
        if context < 0:
            continue
        symbol = symbols[place]
        if most[context] > 0 and expected[context] == symbol:
            hits[place >> 6] |= np.uint64(1) << np.uint64(place & 63)
        key = (np.int64(context) << 8) | np.int64(symbol)
        slot = (np.uint64(key) * np.uint64(0x9E3779B97F4A7C15)) >> np.uint64(46)
        while keys[slot] != -1 and keys[slot] != key:
            slot = (slot + np.uint64(1)) & np.uint64(SLOTS - 1)
        if keys[slot] == key:
            name = names[slot]
            if counts[name] == 0:  # named for the next order only
                contexts[place] = name
                continue
        else:
            if named == ENTRIES + SPARE:
                continue
            name = np.int32(named)
            named += 1
            keys[slot], names[slot] = key, name
            if entered == ENTRIES:
                contexts[place] = name
                continue
            entered += 1
        counts[name] += 1
        contexts[place] = name
        count = counts[name]
        if count > most[context] or (count == most[context] and symbol > expected[context]):
            most[context], expected[context] = count, symbol
