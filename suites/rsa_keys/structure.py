"""Two primes that have something in common: ends that are equal, or a distance one can guess.

Answers for pairs that Fermat does not reach: where many of the high and of the low bits are equal
(a counter in the middle of a random number), and where q was made from p by adding a power of two,
for instance by reading |p − q| > 2^(nlen/2 − 100) of FIPS 186-4 B.3.3 step 5.4 as a recipe.
"""

from __future__ import annotations

from collections.abc import Iterator

import gmpy2  # type: ignore[import-untyped]
from gmpy2 import mpz

from suites.rsa_keys.near import factor_near

LEAST_BITS = 64  # of n; below, trial division and Fermat have found everything
MIDDLE = 4  # candidates per length of the low end: this many bits less have to be equal, halved
DISTANCES = (1, 2, 3, 4, 8, 16, 32, 64, 96, 100, 112, 128, 160, 192, 224, 256)
"""q was made as p + 2^(nlen/2 − k); 100 is the bound of the standard."""


def equal_ends(n: int) -> int | None:
    """A factor of odd ``n`` whose primes share r low and s high bits, r + s ≥ nlen/4, else None.

    p ≡ q modulo 2^r makes (p + q)/2 a square root of n modulo 2^(2r − 2), and s equal high bits
    put it within 2^(nlen/2 − 2s − 2) above √n: together that leaves a handful of candidates.
    """
    length = n.bit_length()
    if length < LEAST_BITS or n % 8 != 1:  # p ≡ q modulo 8 makes n ≡ 1
        return None
    number = mpz(n)
    start = gmpy2.isqrt(number - 1) + 1
    for half_sum in _half_sums(number, start, (length + 1) // 2):
        square = half_sum * half_sum - number
        if gmpy2.is_square(square):
            factor = half_sum - gmpy2.isqrt(square)
            if 1 < factor < number:
                return int(factor)
    return None


def _half_sums(n: mpz, start: mpz, bits: int) -> Iterator[mpz]:
    """The first few numbers from ``start`` on that are ±√n modulo 2^i, for every i."""
    root = root_modulo_power_of_two(n, bits + 1)
    for residue in (root, -root):
        for i in range(1, bits):
            step = mpz(1) << i
            candidate = start + (residue - start) % step
            for _ in range(MIDDLE):
                comes_again = candidate.bit_test(i) == residue.bit_test(i)  # with the next i
                if not comes_again or i == bits - 1:
                    yield candidate
                candidate += step


def root_modulo_power_of_two(n: mpz, bits: int) -> mpz:
    """A square root of n ≡ 1 (mod 8) modulo ``2**bits``; the others are its negative and
    both of these plus 2^(bits − 1).

    Newton's iteration for 1/√n, each step of which doubles the bits that are right, less one.
    """
    inverse, right = mpz(1), 3
    while right < bits:
        right = 2 * right - 2
        inverse = inverse * (3 - n * inverse * inverse) // 2 % (mpz(1) << right)
    return n * inverse % (mpz(1) << bits)


def guessable_distance(n: int) -> int | None:
    """A factor of ``n`` where |p − q| is nearly one of DISTANCES, else None."""
    half = (n.bit_length() + 1) // 2
    if half < 2 * max(DISTANCES) - 128:
        return None
    for k in DISTANCES:
        distance = mpz(1) << (half - k)
        larger = gmpy2.isqrt(n + (distance >> 1) ** 2) + (distance >> 1)
        if (factor := factor_near(n, int(larger), half // 3 - 8)) is not None:
            return factor
    return None
