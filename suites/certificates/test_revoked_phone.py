"""A phone that is revoked and not deleted gives nothing away and convinces nobody (REQ-5-1-c).

The keys on the chip are certified by the JPKI system, then revoked there; the chip is not told.
What it still refuses is asked of the chip; that its signatures count for nothing, of the answers
that a verifier gets, which must therefore be such as can be believed.
"""

from __future__ import annotations

import secrets
from dataclasses import replace

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from fixtures.bench import Bench
from fixtures.card.jpki import EF
from fixtures.outcome import Inconclusive, expect
from fixtures.services.jpki_client import Told, Use
from suites.applet import probes
from suites.certificates.answers import Question, read_answer
from suites.certificates.people import Office, all_of, expect_own_numbers

REQUIREMENT = "REQ-5-1-c"
FILES = {Use.SIGNATURE: EF.SIGNATURE_CERTIFICATE, Use.AUTHENTICATION: EF.USER_CERTIFICATE}
PINS = {Use.SIGNATURE: EF.PASSWORD, Use.AUTHENTICATION: EF.USER_PIN}
KEYS = {Use.SIGNATURE: EF.SIGNATURE_KEY, Use.AUTHENTICATION: EF.USER_KEY}


def public_key(bench: Bench, use: Use) -> bytes:
    """The key on the chip, as its certificate there tells it (SubjectPublicKeyInfo)."""
    card = bench.card
    card.verify(PINS[use], bench.right(PINS[use]))
    try:
        key = probes.certificate(card.read_file(FILES[use]).data).public_key()
    except AssertionError as error:
        raise Inconclusive(f"EF {FILES[use]:04X} cannot be read: {error}") from None
    return key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


@pytest.mark.requirement("REQ-5-1-c")
@pytest.mark.needs("services.jpki", "pin.auth", "pin.sign")
def test_a_revoked_chip_gives_nothing_away(bench: Bench, office: Office):
    """Without a PIN no certificate and no signature; with it, one that no verifier accepts."""
    bench.bring_to_known_state()
    keys = {use: public_key(bench, use) for use in Use}
    holder = office.holder()
    application = str(office.client.apply(office.application(holder)).told()["application_id"])
    told = {use: Told.of(office.client.certify(application, use, keys[use]).told()) for use in Use}
    office.client.revoke(office.revocation(holder, list(told.values()))).told()

    card = bench.card
    card.power_cycle()
    for use in Use:
        read = card.read_file(FILES[use])
        free = use is Use.AUTHENTICATION and not bench.is_phone  # the plastic card's, by profile
        expect(REQUIREMENT, bool(read.data), free, f"EF {FILES[use]:04X} was read without PIN")
        refused = card.sign(KEYS[use], b"\x00" * 32)
        expect(REQUIREMENT, refused.data, b"", f"{use.value}: a signature without PIN")
        answer = office.asked(use, told[use].der)
        expect(REQUIREMENT, (answer.status, answer.misses), ("revoked", ()), "it was revoked")


@pytest.mark.requirement("REQ-5-1-c")
@pytest.mark.needs("services.jpki")
def test_answers_about_certificates_can_be_believed(office: Office):
    """Signed for the CA, of this moment, to this question: an old "good" cannot be shown again."""
    holder = office.holder()
    phone = office.phone(holder)
    expect_own_numbers(holder, phone)
    told = phone.certificates[Use.SIGNATURE]
    answer = office.asked(told.use, told.der)
    expect(REQUIREMENT, (answer.status, answer.misses), ("good", ()), "nothing happened to it")
    certificate, issuer = x509.load_der_x509_certificate(told.der), office.issuer(told.use)
    before = Question(certificate, issuer, secrets.token_bytes(32), office.now().timestamp())
    kept = office.client.status(told.use, before.request())
    office.client.revoke(office.revocation(holder, all_of(phone))).told()
    for one in all_of(phone):
        answer = office.asked(one.use, one.der)
        expect(REQUIREMENT, (answer.status, answer.misses), ("revoked", ()), "it was revoked")
    replayed = read_answer(kept, replace(before, nonce=secrets.token_bytes(32)))
    expect(REQUIREMENT, replayed.sound, False, "the answer from before it was revoked")


@pytest.mark.requirement("REQ-5-1-c")
@pytest.mark.needs("services.jpki")
def test_what_was_never_issued_is_unknown(office: Office):
    """A certificate that another CA of the same name made is not good (RFC 6960 2.2)."""
    holder = office.holder()
    told = holder.certificates[Use.SIGNATURE]
    real = x509.load_der_x509_certificate(told.der)
    forged = forge(real, told.serial ^ 1)
    question = Question(
        forged, office.issuer(told.use), secrets.token_bytes(16), office.now().timestamp()
    )
    answer = read_answer(office.client.status(told.use, question.request()), question)
    expect(REQUIREMENT, (answer.status, answer.misses), ("unknown", ()), "nobody issued it")


def forge(real: x509.Certificate, serial: int) -> x509.Certificate:
    """The same names and dates, another number, signed by a key of the forger."""
    key = rsa.generate_private_key(65537, 2048)
    builder = x509.CertificateBuilder(
        real.issuer, real.subject, key.public_key(), serial,
        real.not_valid_before_utc, real.not_valid_after_utc,
    )  # fmt: skip
    return builder.sign(key, SHA256())
