"""Factoring from a guess of one prime: the guess need not be good, only near.

Lehman (Math. Comp. 28, 1974) for a window instead of all of n. Let p = g + x with |x| ≤ W. The sum
f(x) = u·n/(g + x) + v·(g + x) has the slope v − u·n/g² in 0; if v/u is a convergent of n/g², the
slope is below 1/W, and the sum is the same integer, give or take two, wherever in the window p
lies. Knowing u·q + v·p and their product u·v·n, one square root gives both.

The curvature u·n/g³·x² stays below one for W < n^(1/6), which is therefore as far as this goes:
341 bits of a prime of 1024. Coppersmith (J. Cryptology 10, 1997) would reach 512 and is not tried.
"""

from __future__ import annotations

import gmpy2  # type: ignore[import-untyped]
from gmpy2 import mpz

from suites.rsa_keys.divisor import large_divisor

SPREAD = 2  # integers to either side of f(0)
GUARD = 16  # bits beyond what a convergent needs


def factor_near(n: int, guess: int, window: int) -> int | None:
    """A factor of ``n`` within ``2**window`` of ``guess``, else None; 0 < guess < n."""
    if not 1 < guess < n:
        return None
    cofactor, rest = gmpy2.f_divmod(mpz(n), guess)
    if rest == 0:
        return large_divisor(n, guess)
    u, v = convergent(cofactor, mpz(guess), window)
    middle = u * cofactor + v * guess + u * rest // guess
    fourfold = 4 * u * v * mpz(n)
    for total in range(middle - SPREAD, middle + SPREAD + 1):
        square = total * total - fourfold
        if not gmpy2.is_square(square):
            continue
        if (factor := large_divisor(n, total + gmpy2.isqrt(square))) is not None:
            return factor
    return None


def convergent(cofactor: mpz, guess: mpz, window: int) -> tuple[int, int]:
    """(u, v): the last convergent v/u of ``cofactor``/``guess`` with u below ``2**window``."""
    spare = max(0, min(cofactor.bit_length(), guess.bit_length()) - 2 * window - GUARD)
    a, b = int(cofactor >> spare), int(guess >> spare)
    limit = 1 << window
    u0, u, v0, v = 0, 1, 1, a // b
    a, b = b, a % b
    while b:
        quotient, c = divmod(a, b)
        if (larger := quotient * u + u0) > limit:
            break
        a, b = b, c
        u0, u, v0, v = u, larger, v, quotient * v + v0
    return u, max(v, 1)
