"""The business server of a service provider as a check sees it (REQ-3-1-d, e).

What it answers and keeps: ``docs/flows.md``. A check brings signatures that a chip of the world
made, through the app or by its own APDUs, and judges what was kept with its own words.
"""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509 import ocsp

from fixtures.outcome import Inconclusive
from suites.certificates.answers import Question, read_answer
from suites.certificates.lists import distribution_point, read_list
from suites.services.parties import (
    DIGEST_INFO_SHA256,
    NOBODYS,
    PLACES,
    certificate_on,
    issue,
    issued_elsewhere,
    serial_of,
    verifies,
)

if TYPE_CHECKING:
    from fixtures.services.world import World

SERVER = "business-server"
LOGIN, DOCUMENT = "user-authentication", "signature"  # what a certificate is used for


@dataclass(frozen=True)
class Request:
    """What the server wants signed."""

    use: str
    number: str
    message: bytes


@dataclass(frozen=True)
class Signed:
    """A signature, and the certificate (DER) it came with."""

    signature: bytes
    certificate: bytes


def customer(world: World) -> dict[str, str]:
    """A person with an issued phone; his numbers at the JPKI. ``Inconclusive`` where that fails."""
    numbers = world.person("holder")
    world.phone("phone", "holder")
    issue(world, "phone")
    return numbers


def asked_for(world: World, use: str, text: str = "") -> Request:
    """A new request. ``Inconclusive`` where there is none."""
    status, told = world.http(SERVER, "POST", "/v1/requests", {"use": use, "text": text})
    if status != 201:
        raise Inconclusive(f"the business server asks for no signature: {status}")
    return Request(use, told["request"], bytes.fromhex(told["message"]))


def by_chip(world: World, use: str, message: bytes) -> Signed:
    """Signed by the phone's chip, with what its holder enters."""
    card = world.card("phone")
    own = certificate_on(card, use)
    info = DIGEST_INFO_SHA256 + hashlib.sha256(message).digest()
    signature = card.signature(PLACES[use].key, info).data
    card.channel.reset()
    return Signed(signature, own)


def forged(real: bytes, message: bytes) -> Signed:
    """By a certificate with names, dates and number of the holder's, and a key of the forger's."""
    own, key = x509.load_der_x509_certificate(real), _testers_key()
    builder = x509.CertificateBuilder(
        own.issuer, own.subject, key.public_key(), own.serial_number,
        own.not_valid_before_utc, own.not_valid_after_utc, list(own.extensions),
    )  # fmt: skip
    made = builder.sign(key, SHA256()).public_bytes(Encoding.DER)
    return Signed(key.sign(message, PKCS1v15(), SHA256()), made)


def certified(world: World) -> bytes:
    """A certificate (DER) for logins on a key of the tester, on another phone of the holder."""
    return issued_elsewhere(world, LOGIN, _testers_key().public_key())


def neighbour(world: World) -> bytes:
    """A certificate (DER) for signing on a key of the tester, on the card of who lives elsewhere.

    ``Inconclusive`` where nobody is registered.
    """
    lives = {"address": "合成県他所市架空町一丁目１番１号", "prefecture": "Synthetic-ken"}
    person = {"name": "合成　隣人", "birth_date": "420000101", "sex": "9", **lives}
    expires = datetime.fromisoformat(world.now()).date() + timedelta(days=365)
    body = {
        "person": person | {"municipality": "Yoso-shi"},
        "card_expires": expires.isoformat(),
        "signature_key": _public(_testers_key().public_key()),
        "user_authentication_key": _public(rsa.RSAPublicNumbers(65_537, NOBODYS).public_key()),
    }
    status, told = world.http("jpki", "POST", "/v1/cards", body, role="municipality")
    if status != 201:
        raise Inconclusive(f"the JPKI registers nobody of another place: {status}")
    own = next(one for one in told["certificates"] if one["purpose"] == DOCUMENT)
    return base64.b64decode(own["certificate"])


def by_tester(certificate: bytes, message: bytes) -> Signed:
    """With the key of ``certified`` and of ``neighbour``."""
    return Signed(_testers_key().sign(message, PKCS1v15(), SHA256()), certificate)


def _public(key: rsa.RSAPublicKey) -> str:
    der = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return base64.b64encode(der).decode()


@lru_cache(maxsize=1)
def _testers_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(65537, 2048)


def brought(world: World, request: Request, signed: Signed) -> int:
    """The status (HTTP) of the answer to a signature."""
    parts = {"signature": signed.signature.hex(), "certificate": signed.certificate.hex()}
    path = f"/v1/requests/{request.number}/signature"
    status, _ = world.http(SERVER, "POST", path, {"use": request.use, **parts})
    return status


