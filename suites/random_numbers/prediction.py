"""What a predictor came to (SP 800-90B 6.3.7 to 6.3.10, last steps). Pure.

A predictor asks several sub-predictors and believes the one that was right most often so far; at
equal scores the one that reached the score last. Which of them were right is kept as packed bits,
64 places to a word, so that a whole block of places is decided at once wherever the leader cannot
be caught within it. That is exact: a sub-predictor that trails by more than it scores in the block
cannot lead at any place of it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from suites.random_numbers.compiled import compiled

if TYPE_CHECKING:
    from numpy.typing import NDArray

Z = 2.5758293035489008  # of 99.5 % (SP 800-90B 6.3.1)
CONFIDENCE = 0.99  # of the longest run (6.3.7, step 8)
WORD = 64  # places to a word of packed bits; place i is bit i % 64 of word i // 64


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


def judged(right: NDArray[np.uint64], first: int, end: int, symbols: int) -> Prediction:
    """The estimate from which predictions were right.

    ``right``: packed; ``first`` to ``end``: the places that were predicted (outside of them no bit
    is set); ``symbols``: k, the size of the alphabet.
    """
    correct, longest = correct_and_longest(right)
    return estimate(end - first, correct, longest + 1, symbols)


def estimate(count: int, correct: int, run: int, symbols: int) -> Prediction:
    """The estimate of ``correct`` right predictions out of ``count``, with r = ``run``."""
    p_global = correct / count
    if correct == 0:
        bound = 1 - 0.01 ** (1 / count)
    else:
        bound = min(1.0, p_global + Z * math.sqrt(p_global * (1 - p_global) / (count - 1)))
    local = p_local(run, count)
    entropy = -math.log2(max(bound, local, 1 / symbols))
    return Prediction(count, correct, run, p_global, bound, local, entropy)


def p_local(run: int, count: int) -> float:
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


def correct_and_longest(right: NDArray[np.uint64]) -> tuple[int, int]:
    """How many bits are set, and the longest run of set bits in order of place."""
    places = np.flatnonzero(np.unpackbits(right.view(np.uint8), bitorder="little") == 0)
    correct = int(np.bitwise_count(right).sum(dtype=np.int64))
    gaps = np.diff(places, prepend=-1, append=WORD * right.size) - 1
    return correct, int(gaps.max())


@compiled
def elect(
    hits: NDArray[np.uint64],
    counts: NDArray[np.uint64],
    score: NDArray[np.int64],
    leader: int,
) -> tuple[int, np.uint64]:
    """One word of places: who leads after it, and where the leader of the time was right.

    ``hits`` (shape ``(n,)``): where each sub-predictor was right in this word; ``counts``: how many
    bits that is, each; ``score``: right ones before, brought forward here; ``leader``: who led
    before.
    """
    best = score[leader]
    theirs = hits[leader]
    rivals = 0
    for n in range(hits.size):
        if n != leader and score[n] + np.int64(counts[n]) >= best:
            rivals += 1
    if rivals == 0:
        score += counts.astype(np.int64)
        return leader, theirs
    chosen = np.empty(rivals + 1, np.int64)
    running = np.empty(rivals + 1, np.int64)
    found, lead = 0, 0
    for n in range(hits.size):
        # one that is right only where the leader is, and trails, cannot catch up
        close = score[n] + np.int64(counts[n]) >= best
        behind = (hits[n] & ~theirs) == np.uint64(0) and score[n] < best
        if n == leader or (close and not behind):
            if n == leader:
                lead = found
            chosen[found], running[found] = n, score[n]
            found += 1
    right = np.uint64(0)
    one = np.uint64(1)
    for place in range(64):
        bit = np.uint64(place)
        right |= ((hits[chosen[lead]] >> bit) & one) << bit
        for n in range(found):
            if (hits[chosen[n]] >> bit) & one:
                running[n] += 1
                if running[n] >= running[lead]:
                    lead = n
    score += counts.astype(np.int64)
    return chosen[lead], right


@compiled
def ones_of(word: np.uint64) -> np.uint64:
    """How many bits of a word are set."""
    x = word
    x = x - ((x >> np.uint64(1)) & np.uint64(0x5555555555555555))
    x = (x & np.uint64(0x3333333333333333)) + ((x >> np.uint64(2)) & np.uint64(0x3333333333333333))
    x = (x + (x >> np.uint64(4))) & np.uint64(0x0F0F0F0F0F0F0F0F)
    return (x * np.uint64(0x0101010101010101)) >> np.uint64(56)


@compiled
def elected(hits: NDArray[np.uint64], right: NDArray[np.uint64]) -> None:
    """Where the leading sub-predictor was right, into ``right``.

    ``hits`` has shape ``(words, n)``: a row for each word, a column for each sub-predictor in the
    order in which they take the lead.
    """
    score = np.zeros(hits.shape[1], np.int64)
    counts = np.zeros(hits.shape[1], np.uint64)
    leader = 0
    for word in range(hits.shape[0]):
        for n in range(hits.shape[1]):
            counts[n] = ones_of(hits[word, n])
        leader, right[word] = elect(hits[word], counts, score, leader)
