"""What a modulus and an exponent show at a glance: size, parity, factors, digits.

What a size or an exponent is allowed to be the validator judges, which knows the profile; here they
are told where they are unusual, or where no key can have them. SP 800-56B rev. 2 §6.4.2.2 for a
modulus that is odd, composite and no prime power, and has no small factor. The rest are signs of
where a modulus comes from, after the public tools badkeys and paranoid.
"""

from __future__ import annotations

import re
from functools import cache

import gmpy2  # type: ignore[import-untyped]
from gmpy2 import mpz

from suites.rsa_keys.check import Sighting, broken_by
from suites.rsa_keys.key import KeyClass, RsaKey
from suites.rsa_keys.profile import LEAST_EXPONENT, MOST_EXPONENT

LEAST_LENGTH = 2048  # bits of n; FIPS 186-5 §5.1
MOST_LENGTH = 16_384  # bits up to which the structure of a modulus is looked at
USUAL_LENGTHS = (2048, 3072, 4096)
USUAL_EXPONENT = 65537
LARGEST_SMALL_PRIME = 65537  # SP 800-56B asks up to 751
ROUNDS = 16  # Miller and Rabin, behind the BPSW of the library
BIAS = 10  # per cent of n's bits to either side of one half: nine deviations at 2048 bits
EQUAL_BYTES = re.compile(rb"(.)\1{15}", re.DOTALL)  # by chance once in 10^33 keys
LONG_EXPONENT = 64  # bits; an exponent that belongs to a small d is about as long as n


def size(key: RsaKey) -> Sighting | None:
    """A length of n that is unusual; whether a profile allows it is K01, the validator's."""
    length = key.n.bit_length()
    beyond = "" if length <= MOST_LENGTH else ", too many for anything else to be looked at"
    if not beyond and (length in USUAL_LENGTHS or length < LEAST_LENGTH or length % 2):
        return None
    reason = f"a modulus of {length} bits is unusual"
    return Sighting(KeyClass.FINGERPRINT, reason + beyond, length, None, "bit")


def exponent(key: RsaKey) -> Sighting | None:
    """e: possible at all, and usual; whether a profile allows it is K03, the validator's."""
    e = key.e
    if e == USUAL_EXPONENT:
        return None
    if e <= 1 or e % 2 == 0:
        what = "a signature is the padded digest itself" if e == 1 else "no private exponent exists"
        return Sighting(KeyClass.BROKEN, f"with the exponent e = {_short(e)}, {what}")
    if not LEAST_EXPONENT < e < MOST_EXPONENT:
        return None
    return Sighting(KeyClass.FINGERPRINT, f"the exponent e = {_short(e)} is unusual")


def _short(number: int) -> str:
    """A number for a reader, who has no use for three hundred digits."""
    return str(number) if number.bit_length() <= 64 else f"a number of {number.bit_length()} bits"


def small_factor(key: RsaKey) -> Sighting | None:
    """n below 6, or with a prime factor up to LARGEST_SMALL_PRIME and another one."""
    n = key.n
    if n < 6:
        return Sighting(KeyClass.BROKEN, f"n = {_short(n)} is no product of two different primes")
    common = gmpy2.gcd(_small_primes() % n, n)  # 0 becomes n, as it should
    if common == 1 or (factor := int(_least_prime(common))) == n:
        return None
    return broken_by(n, factor, f"the modulus has the small factor {factor}")


def prime_modulus(key: RsaKey) -> Sighting | None:
    """n that is itself a prime."""
    if not _is_probably_prime(mpz(key.n)):
        return None
    reason = "the modulus is a prime: d is the inverse of e modulo n − 1"
    return Sighting(KeyClass.BROKEN, reason)


def perfect_power(key: RsaKey) -> Sighting | None:
    """n that is a square, a cube or another power."""
    if not gmpy2.is_power(key.n):
        return None
    for k in range(2, key.n.bit_length()):
        root, exact = gmpy2.iroot(key.n, k)
        if exact:
            return broken_by(key.n, int(root), f"the modulus is the power {k} of a number")
    return None


