"""The JPKI system beside openssl and schemathesis, and what it makes of requests that are wrong."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from fixtures.bench import Bench
from fixtures.recorder import Recorder
from fixtures.services.http_json import ask, reply
from fixtures.services.jpki_client import MUNICIPALITY, TSM, Told, Use, encoded
from fixtures.targets.port import AccessPath
from fixtures.targets.resolve import resolve
from suites.certificates.answers import Question
from suites.certificates.people import PERSON, Holder, Office, Phone, spki
from suites.services.business import DOCUMENT, Signed, asked_for, brought

DAY = timedelta(days=1).total_seconds()
OPENSSL = shutil.which("openssl")


@pytest.fixture
def office() -> Iterator[Office]:
    resolved = resolve("reference", None, seed=1)
    with resolved.open() as target:
        yield Office(Bench(target, resolved.statement, Recorder(), AccessPath.INTERNAL))


def pem_of(der: bytes) -> bytes:
    return x509.load_der_x509_certificate(der).public_bytes(Encoding.PEM)


# --- openssl ------------------------------------------------------------------------------


class Openssl:
    """The verifier of somebody else: files in a folder, and the program on them."""

    def __init__(self, folder: Path, office: Office) -> None:
        self.folder = folder
        self.office = office
        for use in Use:
            self.put(f"{use.value}.ca.pem", pem_of(office.client.authority(use)))

    def put(self, name: str, content: bytes) -> str:
        (self.folder / name).write_bytes(content)
        return name

    def run(self, *arguments: str) -> str:
        """Everything it says, on both outputs, after its exit status."""
        assert OPENSSL is not None
        done = subprocess.run(
            [OPENSSL, *arguments],
            cwd=self.folder,
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )
        return f"{done.returncode}\n{done.stdout}{done.stderr}"

    def verify(self, told: Told, *options: str, ca: Use | None = None) -> str:
        """``openssl verify`` at the services' time of day."""
        holder = self.put("holder.pem", pem_of(told.der))
        at = str(int(self.office.now().timestamp()))
        authority = f"{(ca or told.use).value}.ca.pem"
        return self.run("verify", "-attime", at, "-CAfile", authority, *options, holder)

    def lists(self, told: Told) -> tuple[str, ...]:
        """The options that make it use the list of the certificate's municipality."""
        place = (PERSON["prefecture"], PERSON["municipality"])
        der = self.office.client.revocation_list(told.use, place)
        file = self.put("list.pem", x509.load_der_x509_crl(der).public_bytes(Encoding.PEM))
        return ("-crl_check", "-extended_crl", "-CRLfile", file)

    def question(self, told: Told, *number: str) -> bytes:
        """Its own request, of a certificate or of another number of the same CA."""
        holder = self.put("holder.pem", pem_of(told.der))
        of = number or ("-cert", holder)
        self.run("ocsp", "-issuer", f"{told.use.value}.ca.pem", *of, "-reqout", "question.der")
        return (self.folder / "question.der").read_bytes()

    def answer(self, told: Told, answer: bytes) -> str:
        """What it makes of an answer to its last request.

        Times it does not check here, for it would go by the clock of the machine.
        """
        self.put("answer.der", answer)
        at = str(int(self.office.now().timestamp()))
        files = ("-reqin", "question.der", "-respin", "answer.der", "-resp_text")
        return self.run("ocsp", *files, "-CAfile", f"{told.use.value}.ca.pem", "-attime", at)


@pytest.fixture
def openssl(tmp_path: Path, office: Office) -> Openssl:
    if OPENSSL is None:
        pytest.skip("the program openssl is not here; install it")
    return Openssl(tmp_path, office)


@pytest.fixture
def issued(office: Office) -> tuple[Holder, Phone]:
    holder = office.holder()
    return holder, office.phone(holder)


def test_openssl_accepts_what_is_good_and_no_other_ca(
    openssl: Openssl, issued: tuple[Holder, Phone]
):
    for told in issued[1].certificates.values():
        assert openssl.verify(told).startswith("0\nholder.pem: OK")
        assert openssl.verify(told, *openssl.lists(told)).startswith("0\nholder.pem: OK")
        other = next(use for use in Use if use is not told.use)
        assert "unable to get local issuer certificate" in openssl.verify(told, ca=other)


def test_openssl_rejects_what_is_expired(openssl: Openssl, office: Office):
    told = office.holder(timedelta(days=30)).certificates[Use.SIGNATURE]
    office.bench.advance_service_time(40 * DAY)
    assert "certificate has expired" in openssl.verify(told)


def test_openssl_rejects_what_is_revoked_once_the_list_is_out(
    openssl: Openssl, office: Office, issued: tuple[Holder, Phone]
):
    told = issued[1].certificates[Use.SIGNATURE]
    openssl.lists(told)  # so that there is one of today
    office.client.suspend(issued[0].person, "phone").told()
    assert openssl.verify(told, *openssl.lists(told)).startswith("0\n")  # told tomorrow only
    office.bench.advance_service_time(DAY)
    assert "certificate revoked" in openssl.verify(told, *openssl.lists(told))


