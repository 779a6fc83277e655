"""The judges of the applet: each against a literal oracle, or against another library."""

from __future__ import annotations

import hashlib
import struct
from datetime import UTC, datetime
from functools import cache

import gmpy2  # type: ignore[import-untyped]
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding

from suites.applet.probes import TOKEN_NUMBERS, certificate, token_numbers
from suites.applet.signatures import (
    SMALL_PRIMES,
    digest_info,
    encoded_block,
    public_key_faults,
    public_numbers,
    recovered_block,
    verifies,
    verifies_pss,
)
from suites.selfcheck.by_hand import tlv

pytestmark = pytest.mark.bench_check("self-test")  # at the start of every campaign, on record

MESSAGE = b"a message"
F4 = 65_537


@cache
def prime(name: str) -> int:
    """A prime of 1024 bits with its two topmost bits set, the same in every run."""
    drawn = int.from_bytes(hashlib.shake_256(name.encode()).digest(128), "big")
    return int(gmpy2.next_prime(drawn | 3 << 1022))


@cache
def key() -> rsa.RSAPrivateKey:
    p, q = prime("p"), prime("q")
    d = pow(F4, -1, (p - 1) * (q - 1))
    crt = rsa.rsa_crt_dmp1(d, p), rsa.rsa_crt_dmq1(d, q), rsa.rsa_crt_iqmp(p, q)
    return rsa.RSAPrivateNumbers(p, q, d, *crt, rsa.RSAPublicNumbers(F4, p * q)).private_key()


