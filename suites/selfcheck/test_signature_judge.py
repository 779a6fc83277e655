"""The judge of signatures against a library, against every mutation of the block, and by faults."""

from __future__ import annotations

import hashlib
from functools import cache

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa, utils
from gmpy2 import powmod  # type: ignore[import-untyped]
from hypothesis import given, settings
from hypothesis import strategies as st

from suites.rsa_keys.key import KeyClass, RsaKey
from suites.rsa_keys.signature_judge import (
    DIGEST_INFO,
    Signed,
    digest_info,
    encoded_message,
    fault_factor,
    judge_crosswise,
    judge_determinism,
    judge_distinctness,
    judge_signature,
)
from suites.selfcheck.by_hand import STEADY

MESSAGE = b"abc"
DATA = digest_info(MESSAGE)
HASHES = {"sha1": hashes.SHA1(), "sha256": hashes.SHA256(), "sha384": hashes.SHA384(),
          "sha512": hashes.SHA512()}  # fmt: skip

FEW = settings(STEADY, max_examples=60)


@cache
def pair(name: str = "first") -> tuple[rsa.RSAPrivateKey, RsaKey]:
    private = rsa.generate_private_key(65_537, 2048)
    n, of = private.private_numbers(), private.public_key().public_numbers()
    return private, RsaKey(name, of.n, of.e, n.d, n.p, n.q)


def number(block: bytes) -> int:
    return int.from_bytes(block, "big")


def signed(key: RsaKey, block: bytes, data: bytes = DATA) -> Signed:
    """What the private key makes of a block, whatever it is."""
    assert key.d is not None
    return Signed(data, int(powmod(number(block), key.d, key.n)).to_bytes(256, "big"))


def told(key: RsaKey, what: Signed) -> list[str]:
    return [f"{remark.criterion}: {remark.reason}" for remark in judge_signature(key, what)]


def library_accepts(key: rsa.RSAPrivateKey, value: bytes, digest: bytes) -> bool:
    scheme = utils.Prehashed(hashes.SHA256())
    try:
        key.public_key().verify(value, digest, padding.PKCS1v15(), scheme)
    except InvalidSignature:
        return False
    return True


# --- good ones ----------------------------------------------------------------------------


@pytest.mark.parametrize("name", DIGEST_INFO)
def test_what_a_library_signs_is_right(name: str):
    private, key = pair()
    value = private.sign(MESSAGE, padding.PKCS1v15(), HASHES[name])
    assert told(key, Signed(digest_info(MESSAGE, name), value)) == []


@FEW
@given(st.binary(min_size=1, max_size=245))
def test_any_data_that_fits_can_be_signed(data: bytes):
    _, key = pair()
    assert told(key, signed(key, encoded_message(data, 256), data)) == []


