"""p and q from n, e and d: SP 800-56B r2, appendix C.1 (probabilistic). Pure."""

from __future__ import annotations

from math import gcd

import gmpy2  # type: ignore[import-untyped]

from suites.rsa_keys.primality import Draw

ATTEMPTS = 100  # step 2; each fails with a probability of 1/2 at most


def recover(n: int, e: int, d: int, draw: Draw) -> tuple[int, int] | None:
    """Two factors of ``n``, the larger first, or None.

    None where e*d - 1 is 0, odd or negative or n below 4, and after a hundred attempts, which says
    that e*d is not 1 modulo lambda(n), or that n is a power of one prime. Of a product of more than
    two primes the factors need not be prime.
    """
    k = e * d - 1
    if n < 4 or k <= 0 or k & 1:
        return None
    twos = (k & -k).bit_length() - 1
    for _ in range(ATTEMPTS):
        base = 1 + draw(n - 1)
        if (common := gcd(base, n)) > 1:
            return _pair(n, common)
        if gmpy2.powmod(base, k, n) != 1:
            return None  # with no base, then: k is no multiple of lambda
        if (factor := _attempt(n, k >> twos, base)) is not None:
            return _pair(n, factor)
    return None


def _attempt(n: int, odd: int, base: int) -> int | None:
    """Steps 2 to 5: a square root of 1 other than 1 and -1 tells a factor."""
    y, square = 1, int(gmpy2.powmod(base, odd, n))
    while square != 1:
        y, square = square, square * square % n
    return None if y in (1, n - 1) else gcd(y - 1, n)


def _pair(n: int, factor: int) -> tuple[int, int]:
    return max(factor, n // factor), min(factor, n // factor)
