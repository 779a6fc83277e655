"""Primes that repeat a pattern, and moduli that show it.

Bernstein et al., "Factoring RSA keys from certified smart cards", Asiacrypt 2013: a failing source
of noise repeats a short word, and the search for a prime changes only the last bits. Such a prime
is nearly a fraction: d·p = a·B + c with small a and c, where B = 2^(nlen/2) and d belongs to the
period (2^w − 1 for a word of w bits). Then d·n = q·(a·B + c), and writing n = u·B + v,

    c·q ≡ d·v (mod B),   a·q = d·u − h with |h| ≤ |c| + d,   so   c·(d·u) − a·(d·v) ≡ c·h (mod B):

(c, −a, c·h) is a short vector of a lattice of dimension three, and reducing the lattice shows it.
One of the two primes is enough, and q may be anything.

Where both primes are nearly fractions, n is one too, which a continued fraction shows without a
guess of d: a partial quotient of 2^48 has for a good key a probability of about 2^−38.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache

import flint
import gmpy2  # type: ignore[import-untyped]
from gmpy2 import mpz

from suites.rsa_keys.divisor import large_divisor

WORDS = (1, 3, 5, 7, 9, 11, 13, 15, 31, 63, 127, 255, 511, 8, 16, 32, 64, 128, 256)
"""Lengths of the repeated word in bits: short ones, periods of shift registers, memory blocks."""

SWAPPED = (8, 16, 32, 64)  # bits of the words that were exchanged in pairs
SUSPICIOUS = 1 << 48  # partial quotient
WORTH_A_TRY = 1 << 8  # partial quotient behind which a factor is looked for
LEAST_DIGITS = 8  # between the first and the last; 2^−32 by chance
MULTIPLES = 1 << 16
"""Below, all are tried for the denominator behind a suspicious quotient. One in a hundred pairs of
random words cancels by more than 2^10."""
LEAST_LENGTH = 64  # bits of n


def repeated_word(n: int) -> int | None:
    """A factor of ``n`` that repeats a word of one of the lengths WORDS, else None."""
    longest = n.bit_length() // 8
    return near_fraction(n, [(1 << w) - 1 for w in WORDS if w <= longest])


def repeated_swapped_word(n: int) -> int | None:
    """A factor of ``n`` that repeats a short word, written with its halves exchanged, else None.

    Exchanging neighbouring words of w bits turns the period of t bits into one of 2·t·w, but
    multiplication by (2^(t·w) + 1)/(2^w + 1) brings the short one back (t odd).
    """
    longest = n.bit_length() // 8
    denominators = (
        ((1 << t) - 1) * ((1 << (t * w)) + 1) // ((1 << w) + 1)
        for w in SWAPPED
        for t in range(3, w, 2)
    )
    return near_fraction(n, [d for d in denominators if d.bit_length() <= longest])


def near_fraction(n: int, denominators: Sequence[int]) -> int | None:
    """A factor p of ``n`` with d·p = a·B + c, a and c small, for one of the d, else None."""
    if n.bit_length() < LEAST_LENGTH:
        return None
    half = n.bit_length() // 2
    base = 1 << half
    high, low = divmod(n, base)
    for d in denominators:
        scale = 1 << d.bit_length()  # as long as the third coordinate can be expected to be
        lattice = flint.fmpz_mat(
            [[scale, 0, high * d % base], [0, scale, low * d % base], [0, 0, base]]
        )
        reduced = lattice.lll()
        for row in range(3):
            c, a = int(reduced[row, 0]) // scale, -int(reduced[row, 1]) // scale
            if (factor := large_divisor(n, a * base + c)) is not None:
                return factor
    return None


def large_quotient(n: int) -> int | None:
    """The first partial quotient of n/2^nlen that is 2^48 or more, else None.

    By the law of Gauss and Kuzmin a quotient of k or more has the probability 1/(k·ln 2), and there
    are about 0.58 of them to a bit of n. An n next to a power of two is no case of this.
    """
    return next((q for q, _ in _quotients(n) if q >= SUSPICIOUS), None)


def both_near_fractions(n: int) -> int | None:
    """A factor of ``n`` where both primes are nearly fractions, else None.

    v·n = a·x² + b·x + c with x = 2^(nlen/2) and small a, b, c, where v is the product of both
    denominators; if the quadratic has rational roots, their numerators are multiples of the primes.
    A fraction of one prime may cancel against one of the other: then v is a multiple of what the
    continued fraction shows.
    """
    for quotient, v in _quotients(n):
        for multiple in range(1, MULTIPLES if quotient >= SUSPICIOUS else 2):
            if (factor := _by_quadratic(n, v * multiple)) is not None:
                return factor
    return None


def _by_quadratic(n: int, v: mpz) -> int | None:
    x = mpz(1) << (n.bit_length() // 2)
    rest, c = _nearest(n * v, x)
    a, b = _nearest(rest, x)
    square = b * b - 4 * a * c
    if a == 0 or c == 0 or square < 0 or not gmpy2.is_square(square):
        return None
    root = gmpy2.isqrt(square)
    return large_divisor(n, 2 * a * x + b + root) or large_divisor(n, 2 * a * x + b - root)


def _quotients(n: int) -> Iterator[tuple[int, mpz]]:
    """Partial quotients of n/2^nlen that are worth a try, each with the denominator before it."""
    a, b = mpz(1) << n.bit_length(), mpz(n)
    v0, v = mpz(0), mpz(1)
    while b:
        quotient, c = gmpy2.f_divmod(a, b)
        if quotient >= WORTH_A_TRY:
            yield int(quotient), v
        a, b = b, c
        v0, v = v, quotient * v + v0


def _nearest(a: mpz, b: mpz) -> tuple[mpz, mpz]:
    """Quotient and remainder with the remainder between −b/2 and b/2."""
    quotient, rest = gmpy2.f_divmod(a + (b >> 1), b)
    return quotient, rest - (b >> 1)


def digits_of_a_polynomial(n: int) -> int | None:
    """A factor of ``n`` that is a polynomial with small coefficients in a power of two, else None.

    Some generators left most of each machine word empty. n, written in that base, is then the
    product of two polynomials, and polynomials are easy to factor. A base is tried when every
    digit but the first leaves its top four bits empty, which happens to no good key.
    """
    for width in (32, 64, 128):
        if n & _fourth_bits(width, n.bit_length()):
            continue
        digits = [(n >> at) % (1 << width) for at in range(0, n.bit_length(), width)]
        for polynomial, _ in flint.fmpz_poly(digits).factor()[1]:
            if (factor := large_divisor(n, int(polynomial(1 << width)))) is not None:
                return factor
    return None


@cache
def _fourth_bits(width: int, length: int) -> int:
    """The top four bits of each digit but the first and the last; all bits for a short number."""
    inner = range(width, (length - 1) // width * width, width)
    if len(inner) < LEAST_DIGITS:
        return -1
    return sum(15 << at + width - 4 for at in inner)
