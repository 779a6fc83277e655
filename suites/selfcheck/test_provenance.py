"""Only what can be shown to be a test card is treated as one."""

from __future__ import annotations

import datetime
import hashlib
from functools import cache

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from fixtures.provenance import PRODUCTION_CAS, Files, Origin, judge_provenance, read_provenance
from fixtures.targets.port import AccessPath
from fixtures.targets.resolve import resolve

DAY = datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC)


@cache
def key(name: str) -> ec.EllipticCurvePrivateKey:
    number = int.from_bytes(hashlib.sha256(name.encode()).digest(), "big") >> 1
    return ec.derive_private_key(number, ec.SECP256R1())


def name(organization: str, unit: str) -> x509.Name:
    return x509.Name([
        x509.NameAttribute(NameOID.COUNTRY_NAME, "JP"),
        x509.NameAttribute(NameOID.ORGANIZATION_NAME, organization),
        x509.NameAttribute(NameOID.ORGANIZATIONAL_UNIT_NAME, unit),
    ])  # fmt: skip


TEST_NAME = name("JPKI TEST", "JPKI TEST for user authentication")
OTHER_TEST = name("ACME", "Test-CA for signatures")
QUIET = name("ACME", "Root 1")
REAL = name("JPKI", "Japan Agency for Local Authority Information Systems")
REAL_UNIT = name("Somebody", "Japan Agency for Local Authority Information Systems")


@cache
def certificate(subject: x509.Name, issuer: x509.Name, signer: str, owner: str) -> bytes:
    builder = x509.CertificateBuilder(
        issuer, subject, key(owner).public_key(), 1, DAY, DAY + datetime.timedelta(days=1)
    )
    return builder.sign(key(signer), hashes.SHA256()).public_bytes(Encoding.DER)


def ca(of: x509.Name) -> bytes:
    return certificate(of, of, "ca", "ca")


def origin(*files: bytes | None, listed: frozenset[str] = frozenset()) -> Origin:
    return judge_provenance(Files(*files), listed).origin


USER = certificate(name("JPKI TEST", "user"), TEST_NAME, "ca", "user")
FORGED = certificate(TEST_NAME, TEST_NAME, "another", "ca")  # not signed by its own key


@pytest.mark.parametrize(
    ("files", "wanted"),
    [
        ((ca(TEST_NAME), ca(TEST_NAME)), Origin.TEST),
        ((ca(OTHER_TEST), ca(TEST_NAME), USER), Origin.TEST),
        ((ca(TEST_NAME) + b"\xff" * 40, ca(TEST_NAME) + bytes(9)), Origin.TEST),  # padded files
        ((ca(REAL), ca(TEST_NAME)), Origin.PRODUCTION),
        ((ca(TEST_NAME), ca(REAL_UNIT)), Origin.PRODUCTION),
        ((ca(TEST_NAME), ca(TEST_NAME), certificate(QUIET, REAL, "ca", "user")), Origin.PRODUCTION),
        ((ca(TEST_NAME), ca(QUIET)), Origin.UNKNOWN),
        ((ca(TEST_NAME), None), Origin.UNKNOWN),
        ((None, None), Origin.UNKNOWN),
        ((b"garbage", ca(TEST_NAME)), Origin.UNKNOWN),
        ((ca(TEST_NAME)[:-1], ca(TEST_NAME)), Origin.UNKNOWN),
        ((FORGED, ca(TEST_NAME)), Origin.UNKNOWN),
        ((USER, ca(TEST_NAME)), Origin.UNKNOWN),  # no CA: not signed by itself
        ((ca(TEST_NAME), ca(OTHER_TEST), USER), Origin.UNKNOWN),  # the user's CA is another
        ((ca(name("Attest Inc", "Latest Root")), ca(TEST_NAME)), Origin.UNKNOWN),  # no word TEST
    ],
)
def test_the_certificates_decide(files: tuple[bytes | None, ...], wanted: Origin):
    assert origin(*files) is wanted


def test_a_listed_ca_is_a_test_ca():
    listed = frozenset({hashlib.sha256(ca(QUIET)).hexdigest()})
    assert origin(ca(QUIET), ca(TEST_NAME), listed=listed) is Origin.TEST


def test_a_list_never_outweighs_the_production_name():
    listed = frozenset({hashlib.sha256(ca(REAL)).hexdigest()})
    assert origin(ca(REAL), ca(TEST_NAME), listed=listed) is Origin.PRODUCTION


@pytest.mark.parametrize("shown", [16, 64])
def test_a_known_fingerprint_is_production_whatever_it_calls_itself(shown: int):
    fingerprint = hashlib.sha256(ca(TEST_NAME)).hexdigest()
    known = [(fingerprint[:shown], fingerprint[-6:])]
    found = judge_provenance(Files(ca(TEST_NAME), ca(TEST_NAME)), production=known)
    assert found.origin is Origin.PRODUCTION
    assert fingerprint[:16] in found.reason


def test_five_generations_are_known():
    assert len(PRODUCTION_CAS) == 5
    assert all(len(head) >= 16 for head, _ in PRODUCTION_CAS)


def test_an_unknown_ca_can_be_listed_by_what_the_refusal_says():
    reason = judge_provenance(Files(ca(QUIET), ca(TEST_NAME))).reason
    listed = frozenset(word.rstrip(",") for word in reason.split() if len(word) >= 64)
    assert origin(ca(QUIET), ca(TEST_NAME), listed=listed) is Origin.TEST


class Spy:
    """Passes on and remembers."""

    def __init__(self, inner: object) -> None:
        self.inner = inner
        self.got: list[bytes] = []

    def reset(self) -> bytes:
        return self.inner.reset()  # type: ignore[attr-defined, no-any-return]

    def transmit(self, command: bytes, /) -> bytes:
        self.got.append(command)
        return self.inner.transmit(command)  # type: ignore[attr-defined, no-any-return]


def test_the_reference_is_a_test_card_and_looking_is_select_and_read_alone():
    with resolve("reference", None).open() as target:
        spy = Spy(target.open(AccessPath.CONTACT))
        assert read_provenance(spy).origin is Origin.TEST
    assert {command[1] for command in spy.got} == {0xA4, 0xB0}


class Mute:
    def reset(self) -> bytes:
        return b""

    def transmit(self, _: bytes, /) -> bytes:
        return b"\x6f\x00"


def test_a_card_that_shows_nothing_is_unknown():
    assert read_provenance(Mute()).origin is Origin.UNKNOWN
