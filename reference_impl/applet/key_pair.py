"""GENERATE ASYMMETRIC KEY PAIR (INS 46, 47): rules REQ-1-1-a and REQ-1-1-i.

ISO/IEC 7816-8:2021, 5.1. The private key never leaves the chip.
"""

from __future__ import annotations

from dataclasses import dataclass

from reference_impl.applet.access import Access
from reference_impl.applet.apdu import SW, Command, Refused, Response
from reference_impl.applet.files import EF, KEYS, Files
from reference_impl.applet.private_keys import PrivateKeys
from reference_impl.chip.drbg import ChipRandom
from reference_impl.chip.primes import PrimeSearchError
from reference_impl.chip.rsa import MODULUS_BYTES, KeyPair, KeyPairSource, PublicKey, unsigned
from reference_impl.chip.timing import Timekeeper

GENERATE, READ_EXISTING = 0x80, 0x81  # P1
CONTROL_REFERENCE_TEMPLATE = {
    EF.SIGNATURE_KEY: bytes.fromhex("B600"),  # for digital signature
    EF.USER_KEY: bytes.fromhex("A400"),  # for authentication
}


@dataclass
class GenerateKeyPair:
    """``00 46 80 00 Le`` makes a pair, ``00 46 81 00 Le`` tells the public key."""

    files: Files
    access: Access
    keys: PrivateKeys
    source: KeyPairSource
    random: ChipRandom
    time: Timekeeper

    def __call__(self, command: Command) -> Response:
        if command.p1 not in (GENERATE, READ_EXISTING) or command.p2:
            raise Refused(SW.INCORRECT_P1_P2)
        ef = self.files.current_of(KEYS)
        if command.data not in (b"", CONTROL_REFERENCE_TEMPLATE[ef]):
            raise Refused(SW.INCORRECT_DATA)
        if command.le is None:
            raise Refused(SW.WRONG_LENGTH)
        public = self.generate(ef) if command.p1 == GENERATE else self.existing(ef)
        return Response.chained(encode_public_key(public), command.le)

    def generate(self, ef: EF) -> PublicKey:
        if not self.access.may_generate_key(ef):
            raise Refused(SW.SECURITY_STATUS_NOT_SATISFIED)
        try:
            pair = self.new_pair(ef)
        except PrimeSearchError as error:
            raise Refused(SW.EXECUTION_ERROR) from error
        self.keys.replace(ef, pair)
        return self.announced(pair)

    def existing(self, ef: EF) -> PublicKey:
        pair = self.keys.find(ef)
        if pair is None:
            raise Refused(SW.REFERENCED_DATA_NOT_FOUND)
        return pair.public

    def new_pair(self, ef: EF) -> KeyPair:
        """A fresh one for every command, from noise that was tested just before."""
        self.random.refresh()
        self.time.key_pair()
        return self.source.new_pair()

    def announced(self, pair: KeyPair) -> PublicKey:
        """What the host is told: the public half of the very pair that was stored."""
        return pair.public


def encode_public_key(public: PublicKey) -> bytes:
    """``7F49 82 0109 81 82 0100 <n> 82 03 <e>``, 270 bytes for the usual exponent."""
    modulus = tlv(b"\x81", public.n.to_bytes(MODULUS_BYTES, "big"))
    return tlv(b"\x7f\x49", modulus + tlv(b"\x82", unsigned(public.e)))


def tlv(tag: bytes, value: bytes) -> bytes:
    """A data object (ISO/IEC 7816-4, 5.2.2.2); lengths up to 65,535."""
    size = len(value)
    if size < 0x80:
        return tag + bytes([size]) + value
    return tag + (b"\x81" if size < 0x100 else b"\x82") + unsigned(size) + value
