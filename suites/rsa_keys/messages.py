"""Does a key with doubtful primes give messages back? Pure.

SP 800-56B r2, 6.4.1.2, pair-wise consistency: (m**d)**e = m modulo n. A theorem where p and q are
prime and d is right; with a composite "prime" it has to be tried.
"""

from __future__ import annotations

import gmpy2  # type: ignore[import-untyped]

from suites.rsa_keys.key import RsaKey
from suites.rsa_keys.primality import MOST_BITS, Draw

MESSAGES = 32
"""A factor (2m + 1)(4m + 1) loses every second message: missed once in 2**32 keys."""


def keeps_messages(key: RsaKey, draw: Draw, messages: int = MESSAGES) -> bool:
    """Whether random messages come back from ``key``, both with d and, where it is there, by CRT.

    False where the numbers admit no computing at all.
    """
    if key.d is None or key.n < 4 or key.n.bit_length() > MOST_BITS:
        return False
    try:
        return all(_keeps(key, draw(key.n)) for _ in range(messages))
    except (ValueError, ZeroDivisionError):  # a negative exponent without an inverse; modulus 0
        return False


def _keeps(key: RsaKey, message: int) -> bool:
    encrypted = int(gmpy2.powmod(message, key.e, key.n))
    if gmpy2.powmod(encrypted, key.d, key.n) != message:
        return False
    by_crt = _by_crt(key, encrypted)
    return by_crt is None or by_crt == message


def _by_crt(key: RsaKey, encrypted: int) -> int | None:
    """RFC 8017, 5.1.2, step 2b; None where a value is missing."""
    p, q, dp, dq, qinv = key.p, key.q, key.dp, key.dq, key.qinv
    if p is None or q is None or dp is None or dq is None or qinv is None:
        return None
    m1, m2 = int(gmpy2.powmod(encrypted, dp, p)), int(gmpy2.powmod(encrypted, dq, q))
    return m2 + (m1 - m2) * qinv % p * q
