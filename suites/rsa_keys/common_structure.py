"""Moduli whose primes, less one, are multiples of the same number.

With p = a·g + 1 and q = b·g + 1, n - 1 is a multiple of g as well. Several keys made so have g in
common, and so has the product of the others. By chance, two numbers n - 1 share some small primes
and nothing else: 128 bits in common between two of them happen once in 2^128.

Among very many, the small primes of n - 1 alone can come to that much, because every one of them
stands somewhere in the product of the others. So what only the product shares counts without its
primes below 2^20.

Sources: google/paranoid_crypto, CheckGCDN1; McKee and Pinch, Further attacks on server-aided RSA
cryptosystems (1998), for the factoring.
"""

from __future__ import annotations

from collections.abc import Sequence

from gmpy2 import gcd, is_square, isqrt, mpz, primorial  # type: ignore[import-untyped]

from suites.rsa_keys.batch_gcd import common_factors
from suites.rsa_keys.shared_primes import Shared

LEAST = 128  # bits in common that are no accident
SMOOTH = 1 << 20  # primes below are expected somewhere among many numbers
CARRIES = 4_096  # values of (a + b) div g that are tried
UNLIKE = 8  # bits that p + q may be longer than half of n
EXTRA = 64  # divisors of g below are tried away


def shared_structure(moduli: Sequence[int], *, blocks: int = 1) -> list[Shared]:
    """Groups whose n - 1 share a factor of 128 bits or more, with that factor; equal moduli once.

    A group of one place: its n - 1 shares that much with the others together, not with any one.
    """
    first: dict[int, int] = {}
    for place, n in enumerate(moduli):
        if n > 1:
            first.setdefault(n, place)
    before = [n - 1 for n in first]
    found = common_factors(before, blocks=blocks)
    left = [
        (place, mpz(value), shared)
        for place, value, shared in zip(first.values(), before, found, strict=True)
        if shared.bit_length() > LEAST
    ]
    groups = []
    while left:
        place, common, shared = left.pop(0)
        group, rest = [place], []
        for other in left:
            both = gcd(common, other[1])
            if both.bit_length() > LEAST:
                common = both
                group.append(other[0])
            else:
                rest.append(other)
        if len(group) == 1:
            common = _rough(mpz(shared))
        if common.bit_length() > LEAST:
            groups.append(Shared(int(common), tuple(group)))
        left = rest
    return groups


def _rough(number: mpz) -> mpz:
    """Without its primes below 2^20."""
    small = primorial(SMOOTH)
    while (common := gcd(number, small % number)) > 1:
        number //= common
    return number


def factor_by_structure(n: int, g: int) -> int | None:
    """The smaller prime of n = (a·g + 1)(b·g + 1), for a g of about a quarter of n or more.

    A g that has some small primes too many, as what keys share by chance, is tried without them.
    ``None`` where n is not made so, or g is too short.
    """
    if g < 2 or (n - 1) % g:
        return None
    for extra in range(1, EXTRA):
        if g % extra == 0 and (p := _read_off(mpz(n), mpz(g // extra))) is not None:
            return p
    return None


def _read_off(n: mpz, g: mpz) -> int | None:
    """(n - 1)/g = a·b·g + (a + b): for g above a + b both can be read off, else with a carry."""
    if g < 2 or 2 * g.bit_length() + CARRIES.bit_length() < n.bit_length() // 2:
        return None
    quotient, low = divmod((n - 1) // g, g)
    largest = (1 << n.bit_length() // 2 + UNLIKE) // (g * g)  # of (a + b) div g
    for carry in range(min(CARRIES, int(largest) + 1, int(quotient) + 1)):
        total, product = low + carry * g, quotient - carry
        square = total * total - 4 * product
        if square >= 0 and is_square(square):
            p = (total - isqrt(square)) // 2 * g + 1
            if 1 < p < n and n % p == 0:
                return int(p)
    return None
