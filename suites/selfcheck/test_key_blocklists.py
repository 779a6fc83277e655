"""Lists of known keys, and what a modulus shows at a glance."""

from __future__ import annotations

import hashlib
import subprocess
from pathlib import Path

import gmpy2  # type: ignore[import-untyped]
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from hypothesis import given, settings
from hypothesis import strategies as st

from fixtures.outcome import UsageError
from suites.rsa_keys import sanity
from suites.rsa_keys.blocklist import Blocklist, debian_tail, parse, truncated_sha256
from suites.rsa_keys.blocklist_files import read_blocklist
from suites.rsa_keys.check import Sighting
from suites.rsa_keys.key import KeyClass, RsaKey
from suites.rsa_keys.seeded import Seeded

DRAWN = Seeded("lists of known keys")
P, Q, R, S = (DRAWN.prime(3 << 510, 1 << 512) for _ in range(4))
N = P * Q


def text(content: str) -> Blocklist:
    return parse("list", memoryview(content.encode()))


def sha256(n: int) -> str:
    return hashlib.sha256(n.to_bytes(128, "big")).hexdigest()


# --- lists ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "entry",
    [
        f"{N:x}",
        f"Modulus={N:X}",
        sha256(N),
        sha256(N)[:30],
        sha256(N)[:30] + "07",
        hashlib.sha1(f"Modulus={N:X}\n".encode()).hexdigest(),
        hashlib.sha1(f"Modulus={N:X}\n".encode()).hexdigest()[20:] + "  # Debian",
    ],
)
def test_every_kind_of_entry_names_its_key_and_no_other(entry: str):
    listed = text(f"# known keys\n\n{entry}\n{R * S:x}\n")
    assert listed.names(N)
    assert not listed.names(P * R)


@pytest.mark.parametrize("comment", [
    "# 既知の鍵", "\ufeff# known keys", "# Schlüssel" + "ü" * 200, "# " + "鍵" * 84 + "x",
    "# one line\u2028and no other",
])  # fmt: skip
def test_a_comment_in_any_script_is_a_comment(comment: str):
    """Also where a character lies across the end of what is looked at."""
    listed = text(f"{comment}\n{N:x}  # 一番\n")
    assert listed.names(N)
    assert not listed.names(P * R)


def test_hashes_are_not_taken_for_text():
    for seed in range(200):
        records = sorted(hashlib.sha256(b"%d %d" % (seed, n)).digest()[:16] for n in range(8))
        assert parse("list", memoryview(b"".join(records))).records


def test_a_listed_number_that_shares_a_prime_gives_it():
    listed = text(f"{P * R:x}\n")
    assert listed.shared_factor(N) == P
    assert listed.shared_factor(Q * S) is None
    assert text(f"{P:0128x}\n").shared_factor(N) == P


def test_two_listed_numbers_that_share_both_primes_give_one():
    assert text(f"{P * R:x}\n{Q * S:x}\n").shared_factor(N) in {P, Q}


def test_the_key_itself_has_no_shared_factor_but_its_name():
    listed = text(f"{N:x}\n")
    assert listed.shared_factor(N) is None
    assert listed.names(N)


@settings(max_examples=30, deadline=None)
@given(st.lists(st.integers(1, 1 << 64), min_size=1, max_size=50), st.integers(1, 1 << 64))
def test_a_binary_list_is_searched_like_a_set(listed: list[int], asked: int):
    records = sorted(truncated_sha256(n) + b"\x07" for n in listed)
    binary = Blocklist("dat", records=memoryview(b"".join(records)))
    assert all(binary.names(n) for n in listed)
    assert binary.names(asked) == (asked in listed)


def test_a_binary_file_stays_on_the_disk_and_is_found(tmp_path: Path):
    records = sorted(truncated_sha256(N + i) + b"\x01" for i in range(3000))
    file = tmp_path / "blocklist.dat"
    file.write_bytes(b"".join(records))
    listed = read_blocklist(file)
    assert listed.name == "blocklist.dat"
    assert listed.names(N + 2999)
    assert not listed.names(N - 1)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"zz\n", "line 1: no hexadecimal digits"),
        (b"# fine\n1234\n", "line 2: 4 digits are neither a hash nor a modulus"),
        (b"\xff" * 17, "17 bytes, not a multiple of 16"),
        (b"\xff" * 16 + b"\x00" * 16, "not in ascending order"),
        (b"", "is empty"),
    ],
)
def test_a_broken_list_is_named_with_its_place(tmp_path: Path, content: bytes, message: str):
    file = tmp_path / "list.txt"
    file.write_bytes(content)
    with pytest.raises(UsageError, match=message) as told:
        read_blocklist(file)
    assert str(file) in str(told.value)


def test_a_missing_list_is_named(tmp_path: Path):
    with pytest.raises(UsageError, match="No such file"):
        read_blocklist(tmp_path / "nowhere")


def test_openssl_prints_what_debian_hashed(tmp_path: Path):
    key = rsa.generate_private_key(65537, 2048)
    file = tmp_path / "key.pem"
    file.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.TraditionalOpenSSL,
            serialization.NoEncryption(),
        )
    )
    try:
        words = ["openssl", "rsa", "-noout", "-modulus", "-in", str(file)]
        printed = subprocess.run(words, capture_output=True, check=True).stdout
    except FileNotFoundError:
        pytest.skip("no openssl on PATH")
    assert hashlib.sha1(printed).digest()[10:] == debian_tail(key.public_key().public_numbers().n)


