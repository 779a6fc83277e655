"""Whether certificates follow the JPKI profile (JPKI-CERT-01): the system's, and the card's own."""

from __future__ import annotations

import pytest
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.serialization import Encoding

from fixtures.bench import Bench
from fixtures.card.jpki import EF
from fixtures.outcome import Inconclusive
from fixtures.services.jpki_client import Use
from fixtures.verdict import Finding, Findings, Verdict
from suites.applet.probes import certificate as read_certificate
from suites.certificates.people import Office, all_of
from suites.certificates.profile import REQUIREMENT, judge_certificate, judge_set

LONG = {"address": "合成県試験市架空町" + "一丁目" * 30, "birth_date": "520240229", "sex": "1"}
SUBSTITUTED = {
    "name": "合成　〓郎",
    "name_substitutes": "00010",
    "birth_date": "319881231",
    "sex": "9",
    "municipality": "Betsu-shi",
}


@pytest.mark.requirement("JPKI-CERT-01")
@pytest.mark.needs("services.jpki")
def test_certificates_of_cards_and_phones_follow_the_profile(office: Office, findings: Findings):
    """Persons whose names, dates and addresses differ; all numbers and policies side by side."""
    issuers = {use: office.issuer(use) for use in Use}
    told = []
    for differing in (None, LONG, SUBSTITUTED):
        holder = office.holder(differing=differing)
        told += all_of(holder, office.phone(holder))
    for one in told:
        named = f"{one.use.value} {one.serial:x}"
        findings += judge_certificate(named, one.der, signs=one.use is Use.SIGNATURE)
        findings.append(judged_signature(named, one.der, issuers[one.use]))
    findings += judge_set(one.der for one in told)


def judged_signature(named: str, der: bytes, issuer: x509.Certificate) -> Finding:
    try:
        x509.load_der_x509_certificate(der).verify_directly_issued_by(issuer)
    except (ValueError, TypeError, InvalidSignature) as error:
        why = f"is not signed by the CA: {error!r}"
        return Finding(REQUIREMENT, Verdict.FAIL, why, named)
    return Finding(REQUIREMENT, Verdict.PASS, subject=named)


@pytest.mark.requirement("JPKI-CERT-01")
@pytest.mark.needs("certificate.store", "pin.auth", "pin.sign")
def test_certificates_on_the_chip_follow_the_profile(bench: Bench, findings: Findings):
    """EF 0001 and 000A, each with the CA certificate beside it."""
    bench.bring_to_known_state()
    card = bench.card
    files = (
        (EF.SIGNATURE_CERTIFICATE, EF.SIGNATURE_CA, EF.PASSWORD, True),
        (EF.USER_CERTIFICATE, EF.USER_CA, EF.USER_PIN, False),
    )
    for own, of_ca, pin, signs in files:
        if not card.verify(pin, bench.right(pin)).ok:
            raise Inconclusive(f"the right reference data of EF {pin:04X} is refused")
        try:
            found = read_certificate(card.read_file(own).data)
            issuer = read_certificate(card.read_file(of_ca).data)
        except AssertionError as error:
            raise Inconclusive(f"EF {own:04X} or its CA's cannot be read: {error}") from None
        named, der = f"EF {own:04X}", found.public_bytes(Encoding.DER)
        findings += judge_certificate(named, der, signs=signs)
        findings.append(judged_signature(named, der, issuer))
