"""MultiMMC and LZ78Y over bits: how well the past predicts the next (SP 800-90B 6.3.9, 6.3.10).

Pure. Both keep counts of what followed each context, and the standard writes them place by place.
Over bits that is not needed: what followed a context *before* a place is a running sum over the
places with that context, so one stable sort by context gives all predictions at once. Conventions
where the standard leaves a choice are those of NIST's own program: at equal counts the larger
symbol; the sub-predictor that reached the high score last; MultiMMC enters 100,000 pairs of context
and symbol for each order, LZ78Y 65,536 prefixes in all.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

Z = 2.5758293035489008  # of 99.5 % (SP 800-90B 6.3.1)
ORDERS = 16  # D of MultiMMC, B of LZ78Y
MULTI_MMC_ENTRIES = 100_000  # pairs of context and symbol, for each order
LZ78Y_ENTRIES = 65_536  # prefixes, of all lengths together
CONFIDENCE = 0.99  # of the longest run (6.3.7, step 8)


@dataclass(frozen=True)
class Prediction:
    """How well a predictor did.

    Attributes
    ----------
    predictions, correct
        N and C.
    longest_run
        r: one more than the longest run of correct predictions.
    p_global, p_global_bound, p_local
        C/N, its upper bound of 99 %, and what the longest run says.
    min_entropy
        Bits a symbol.
    """

    predictions: int
    correct: int
    longest_run: int
    p_global: float
    p_global_bound: float
    p_local: float
    min_entropy: float


def multi_mmc(bits: NDArray[np.uint8]) -> Prediction:
    """The MultiMMC prediction estimate of at least 3 bits (0 or 1, one a byte)."""
    count = len(bits)
    best = np.zeros(count, np.int64)
    right = np.zeros(count, bool)
    for order in range(1, min(ORDERS, count - 1) + 1):
        seen = _followed(bits, order, order, _pairs_entered(bits, order))
        hit = (seen.zeros + seen.ones > 0) & ((seen.ones >= seen.zeros) == seen.symbols)
        hits = np.zeros(count, bool)
        hits[order:][seen.places] = hit
        hits[:2] = False  # there are N = L - 2 predictions
        _elect(best, right, hits, order)
    return _result(right[2:])


def lz78y(bits: NDArray[np.uint8], entries: int = LZ78Y_ENTRIES) -> Prediction:
    """The LZ78Y prediction estimate of at least 18 bits (0 or 1, one a byte)."""
    first = ORDERS
    entered = _prefixes_entered(bits, entries)
    most = np.zeros(len(bits) - first, np.int32)
    hit = np.zeros(len(bits) - first, bool)
    for length in range(ORDERS, 0, -1):
        known = None
        if not entered[length].all():
            in_dictionary = entered[length][_contexts(bits, length, first)]
            known = np.stack([in_dictionary, in_dictionary])
        seen = _followed(bits, length, first, known)
        larger, right = np.empty_like(most), np.empty_like(hit)
        larger[seen.places] = np.maximum(seen.zeros, seen.ones)
        right[seen.places] = (seen.ones >= seen.zeros) == seen.symbols
        better = larger > most
        np.copyto(most, larger, where=better)
        np.copyto(hit, right, where=better)
    return _result(hit[1:])


@dataclass(frozen=True)
class _Seen:
    """What followed the context of each place before it, the places sorted by context."""

    places: NDArray[np.int64]
    symbols: NDArray[np.bool_]  # what follows now
    zeros: NDArray[np.int32]
    ones: NDArray[np.int32]


def _contexts(bits: NDArray[np.uint8], length: int, first: int) -> NDArray[np.uint16]:
    """The ``length`` bits before each place from ``first`` on, as a number."""
    found = np.zeros(len(bits) - first, np.uint16)
    for back in range(length, 0, -1):
        found <<= np.uint16(1)
        found |= bits[first - back : len(bits) - back]
    return found


def _followed(
    bits: NDArray[np.uint8], length: int, first: int, counted: NDArray[np.bool_] | None
) -> _Seen:
    """How often a 0 and a 1 followed the context of each place, at places before it.

    ``counted`` (shape ``(2, n)``): whether a 0 or a 1 in this context is entered at all.
    """
    contexts = _contexts(bits, length, first)
    order = np.argsort(contexts, kind="stable")
    symbols = bits[first:].astype(bool)[order]
    ends = np.concatenate((np.cumsum(np.bincount(contexts, minlength=1 << length)), [0]))
    starts = np.repeat(ends[np.arange(-1, (1 << length) - 1)], np.diff(ends[:-1], prepend=0))
    found: list[NDArray[np.int32]] = []
    for wanted in (~symbols, symbols):
        entered = wanted if counted is None else wanted & counted[len(found)][order]
        before = np.cumsum(entered, dtype=np.int32)
        before -= entered
        found.append(before - before[starts])
    return _Seen(order, symbols, found[0], found[1])


def _pairs_entered(bits: NDArray[np.uint8], order: int) -> NDArray[np.bool_] | None:
    """Which pairs of context and symbol MultiMMC enters; ``None`` for all of them."""
    if 1 << (order + 1) <= MULTI_MMC_ENTRIES:
        return None
    contexts = _contexts(bits, order, order).astype(np.uint32)
    _, places = np.unique(contexts << 1 | bits[order:], return_index=True)
    if len(places) <= MULTI_MMC_ENTRIES:
        return None
    allowed = np.zeros(1 << (order + 1), bool)
    early = np.sort(places)[:MULTI_MMC_ENTRIES]
    allowed[(contexts << 1 | bits[order:])[early]] = True
    return np.stack([allowed[contexts << 1], allowed[contexts << 1 | 1]])


def _prefixes_entered(bits: NDArray[np.uint8], entries: int) -> list[NDArray[np.bool_]]:
    """For each length, which prefixes LZ78Y enters: the first that come, the longer before."""
    keys, owners = [], []
    backwards = np.arange(len(bits) - ORDERS)[::-1]
    for length in range(1, ORDERS + 1):
        places = np.full(1 << length, -1)
        places[_contexts(bits, length, ORDERS)[::-1]] = backwards  # the first is written last
        values = np.flatnonzero(places >= 0)
        keys.append(places[values] * 32 + ORDERS - length)
        owners.append(np.stack([np.full(len(values), length), values]))
    early = np.argsort(np.concatenate(keys), kind="stable")[:entries]
    entered = [np.zeros(1 << length, bool) for length in range(ORDERS + 1)]
    for length, value in np.concatenate(owners, axis=1)[:, early].T:
        entered[length][value] = True
    return entered


def _elect(
    best: NDArray[np.int64], right: NDArray[np.bool_], hits: NDArray[np.bool_], order: int
) -> None:
    """Let a sub-predictor be the one that is believed wherever it leads before that place."""
    places = np.flatnonzero(hits)
    keys = (np.arange(1, len(places) + 1) << 28) + places * ORDERS + order - 1
    until = np.append(places[1:], len(hits) - 1) - places
    key = np.zeros(len(hits), np.int64)
    if len(places):
        key[places[0] + 1 :] = np.repeat(keys, until)
    if order == 1:
        best[:] = key
        right[:] = hits
        return
    leads = key > best
    best[leads] = key[leads]
    right[leads] = hits[leads]


def _result(right: NDArray[np.bool_]) -> Prediction:
    count, correct = len(right), int(right.sum())
    ends = np.flatnonzero(~np.concatenate((right, [False])))
    run = int(np.diff(ends, prepend=-1).max())
    p_global = correct / count
    if correct == 0:
        bound = 1 - 0.01 ** (1 / count)
    else:
        bound = min(1.0, p_global + Z * math.sqrt(p_global * (1 - p_global) / (count - 1)))
    local = _p_local(run, count)
    entropy = -math.log2(max(bound, local, 0.5))
    return Prediction(count, correct, run, p_global, bound, local, entropy)


def _p_local(run: int, count: int) -> float:
    """The p for which no run of ``run`` in ``count`` trials has a probability of 99 %."""
    low, high = 0.0, 1.0
    for _ in range(1_074):  # halvings of a double; ends when there is nothing between
        middle = (low + high) / 2
        if middle in (low, high):
            break
        if _log_no_run(middle, run, count) > math.log(CONFIDENCE):
            low = middle
        else:
            high = middle
    return (low + high) / 2


def _log_no_run(p: float, run: int, count: int) -> float:
    """log of (1 - px) / ((r + 1 - rx) q) x^-(N+1), x the root of 1 - x + q p^r x^(r+1)."""
    q = 1 - p
    x = 1.0
    for _ in range(65):  # the fixed point is reached within a few
        following = 1 + q * p**run * x ** (run + 1)
        if following == x:
            break
        x = following
        if not math.isfinite(x) or p * x >= 1:
            return -math.inf
    left = (1 - p * x) / ((run + 1 - run * x) * q)
    return math.log(left) - (count + 1) * math.log(x) if left > 0 else -math.inf
