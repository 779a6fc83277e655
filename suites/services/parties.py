"""Looking at the parties: chip by APDUs, TSMs and JPKI system by their own end points."""

from __future__ import annotations

import base64
import hashlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey, RSAPublicNumbers
from cryptography.hazmat.primitives.hashes import SHA1, SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509 import ocsp

from fixtures.card.jpki import EF
from fixtures.outcome import Inconclusive
from suites.services.agreement import PURPOSES, Bound, Issued, OnChip, View

if TYPE_CHECKING:
    from fixtures.card.jpki import JpkiCard
    from fixtures.services.world import World

DIGEST_INFO_SHA256 = bytes.fromhex("3031300D060960864801650304020105000420")  # RFC 8017 9.2
PIN, PASSWORD = "1357", "PH0NEPASS"
MESSAGE = b"which key is this?"
SP_TSM = "sp-tsm"  # the role under which the JPKI answers the SP-TSM


@dataclass(frozen=True)
class Place:
    """Where the things of one purpose lie on the chip."""

    certificate: EF
    authority: EF
    key: EF
    reference: EF
    value: str


PLACES = {
    "signature": Place(
        EF.SIGNATURE_CERTIFICATE, EF.SIGNATURE_CA, EF.SIGNATURE_KEY, EF.PASSWORD, PASSWORD
    ),
    "user-authentication": Place(EF.USER_CERTIFICATE, EF.USER_CA, EF.USER_KEY, EF.USER_PIN, PIN),
}


def issued_phone(world: World, phone: str = "phone", person: str = "holder") -> str:
    """A new phone of a new person, issued; its SE-ID. ``Inconclusive`` where that fails."""
    world.person(person)
    se_id = world.phone(phone, person)
    issue(world, phone)
    return se_id


def issue(world: World, phone: str) -> None:
    """Issue a phone that is there. ``Inconclusive`` where that fails."""
    if not (outcome := world.start(phone, "issue")).done:
        raise Inconclusive(f"issuance {outcome.state} ({outcome.detail}); see REQ-3-1-a")


def der(content: bytes) -> bytes:
    """A certificate without what a file has behind it."""
    return content[: 4 + int.from_bytes(content[2:4], "big")] if content[:2] == b"\x30\x82" else b""


def certificate_on(card: JpkiCard, purpose: str, value: str | None = None) -> bytes:
    """The certificate (DER) of this purpose, read with the user's PIN; ``b""`` where there is none.

    ``value``: the PIN or password, where it is not the usual one.
    """
    place = PLACES[purpose]
    if not card.select_ap().ok:
        return b""
    card.verify(place.reference, (value or place.value).encode())
    return der(card.read_file(place.certificate).data)


def signs_with(card: JpkiCard, purpose: str, certificate: bytes, value: str | None = None) -> bool:
    """Whether the chip's signature verifies with the key in this certificate."""
    place = PLACES[purpose]
    card.verify(place.reference, (value or place.value).encode())
    info = DIGEST_INFO_SHA256 + hashlib.sha256(MESSAGE).digest()
    return verifies(certificate, card.signature(place.key, info).data, MESSAGE)


def verifies(certificate: bytes, signature: bytes, message: bytes) -> bool:
    """RSASSA-PKCS1-v1_5 with SHA-256."""
    key = x509.load_der_x509_certificate(certificate).public_key()
    assert isinstance(key, RSAPublicKey)
    try:
        key.verify(signature, message, PKCS1v15(), SHA256())
    except InvalidSignature:
        return False
    return True


def serial_of(certificate: bytes) -> str:
    """Hexadecimal without leading zeros."""
    return f"{x509.load_der_x509_certificate(certificate).serial_number:x}"


def on_chip(world: World, phone: str, se_id: str) -> list[OnChip]:
    """The certificates a phone's chip shows its holder."""
    found = []
    card = world.card(phone)
    for purpose in PURPOSES:
        if certificate := certificate_on(card, purpose):
            signs = signs_with(card, purpose, certificate)
            found.append(OnChip(se_id, purpose, serial_of(certificate), signs))
    card.channel.reset()
    return found


def state_at_jpki(world: World, purpose: str, serial: str) -> str:
    """``good``, ``hold``, ``revoked``, or ``unknown``."""
    status, told = world.http("jpki", "GET", f"/v1/certificates/{purpose}/{serial}", role=SP_TSM)
    return str(told["status"]) if status == 200 else "unknown"


def der_at_jpki(world: World, purpose: str, serial: str) -> bytes:
    """The certificate as the JPKI keeps it; ``b""`` where it knows none."""
    status, told = world.http("jpki", "GET", f"/v1/certificates/{purpose}/{serial}", role=SP_TSM)
    return base64.b64decode(told["certificate"]) if status == 200 else b""


def bound(world: World) -> tuple[Bound, ...]:
    """The SP-TSM's table, as far as it is of this world's persons."""
    names = ("serial", "purpose", "person", "se_id", "state")
    rows = world.table("sp-tsm", "certificates")
    mine = [row for row in rows if row["person"] in world.persons]
    return tuple(Bound(*(str(row[name]) for name in names)) for row in mine)