def _is_probably_prime(n: mpz) -> bool:
    """One Fermat test first: it turns nearly every modulus away at the cost of one power."""
    return gmpy2.powmod(2, n - 1, n) == 1 and bool(gmpy2.is_prime(n, ROUNDS))


@cache
def _small_primes() -> mpz:
    return gmpy2.primorial(LARGEST_SMALL_PRIME)


def _least_prime(number: mpz) -> mpz:
    prime = mpz(2)
    while number % prime:
        prime = gmpy2.next_prime(prime)
    return prime


def small_private_exponent(key: RsaKey) -> Sighting | None:
    """d below about n^(1/4)/3, from the continued fraction of e/n.

    e·d = 1 + k·φ(n)/g makes k/(d·g) a convergent of e/n; φ(n) then gives p + q. Larger d, up to
    n^0.292 (Boneh and Durfee 1999), are not looked for.
    """
    n, e = mpz(key.n), mpz(key.e)
    if not LONG_EXPONENT < e.bit_length() <= 2 * n.bit_length():
        return None
    a, b = n, e % n
    k0, k, d0, d = mpz(1), mpz(0), mpz(0), mpz(1)  # convergents k/d of e/n
    while b and d.bit_length() < n.bit_length() // 2:
        quotient, c = gmpy2.f_divmod(a, b)
        a, b = b, c
        k0, k, d0, d = k, quotient * k + k0, d, quotient * d + d0
        if (factor := _from_convergent(n, e % n, k, d)) is not None:
            return broken_by(key.n, factor, "the private exponent is small enough for Wiener")
    return None


def _from_convergent(n: mpz, e: mpz, k: mpz, d: mpz) -> int | None:
    """A prime of n if φ(n) = ⌊e·d/k⌋."""
    if k == 0:
        return None
    total = n + 1 - e * d // k
    square = total * total - 4 * n
    if square < 0 or not gmpy2.is_square(square):
        return None
    factor = (total + gmpy2.isqrt(square)) // 2
    return int(factor) if 1 < factor < n and n % factor == 0 else None


def biased_bits(key: RsaKey) -> Sighting | None:
    """n with far more or far fewer ones than half."""
    length = key.n.bit_length()
    if length < LEAST_LENGTH:
        return None
    share = 100 * key.n.bit_count() / length
    if abs(share - 50) <= BIAS:
        return None
    low = key.n % (1 << length // 2)
    vanity = abs(100 * low.bit_count() / (length // 2) - 50) <= BIAS
    where = "only its upper half: chosen text, perhaps" if vanity else "in both halves"
    reason = f"{share:.0f} % of the bits of the modulus are ones ({where})"
    return Sighting(KeyClass.FINGERPRINT, reason, share, 50 + BIAS, "% of ones")


def equal_bytes(key: RsaKey) -> Sighting | None:
    """n with sixteen equal bytes in a row."""
    found = EQUAL_BYTES.search(key.n.to_bytes(-(-key.n.bit_length() // 8), "big"))
    if found is None:
        return None
    reason = f"the modulus repeats the byte {found[1].hex()} sixteen times or more"
    return Sighting(KeyClass.FINGERPRINT, reason)


def xz_backdoor(key: RsaKey) -> Sighting | None:
    """n that is a command for the back door of xz 5.6 (CVE-2024-3094), not the modulus of a key.

    The first 16 bytes of its encoding are a, b (32 bits) and c (64 bits), little-endian, and the
    command number is a·b + c mod 2^64, at most 3.
    """
    head = key.n.to_bytes(key.n.bit_length() // 8 + 1, "big")[:16]
    a, b, c = (int.from_bytes(head[i:j], "little") for i, j in ((0, 4), (4, 8), (8, 16)))
    if len(head) < 16 or (a * b + c) % (1 << 64) > 3:
        return None
    return Sighting(KeyClass.BROKEN, "the modulus is a command for the back door of xz, not a key")