def test_openssl_rejects_a_stale_list(
    openssl: Openssl, office: Office, issued: tuple[Holder, Phone]
):
    told = issued[1].certificates[Use.SIGNATURE]
    old = openssl.lists(told)
    office.bench.advance_service_time(2 * DAY + 1)
    assert "CRL has expired" in openssl.verify(told, *old)
    assert openssl.verify(told, *openssl.lists(told)).startswith("0\n")


def test_openssl_reads_the_lists(openssl: Openssl, office: Office, issued: tuple[Holder, Phone]):
    office.client.change_person(issued[0].person, "name", "合成　改名").told()
    openssl.put("full.crl", office.client.revocation_list(Use.SIGNATURE))
    told = openssl.run("crl", "-inform", "DER", "-in", "full.crl", "-noout", "-text",
                       "-CAfile", "signature.ca.pem")  # fmt: skip
    assert "verify OK" in told
    assert told.count("Affiliation Changed") == 2  # card and phone
    foreign = openssl.run("crl", "-inform", "DER", "-in", "full.crl", "-noout",
                          "-CAfile", "user-authentication.ca.pem")  # fmt: skip
    assert "verify OK" not in foreign


def test_openssl_believes_the_online_status(
    openssl: Openssl, office: Office, issued: tuple[Holder, Phone]
):
    told = issued[1].certificates[Use.AUTHENTICATION]
    kept = office.client.status(told.use, openssl.question(told))
    good = openssl.answer(told, kept)
    assert "Response verify OK" in good
    assert "Cert Status: good" in good
    office.client.suspend(issued[0].person, "phone").told()
    revoked = openssl.answer(told, office.client.status(told.use, openssl.question(told)))
    assert "Response verify OK" in revoked
    assert "Cert Status: revoked" in revoked
    assert "Revocation Reason: certificateHold" in revoked
    assert "Nonce Verify error" in openssl.answer(told, kept)  # shown again
    anew = office.client.status(told.use, openssl.question(told))
    by_another_ca = issued[1].certificates[Use.SIGNATURE]
    assert "Response Verify Failure" in openssl.answer(by_another_ca, anew)


def test_what_openssl_asks_of_a_stranger_is_unknown(
    openssl: Openssl, office: Office, issued: tuple[Holder, Phone]
):
    """A number that was never given, and a certificate of the other CA."""
    told = issued[1].certificates[Use.SIGNATURE]
    question = openssl.question(told, "-serial", "0x123456")
    said = openssl.answer(told, office.client.status(Use.SIGNATURE, question))
    assert "Response verify OK" in said
    assert "Cert Status: unknown" in said
    said = openssl.answer(told, office.client.status(Use.AUTHENTICATION, question))
    assert "unauthorized" in said


# --- requests that are wrong --------------------------------------------------------------


def books(office: Office, issued: tuple[Holder, Phone]) -> list[str]:
    """The state of all certificates, as the system keeps it."""
    return [office.book(told).status for one in issued for told in one.certificates.values()]


WRONG = {
    "no JSON": (b"{", 400, "malformed-json"),
    "another shape": (b"[]", 422, "invalid-request"),
    "no base64": (b'{"document":"!","signature":"AA==","certificate":"AA=="}', 422, None),
    "no certificate": (b'{"document":"AA==","signature":"AA==","certificate":"AA=="}', 403, None),
    "an unknown field": (b'{"document":"AA==","signature":"AA==","x":1}', 422, "invalid-request"),
    "too long": (b" " * 70_000, 413, "content-too-large"),
    "not UTF-8": (b'{"document":"\xff"}', 400, None),
    "numbers without end": (b"[" * 5_000, 400, None),
}


@pytest.mark.parametrize("wrong", WRONG)
def test_a_wrong_body_is_a_problem_and_changes_nothing(
    office: Office, issued: tuple[Holder, Phone], wrong: str
):
    body, status, kind = WRONG[wrong]
    link = office.bench.service("jpki", TSM)
    for path in ("/v1/applications", "/v1/revocations"):
        got = link.request("POST", path, body=body, content_type="application/json")
        answer = reply(wrong, got)
        assert (answer.status, answer.is_problem) == (status, True), answer
        assert kind is None or answer.kind == kind
        assert "Traceback" not in json.dumps(answer.value)
    assert set(books(office, issued)) == {"good"}


SPOILT = {
    "of a version that there is not": ("a003020102", "a003020107"),
    "with a key of an unknown kind": ("06092a864886f70d010101", "06092a864886f70d010163"),
}


