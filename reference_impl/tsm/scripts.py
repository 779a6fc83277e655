"""APDU scripts for the JPKI applet: what a TSM has an app carry to the SE, and what it concludes.

A script is a generator: it yields commands (``Commands``) or a request to the app (``Ask``) and is
sent the answers. The administrator proves himself by EXTERNAL AUTHENTICATE in every script, for
nothing is carried over from the one before (REQ-3-2-d).
"""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass, field
from typing import Any

from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.cmac import CMAC

from reference_impl.web.problem import Problem

JPKI_AID = bytes.fromhex("D392F000260100000001")
SELECT_APPLET = bytes.fromhex("00A4040C0A") + JPKI_AID
GET_CHALLENGE = bytes.fromhex("0084000010")
KEY_TEMPLATE = bytes.fromhex("7F49")
MODULUS_AT = 9  # 7F49 82 0109 81 82 0100
MODULUS_BYTES = 256


class ScriptFailed(Problem):
    """The SE or the app answered what the step cannot go on from; the detail says what."""

    def __init__(self, detail: str) -> None:
        super().__init__(422, "script-failed", detail)


@dataclass(frozen=True)
class Commands:
    """Command APDUs, carried out in order; the app stops at the first that is not answered 9000."""

    apdus: tuple[bytes, ...]


@dataclass(frozen=True)
class Ask:
    """What the app itself does, with its user or with the SE."""

    what: str
    details: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Answer:
    """Responses to ``Commands``, or the app's result of an ``Ask``."""

    responses: tuple[bytes, ...] = ()
    result: dict[str, Any] = field(default_factory=dict)


Script = Generator["Commands | Ask", Answer, Any]


@dataclass(frozen=True)
class KeyFiles:
    """Where a key and its certificates lie."""

    key: int
    certificate: int
    ca_certificate: int


SIGNATURE = KeyFiles(0x1A, 0x01, 0x02)
USER = KeyFiles(0x17, 0x0A, 0x0B)


@dataclass
class AppletScripts:
    """Personalisation of one applet by its administrator."""

    administrator_key: bytes = field(repr=False)

    def authenticated(self) -> Script:
        """Select the applet and prove to be its administrator."""
        answer = yield Commands((SELECT_APPLET, GET_CHALLENGE))
        challenge = succeeded(answer)[-1]
        mac = CMAC(AES(self.administrator_key))
        mac.update(challenge)
        proof = bytes.fromhex("0082008110") + mac.finalize()
        succeeded((yield Commands((proof,))))

    def key_pair(self, files: KeyFiles) -> Script:
        """A new key pair in place of the old; returns n and e."""
        yield from self.authenticated()
        select_key = bytes([0x00, 0xA4, 0x02, 0x0C, 0x02, 0x00, files.key])
        answer = yield Commands((select_key, bytes.fromhex("00468000000000")))
        return public_key(succeeded(answer)[-1])

    def certificates(self, files: KeyFiles, own: bytes, of_ca: bytes) -> Script:
        """The certificate of the key pair and that of its CA."""
        yield from self.authenticated()
        updates = (update(files.ca_certificate, of_ca), update(files.certificate, own))
        succeeded((yield Commands(updates)))

    def reference_data(self, what: str) -> Script:
        """The channel is opened for the app, which sends the user's new value itself.

        So no PIN and no password ever reaches a TSM.
        """
        yield from self.authenticated()
        answer = yield Ask(what)
        if not answer.result.get("set"):
            raise ScriptFailed(f"{what}: the app reports {answer.result.get('sw', 'nothing')}")


def update(sfi: int, content: bytes) -> bytes:
    """UPDATE BINARY with an extended length: stored at once or not at all."""
    length = b"\x00" + len(content).to_bytes(2, "big")
    return bytes([0x00, 0xD6, 0x80 | sfi, 0x00]) + length + content


def public_key(answer: bytes) -> tuple[int, int]:
    """n and e from the answer of GENERATE ASYMMETRIC KEY PAIR (ISO/IEC 7816-8).

    Raises ScriptFailed for what is no such answer.
    """
    if answer[:2] != KEY_TEMPLATE or len(answer) <= MODULUS_AT + MODULUS_BYTES + 2:
        raise ScriptFailed("the SE answered no public key")
    end = MODULUS_AT + MODULUS_BYTES
    return int.from_bytes(answer[MODULUS_AT:end], "big"), int.from_bytes(answer[end + 2 :], "big")


def succeeded(answer: Answer) -> tuple[bytes, ...]:
    """The data fields. Raises ScriptFailed where a command was not answered 9000."""
    if not answer.responses:
        raise ScriptFailed("the app brought no response")
    if (sw := answer.responses[-1][-2:]) != b"\x90\x00":
        raise ScriptFailed(f"the SE answered {sw.hex().upper()}")
    return tuple(response[:-2] for response in answer.responses)
