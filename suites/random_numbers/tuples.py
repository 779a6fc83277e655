"""The t-tuple and LRS estimates (SP 800-90B 6.3.5, 6.3.6): how often strings come again. Pure.

Windows of 64 bits are sorted once; neighbours that begin alike are the strings that come again, of
all lengths at the same time. Where something longer than a window repeats, a sort of
all suffixes takes over.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from pydivsufsort import divsufsort

from suites.random_numbers.compiled import compiled
from suites.random_numbers.estimators import upper_bound
from suites.random_numbers.prediction import ones_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

OFTEN = 35  # a string must come so often to count as a t-tuple
WINDOW = 64  # bits
BUCKET_BITS = 14  # what is sorted at a time lies in the cache


@dataclass(frozen=True)
class Repeats:
    """Bits a symbol of both estimates (``None``: the longest repeat is no longer than t)."""

    t: int  # the longest string that comes 35 times
    v: int  # the longest that comes twice
    t_tuple: float
    lrs: float | None


def repeats(symbols: NDArray[np.uint8], alphabet: int) -> Repeats:
    """Both estimates of at least 35 symbols (0 to ``alphabet`` - 1, one a byte)."""
    count = len(symbols)
    width = max(1, (alphabet - 1).bit_length())
    most, pairs = _counted(symbols, width)
    t = int(np.flatnonzero(most[1:] >= OFTEN).max(initial=-1)) + 1
    v = int(np.flatnonzero(pairs[1:] > 0).max(initial=-1)) + 1
    p = max(((int(most[n]) / (count - n + 1)) ** (1 / n) for n in range(1, t + 1)), default=0.0)
    t_tuple = -math.log2(upper_bound(p, count)) if t else math.log2(alphabet)
    if v < t + 1:
        return Repeats(t, v, t_tuple, None)
    lengths = np.arange(t + 1, v + 1)
    windows = (count - lengths + 1).astype(float)
    same = pairs[lengths] / (windows * (windows - 1) / 2)
    p = float((same ** (1 / lengths)).max())
    return Repeats(t, v, t_tuple, -math.log2(upper_bound(p, count)))


def _counted(
    symbols: NDArray[np.uint8], width: int
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """For each length: how often its commonest string comes, and how many pairs are equal."""
    most = np.zeros(len(symbols) + 2, np.int64)
    pairs = np.zeros(len(symbols) + 2, np.float64)
    window = WINDOW // width
    common = _common_of_windows(symbols, width, window)
    if common.max(initial=0) >= window:
        common = _common_of_suffixes(symbols)
    longest = int(common.max(initial=0))
    _tally(common, most[: longest + 2], pairs[: longest + 2])
    most[1] = int(np.bincount(symbols).max())
    return most, pairs


def _common_of_windows(symbols: NDArray[np.uint8], width: int, window: int) -> NDArray[np.int32]:
    """How many symbols neighbours in sorted order have in common, up to ``window``.

    The last windows are filled up with zeros; a count past the end is cut at what is there, by
    looking for the shorter of two equal windows below.
    """
    count = len(symbols)
    if count <= window:
        return _common_of_suffixes(symbols)
    whole = _sorted_windows(symbols, width, window)
    common = _leading(whole, WINDOW - width * window) // width
    common = np.minimum(common, window).astype(np.int32)
    ends = [symbols[count - n :] for n in range(1, window)]
    return _with_ends(common, whole, ends, width, window)


@compiled
def _buckets(
    symbols: NDArray[np.uint8], width: int, window: int, bits: int
) -> tuple[NDArray[np.uint64], NDArray[np.int64]]:
    """All whole windows, the first symbol in the high bits, in order of their first ``bits``."""
    count = symbols.size - window + 1
    unused = np.uint64(64 - width * window)
    mask = ~np.uint64(0) >> unused
    top = np.uint64(width * window - bits)
    step = np.uint64(width)
    first = np.uint64(0)
    for n in range(window - 1):
        first = (first << step) | np.uint64(symbols[n])
    ends = np.zeros((1 << bits) + 1, np.int64)
    here = first
    for n in range(count):
        here = ((here << step) | np.uint64(symbols[n + window - 1])) & mask
        ends[(here >> top) + np.uint64(1)] += 1
    for n in range(1 << bits):
        ends[n + 1] += ends[n]
    found = np.empty(count, np.uint64)
    here = first
    for n in range(count):
        here = ((here << step) | np.uint64(symbols[n + window - 1])) & mask
        bucket = here >> top
        found[ends[bucket]] = here
        ends[bucket] += 1
    return found, ends[:-1]


def _sorted_windows(symbols: NDArray[np.uint8], width: int, window: int) -> NDArray[np.uint64]:
    found, ends = _buckets(symbols, width, window, BUCKET_BITS)
    begin = 0
    for end in ends.tolist():
        if end - begin > 1:
            found[begin:end].sort()
        begin = end
    return found


@compiled
def _leading(values: NDArray[np.uint64], unused: int) -> NDArray[np.int32]:
    """How many leading bits neighbours share, of those in use."""
    found = np.empty(values.size - 1, np.int32)
    for n in range(values.size - 1):  # no branches: several are done at once
        below = values[n] ^ values[n + 1]
        below |= below >> np.uint64(1)
        below |= below >> np.uint64(2)
        below |= below >> np.uint64(4)
        below |= below >> np.uint64(8)
        below |= below >> np.uint64(16)
        below |= below >> np.uint64(32)
        found[n] = 64 - np.int32(ones_of(below)) - unused
    return found


def _with_ends(
    common: NDArray[np.int32],
    whole: NDArray[np.uint64],
    ends: list[NDArray[np.uint8]],
    width: int,
    window: int,
) -> NDArray[np.int32]:
    """The suffixes shorter than a window, each put where it belongs in the sorted order."""
    places, keys = [], []
    for end in ends:
        key = 0
        for symbol in end:
            key = (key << width) | int(symbol)
        key <<= width * (window - len(end))
        keys.append((key, len(end)))
        places.append(int(np.searchsorted(whole, np.uint64(key), "left")))
    made: list[NDArray[np.int32]] = []
    order = sorted(range(len(ends)), key=lambda n: keys[n])
    begin = 0  # of the part of ``common`` not yet taken over
    previous: tuple[int, int] | None = None

    def shared(one: tuple[int, int], other: tuple[int, int]) -> int:
        differs = one[0] ^ other[0]
        same = (width * window - differs.bit_length()) // width
        return min(same, one[1], other[1])

    for n in order:
        place = places[n]
        if place > begin:
            if previous is not None:
                made.append(np.array([shared(previous, (int(whole[begin]), window))], np.int32))
            made.append(common[begin : place - 1])
            previous = (int(whole[place - 1]), window)
            begin = place
        if previous is not None:
            made.append(np.array([shared(previous, keys[n])], np.int32))
        previous = keys[n]
    if begin < len(whole):
        if previous is not None:
            made.append(np.array([shared(previous, (int(whole[begin]), window))], np.int32))
        made.append(common[begin:])
    return np.concatenate(made)


def _common_of_suffixes(symbols: NDArray[np.uint8]) -> NDArray[np.int32]:
    """What neighbouring suffixes have in common, all of it."""
    order = divsufsort(symbols)
    rank = np.empty(len(symbols), np.int32)
    rank[order] = np.arange(len(symbols), dtype=np.int32)
    return _kasai(symbols, order, rank)


@compiled
def _kasai(
    symbols: NDArray[np.uint8], order: NDArray[np.int32], rank: NDArray[np.int32]
) -> NDArray[np.int32]:
    found = np.zeros(symbols.size - 1, np.int32)
    same = 0
    for place in range(symbols.size):
        if rank[place] == 0:
            same = 0
            continue
        other = order[rank[place] - 1]
        while (
            place + same < symbols.size
            and other + same < symbols.size
            and symbols[place + same] == symbols[other + same]
        ):
            same += 1
        found[rank[place] - 1] = same
        same = max(0, same - 1)
    return found


@compiled
def _tally(common: NDArray[np.int32], most: NDArray[np.int64], pairs: NDArray[np.float64]) -> None:
    """Groups of neighbours that share so many symbols: their largest size, and their pairs.

    A group that shares ``low + 1`` to ``high`` symbols is counted once, at ``high``, and taken off
    again at ``low``; running sums over the lengths then give both for every length.
    """
    longest = most.size - 2
    starts = np.empty(longest + 2, np.int64)
    shares = np.empty(longest + 2, np.int64)
    depth = 0
    for n in range(common.size + 1):
        value = np.int64(common[n]) if n < common.size else 0
        begin = n
        while depth > 0 and shares[depth - 1] > value:
            depth -= 1
            begin = starts[depth]
            high = shares[depth]
            low = value
            if depth > 0 and shares[depth - 1] > value:
                low = shares[depth - 1]
            size = n - begin + 1
            most[high] = max(most[high], size)
            equal = size * (size - 1) / 2
            pairs[high] += equal
            pairs[low] -= equal
        if value > 0 and (depth == 0 or shares[depth - 1] < value):
            shares[depth] = value
            starts[depth] = begin
            depth += 1
    for length in range(longest - 1, 0, -1):
        most[length] = max(most[length], most[length + 1])
        pairs[length] += pairs[length + 1]
