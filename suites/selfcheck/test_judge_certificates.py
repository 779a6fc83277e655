"""The judges of certificates, lists and answers reject what is wrong, one mistake at a time."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.hashes import SHA1, SHA256, SHA512
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from fixtures.verdict import Verdict
from suites.certificates.answers import Question, read_answer
from suites.certificates.attributes import OtherName, is_birth_date, judge_attributes
from suites.certificates.lifetime import judge_expiry, judge_renewal
from suites.certificates.lists import read_list
from suites.certificates.profile import judge_certificate, judge_set

NOW = datetime(2026, 4, 1, tzinfo=UTC)
DAY = timedelta(days=1)
ATTRIBUTES = [(1, "合成"), (4, "420000101"), (3, "2"), (5, "架空町一"), (2, "00"), (6, "0010")]
POLICY = "1.2.392.200149.8.5.1.0.20"
PLACES = ("Synthetic-ken", "Shiken-shi")
DN = {"C": NameOID.COUNTRY_NAME, "O": NameOID.ORGANIZATION_NAME, "L": NameOID.LOCALITY_NAME,
      "OU": NameOID.ORGANIZATIONAL_UNIT_NAME, "CN": NameOID.COMMON_NAME}  # fmt: skip


@lru_cache
def key(_: int = 0) -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(65537, 2048)


def name(*parts: str) -> x509.Name:
    """``"OU=x"``, in order."""
    pairs = [part.split("=") for part in parts]
    return x509.Name([x509.NameAttribute(DN[kind], value) for kind, value in pairs])


CA = name("C=JP", "O=JPKI TEST", "OU=JPKI for digital signature")
POINT = ("OU=CRL Distribution Points", "OU=Synthetic-ken", "CN=Shiken-shi")


USAGES = (
    "digital_signature",
    "content_commitment",
    "key_encipherment",
    "data_encipherment",
    "key_agreement",
    "key_cert_sign",
    "crl_sign",
    "encipher_only",
    "decipher_only",
)


def usage(**true: bool) -> x509.KeyUsage:
    return x509.KeyUsage(**{one: true.get(one, False) for one in USAGES})


def other_names(told: list[tuple[int, str]]) -> x509.SubjectAlternativeName:
    arc = "1.2.392.200149.8.5.5"
    return x509.SubjectAlternativeName(
        [
            x509.OtherName(
                x509.ObjectIdentifier(f"{arc}.{last}"),
                bytes([0x0C, len(text.encode())]) + text.encode(),
            )
            for last, text in told
        ]
    )


def points(*parts: str) -> x509.CRLDistributionPoints:
    directory = x509.DirectoryName(x509.Name([*CA, *name(*parts)]))
    return x509.CRLDistributionPoints([x509.DistributionPoint([directory], None, None, None)])


def policies(oid: str) -> x509.CertificatePolicies:
    return x509.CertificatePolicies([x509.PolicyInformation(x509.ObjectIdentifier(oid), None)])


def certificate(**differing: Any) -> bytes:
    """A signature certificate as it should be, but for what differs (DER)."""
    what: dict[str, Any] = {
        "issuer": CA,
        "subject": name("C=JP", "L=Synthetic-ken", "L=Shiken-shi", "CN=SYNTHETIC1"),
        "serial": 1 << 64,
        "usage": usage(digital_signature=True, content_commitment=True),
        "usage_critical": True,
        "policy": policies(POLICY),
        "policy_critical": True,
        "names": other_names(ATTRIBUTES),
        "points": points(*POINT),
        "hash": SHA256(),
        "key": key(1),
        "end": NOW + DAY,
    } | differing
    builder = x509.CertificateBuilder(
        what["issuer"],
        what["subject"],
        what["key"].public_key(),
        what["serial"],
        NOW,
        what["end"],
    )
    for extension, critical in (
        (what["usage"], what["usage_critical"]),
        (what["policy"], what["policy_critical"]),
        (what["names"], False),
        (what["points"], False),
    ):
        if extension is not None:
            builder = builder.add_extension(extension, critical=critical)
    return builder.sign(key(), what["hash"]).public_bytes(Encoding.DER)


def test_a_certificate_as_it_should_be_passes():
    (finding,) = judge_certificate("it", certificate(), signs=True)
    assert finding.verdict is Verdict.PASS, finding.reason


WRONG_CERTIFICATES: dict[str, tuple[dict[str, Any], str]] = {
    "no non-repudiation": ({"usage": usage(digital_signature=True)}, "03 02 06 c0"),
    "one bit more": (
        {"usage": usage(digital_signature=True, content_commitment=True, key_agreement=True)},
        "03 02 06 c0",
    ),
    "key usage not critical": ({"usage_critical": False}, "not critical"),
    "no key usage": ({"usage": None}, "missing"),
    "policy not critical": ({"policy_critical": False}, "not critical"),
    "policy of another arc": ({"policy": policies("1.2.3.4")}, "outside the arc"),
    "no policy": ({"policy": None}, "missing"),
    "no attributes": ({"names": None}, "in this order"),
    "in another order": ({"names": other_names(sorted(ATTRIBUTES))}, "in this order"),
    "of another arc": (
        {"names": x509.SubjectAlternativeName(
            [x509.OtherName(x509.ObjectIdentifier("1.2.3.1"), b"\x0c\x01A")])},
        "outside the arc",
    ),
    "not UTF8String": (
        {"names": x509.SubjectAlternativeName(
            [x509.OtherName(x509.ObjectIdentifier("1.2.392.200149.8.5.5.1"), b"\x13\x01A")])},
        "no UTF8String",
    ),
    "list of another place": (
        {"points": points("OU=CRL Distribution Points", "OU=Synthetic-ken", "CN=Betsu-shi")},
        "distribution point names",
    ),
    "list of all": ({"points": points()}, "distribution point names"),
    "no list": ({"points": None}, "not one distribution point"),
    "of the other CA": (
        {"issuer": name("C=JP", "O=JPKI TEST", "OU=JPKI for user authentication")},
        "first OU of the issuer",
    ),
    "subject without place": ({"subject": name("C=JP", "CN=SYNTHETIC1")}, "the subject is not"),
    "signed with SHA-512": ({"hash": SHA512()},
                            "want SHA-256"),
}  # fmt: skip


@pytest.mark.parametrize("wrong", WRONG_CERTIFICATES)
def test_a_wrong_certificate_is_told_what_is_wrong(wrong: str):
    differing, told = WRONG_CERTIFICATES[wrong]
    found = judge_certificate("it", certificate(**differing), signs=True)
    assert {finding.verdict for finding in found} == {Verdict.FAIL}
    assert any(told in finding.reason for finding in found), found


def test_what_is_no_certificate_is_no_pass():
    (finding,) = judge_certificate("it", b"\x30\x03\x02\x01\x00", signs=True)
    assert finding.verdict is Verdict.FAIL


def test_an_authentication_certificate_tells_nothing_of_its_holder():
    issuer = name("C=JP", "O=JPKI TEST", "OU=JPKI for user authentication")
    plain: dict[str, Any] = {"issuer": issuer, "usage": usage(digital_signature=True)}
    (finding,) = judge_certificate("it", certificate(**plain, names=None), signs=False)
    assert finding.verdict is Verdict.PASS, finding.reason
    (finding,) = judge_certificate("it", certificate(**plain), signs=False)
    assert "tells attributes" in finding.reason
    both = {"issuer": issuer, "names": None}
    (finding,) = judge_certificate("it", certificate(**both), signs=False)
    assert finding.verdict is Verdict.INCONCLUSIVE  # not confirmed of real ones


def test_numbers_and_policies_are_held_against_each_other():
    one, other = certificate(), certificate(serial=1 << 65)
    login = certificate(usage=usage(digital_signature=True), serial=1 << 66)
    assert judge_set([one, other])[0].verdict is Verdict.PASS
    assert "one number" in judge_set([one, certificate(key=key(2))])[0].reason
    assert "same policy" in judge_set([one, login])[0].reason


WRONG_ATTRIBUTES = {
    "flags too short": [(2, "0")],
    "flags too long": [(6, "00100")],
    "flags that are none": [(2, "0x")],
    "sex as a letter": [(3, "F")],
    "birth date without era": [(4, "20000101")],
    "no such day": [(4, "420000230")],
    "a day of another era": [(4, "520000101")],
}


@pytest.mark.parametrize("wrong", WRONG_ATTRIBUTES)
def test_wrong_attributes_are_seen(wrong: str):
    right = [OtherName(*told) for told in ATTRIBUTES]
    assert list(judge_attributes(right)) == []
    ((arc, text),) = WRONG_ATTRIBUTES[wrong]
    changed = [replace(one, text=text) if one.arc == arc else one for one in right]
    assert len(list(judge_attributes(changed))) == 1


def test_birth_dates():
    right = "319261225 219261225 319890107 419890108 420190430 520190501 118680908 012345678"
    assert all(is_birth_date(text) for text in right.split())
    wrong = "319261224 319890108 420190501 520190430 118680907 619990101 ４19990102"
    assert not any(
        is_birth_date(text) for text in [*wrong.split(), "41999010", "419991301", "420010229"]
    )


def until(end: datetime) -> x509.Certificate:
    return x509.load_der_x509_certificate(certificate(end=end))


def test_expiry_beside_the_card():
    early, card, late = (until(NOW + DAY + timedelta(seconds=s)) for s in (-1, 0, 1))
    assert judge_expiry("it", card, card).verdict is Verdict.PASS
    assert judge_expiry("it", early, card).verdict is Verdict.PASS
    assert judge_expiry("it", late, card).verdict is Verdict.FAIL
    assert judge_renewal("it", card, early, card).verdict is Verdict.PASS
    assert judge_renewal("it", early, early, card).verdict is Verdict.FAIL
    assert judge_renewal("it", late, early, card).verdict is Verdict.FAIL
    assert judge_renewal("it", card, card, card).verdict is Verdict.PASS  # the card's did not move


# --- answers ------------------------------------------------------------------------------


@lru_cache
def ca_certificate() -> x509.Certificate:
    return authority_by(key(), CA)


def authority_by(own: rsa.RSAPrivateKey, named: x509.Name) -> x509.Certificate:
    builder = x509.CertificateBuilder(
        named, named, own.public_key(), 1, NOW - DAY, NOW + 3_650 * DAY
    )
    constraints = x509.BasicConstraints(ca=True, path_length=None)
    return builder.add_extension(constraints, critical=True).sign(own, SHA256())


def responder(*, may_answer: bool = True) -> x509.Certificate:
    builder = x509.CertificateBuilder(
        CA, name("C=JP", "CN=OCSP"), key(3).public_key(), 2, NOW - DAY, NOW + DAY
    )
    kind = ExtendedKeyUsageOID.OCSP_SIGNING if may_answer else ExtendedKeyUsageOID.CLIENT_AUTH
    usages = x509.ExtendedKeyUsage([kind])
    return builder.add_extension(usages, critical=False).sign(key(), SHA256())


def question() -> Question:
    holder = x509.load_der_x509_certificate(certificate())
    return Question(holder, ca_certificate(), b"n" * 16, NOW.timestamp())


def response(**differing: Any) -> bytes:
    """A response as it should be, but for what differs (DER)."""
    what: dict[str, Any] = {
        "certificate": question().certificate,
        "issuer": ca_certificate(),
        "this": NOW,
        "next": NOW + timedelta(minutes=15),
        "nonce": b"n" * 16,
        "responder": responder(),
        "key": key(3),
    } | differing
    builder = ocsp.OCSPResponseBuilder().add_response(
        what["certificate"], what["issuer"], SHA1(), ocsp.OCSPCertStatus.GOOD,
        what["this"], what["next"], None, None,
    )  # fmt: skip
    builder = builder.responder_id(ocsp.OCSPResponderEncoding.HASH, what["responder"])
    builder = builder.certificates([what["responder"]])
    if what["nonce"] is not None:
        builder = builder.add_extension(x509.OCSPNonce(what["nonce"]), critical=False)
    return builder.sign(what["key"], SHA256()).public_bytes(Encoding.DER)


def test_an_answer_as_it_should_be_is_believed():
    answer = read_answer(response(), question())
    assert (answer.status, answer.misses) == ("good", ())
    by_the_ca = response(responder=ca_certificate(), key=key())
    assert read_answer(by_the_ca, question()).sound


WRONG_ANSWERS: dict[str, tuple[dict[str, Any], str]] = {
    "no nonce": ({"nonce": None}, "the nonce of the question is not in it"),
    "another nonce": ({"nonce": b"m" * 16}, "nonce of another question"),
    "two days old": ({"this": NOW - 2 * DAY, "next": NOW - 2 * DAY + DAY / 96}, "stale"),
    "old and good for ever": ({"this": NOW - 2 * DAY, "next": NOW + DAY}, "stale"),
    "of tomorrow": ({"this": NOW + DAY, "next": NOW + 2 * DAY}, "time to come"),
    "by no responder": ({"responder": responder(may_answer=False)}, "entrusted"),
    "by another CA": (
        {"responder": authority_by(key(4), name("C=JP", "CN=X")), "key": key(4)},
        "entrusted",
    ),
    "of another number": (
        {"certificate": x509.load_der_x509_certificate(certificate(serial=5))},
        "another certificate",
    ),
    "of another CA": (
        {"issuer": authority_by(key(4), CA)},
        "another CA",
    ),
}


@pytest.mark.parametrize("wrong", WRONG_ANSWERS)
def test_a_wrong_answer_is_not_believed(wrong: str):
    differing, told = WRONG_ANSWERS[wrong]
    answer = read_answer(response(**differing), question())
    assert not answer.sound
    assert any(told in miss for miss in answer.misses), answer.misses


def test_an_answer_that_was_changed_is_not_believed():
    """The last byte within the signature, for the responder's certificate comes behind it."""
    der = bytearray(response())
    at = der.index(responder().public_bytes(Encoding.DER)[:30]) - 20
    der[at] ^= 1
    assert "its signature is wrong" in read_answer(bytes(der), question()).misses