@pytest.mark.parametrize("spoilt", SPOILT)
def test_a_certificate_that_cannot_be_read_signs_nothing(
    office: Office, issued: tuple[Holder, Phone], spoilt: str
):
    """Neither an application at the JPKI nor a document at a business server."""
    old, new = (bytes.fromhex(part) for part in SPOILT[spoilt])
    own = issued[0].certificates[Use.SIGNATURE].der
    certificate = own.replace(old, new, 1)
    assert certificate != own
    body = office.application(issued[0]) | {"certificate": encoded(certificate)}
    answer = ask(office.bench.service("jpki", TSM), "POST", "/v1/applications", body)
    assert (answer.status, answer.kind) == (403, "wrong-signature")
    with office.bench.new_world() as world:
        request = asked_for(world, DOCUMENT, "x")
        assert brought(world, request, Signed(bytes(256), certificate)) == 422


def test_what_is_not_known_is_not_found(office: Office):
    link = office.bench.service("jpki", TSM)
    assert ask(link, "GET", f"/v1/applications/{'0' * 32}").kind == "unknown-application"
    assert ask(link, "GET", "/v1/applications/x").kind == "invalid-request"
    assert ask(link, "GET", "/v1/certificates/signature/1").kind == "unknown-certificate"
    assert ask(link, "GET", "/v1/nothing").status == 404
    assert ask(link, "DELETE", "/v1/applications").status == 405
    assert office.client.invalidate_card("0" * 32, "lost").kind == "unknown-card"
    assert office.client.change_person("0" * 32, "name", "誰").kind == "unknown-person"
    assert office.client.suspend("0" * 32, "phone").kind == "unknown-person"


def test_keys_that_are_none_are_not_certified(office: Office, issued: tuple[Holder, Phone]):
    """Too short, already certified, of another kind, or no key at all."""
    application = str(office.client.apply(office.application(issued[0])).told()["application_id"])
    used = spki(issued[1].keys)[Use.SIGNATURE]
    for key, kind in ((b"\x30\x00", "invalid-key"), (used, "key-already-certified")):
        assert office.client.certify(application, Use.SIGNATURE, key).kind == kind
    expired = office.client.new_card(PERSON, "2020-01-01", spki(office.new_keys()))
    assert expired.kind == "card-expired"
    flags = office.client.new_card(
        PERSON | {"name_substitutes": "0"}, "2030-01-01", spki(office.new_keys())
    )
    assert flags.kind == "invalid-request"
    assert set(books(office, issued)) == {"good"}


def test_an_ended_card_ends_its_phone_and_opens_no_other(
    office: Office, issued: tuple[Holder, Phone]
):
    holder, _ = issued
    begun = str(office.client.apply(office.application(holder)).told()["application_id"])
    office.client.invalidate_card(holder.card, "lost").told()
    assert set(books(office, issued)) == {"revoked"}
    assert office.client.invalidate_card(holder.card, "lost").kind == "card-ended"
    key = spki(office.new_keys())[Use.SIGNATURE]
    assert office.client.certify(begun, Use.SIGNATURE, key).kind == "certificate-not-good"


def test_a_holder_revokes_what_is_his(office: Office, issued: tuple[Holder, Phone]):
    other = office.holder(differing={"name": "合成　太郎"})
    theirs = list(issued[1].certificates.values())
    assert office.client.revoke(office.revocation(other, theirs)).kind == "not-yours"
    of_card = list(issued[0].certificates.values())
    assert office.client.revoke(office.revocation(issued[0], of_card)).kind == "not-yours"
    assert set(books(office, issued)) == {"good"}
    asked = office.revocation(issued[1], theirs)  # signed on the phone itself
    first = office.client.revoke(asked).told()
    office.bench.advance_service_time(60)
    assert office.client.revoke(asked).told() == first


@pytest.mark.parametrize(
    "question",
    [b"", b"\x30\x03\x02\x01\x00", bytes(range(100))],
    ids=["none", "no request", "no DER"],
)
def test_a_malformed_question_has_an_answer(office: Office, question: bytes):
    link = office.bench.service("jpki", None)
    kind = "application/ocsp-request"
    answer = link.request("POST", "/v1/ocsp/signature", body=question, content_type=kind)
    assert (answer.status, answer.body) == (200, bytes.fromhex("30030a0101"))  # malformedRequest


def test_a_question_may_have_no_nonce_but_none_that_is_too_long(
    office: Office, issued: tuple[Holder, Phone]
):
    told = issued[1].certificates[Use.SIGNATURE]
    certificate = x509.load_der_x509_certificate(told.der)
    for length, first in ((128, 0), (129, 1)):  # responseStatus
        question = Question(
            certificate, office.issuer(told.use), bytes(length), office.now().timestamp()
        )
        answer = office.client.status(told.use, question.request())
        assert (answer[-1] == 1 and len(answer) == 5) == bool(first)


def test_a_municipality_cannot_apply_nor_a_tsm_register(office: Office):
    refused = office.client.new_card(PERSON, "2030-01-01", spki(office.new_keys()), TSM)
    assert (refused.status, refused.kind) == (403, "wrong-role")
    signed = {name: encoded(b"x") for name in ("document", "signature", "certificate")}
    refused = office.client.apply(signed, MUNICIPALITY)
    assert (refused.status, refused.kind) == (403, "wrong-role")
