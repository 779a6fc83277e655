"""Personalisation: brings a fresh chip to the issued state, by commands alone.

The administrator authenticates, the chip makes its two key pairs, the synthetic CAs certify
them, and the PINs are set last: until then nobody can use the keys.
"""

from __future__ import annotations

from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.cmac import CMAC

from reference_impl.applet.files import EF
from reference_impl.applet.profile import JPKI_AID, PASSWORD, USER_PIN
from reference_impl.chip.rsa import MODULUS_BYTES, PublicKey
from reference_impl.jpki.certificates import authority
from reference_impl.jpki.holder import Holder
from reference_impl.jpki.profile import Purpose
from reference_impl.parts import ADMINISTRATOR_KEY
from reference_impl.platform.card import Card

DEFAULT_USER_PIN = b"1234"
DEFAULT_PASSWORD = b"ABC123"
SYNTHETIC = Holder()
MODULUS_AT = 9  # 7F49 82 0109 81 82 0100
EXPONENT_AT = MODULUS_AT + MODULUS_BYTES + 2


class PersonalisationError(Exception):
    """The chip refused a step; the message names the command and the status word."""


def personalise(
    chip: Card,
    user_pin: bytes = DEFAULT_USER_PIN,
    password: bytes = DEFAULT_PASSWORD,
    *,
    administrator_key: bytes = ADMINISTRATOR_KEY,
    holder: Holder = SYNTHETIC,
    serial: int = 1,
) -> None:
    """Key pairs, certificates and PINs; leaves the chip as after a cold reset.

    ``serial`` is the number of the user certificate, the signature certificate has the next.
    Raises PersonalisationError when the chip refuses a step, and PowerLost.
    """
    _send(chip, "00A4040C", JPKI_AID)
    authenticate(chip, administrator_key)
    issue(chip, Purpose.USER_AUTHENTICATION, holder, serial)
    issue(chip, Purpose.SIGNATURE, holder, serial + 1)
    for kind, value in ((USER_PIN, user_pin), (PASSWORD, password)):
        _send(chip, f"002C02{0x80 | kind.reference:02X}", value)
    chip.reset()


def authenticate(chip: Card, administrator_key: bytes) -> None:
    """GET CHALLENGE and EXTERNAL AUTHENTICATE."""
    mac = CMAC(AES(administrator_key))
    mac.update(_send(chip, "0084000010"))
    _send(chip, "00820081", mac.finalize())


def issue(chip: Card, purpose: Purpose, holder: Holder, serial: int) -> None:
    """A new key pair, the certificate for it, and the certificate of the CA."""
    if purpose is Purpose.SIGNATURE:
        key, own, of_ca = EF.SIGNATURE_KEY, EF.SIGNATURE_CERTIFICATE, EF.SIGNATURE_CA_CERTIFICATE
    else:
        key, own, of_ca = EF.USER_KEY, EF.USER_CERTIFICATE, EF.USER_CA_CERTIFICATE
    _send(chip, "00A4020C", key.to_bytes(2, "big"))
    public = decode_public_key(_send(chip, "00468000000000"))
    ca = authority(purpose)
    _store(chip, of_ca, ca.certificate)
    _store(chip, own, ca.issue(public, holder, serial))


def decode_public_key(answer: bytes) -> PublicKey:
    """From the answer of GENERATE ASYMMETRIC KEY PAIR."""
    modulus = answer[MODULUS_AT : MODULUS_AT + MODULUS_BYTES]
    return PublicKey(int.from_bytes(modulus, "big"), int.from_bytes(answer[EXPONENT_AT:], "big"))


def _store(chip: Card, ef: EF, content: bytes) -> None:
    """UPDATE BINARY with an extended length: the content is stored at once or not at all."""
    length = b"\x00" + len(content).to_bytes(2, "big")
    _exchange(chip, bytes([0x00, 0xD6, 0x80 | ef, 0x00]) + length + content)


def _send(chip: Card, command: str, data: bytes = b"") -> bytes:
    field = bytes([len(data)]) + data if data else b""
    return _exchange(chip, bytes.fromhex(command) + field)


def _exchange(chip: Card, command: bytes) -> bytes:
    answer = chip.transmit(command)
    if answer[-2:] != b"\x90\x00":
        raise PersonalisationError(f"{command[:4].hex(' ')} was answered {answer[-2:].hex()}")
    return answer[:-2]