@pytest.mark.parametrize("der", [b"", b"\x30\x03\x0a\x01\x06", response()[:-1]])
def test_what_is_no_answer_tells_nothing(der: bytes):
    answer = read_answer(der, question())
    assert not answer.sound
    assert answer.status == ""


# --- lists --------------------------------------------------------------------------------


def revocation_list(**differing: Any) -> bytes:
    what: dict[str, Any] = {
        "issuer": CA, "this": NOW, "next": NOW + 2 * DAY, "key": key(),
        "scope": x509.Name([*CA, *name(*POINT)]), "critical": True,
    } | differing  # fmt: skip
    builder = x509.CertificateRevocationListBuilder(what["issuer"], what["this"], what["next"])
    entry = x509.RevokedCertificateBuilder(7, NOW)
    entry = entry.add_extension(x509.CRLReason(x509.ReasonFlags.superseded), critical=False)
    builder = builder.add_revoked_certificate(entry.build())
    builder = builder.add_revoked_certificate(x509.RevokedCertificateBuilder(8, NOW).build())
    if what["scope"] is not None:
        scope = x509.IssuingDistributionPoint(
            [x509.DirectoryName(what["scope"])], None, False, False, None, False, False
        )
        builder = builder.add_extension(scope, critical=what["critical"])
    return builder.sign(what["key"], SHA256()).public_bytes(Encoding.DER)