# --- at a glance ------------------------------------------------------------------------------


def key(n: int = N, e: int = 65537) -> RsaKey:
    return RsaKey("key", n, e)


def class_of(seen: Sighting | None) -> KeyClass | None:
    return None if seen is None else seen.key_class


@pytest.mark.parametrize(
    ("bits", "expected"),
    [
        (1024, None),
        (2047, None),
        (2048, None),
        (2049, None),
        (2050, KeyClass.FINGERPRINT),
        (3072, None),
        (4096, None),
        (8192, KeyClass.FINGERPRINT),
        (16_385, KeyClass.FINGERPRINT),
    ],
)
def test_length(bits: int, expected: KeyClass | None):
    assert class_of(sanity.size(key((1 << bits) - 1))) is expected


@pytest.mark.parametrize(
    ("e", "expected"),
    [
        (-1, KeyClass.BROKEN),
        (0, KeyClass.BROKEN),
        (1, KeyClass.BROKEN),
        (2, KeyClass.BROKEN),
        (3, None),
        (65535, None),
        (65537, None),
        (65538, KeyClass.BROKEN),
        (65539, KeyClass.FINGERPRINT),
        (2**256 - 189, KeyClass.FINGERPRINT),
        (2**256 + 1, None),
    ],
)
def test_exponent(e: int, expected: KeyClass | None):
    assert class_of(sanity.exponent(key(e=e))) is expected


@pytest.mark.parametrize("factor", [2, 3, 751, 65521, 65537])
def test_small_factors_are_told(factor: int):
    seen = sanity.small_factor(key(factor * P))
    assert seen is not None
    assert seen.factor == factor
    assert str(factor) in seen.reason


def test_a_factor_beyond_is_not_small():
    assert sanity.small_factor(key(65539 * P)) is None
    assert sanity.small_factor(key(N)) is None
    assert sanity.small_factor(key(7)) is None


@pytest.mark.parametrize(("n", "prime"), [(P, True), (N, False), (7, True), (561, False)])
def test_prime_modulus(n: int, prime: bool):
    assert (sanity.prime_modulus(key(n)) is not None) == prime


@pytest.mark.parametrize("power", [2, 3, 5, 6])
def test_powers_are_taken_apart(power: int):
    seen = sanity.perfect_power(key(P**power))
    assert seen is not None
    assert seen.factor is not None
    assert P**power % seen.factor == 0
    assert sanity.perfect_power(key(N)) is None


@pytest.mark.parametrize("length", [20, 64, 128, 250])
def test_wiener_finds_any_small_exponent(length: int):
    order = int(gmpy2.lcm(P - 1, Q - 1))
    d = next(
        d for d in iter(lambda: DRAWN.bits(length) | 1, 0) if gmpy2.gcd(d, order) == 1 and d > 1
    )
    seen = sanity.small_private_exponent(key(e=pow(d, -1, order)))
    assert seen is not None
    assert seen.factor in {P, Q}


def test_wiener_finds_nothing_where_d_is_ordinary():
    order = int(gmpy2.lcm(P - 1, Q - 1))
    d = next(d for d in iter(lambda: DRAWN.bits(600) | 1, 0) if gmpy2.gcd(d, order) == 1)
    assert sanity.small_private_exponent(key(e=pow(d, -1, order))) is None


def test_text_in_a_modulus_is_a_fingerprint():
    vanity = int.from_bytes(b"\x80" + bytes(128), "big") << 1016 | DRAWN.bits(1016)
    seen = sanity.biased_bits(key(vanity))
    assert seen is not None
    assert "upper half" in seen.reason
    assert sanity.biased_bits(key(DRAWN.bits(2048) | 1 << 2047)) is None


def test_sixteen_equal_bytes_are_a_fingerprint_and_fifteen_are_not():
    frame = DRAWN.bits(512) | 1 << 511
    for times, expected in ((15, None), (16, KeyClass.FINGERPRINT), (40, KeyClass.FINGERPRINT)):
        block = frame.to_bytes(64, "big") + b"\xaa" * times + b"\x01" * 64
        seen = sanity.equal_bytes(key(int.from_bytes(block[: 64 + times + 1], "big")))
        assert class_of(seen) is expected


def test_a_command_for_the_back_door_of_xz_is_no_key():
    """a·b + c = 2 modulo 2^64, with a leading zero byte before a set bit as ASN.1 has it."""
    a, b = 0xA1B2C300, 0x12345678
    head = a.to_bytes(4, "little") + b.to_bytes(4, "little")
    command = head + ((2 - a * b) % (1 << 64)).to_bytes(8, "little")
    n = int.from_bytes(command[1:] + DRAWN.bits(1928).to_bytes(241, "big"), "big")
    assert n >> 2047 == 1
    assert class_of(sanity.xz_backdoor(key(n))) is KeyClass.BROKEN
    assert sanity.xz_backdoor(key(n + (1 << 1930))) is None
