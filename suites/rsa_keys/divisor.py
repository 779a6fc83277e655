"""From a multiple of a prime of n to the prime."""

from __future__ import annotations

import gmpy2  # type: ignore[import-untyped]

SHARE = 4  # both parts of n have at least n's length divided by this


def large_divisor(n: int, multiple: int) -> int | None:
    """What ``multiple`` and ``n`` > 0 have in common, if n falls into two large parts by it.

    A small common factor proves nothing about the structure that was looked for; trial division
    finds it.
    """
    common = gmpy2.gcd(multiple, n)
    least = n.bit_length() // SHARE
    if least <= common.bit_length() and least <= (n // common).bit_length():
        return int(common)
    return None