def test_a_digest_info_is_spelt_out():
    assert digest_info(MESSAGE).hex() == (
        "3031300d060960864801650304020105000420"
        "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    )
    block = encoded_message(DATA, 256)
    assert block == b"\x00\x01" + 202 * b"\xff" + b"\x00" + DATA


@pytest.mark.parametrize("count", [246, 253, 300])
def test_what_leaves_no_padding_is_refused(count: int):
    with pytest.raises(ValueError, match=f"{count} bytes leave"):
        encoded_message(bytes(count), 256)


# --- every mutation of the block ----------------------------------------------------------


@FEW
@given(place=st.integers(0, 255), change=st.integers(1, 255))
def test_one_other_byte_anywhere_is_named_and_the_library_agrees(place: int, change: int):
    private, key = pair()
    block = bytearray(encoded_message(DATA, 256))
    block[place] ^= change
    if number(bytes(block)) >= key.n:
        return
    found = told(key, signed(key, bytes(block)))
    assert [line.partition(" of ")[0] for line in found] == [f"encoded message: byte {place}"]
    value = signed(key, bytes(block)).value
    assert not library_accepts(private, value, hashlib.sha256(MESSAGE).digest())


LAX = {
    "eight bytes of padding and garbage": b"\x00\x01" + b"\xff" * 8 + b"\x00" + DATA + bytes(194),
    "padding of encryption": b"\x00\x02" + b"\x5a" * 202 + b"\x00" + DATA,
    "no separator": b"\x00\x01" + b"\xff" * 203 + DATA,
    "no NULL": b"\x00\x01" + b"\xff" * 204 + b"\x00" + bytes.fromhex("302F300B")
    + DATA[4:15] + DATA[17:],
    "moved to the left": b"\x01" + b"\xff" * 202 + b"\x00" + DATA + b"\x00",
    "no DigestInfo": b"\x00\x01" + b"\xff" * 221 + b"\x00" + DATA[-32:],
}  # fmt: skip


@pytest.mark.parametrize("name", LAX)
def test_what_lax_verifiers_let_pass_is_wrong(name: str):
    _, key = pair()
    assert len(LAX[name]) == 256
    assert [line.split(":")[0] for line in told(key, signed(key, LAX[name]))] == ["encoded message"]


@pytest.mark.parametrize(
    ("place", "part"), [(1, "block type"), (2, "padding"), (204, "separator"), (205, "data")]
)
def test_the_part_is_named(place: int, part: str):
    _, key = pair()
    block = bytearray(encoded_message(DATA, 256))
    block[place] ^= 1
    assert f"({part})" in told(key, signed(key, bytes(block)))[0]


# --- form ---------------------------------------------------------------------------------


def test_a_signature_without_its_leading_zero_is_too_short():
    _, key = pair()
    for n in range(100_000):
        data = digest_info(b"%d" % n)
        value = signed(key, encoded_message(data, 256), data).value
        if value[0] == 0:
            assert told(key, Signed(data, value)) == []
            short = told(key, Signed(data, value[1:]))
            assert short == ["length: 255 bytes where the modulus has 256"]
            assert told(key, Signed(data, b"\x00" + value)) == [
                "length: 257 bytes where the modulus has 256"
            ]
            return
    raise AssertionError("no signature begins with a zero")


def test_a_number_above_the_modulus_is_refused_although_it_leads_to_the_block():
    _, key = pair()
    for n in range(100_000):
        data = digest_info(b"%d" % n)
        s = number(signed(key, encoded_message(data, 256), data).value) + key.n
        if s.bit_length() <= 2048:
            lines = told(key, Signed(data, s.to_bytes(256, "big")))
            assert lines == ["range: the number is not below the modulus"]
            return
    raise AssertionError("no sum fits into 256 bytes")


@pytest.mark.parametrize("value", [b"", bytes(256), b"\x01", b"\xff" * 256, b"\xff" * 300])
def test_any_bytes_are_judged(value: bytes):
    _, key = pair()
    assert judge_signature(key, Signed(DATA, value))


# --- one half computed wrong --------------------------------------------------------------


def from_halves(key: RsaKey, wrong_p: int, wrong_q: int) -> int:
    """RFC 8017 5.1.2 with something added to either half."""
    assert key.p is not None
    assert key.q is not None
    assert key.d is not None
    m = number(encoded_message(DATA, 256))
    at_p = (int(powmod(m, key.d % (key.p - 1), key.p)) + wrong_p) % key.p
    at_q = (int(powmod(m, key.d % (key.q - 1), key.q)) + wrong_q) % key.q
    return at_q + key.q * ((at_p - at_q) * pow(key.q, -1, key.p) % key.p)


@FEW
@given(wrong=st.integers(1, 2**1000), at_p=st.booleans())
def test_a_wrong_half_gives_the_key_away(wrong: int, at_p: bool):
    _, key = pair()
    s = from_halves(key, wrong if at_p else 0, 0 if at_p else wrong)
    (_, broken) = judge_signature(key, Signed(DATA, s.to_bytes(256, "big")))
    assert broken.key_class is KeyClass.BROKEN
    assert broken.factor == (key.q if at_p else key.p)


def test_two_wrong_halves_and_a_right_signature_give_nothing():
    _, key = pair()
    em = number(encoded_message(DATA, 256))
    assert fault_factor(key, from_halves(key, 1, 1), em) is None
    assert fault_factor(key, from_halves(key, 0, 0), em) is None


# --- the same, and the other --------------------------------------------------------------


def test_two_signatures_of_one_message_are_one():
    _, key = pair()
    good = signed(key, encoded_message(DATA, 256))
    other = Signed(DATA, bytes(256))
    assert judge_determinism(key, good, good) == []
    assert [r.criterion for r in judge_determinism(key, good, other)] == ["determinism"]
    with pytest.raises(ValueError, match="different data"):
        judge_determinism(key, good, Signed(b"x", good.value))


def test_two_keys_are_two():
    (_, one), (_, two) = pair("first"), pair("second")
    assert judge_distinctness([one, two]) == []
    same = RsaKey("again", one.n, one.e)
    assert one.p is not None
    assert two.p is not None
    shares = RsaKey("shares", one.p * two.p, 65_537)
    (twice,) = judge_distinctness([one, same])
    assert (twice.subject, twice.reason) == ("again", "the same modulus as first")
    found = judge_distinctness([one, two, shares])
    assert [(r.key_class, r.factor) for r in found] == [
        (KeyClass.BROKEN, one.p),
        (KeyClass.BROKEN, two.p),
    ]


def test_neither_verifies_what_the_other_signed():
    (_, one), (_, two) = pair("first"), pair("second")
    good = signed(one, encoded_message(DATA, 256))
    assert judge_crosswise(one, two, good) == []
    (remark,) = judge_crosswise(one, RsaKey("twin", one.n, one.e), good)
    assert remark.reason == "what it signs verifies with twin too"