HERE = x509.Name([*CA, *name(*POINT)])


def test_a_list_as_it_should_be_is_read():
    read = read_list(revocation_list(), ca_certificate(), NOW.timestamp(), HERE)
    assert (read.entries, read.misses) == ({7: "superseded", 8: None}, ())
    assert (
        read_list(revocation_list(scope=None), ca_certificate(), NOW.timestamp(), None).misses == ()
    )


WRONG_LISTS: dict[str, tuple[dict[str, Any], str]] = {
    "of another key": ({"key": key(4)}, "signature is wrong"),
    "of another issuer": ({"issuer": name("C=JP", "O=X")}, "another issuer"),
    "stale": ({"this": NOW - 3 * DAY, "next": NOW - DAY}, "stale"),
    "of tomorrow": ({"this": NOW + DAY}, "time to come"),
    "of another place": (
        {"scope": x509.Name([*CA, *name("CN=Betsu-shi")])},
        "another distribution",
    ),
    "no part": ({"scope": None}, "does not say that it is a part"),
    "scope not critical": ({"critical": False}, "not critical"),
}


@pytest.mark.parametrize("wrong", WRONG_LISTS)
def test_a_wrong_list_is_not_believed(wrong: str):
    differing, told = WRONG_LISTS[wrong]
    read = read_list(revocation_list(**differing), ca_certificate(), NOW.timestamp(), HERE)
    assert any(told in miss for miss in read.misses), read.misses


def test_a_part_is_not_the_full_list():
    assert read_list(revocation_list(), ca_certificate(), NOW.timestamp(), None).misses
    assert read_list(b"\x30\x00", ca_certificate(), NOW.timestamp(), None).misses
