"""GET DATA of a security domain (GPCS 11.3, H.2 to H.6; ETSI TS 102 226 8.2.1.7 for FF21).

Class 80 is answered by the whole object, class 00 by its value. Issuer and card number are
SYNTHETIC; identifiers of the card data are those of GlobalPlatform's arc 1.2.840.114283 [R].
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from reference_impl.applet.apdu import SW, Command, Refused, Response
from reference_impl.platform import tlv
from reference_impl.platform.key_commands import KeyInformation
from reference_impl.platform.key_sets import FIRST_AVAILABLE, KeySets
from reference_impl.platform.memory import Memory
from reference_impl.platform.registry import AID, Kind, Registry
from reference_impl.platform.scp03 import SecureChannel
from reference_impl.platform.tokens import Tokens, data_name

ISSUER_NUMBER, CARD_NUMBER, MANAGER_URL = 0x42, 0x45, 0x5F50
CARD_DATA, CAPABILITIES, KEYS = 0x66, 0x67, 0xE0
SECURITY_LEVEL, SEQUENCE_COUNTER, CONFIRMATIONS = 0xD3, 0xC1, 0xC2
APPLICATIONS, RESOURCES = 0x2F00, 0xFF21
ALL_APPLICATIONS = bytes.fromhex("5C00")
ARC = bytes.fromhex("2A864886FC6B")  # 1.2.840.114283
GIVEN = {
    ISSUER_NUMBER: b"SYNTHETIC",
    CARD_NUMBER: b"TEST CARD",
}


@dataclass
class GetData:
    """``80 CA <tag>``."""

    registry: Registry
    memory: Memory
    tokens: Tokens
    channel: SecureChannel
    keys: KeySets
    key_information: KeyInformation

    def __call__(self, command: Command) -> Response:
        tag = command.p1 << 8 | command.p2
        if tag == KEYS:
            return self.key_information(command)
        if command.data and (tag, command.data) != (APPLICATIONS, ALL_APPLICATIONS):
            raise Refused(SW.INCORRECT_DATA)
        value = self.value(tag)
        whole = bool(command.cla & 0x80) and tag != APPLICATIONS
        return Response(SW.OK, tlv.written(tag, value) if whole else value)

    def value(self, tag: int) -> bytes:
        """Raises Refused (6A88)."""
        told: dict[int, Callable[[], bytes]] = {
            SECURITY_LEVEL: self.security_level,
            SEQUENCE_COUNTER: self.sequence_counter,
            CONFIRMATIONS: lambda: self.tokens.count().to_bytes(2, "big"),
            APPLICATIONS: self.applications,
            RESOURCES: self.resources,
        }
        if tag in told:
            return told[tag]()
        kept = self.registry.store.get(data_name(self.channel.aid, tag))
        if not kept and self.registry.named(self.channel.aid).kind is Kind.ISSUER:
            kept = self.of_the_issuer(tag)
        if not kept:
            raise Refused(SW.REFERENCED_DATA_NOT_FOUND)
        return kept

    def of_the_issuer(self, tag: int) -> bytes:
        if tag == CARD_DATA:
            return card_recognition_data(self.channel.options.i)
        if tag == CAPABILITIES:
            return capabilities(self.channel.options.i)
        return GIVEN.get(tag, b"")

    def security_level(self) -> bytes:
        """00 without a session."""
        return bytes((self.channel.level or 0,))

    def sequence_counter(self) -> bytes:
        version = self.keys.first_available()
        if version == FIRST_AVAILABLE:
            raise Refused(SW.REFERENCED_DATA_NOT_FOUND)
        return self.keys.count(version).to_bytes(3, "big")

    def applications(self) -> bytes:
        listed = (entry for entry in self.registry.entries() if entry.kind is Kind.APPLICATION)
        return b"".join(tlv.written(0x61, tlv.written(AID, entry.aid)) for entry in listed)

    def resources(self) -> bytes:
        """Number of applications, free persistent and free volatile memory."""
        count = sum(entry.kind is Kind.APPLICATION for entry in self.registry.entries())
        amounts = (
            (0x81, count, 1), (0x82, self.memory.free(), 4), (0x83, self.memory.free_volatile(), 4),
        )  # fmt: skip
        return b"".join(tlv.written(tag, n.to_bytes(size, "big")) for tag, n, size in amounts)


def card_recognition_data(i: int) -> bytes:
    """H.2: GlobalPlatform 2.3.1, its identification scheme, and SCP03 with this "i"."""
    told = tlv.written(0x06, ARC + b"\x01")
    told += tlv.written(0x60, tlv.written(0x06, ARC + b"\x02\x02\x03\x01"))
    told += tlv.written(0x63, tlv.written(0x06, ARC + b"\x03"))
    told += tlv.written(0x64, tlv.written(0x06, ARC + b"\x04\x03" + bytes((i,))))
    return tlv.written(0x73, told)


def capabilities(i: int) -> bytes:
    """H.4: SCP03 with AES-128, -192 and -256."""
    return tlv.written(0xA0, bytes.fromhex("800103 8101") + bytes((i,)) + bytes.fromhex("820107"))
