"""The nine tests of AIS 20/31 (2011): T0 to T5 of procedure A, T6 to T8 of procedure B. Pure.

Source: W. Killmann, W. Schindler, "A proposal for: Functionality classes for random number
generators", version 2.0 (2011), 2.4.4. Bits are numbered from 0 here, from 1 there. Bounds are
those of FIPS 140-1, not the tighter ones of FIPS 140-2.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

WORDS, WORD_BITS = 65_536, 48  # T0
SEQUENCE = 20_000  # bits of T1 to T5
HALF_T5 = 5_000  # shifts, and terms of each sum
FFT = 16_384  # the next power of two above 15,000: no wrap-around
COUNTED = 100_000  # bits or tuples of each context in T6 and T7
Q, K, L = 2_560, 256_000, 8  # T8: words to begin with, words that count, bits of a word
T8_BITS = (Q + K) * L
LONGEST_RUN = 6  # runs of six and more are counted together in T3


def t0_disjointness(bits: NDArray[np.uint8]) -> int:
    """How many of 65,536 words of 48 bits (shape ``(65536, 48)``) repeat an earlier one."""
    octets = np.packbits(bits, axis=1)
    words = np.zeros((len(octets), 8), np.uint8)
    words[:, 2:] = octets
    return len(words) - len(np.unique(words.view(">u8")))


def t1_monobit(sequences: NDArray[np.uint8]) -> NDArray[np.int64]:
    """Ones in each sequence (rows)."""
    ones: NDArray[np.int64] = sequences.sum(axis=1, dtype=np.int64)
    return ones


def t2_poker(sequences: NDArray[np.uint8]) -> NDArray[np.float64]:
    """16/5000 Σ f² - 5000 over the 5,000 nibbles of each sequence."""
    nibbles = sequences.reshape(len(sequences), -1, 4) @ np.array([8, 4, 2, 1], np.uint8)
    rows = np.arange(len(sequences))[:, None] * 16
    counts = np.bincount((nibbles + rows).ravel(), minlength=16 * len(sequences))
    squares = (counts.reshape(-1, 16) ** 2).sum(axis=1)
    count = nibbles.shape[1]
    found: NDArray[np.float64] = 16 / count * squares - count
    return found


def runs(sequence: NDArray[np.uint8]) -> tuple[NDArray[np.int64], NDArray[np.int64], int]:
    """Runs of zeros and of ones of lengths 1 to 5 and 6 or more, and the longest (T3, T4).

    The first and the last run count like any other.
    """
    ends = np.flatnonzero(np.diff(sequence, append=1 - sequence[-1]))
    lengths = np.diff(ends, prepend=-1)
    symbols = sequence[ends]
    classes = np.minimum(lengths, LONGEST_RUN)
    zeros, ones = (
        np.bincount(classes[symbols == symbol], minlength=LONGEST_RUN + 1)[1:] for symbol in (0, 1)
    )
    return zeros, ones, int(lengths.max())


def t5_shifts(sequences: NDArray[np.uint8]) -> NDArray[np.int64]:
    """Z(τ) for τ = 1 to 5,000 (columns): how many of 5,000 bits differ from the one τ later."""
    signs = 1.0 - 2.0 * sequences[:, : 2 * HALF_T5]
    head = np.fft.rfft(signs[:, :HALF_T5], FFT)
    whole = np.fft.rfft(signs, FFT)
    correlation = np.fft.irfft(np.conj(head) * whole, FFT)[:, 1 : HALF_T5 + 1]
    return np.rint((HALF_T5 - correlation) / 2).astype(np.int64)


def t5_autocorrelation(sequence: NDArray[np.uint8], shift: int) -> int:
    """Z at the shift that stood out, over bits that were not used to find it."""
    start = 2 * HALF_T5
    first = sequence[start : start + HALF_T5]
    return int((first ^ sequence[start + shift : start + shift + HALF_T5]).sum())


def t6a_uniformity(bits: NDArray[np.uint8]) -> float:
    """Distance of the frequency of ones from one half."""
    return abs(float(bits.mean()) - 0.5)


def context_counts(
    tuples: NDArray[np.uint8],
) -> tuple[NDArray[np.int64], int] | None:
    """How often a one follows each context in its first 100,000 tuples, and the tuples used.

    ``tuples`` has shape ``(n, width)``; the last column follows the context that the others are.
    ``None`` when a context does not come so often.
    """
    width = tuples.shape[1]
    weights = 1 << np.arange(width - 2, -1, -1)
    contexts = tuples[:, :-1] @ weights.astype(np.uint8)
    ones, used = [], 0
    for context in range(1 << (width - 1)):
        places = np.flatnonzero(contexts == context)[:COUNTED]
        if len(places) < COUNTED:
            return None
        ones.append(int(tuples[places, -1].sum()))
        used = max(used, int(places[-1]) + 1)
    return np.array(ones), used


def t6b_transition(ones: NDArray[np.int64]) -> float:
    """|ν₀(1) + ν₁(0) - 1| from the ones after 0 and after 1."""
    return abs(float(ones[0] - ones[1])) / COUNTED


def t7_homogeneity(ones: NDArray[np.int64]) -> NDArray[np.float64]:
    """χ² (1 degree of freedom) of contexts that differ in their first bit, for each rest."""
    half = len(ones) // 2
    first, second = ones[:half], ones[half:]
    squares = (first - second).astype(np.float64) ** 2
    found: NDArray[np.float64] = squares / (first + second) + squares / (
        2 * COUNTED - first - second
    )
    return found


def t8_entropy(words: NDArray[np.uint8]) -> float:
    """Coron's entropy test over 258,560 bytes: the mean of g(distance to the last equal byte)."""
    order = np.argsort(words, kind="stable")
    same = words[order][1:] == words[order][:-1]
    distance = np.arange(1, len(words) + 1)  # n, where it never came before
    distance[order[1:][same]] = (order[1:] - order[:-1])[same]
    g = np.concatenate(([0.0, 0.0], np.cumsum(1 / np.arange(1, len(words))))) / np.log(2)
    return float(g[distance[Q:]].mean())