def kept(world: World) -> list[dict[str, Any]]:
    """What was accepted, in order."""
    return world.table(SERVER, "accepted")


def expect_accepted(world: World, request: Request, signed: Signed) -> None:
    """``Inconclusive`` where what is sound is refused: another test says that."""
    if brought(world, request, signed) != 200:
        raise Inconclusive("a sound signature is not accepted")


def expect_refused(world: World, request: Request, signed: Signed, why: str) -> None:
    """A refusal by the rules (4xx), and nothing is kept of it."""
    before = kept(world)
    status = brought(world, request, signed)
    assert 400 <= status < 500, f"{why}, and the answer is {status}"
    assert kept(world) == before, f"{why}, and it was kept as accepted"


# --- what the JPKI says, asked by the check itself ---------------------------------------------


def issuer_of(world: World, use: str) -> x509.Certificate:
    _, der = world.http("jpki", "GET", f"/v1/authorities/{use}")
    return x509.load_der_x509_certificate(bytes.fromhex(der))


def expect_told(world: World, use: str, own: bytes, wanted: str) -> None:
    """``Inconclusive`` unless the responder says so of this certificate, soundly."""
    certificate, issuer = x509.load_der_x509_certificate(own), issuer_of(world, use)
    at = datetime.fromisoformat(world.now()).timestamp()
    question = Question(certificate, issuer, secrets.token_bytes(32), at)
    _, der = world.http("jpki", "POST", f"/v1/ocsp/{use}", question.request().hex())
    answer = read_answer(bytes.fromhex(der), question)
    if not answer.sound or answer.status != wanted:
        told = answer.misses[0] if answer.misses else answer.status
        raise Inconclusive(f"of a certificate that is {wanted} the JPKI says: {told}; REQ-5-1-c")


def expect_listed(world: World, use: str, own: bytes, *, listed: bool) -> None:
    """``Inconclusive`` unless the list of its place has the certificate, or has it not."""
    certificate, issuer = x509.load_der_x509_certificate(own), issuer_of(world, use)
    name = distribution_point(certificate)
    if name is None or len(parts := [str(part.value) for part in name]) < 2:
        raise Inconclusive("the certificate does not say where its list is; see JPKI-CERT-01")
    status, der = world.http("jpki", "GET", f"/v1/crls/{use}/{parts[-2]}/{parts[-1]}")
    if status != 200:
        raise Inconclusive(f"there is no list where the certificate says ({status}); JPKI-CERT-01")
    at = datetime.fromisoformat(world.now()).timestamp()
    found = read_list(bytes.fromhex(der), issuer, at, name)
    if found.misses or (certificate.serial_number in found.entries) != listed:
        raise Inconclusive("the list of the place cannot be believed; see JPKI-LIFE-02")


# --- what was kept -----------------------------------------------------------------------------


def doubts(row: dict[str, Any], own: bytes, issuer: x509.Certificate, text: str) -> list[str]:
    """Why a third party would not believe what was kept of a use; nothing where it would.

    ``own``: the certificate on the chip; ``text``: of the document, which has to be signed.
    """
    message, signature, certificate, evidence = (
        bytes.fromhex(row[name]) for name in ("message", "signature", "certificate", "evidence")
    )
    found = []
    if certificate != own or row["serial"] != serial_of(own):
        found.append("the certificate kept is not that on the chip")
    if not verifies(own, signature, message):
        found.append("the signature kept does not verify with the certificate on the chip")
    if json.loads(message)["request"] != row["request"] or json.loads(message)["text"] != text:
        found.append("what was signed is not what was asked for")
    try:
        x509.load_der_x509_certificate(own).verify_directly_issued_by(issuer)
    except (ValueError, TypeError, InvalidSignature):
        found.append("the certificate is not of the CA for this use")
    return found + [f"the proof of its validity: {miss}" for miss in _misses(row, own, issuer,
                                                                             evidence)]  # fmt: skip


def _misses(
    row: dict[str, Any], own: bytes, issuer: x509.Certificate, evidence: bytes
) -> list[str]:
    """Of the answer of the responder, by which it was good when it was accepted."""
    try:
        extensions = ocsp.load_der_ocsp_response(evidence).extensions
        nonce = extensions.get_extension_for_class(x509.OCSPNonce).value.nonce
    except (ValueError, x509.ExtensionNotFound):
        return ["it is no answer with a nonce"]
    at = datetime.fromisoformat(row["at"]).timestamp()
    question = Question(x509.load_der_x509_certificate(own), issuer, nonce, at)
    answer = read_answer(evidence, question)
    return [*answer.misses, *([] if answer.status == "good" else [f"it says {answer.status}"])]
