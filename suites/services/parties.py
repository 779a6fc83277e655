"""Looking at the parties: chip by APDUs, TSMs and JPKI system by their own end points."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA256

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
    """The SP-TSM's table."""
    names = ("serial", "purpose", "person", "se_id", "state")
    rows = world.table("sp-tsm", "certificates")
    return tuple(Bound(*(str(row[name]) for name in names)) for row in rows)


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
