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
from math import gcd, prod

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
IN_GROUP = 8  # moduli whose product is below 2^63
GROUPS = tuple(prod(MODULI[i : i + IN_GROUP]) for i in range(0, len(MODULI), IN_GROUP))
ALWAYS = 4  # moduli that are asked for every word; the others only while candidates are left
NONE = np.uint64(0)

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
    rows = np.array([int(n % group) for group in GROUPS], np.int64)
    first = np.array([int(start % group) for group in GROUPS], np.int64)
    mask = _by_64()[int(start % 64), int(n % 64)]
    found = np.zeros(SURVIVORS, np.int64)
    seen = _sift(*_tables(), rows, first, mask, count, found)
    yield from found[: min(seen, SURVIVORS)].tolist()


@compiled
def _sift(  # noqa: PLR0917  a compiled loop: what it shares lies in the same frame
    tables: NDArray[np.uint64],
    moduli: NDArray[np.int64],
    inverses: NDArray[np.int64],
    rows: NDArray[np.int64],
    first: NDArray[np.int64],
    mask: np.uint64,
    count: int,
    found: NDArray[np.int64],
) -> int:
    """Walk over ``count`` words; how many places passed all the tables, the first in ``found``."""
    seen = 0
    row = np.empty(len(moduli), np.int64)
    begin = np.empty(len(moduli), np.int64)
    for i in range(len(moduli)):
        row[i] = rows[i // IN_GROUP] % moduli[i]
        begin[i] = first[i // IN_GROUP] % moduli[i] * inverses[i] % moduli[i]
    place = begin[:ALWAYS].copy()
    for word in range(count):
        left = mask
        for i in range(ALWAYS):
            left &= tables[i, row[i], place[i]]
            place[i] += 1
            if place[i] == moduli[i]:
                place[i] = 0
        if left == NONE:
            continue
        for i in range(ALWAYS, len(moduli)):
            left &= tables[i, row[i], (begin[i] + word) % moduli[i]]
            if left == NONE:
                break
        if left == NONE:
            continue
        for bit in range(WORD):
            if left >> np.uint64(bit) & np.uint64(1):
                if seen < len(found):
                    found[seen] = word * WORD + bit
                seen += 1
    return seen


@cache
def _tables() -> tuple[NDArray[np.uint64], NDArray[np.int64], NDArray[np.int64]]:
    """For modulus i, n mod m = r and place k: bit j says that (64k + j)² − r may be a square.

    With the moduli, and the inverse of 64 for each, which makes a residue a place.
    """
    tables = np.zeros((len(MODULI), max(MODULI), max(MODULI)), np.uint64)
    bits = np.uint64(1) << np.arange(WORD, dtype=np.uint64)
    for i, modulus in enumerate(MODULI):
        is_square = np.zeros(modulus, bool)
        is_square[np.arange(modulus) ** 2 % modulus] = True
        at = (np.arange(modulus)[:, None] * WORD + np.arange(WORD)) % modulus
        for r in range(modulus):
            allowed = is_square[(at * at - r) % modulus]
            tables[i, r, :modulus] = (allowed * bits).sum(axis=1, dtype=np.uint64)
    return tables, np.array(MODULI), np.array([pow(WORD, -1, m) for m in MODULI])


@cache
def _by_64() -> NDArray[np.uint64]:
    """The same question modulo 64, by start and n: the answer is one for all words."""
    squares = {x * x % 64 for x in range(64)}
    masks = np.zeros((64, 64), np.uint64)
    for begin in range(64):
        for residue in range(64):
            allowed = (j for j in range(64) if ((begin + j) ** 2 - residue) % 64 in squares)
            masks[begin, residue] = sum(1 << j for j in allowed)
    return masks


@cache
def _multipliers() -> tuple[int, ...]:
    """u·v for all coprime u > v, each product once."""
    terms = range(1, LARGEST_TERM + 1)
    return tuple(sorted({u * v for u in terms for v in range(1, u) if gcd(u, v) == 1}))