def template(n: int, e: int = F4) -> bytes:
    """A 7F49 template (ISO/IEC 7816-8 table 3)."""
    modulus, exponent = (number.to_bytes((number.bit_length() + 7) // 8) for number in (n, e))
    return tlv(0x7F49, tlv(0x81, modulus) + tlv(0x82, exponent))


# --- signatures ---------------------------------------------------------------------------


def test_another_librarys_signature_recovers_to_the_whole_block():
    signature = key().sign(MESSAGE, padding.PKCS1v15(), hashes.SHA256())
    block = recovered_block(key().public_key(), signature)
    assert block == encoded_block(digest_info(MESSAGE))
    assert len(block) == 256


def test_the_block_is_that_of_rfc_8017():
    assert encoded_block(b"\xaa\xbb", 16).hex() == "0001" + "ff" * 11 + "00" + "aabb"
    assert digest_info(b"").hex() == (
        "3031300d060960864801650304020105000420"
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    )


def test_a_right_signature_verifies():
    assert verifies(
        key().public_key(), key().sign(MESSAGE, padding.PKCS1v15(), hashes.SHA256()), MESSAGE
    )


@pytest.mark.parametrize("at", [0, 128, 255])
def test_a_changed_signature_does_not_verify(at: int):
    signature = bytearray(key().sign(MESSAGE, padding.PKCS1v15(), hashes.SHA256()))
    signature[at] ^= 1
    assert not verifies(key().public_key(), bytes(signature), MESSAGE)


@pytest.mark.parametrize("signature", [b"", bytes(255), bytes(256), bytes(257)])
def test_bytes_that_are_no_signature_do_not_verify(signature: bytes):
    assert not verifies(key().public_key(), signature, MESSAGE)
    assert not verifies_pss(key().public_key(), signature, bytes(32))


def test_a_signature_of_something_else_does_not_verify():
    signature = key().sign(MESSAGE, padding.PKCS1v15(), hashes.SHA256())
    assert not verifies(key().public_key(), signature, b"another message")


def test_a_key_of_another_kind_verifies_nothing():
    other = ec.derive_private_key(7, ec.SECP256R1()).public_key()
    assert not verifies(other, bytes(256), MESSAGE)


@pytest.mark.parametrize("salt", [0, 20, 32, 222])
def test_a_pss_signature_verifies_with_any_salt(salt: int):
    scheme = padding.PSS(padding.MGF1(hashes.SHA256()), salt)
    signature = key().sign(MESSAGE, scheme, hashes.SHA256())
    assert verifies_pss(key().public_key(), signature, hashlib.sha256(MESSAGE).digest())
    assert not verifies(key().public_key(), signature, MESSAGE)


def test_a_signature_of_another_padding_is_no_pss():
    signature = key().sign(MESSAGE, padding.PKCS1v15(), hashes.SHA256())
    assert not verifies_pss(key().public_key(), signature, hashlib.sha256(MESSAGE).digest())


# --- public keys --------------------------------------------------------------------------


def test_a_sound_public_key_has_no_faults():
    n = prime("p") * prime("q")
    assert public_key_faults(template(n)) == []
    assert public_numbers(template(n)) == (n, F4)


def test_the_small_primes_are_those_up_to_751():
    assert tuple(n for n in range(752) if gmpy2.is_prime(n)) == SMALL_PRIMES


@pytest.mark.parametrize("e", [F4, 2**256 - 1])
def test_exponents_within_the_range_are_accepted(e: int):
    assert public_key_faults(template(prime("p") * prime("q"), e)) == []


@pytest.mark.parametrize("e", [1, 3, 2**16 - 1, 2**16, 2**16 + 2, 2**256, 2**256 + 1])
def test_exponents_outside_the_range_are_named(e: int):
    fault = f"exponent {e} is not an odd number above 2^16 and below 2^256"
    assert public_key_faults(template(prime("p") * prime("q"), e)) == [fault]


@pytest.mark.parametrize(
    ("n", "fault"),
    [
        (prime("p") * prime("q") >> 1 | 1, "modulus of 2047 bits"),
        (prime("p") * prime("q") << 1, "modulus of 2049 bits"),
        ((prime("p") * prime("q") >> 1) << 1, "modulus divisible by 2"),
        (prime("p") ** 2, "modulus is a square"),
        (751 * int(gmpy2.next_prime(1 << 2038)), "modulus divisible by 751"),
    ],
    ids=["short", "long", "even", "square", "small factor"],
)
def test_what_is_wrong_with_a_modulus_is_named(n: int, fault: str):
    assert fault in public_key_faults(template(n))


@pytest.mark.parametrize(
    ("raw", "line"),
    [
        (b"", "no data object 7F49"),
        (tlv(0x7F49, b""), "no data object 81"),
        (tlv(0x7F49, tlv(0x81, b"\x03")), "no data object 82"),
        (tlv(0x7F49, bytes(4))[:-1], "tag 7F49: 4 bytes announced, 3 are there"),
    ],
    ids=["nothing", "empty", "no exponent", "cut short"],
)
def test_what_is_no_template_is_a_fault_and_no_crash(raw: bytes, line: str):
    assert public_key_faults(raw) == [f"not a public-key template: {line}"]


# --- probes -------------------------------------------------------------------------------


@cache
def synthetic_certificate() -> bytes:
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "synthetic")])
    builder = x509.CertificateBuilder(name, name, key().public_key(), 1)
    builder = builder.not_valid_before(datetime(2026, 1, 1, tzinfo=UTC))
    builder = builder.not_valid_after(datetime(2027, 1, 1, tzinfo=UTC))
    return builder.sign(key(), hashes.SHA256()).public_bytes(Encoding.DER)


@pytest.mark.parametrize("behind", [b"", b"\x00" * 40, b"\xff" * 300], ids=len)
def test_a_certificate_is_read_with_or_without_padding_behind(behind: bytes):
    assert certificate(synthetic_certificate() + behind).serial_number == 1


@pytest.mark.parametrize(
    "der", [b"", b"\x30", b"\x31\x82\x00\x00", b"\x30\x82\x00\x04junk", b"\x30\x82\xff\xff"]
)
def test_what_is_no_certificate_fails_the_target_and_not_the_bench(der: bytes):
    with pytest.raises(AssertionError, match=r"it (does not begin like|is not) a certificate"):
        certificate(der)


def test_the_numbers_of_a_token_are_read_where_pkcs_11_puts_them():
    """CK_TOKEN_INFO: four texts of 96 bytes, eleven numbers of 4, versions of 4, the time."""
    numbers = (0x0000040D, 0, 0, 0, 0, 16, 6, 0, 0, 0, 0)
    token = b" " * 96 + struct.pack(">11I", *numbers) + bytes(4) + b"9" * 16
    assert token_numbers(token) == TOKEN_NUMBERS


@pytest.mark.parametrize("size", [0, 159, 161])
def test_a_token_of_another_length_says_so(size: int):
    assert token_numbers(bytes(size)) == {"length": size}
