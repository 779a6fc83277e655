"""What is left in a memory is found, in every form that is searched for, and nothing else."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import cache
from random import Random

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from suites.services.residue import residue

SIZE = 4_096  # bytes of the memory
PRIME = 128  # bytes


@cache
def key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(65537, 2048)


@cache
def certificate() -> bytes:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "SYNTHETIC")])
    begin = datetime(2026, 4, 1, tzinfo=UTC)
    builder = x509.CertificateBuilder(
        name, name, key().public_key(), 1, begin, begin + timedelta(days=1)
    )
    return builder.sign(key(), SHA256()).public_bytes(Encoding.DER)


def left(planted: bytes, at: int = 1_001) -> list[str]:
    """What is found in a memory of random bytes with this in it."""
    memory = bytearray(Random(5).randbytes(SIZE))
    memory[at : at + len(planted)] = planted
    return residue(bytes(memory), {"signature": certificate()}, {"password": "PH0NEPASS"})


def test_random_bytes_and_zeros_are_no_residue():
    assert left(b"") == []
    assert residue(bytes(SIZE), {"signature": certificate()}, {"password": "PH0NEPASS"}) == []


@pytest.mark.parametrize("at", [0, 1, 1_001, SIZE - PRIME])
@pytest.mark.parametrize("order", ["big", "little"])
@pytest.mark.parametrize("which", ["p", "q"])
def test_a_prime_is_found_wherever_it_lies(at: int, order: str, which: str):
    prime: int = getattr(key().private_numbers(), which)
    planted = prime.to_bytes(PRIME, "big" if order == "big" else "little")
    (told,) = left(planted, at)
    assert told.endswith(f"at byte {at} lies a prime of it")


def test_a_prime_with_one_bit_changed_is_none():
    changed = (key().private_numbers().p ^ 4).to_bytes(PRIME, "big")
    assert left(changed) == []


def test_a_certificate_tells_its_modulus_too():
    assert left(certificate()) == ["the signature certificate", "the signature key's modulus"]
    modulus = key().public_key().public_numbers().n
    assert left(modulus.to_bytes(2 * PRIME, "little")) == ["the signature key's modulus"]


def test_what_was_entered_is_found():
    assert left(b"PH0NEPASS") == ["the password"]
