"""COMPUTE DIGITAL SIGNATURE (80 2A): rules JPKI-SIG-01, J-02 and J-05."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from hashlib import sha256

from reference_impl.applet.access import Access
from reference_impl.applet.apdu import SW, Command, Refused, Response
from reference_impl.applet.encoding import DIGEST_BYTES, Encoding
from reference_impl.applet.files import EF, KEYS, Files
from reference_impl.applet.private_keys import PrivateKeys
from reference_impl.chip.rsa import MODULUS_BYTES, PrivateOperation
from reference_impl.chip.timing import Timekeeper

CURRENT_EF = 0x80  # P2; 97 and 9A name a key without touching the current EF


class Scheme(IntEnum):
    """P1: who hashes, and how the value is padded."""

    VERBATIM = 0x00
    HASH_BARE = 0x01
    DIGEST = 0x02
    HASH = 0x03
    DIGEST_PSS = 0x04
    HASH_PSS = 0x05


TAKES_DIGEST = frozenset({Scheme.DIGEST, Scheme.DIGEST_PSS})
_SCHEMES = {int(scheme): scheme for scheme in Scheme}


@dataclass
class ComputeDigitalSignature:
    """``80 2A P1 80 Lc <data> 00``: 256 bytes, always in one response."""

    files: Files
    access: Access
    keys: PrivateKeys
    encoding: Encoding
    operation: PrivateOperation
    time: Timekeeper

    def __call__(self, command: Command) -> Response:
        scheme = _SCHEMES.get(command.p1)
        if scheme is None:
            raise Refused(SW.INCORRECT_P1_P2)
        ef = self.key_named(command.p2)
        self.check_right(ef, scheme)
        pair = self.keys.find(ef)
        if pair is None:
            raise Refused(SW.REFERENCED_DATA_NOT_FOUND)
        self.check_lengths(command, scheme)
        self.time.signature()
        bits = pair.public.n.bit_length()
        return self.deliver(self.operation(pair, self.encode(command.data, scheme, bits)))

    def key_named(self, p2: int) -> EF:
        """Raises Refused: 6986, 6981, and 6A88 for a name nobody has."""
        if p2 == CURRENT_EF:
            return self.files.current_of(KEYS)
        for ef in (EF.USER_KEY, EF.SIGNATURE_KEY):
            if p2 == CURRENT_EF | ef:
                return ef
        raise Refused(SW.REFERENCED_DATA_NOT_FOUND)

    def check_right(self, ef: EF, scheme: Scheme) -> None:
        """A key obeys its PIN whatever the scheme (J-02)."""
        if not self.access.may_sign(ef):
            raise Refused(SW.SECURITY_STATUS_NOT_SATISFIED)

    def check_lengths(self, command: Command, scheme: Scheme) -> None:
        if not command.data:
            raise Refused(SW.WRONG_LENGTH)
        if scheme is Scheme.VERBATIM and len(command.data) > self.encoding.longest(MODULUS_BYTES):
            raise Refused(SW.CONDITIONS_NOT_SATISFIED)
        if scheme in TAKES_DIGEST and len(command.data) != DIGEST_BYTES:
            raise Refused(SW.CONDITIONS_NOT_SATISFIED)
        if command.le is None:
            raise Refused(SW.WRONG_LENGTH)
        if command.le < MODULUS_BYTES:
            raise Refused(SW.LE_IS_256)

    def encode(self, data: bytes, scheme: Scheme, bits: int) -> bytes:
        """The padded message for a modulus of ``bits`` bits."""
        if scheme is Scheme.VERBATIM:
            return self.encoding.verbatim(data, MODULUS_BYTES)
        digest = data if scheme in TAKES_DIGEST else sha256(data).digest()
        if scheme is Scheme.HASH_BARE:
            return self.encoding.pkcs1(digest, MODULUS_BYTES)
        if scheme in (Scheme.DIGEST, Scheme.HASH):
            return self.encoding.pkcs1(self.encoding.digest_info(digest), MODULUS_BYTES)
        return self.encoding.pss(digest, bits)

    def deliver(self, signature: bytes) -> Response:
        """Directly: clients take 61xx for success and never fetch the signature (J-05)."""
        return Response(SW.OK, signature)
