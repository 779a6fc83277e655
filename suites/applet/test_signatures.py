"""COMPUTE DIGITAL SIGNATURE in all its variants, bit for bit."""

from __future__ import annotations

import hashlib

import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from hypothesis import given, settings
from hypothesis import seed as seeded
from hypothesis import strategies as st

from fixtures.bench import Bench
from fixtures.card.apdu import SW
from fixtures.card.jpki import EF, JpkiCard, Padding
from fixtures.effort import Effort
from fixtures.outcome import Inconclusive, expect, expect_sw
from suites.applet.probes import certificate
from suites.applet.signatures import (
    SHA256_DIGEST_INFO,
    encoded_block,
    recovered_block,
    verifies_pss,
)

SIG = "JPKI-SIG-01"
LONGEST = 245  # bytes of data in a block of 256, RFC 8017 7.2.1


def opened(bench: Bench) -> tuple[JpkiCard, RSAPublicKey]:
    """A card whose user key obeys, and that key's public half from its certificate."""
    card = bench.card
    card.power_cycle()
    expect_sw(SIG, card.verify(EF.USER_PIN, bench.user_pin), SW.OK)
    key = certificate(card.read_file(EF.USER_CERTIFICATE).data).public_key()
    if not isinstance(key, RSAPublicKey):
        raise Inconclusive("the user certificate holds no RSA key")
    return card, key


@pytest.mark.requirement(SIG)
@pytest.mark.needs("pin.auth")
def test_any_data_is_signed_bit_for_bit(bench: Bench, effort: Effort, seed: int):
    """P1 = 00 with 1 … 245 bytes: the block is exactly ``00 01 FF…FF 00 ‖ data``."""
    card, key = opened(bench)

    @seeded(seed)
    @settings(max_examples=30 if effort.name != "full" else 500, deadline=None, database=None)
    @given(st.binary(min_size=1, max_size=LONGEST))
    def signs(data: bytes) -> None:
        signature = expect_sw(SIG, card.signature(EF.USER_KEY, data), SW.OK).data
        expect(SIG, recovered_block(key, signature).hex(), encoded_block(data).hex())

    signs()


@pytest.mark.requirement(SIG)
@pytest.mark.needs("pin.auth")
@pytest.mark.parametrize("count", [1, 51, 83, LONGEST])
def test_the_lengths_of_real_clients(bench: Bench, count: int):
    """One byte, DigestInfo of SHA-256 and SHA-512, and the longest block."""
    card, key = opened(bench)
    data = bytes(255 - n % 256 for n in range(count))
    signature = expect_sw(SIG, card.signature(EF.USER_KEY, data), SW.OK).data
    expect(SIG, recovered_block(key, signature).hex(), encoded_block(data).hex())


@pytest.mark.requirement(SIG)
@pytest.mark.needs("pin.auth")
@pytest.mark.parametrize(
    ("padding", "count"),
    [(Padding.VERBATIM, 0), (Padding.VERBATIM, 246), (Padding.VERBATIM, 256)],
)
def test_wrong_lengths_are_refused(bench: Bench, padding: Padding, count: int):
    """No data, and more than a block takes."""
    card, _ = opened(bench)
    response = card.signature(EF.USER_KEY, bytes(count), padding)
    expect_sw(SIG, response, SW.WRONG_LENGTH, SW.CONDITIONS_NOT_SATISFIED)
    expect(SIG, response.data, b"")


@pytest.mark.requirement(SIG)
@pytest.mark.needs("pin.auth", "sign.variants")
@pytest.mark.parametrize(
    ("padding", "data", "block"),
    [
        (Padding.HASH_BARE, b"abc", hashlib.sha256(b"abc").digest()),
        (Padding.DIGEST_INFO, bytes(range(32)), SHA256_DIGEST_INFO + bytes(range(32))),
        (
            Padding.HASH_DIGEST_INFO,
            b"abc",
            SHA256_DIGEST_INFO + hashlib.sha256(b"abc").digest(),
        ),
    ],
    ids=["the card hashes", "the card adds DigestInfo", "the card does both"],
)
def test_variants_with_type_1_padding(bench: Bench, padding: Padding, data: bytes, block: bytes):
    """P1 = 01, 02, 03: bit-exact as well."""
    card, key = opened(bench)
    signature = expect_sw(SIG, card.signature(EF.USER_KEY, data, padding), SW.OK).data
    expect(SIG, recovered_block(key, signature).hex(), encoded_block(block).hex())


@pytest.mark.requirement(SIG)
@pytest.mark.needs("pin.auth", "sign.variants")
@pytest.mark.parametrize("padding", [Padding.PSS, Padding.HASH_PSS])
def test_pss_has_a_fresh_salt(bench: Bench, padding: Padding):
    """P1 = 04, 05: accepted by ``cryptography``, and never the same signature twice."""
    card, key = opened(bench)
    digest = hashlib.sha256(b"abc").digest()
    data = digest if padding is Padding.PSS else b"abc"
    first, second = (
        expect_sw(SIG, card.signature(EF.USER_KEY, data, padding), SW.OK).data for _ in range(2)
    )
    expect(SIG, [verifies_pss(key, s, digest) for s in (first, second)], [True, True])
    expect(SIG, first == second, False, "two signatures of one message, equal salts")


@pytest.mark.requirement(SIG)
@pytest.mark.needs("pin.auth")
def test_key_by_file_and_by_sfi_are_one(bench: Bench):
    """P2 = 80 with the key file selected signs as P2 = 80 | SFI does."""
    card, _ = opened(bench)
    by_sfi = expect_sw(SIG, card.signature(EF.USER_KEY, b"abc"), SW.OK).data
    expect_sw(SIG, card.select_ef(EF.USER_KEY), SW.OK)
    by_file = expect_sw(SIG, card.collect(card.sign_current(b"abc")), SW.OK).data
    expect(SIG, by_file, by_sfi)
