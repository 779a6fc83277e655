"""What of a former user can be read out of a chip's memory (REQ-5-1-d). Pure.

The private key is looked for without being known: a prime factor of the public modulus is any
stretch of half its length that divides it, in either order of its bytes. A key that is kept as
(n, d) alone, or only as the exponents of the Chinese remainder theorem, is not found by this.
Of a memory of 512 KB, four digits of a PIN stand in it by chance with a probability of 1.2e-4, a
password of nine letters and digits never.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Literal

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

SHORTEST = 64  # bits of a window that may divide: below, small factors of nothing would count
ORDERS: tuple[Literal["big", "little"], ...] = ("big", "little")


def residue(
    image: bytes, certificates: Mapping[str, bytes], entered: Mapping[str, str]
) -> list[str]:
    """What is left, in words; nothing where nothing is.

    Parameters
    ----------
    image : all bytes of the non-volatile memory, whatever is free included
    certificates : DER by their purpose
    entered : what the former user entered, by its name (PIN, password)
    """
    found = []
    for purpose, der in certificates.items():
        if der in image:
            found.append(f"the {purpose} certificate")
        modulus = modulus_of(der)
        if any(modulus.to_bytes((modulus.bit_length() + 7) // 8, o) in image for o in ORDERS):
            found.append(f"the {purpose} key's modulus")
        if (place := next(factors(image, modulus), None)) is not None:
            found.append(f"the {purpose} private key: at byte {place} lies a prime of it")
    return found + [f"the {name}" for name, value in entered.items() if value.encode() in image]


def modulus_of(der: bytes) -> int:
    """Of the RSA key in a certificate. ``ValueError`` for another key."""
    key = x509.load_der_x509_certificate(der).public_key()
    if not isinstance(key, RSAPublicKey):
        raise ValueError("the certificate has no RSA key")
    return key.public_numbers().n


def factors(image: bytes, modulus: int) -> Iterator[int]:
    """Where bytes lie that divide the modulus, half as many as it has; from the beginning."""
    size = modulus.bit_length() // 16
    for order in ORDERS:
        last = 0 if order == "little" else size - 1  # the byte with the lowest bit
        for place in range(len(image) - size + 1):
            if image[place + last] & 1 and image[place if order == "big" else place + size - 1]:
                window = int.from_bytes(image[place : place + size], order)
                if window.bit_length() > SHORTEST and modulus % window == 0:
                    yield place
