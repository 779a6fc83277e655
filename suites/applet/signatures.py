"""Judging signatures and public keys: bytes and numbers in, findings in words out. Pure.

RSA is a permutation: where ``s^e mod n`` equals the whole encoded block, ``s`` is bit for bit
the signature any other library makes with that key and padding. So the recovered block is
compared in full, never searched for the parts one hopes to find.
"""

from __future__ import annotations

import hashlib
import math

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, utils
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from fixtures.card.tlv import find

SHA256_DIGEST_INFO = bytes.fromhex("3031300D060960864801650304020105000420")  # RFC 8017 9.2 note 1
MODULUS_BITS = 2048  # ministerial rule, article 2; FIPS 186-4 5.1
SMALLEST_EXPONENT, LARGEST_EXPONENT = 2**16, 2**256  # both exclusive, FIPS 186-4 B.3.1
SMALL_PRIMES = tuple(
    n for n in range(2, 752) if all(n % divisor for divisor in range(2, math.isqrt(n) + 1))
)  # up to 751, SP 800-89 5.3.3


def digest_info(message: bytes) -> bytes:
    """DigestInfo of the SHA-256 of a message (RFC 8017 9.2), 51 bytes."""
    return SHA256_DIGEST_INFO + hashlib.sha256(message).digest()


def encoded_block(data: bytes, size: int = MODULUS_BITS // 8) -> bytes:
    """EMSA-PKCS1-v1_5 around data as given: ``00 01 FF…FF 00 ‖ data`` (RFC 8017 9.2)."""
    return b"\x00\x01" + b"\xff" * (size - len(data) - 3) + b"\x00" + data


def recovered_block(key: RSAPublicKey, signature: bytes) -> bytes:
    """``s^e mod n`` in full length."""
    numbers = key.public_numbers()
    value = pow(int.from_bytes(signature, "big"), numbers.e, numbers.n)
    return value.to_bytes((key.key_size + 7) // 8, "big")


def verifies(key: object, signature: bytes, message: bytes) -> bool:
    """True when ``cryptography`` accepts the signature (PKCS#1 v1.5, SHA-256)."""
    if not isinstance(key, RSAPublicKey):
        return False
    try:
        key.verify(signature, message, padding.PKCS1v15(), hashes.SHA256())
    except InvalidSignature:
        return False
    return True


def verifies_pss(key: RSAPublicKey, signature: bytes, digest: bytes) -> bool:
    """True when ``cryptography`` accepts the PSS signature of a SHA-256 digest, any salt."""
    scheme = padding.PSS(padding.MGF1(hashes.SHA256()), padding.PSS.AUTO)
    try:
        key.verify(signature, digest, scheme, utils.Prehashed(hashes.SHA256()))
    except InvalidSignature:
        return False
    return True


def public_numbers(template: bytes) -> tuple[int, int]:
    """Modulus and exponent of a 7F49 template; ``ValueError`` when it is none."""
    body = find(template, 0x7F49)
    return (int.from_bytes(find(body, 0x81), "big"), int.from_bytes(find(body, 0x82), "big"))


def public_key_faults(template: bytes) -> list[str]:
    """What is wrong with a public key that a chip answered; empty when nothing is.

    Partial public-key validation of SP 800-89 5.3.3, without its primality step: length, parity,
    range of the exponent, no factor up to 751, not a perfect square.
    """
    try:
        n, e = public_numbers(template)
    except ValueError as error:
        return [f"not a public-key template: {error}"]
    faults = []
    if n.bit_length() != MODULUS_BITS:
        faults.append(f"modulus of {n.bit_length()} bits")
    if not (SMALLEST_EXPONENT < e < LARGEST_EXPONENT and e % 2):
        faults.append(f"exponent {e} is not an odd number above 2^16 and below 2^256")
    if divisor := next((prime for prime in SMALL_PRIMES if n % prime == 0), None):
        faults.append(f"modulus divisible by {divisor}")
    if math.isqrt(n) ** 2 == n:
        faults.append("modulus is a square")
    return faults