def messages(world: World) -> list[dict[str, Any]]:
    """What the push service accepted."""
    found: list[dict[str, Any]] = world.operate("push", "GET", "tables/messages")[1]
    return found


def view(world: World, **phones: str) -> View:
    """What all hold now; ``phones``: name → SE-ID."""
    table = bound(world)
    chips = [one for name, se_id in phones.items() for one in on_chip(world, name, se_id)]
    states = [
        Issued(line.serial, line.purpose, state)
        for line in table
        if (state := state_at_jpki(world, line.purpose, line.serial)) != "unknown"
    ]
    return View(tuple(chips), table, tuple(states))


NOBODYS = 1 << 2047 | 1 << 1024 | 1  # a modulus to which nobody has a private key
CARD_PASSWORD = "CARD7PASS"  # of the scripted user's My Number Card


def change_of_phone(world: World) -> tuple[str, str]:
    """A person with an issued old phone and a new phone that is not; their SE-IDs."""
    old = issued_phone(world, "old")
    return old, world.phone("new", "holder")


def certificates_of(world: World, se_id: str) -> dict[str, str]:
    """Purpose → serial of what the SP-TSM binds to an SE."""
    return {one.purpose: one.serial for one in bound(world) if one.se_id == se_id}


def nonce(kind: str, se_id: str, request: str) -> str:
    """What a signed document carries so that it serves for nothing else (OUR DESIGN)."""
    return hashlib.sha256(f"{kind} {se_id} {request}".encode()).hexdigest()


def signed_document(world: World, person: str, document: dict[str, Any]) -> dict[str, str]:
    """A document signed by the person's My Number Card, as the services take it (hexadecimal)."""
    card = world.card(f"card of {person}")
    card.select_ap()
    card.verify(EF.PASSWORD, CARD_PASSWORD.encode())
    text = json.dumps(document).encode()
    info = DIGEST_INFO_SHA256 + hashlib.sha256(text).digest()
    signature = card.signature(EF.SIGNATURE_KEY, info).data
    certificate = der(card.read_file(EF.SIGNATURE_CERTIFICATE).data)
    card.channel.reset()
    parts = {"document": text, "signature": signature, "certificate": certificate}
    return {name: value.hex() for name, value in parts.items()}


def application(world: World, person: str, bound_to: str) -> dict[str, str]:
    """A signed application for certificates on a phone; ``bound_to``: its nonce."""
    return signed_document(
        world, person, {"act": "apply", "made_at": world.now(), "nonce": bound_to}
    )


def as_base64(parts: dict[str, str]) -> dict[str, str]:
    """As the JPKI system takes it."""
    return {name: base64.b64encode(bytes.fromhex(part)).decode() for name, part in parts.items()}


def revoked_by_ocsp(world: World, purpose: str, own: bytes, of_ca: bytes) -> bool:
    """What the JPKI's responder says of a certificate (RFC 6960)."""
    subject, issuer = (x509.load_der_x509_certificate(one) for one in (own, of_ca))
    request = ocsp.OCSPRequestBuilder().add_certificate(subject, issuer, SHA1()).build()
    question = request.public_bytes(Encoding.DER).hex()
    status, told = world.http("jpki", "POST", f"/v1/ocsp/{purpose}", question)
    if status != 200:
        raise Inconclusive(f"the responder answers {status}")
    answer = ocsp.load_der_ocsp_response(bytes.fromhex(told))
    return answer.certificate_status is ocsp.OCSPCertStatus.REVOKED


def told_the_jpki(world: World, path: str, body: dict[str, str], role: str) -> None:
    """A peer has the JPKI do something. ``Inconclusive`` where it refuses: no TSM is to blame."""
    status, told = world.http("jpki", "POST", path, body, role=role)
    if status // 100 != 2:
        raise Inconclusive(f"the JPKI refuses {path} to the {role}: {status} {told}")


def issued_elsewhere(
    world: World, purpose: str = "signature", key: RSAPublicKey | None = None
) -> bytes:
    """A certificate (DER) of ``holder`` on a phone that another SP-TSM issues.

    ``key``: a modulus nobody has the private key of, where none is given. ``Inconclusive`` where
    the JPKI certifies nothing.
    """
    signed = as_base64(application(world, "holder", nonce("issue", "elsewhere", "1")))
    told = world.http("jpki", "POST", "/v1/applications", signed, role="sp-tsm")[1]
    key = key or RSAPublicNumbers(65_537, NOBODYS).public_key()
    public = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    path = f"/v1/applications/{told['application_id']}/certificates/{purpose}"
    body = {"public_key": base64.b64encode(public).decode()}
    status, told = world.http("jpki", "PUT", path, body, role="sp-tsm")
    if status != 201:
        raise Inconclusive(f"the JPKI certifies nothing for another SP-TSM: {status}")
    return base64.b64decode(told["certificate"])
