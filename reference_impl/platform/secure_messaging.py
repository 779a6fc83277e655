"""Protection of commands and answers within one session (GPC Amendment D v1.1.1, 6.2.3 to 6.2.7).

What is wrong in any way ends in ``NotSecure``; that the session is over then is the rule of
``scp03.py``, which holds it.
"""

from __future__ import annotations

import hmac
from dataclasses import dataclass, replace
from enum import IntFlag

from reference_impl.applet.apdu import SW, Command, Response
from reference_impl.chip import aes
from reference_impl.platform.class_byte import ClassByte, Messaging
from reference_impl.platform.derivation import SessionKeys

LONGEST_SHORT = 255  # bytes in a data field of a short command
PAD = 0x80


class Level(IntFlag):
    """Current security level (5.5); P1 of EXTERNAL AUTHENTICATE."""

    AUTHENTICATED = 0x00
    C_MAC = 0x01
    C_DECRYPTION = 0x02
    R_MAC = 0x10
    R_ENCRYPTION = 0x20


class NotSecure(Exception):  # noqa: N818 - an answer, not an error
    """A command that is not protected as the session demands."""


@dataclass
class SecureMessaging:
    """MAC chain and encryption counter of one session."""

    keys: SessionKeys
    mac_size: int  # 8 in S8 mode, 16 in S16 mode
    level: Level = Level.AUTHENTICATED
    chain: bytes = bytes(aes.BLOCK_BYTES)
    counter: int = 0

    # --- commands --------------------------------------------------------------------------

    def verified(self, command: Command) -> Command:
        """The command, still encrypted, without its C-MAC. Raises NotSecure."""
        size = len(command.data) - self.mac_size
        if size < 0:
            raise NotSecure
        body, mac = command.data[:size], command.data[size:]
        chain = aes.mac(self.keys.mac, self.chain, self.header(command), body)
        if not self.matches(chain[: self.mac_size], mac):
            raise NotSecure
        self.chain = chain
        return replace(command, cla=self.plain_class(command.cla), data=body)

    def opened(self, command: Command) -> Command:
        """The plain command, whatever protects it. Raises NotSecure for less than the level."""
        self.count()
        if not self.sufficient(command):
            raise NotSecure
        if not self.indicated(command.cla):
            return replace(command, cla=self.plain_class(command.cla))
        command = self.verified(command)
        if command.data and self.level & Level.C_DECRYPTION:
            return replace(command, data=self.decrypted(command.data))
        return command

    def sufficient(self, command: Command) -> bool:
        """More protection than the level asks for is no error (5.6)."""
        return self.indicated(command.cla) or not self.level & Level.C_MAC

    def indicated(self, cla: int) -> bool:
        """Whether the class byte says that a C-MAC is there."""
        found = ClassByte.parse(cla)
        return found is not None and found.messaging is Messaging.GLOBALPLATFORM

    def header(self, command: Command) -> bytes:
        """What the C-MAC covers before the data (6.2.4)."""
        head = bytes((self.mac_class(command.cla), command.ins, command.p1, command.p2))
        return head + self.length(len(command.data))

    def mac_class(self, cla: int) -> int:
        """The logical channel does not count: it is set up outside of the secure channel."""
        return self.plain_class(cla) | 0x04

    def plain_class(self, cla: int) -> int:
        found = ClassByte.parse(cla)
        if found is None or found.messaging is Messaging.ISO:
            raise NotSecure
        return found.plain

    def length(self, size: int) -> bytes:
        """Lc, the C-MAC included; on three bytes for chained commands (GPCS 11.1.5.1).

        The text has it so when more than 255 bytes are there *without* the MAC. For 248 to 255
        (S8) it says nothing, and one byte cannot hold the sum: three bytes there too.
        """
        return bytes((size,)) if size <= LONGEST_SHORT else b"\x00" + size.to_bytes(2, "big")

    def matches(self, right: bytes, given: bytes) -> bool:
        """Compared in constant time."""
        return hmac.compare_digest(right, given)

    def count(self) -> None:
        """Every command counts, also one without data (6.2.6)."""
        self.counter += 1

    def decrypted(self, ciphered: bytes) -> bytes:
        if len(ciphered) % aes.BLOCK_BYTES:
            raise NotSecure
        plain = aes.cbc_decrypted(self.keys.enc, self.command_vector(), ciphered)
        return self.unpadded(plain)

    def unpadded(self, plain: bytes) -> bytes:
        """GPCS B.2.3. Nothing at all may be left: hosts are known that encrypt empty data."""
        body = plain.rstrip(b"\x00")
        if not body or body[-1] != PAD or len(plain) - len(body) >= aes.BLOCK_BYTES:
            raise NotSecure
        return body[:-1]

    def command_vector(self) -> bytes:
        return aes.one_block(self.keys.enc, self.counter.to_bytes(aes.BLOCK_BYTES, "big"))

    # --- answers ---------------------------------------------------------------------------

    def sealed(self, response: Response) -> Response:
        """The answer as it leaves the card, in one piece however long it is."""
        if not self.level & Level.R_MAC:
            return response
        if not self.carries_mac(response.sw):
            return Response(response.sw)
        data = response.data
        if data and self.level & Level.R_ENCRYPTION:
            data = self.encrypted(data)
        return replace(response, data=data + self.response_mac(data, response.sw))

    def carries_mac(self, sw: int) -> bool:
        """Success and warnings; an error is nothing but its status word (6.2.5)."""
        return sw == SW.OK or sw >> 8 in (0x62, 0x63)

    def response_mac(self, data: bytes, sw: int) -> bytes:
        mac = aes.mac(self.keys.rmac, self.chain, data, sw.to_bytes(2, "big"))
        return mac[: self.mac_size]

    def encrypted(self, data: bytes) -> bytes:
        filled = data + bytes((PAD,)) + bytes(-(len(data) + 1) % aes.BLOCK_BYTES)
        return aes.cbc_encrypted(self.keys.enc, self.response_vector(), filled)

    def response_vector(self) -> bytes:
        """That of the command, but for the first byte of its counter block (6.2.7)."""
        block = b"\x80" + self.counter.to_bytes(aes.BLOCK_BYTES - 1, "big")
        return aes.one_block(self.keys.enc, block)
