"""How an app speaks to a JPKI applet: select, enter a PIN, sign, read a certificate.

Used for the SE inside the phone and for the My Number Card that the phone reads by radio. A wrong
PIN is an answer, not a reason to try again: nothing here sends VERIFY twice.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass

SELECT_APPLET = bytes.fromhex("00A4040C0AD392F000260100000001")
DIGEST_INFO_SHA256 = bytes.fromhex("3031300D060960864801650304020105000420")
PASSWORD, PIN = 0x1B, 0x18  # short EF identifiers
SIGNATURE_KEY, USER_KEY = 0x1A, 0x17
SIGNATURE_CERTIFICATE, USER_CERTIFICATE = 0x01, 0x0A
HEADER = 4  # bytes of a DER header with a length of two bytes


class CardRefused(Exception):  # noqa: N818 - an answer
    """The card answered something else than 9000; ``sw`` is what."""

    def __init__(self, sw: int) -> None:
        super().__init__(f"the card answered {sw:04X}")
        self.sw = sw


@dataclass
class SmartCard:
    """A JPKI applet behind some way to transmit APDUs."""

    transmit: Callable[[bytes], bytes]

    def select(self) -> None:
        self.send(SELECT_APPLET)

    def verify(self, reference: int, value: str) -> None:
        """Once. Raises CardRefused with 63Cx and the tries left."""
        data = value.encode()
        self.send(bytes([0x00, 0x20, 0x00, 0x80 | reference, len(data)]) + data)

    def set_new(self, reference: int, value: str) -> None:
        """RESET RETRY COUNTER; the administrator has opened the way."""
        data = value.encode()
        self.send(bytes([0x00, 0x2C, 0x02, 0x80 | reference, len(data)]) + data)

    def change(self, reference: int, value: str) -> None:
        """CHANGE REFERENCE DATA after VERIFY."""
        data = value.encode()
        self.send(bytes([0x00, 0x24, 0x01, 0x80 | reference, len(data)]) + data)

    def sign(self, key: int, message: bytes) -> bytes:
        """256 bytes, RSASSA-PKCS1-v1_5 with SHA-256."""
        info = DIGEST_INFO_SHA256 + hashlib.sha256(message).digest()
        return self.send(bytes([0x80, 0x2A, 0x00, 0x80 | key, len(info)]) + info + b"\x00")

    def certificate(self, file: int) -> bytes:
        """DER, as long as its header says."""
        content = self.send(bytes([0x00, 0xB0, 0x80 | file, 0x00, 0x00]))
        size = HEADER + int.from_bytes(content[2:HEADER], "big")
        while len(content) < size:
            at = len(content)
            le = min(256, size - at) & 0xFF
            content += self.send(bytes([0x00, 0xB0, at >> 8, at & 0xFF, le]))
        return content[:size]

    def send(self, command: bytes) -> bytes:
        """The data field. Raises CardRefused."""
        answer = self.transmit(command)
        sw = int.from_bytes(answer[-2:], "big")
        if sw != 0x9000:
            raise CardRefused(sw)
        return answer[:-2]
