"""Primes that are close to each other, or in a ratio of small numbers, or at a guessable distance.

Fermat (1643): n = a² − b² with a = (p + q)/2, so whoever finds the a for which a² − n is a square
has both primes; a lies b²/2√n above √n, which is nothing where p and q are close.
Lehman (Math. Comp. 28, 1974): where u·q and v·p are close, the same works on 4·u·v·n.

A quarter of a million values of a are looked at by their residues, 64 at a time: a² − n can only
be a square if it is one modulo every small number, and for each modulus the answers repeat.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from math import gcd

import gmpy2  # type: ignore[import-untyped]
import numpy as np
from gmpy2 import mpz
from numpy.typing import NDArray

from suites.random_numbers.compiled import compiled
from suites.rsa_keys.divisor import large_divisor

STEPS = 1 << 18  # values of a that are looked at
WORD = 64  # of them in one word
MODULI = (63, 65, 11, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53, 59, 61, 67, 71, 73, 79, 83, 89, 97)
"""Odd, pairwise coprime; each lets about half of its candidates through (63 and 65 a quarter)."""

LARGEST_TERM = 32  # of a ratio u/v
SURVIVORS = 64  # room for the candidates of one call; about one in 2^24 passes by chance


def close_primes(n: int, steps: int = STEPS) -> int | None:
    """A factor of odd ``n`` where (p + q)/2 lies within ``steps`` above √n, else None.

    p = q is one of these cases. Values of n below 2¹⁰ are left to trial division.
    """
    if n < 1 << 10 or n % 2 == 0:
        return None
    number = mpz(n)
    start = gmpy2.isqrt(number - 1) + 1
    for offset in _candidates(number, start, steps):
        a = start + offset
        square = a * a - number
        if gmpy2.is_square(square):
            factor = a - gmpy2.isqrt(square)
            return int(factor) if 1 < factor < number else None
    return None


def primes_in_ratio(n: int) -> int | None:
    """A factor of ``n`` where p/q is within about n^(−1/4) of u/v, with u, v ≤ 32, else None."""
    if n < 1 << 16:
        return None
    number = mpz(n) << 2
    for multiplier in _multipliers():
        scaled = number * multiplier
        a = gmpy2.isqrt(scaled - 1) + 1
        square = a * a - scaled
        if not gmpy2.is_square(square):
            continue
        if (factor := large_divisor(n, a + gmpy2.isqrt(square))) is not None:
            return factor
    return None


def _candidates(n: mpz, start: mpz, steps: int) -> Iterator[int]:
    """Offsets at which (start + offset)² − n is a square modulo all of the moduli."""
    count = -(-steps // WORD)
    first = np.array([_place(int(start % m), m) for m in MODULI], np.int64)
    rows = np.array([int(n % m) for m in MODULI], np.int64)
    found = np.zeros(SURVIVORS, np.int64)
    seen = _sift(_tables(), np.array(MODULI), rows, first, _by_64(n, start), count, found)
    yield from found[: min(seen, SURVIVORS)].tolist()


@compiled
def _sift(  # noqa: PLR0917  the order of the compiled loop
    tables: NDArray[np.uint64],
    moduli: NDArray[np.int64],
    rows: NDArray[np.int64],
    first: NDArray[np.int64],
    mask: np.uint64,
    count: int,
    found: NDArray[np.int64],
) -> int:
    """Walk over ``count`` words; how many places passed all the tables, the first in ``found``."""
    seen = 0
    for word in range(count):
        left = mask
        for i in range(len(moduli)):
            place = (first[i] + word) % moduli[i]
            left &= tables[i, rows[i], place]
            if left == np.uint64(0):
                break
        if left != np.uint64(0):
            for bit in range(64):
                if (left >> np.uint64(bit)) & np.uint64(1):
                    if seen < len(found):
                        found[seen] = word * 64 + bit
                    seen += 1
    return seen


def _place(residue: int, modulus: int) -> int:
    """The row of tables is in the order of the words: place k begins at residue 64·k."""
    return residue * pow(WORD, -1, modulus) % modulus


@cache
def _tables() -> NDArray[np.uint64]:
    """For modulus i, n mod m = r and place k: bit j says that (64k + j)² − r may be a square."""
    tables = np.zeros((len(MODULI), max(MODULI), max(MODULI)), np.uint64)
    bits = np.uint64(1) << np.arange(WORD, dtype=np.uint64)
    for i, modulus in enumerate(MODULI):
        is_square = np.zeros(modulus, bool)
        is_square[np.arange(modulus) ** 2 % modulus] = True
        at = (np.arange(modulus)[:, None] * WORD + np.arange(WORD)) % modulus
        for r in range(modulus):
            allowed = is_square[(at * at - r) % modulus]
            tables[i, r, :modulus] = (allowed * bits).sum(axis=1, dtype=np.uint64)
    return tables


def _by_64(n: mpz, start: mpz) -> np.uint64:
    """The same question modulo 64, whose answer is one for all words."""
    squares = {x * x % 64 for x in range(64)}
    begin, residue = int(start % 64), int(n % 64)
    mask = sum(1 << j for j in range(64) if ((begin + j) ** 2 - residue) % 64 in squares)
    return np.uint64(mask)


@cache
def _multipliers() -> tuple[int, ...]:
    """u·v for all coprime u > v, each product once."""
    terms = range(1, LARGEST_TERM + 1)
    return tuple(sorted({u * v for u in terms for v in range(1, u) if gcd(u, v) == 1}))
