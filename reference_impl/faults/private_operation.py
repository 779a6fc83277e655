"""What goes wrong between the padded message and the signature that leaves the card."""

from __future__ import annotations

from reference_impl.applet.encoding import LEAST_PADDING, Encoding
from reference_impl.chip.rsa import KeyPair, PrivateOperation, unsigned
from reference_impl.faults.registry import fault


@fault(
    "signature.crt_half_wrong_now_and_then",
    breaks="JPKI-SIG-01",
    gain="one such signature and its document give a prime factor of the modulus",
)
class HalfWrong(PrivateOperation):
    """A carry is lost in one residue of 32, and the result is sent without being checked."""

    def at(self, pair: KeyPair, prime: int, m: int) -> int:
        residue = super().at(pair, prime, m)
        return residue ^ 1 << 512 if prime == pair.q and residue % 32 == 0 else residue

    def right(self, pair: KeyPair, s: int, m: int) -> bool:
        return True


@fault(
    "signature.leading_zeros_dropped",
    breaks="JPKI-SIG-01",
    gain="one signature in some hundred is shorter, and the client that counts bytes fails",
)
class ZerosDropped(PrivateOperation):
    """The number is sent in as few bytes as it takes."""

    def delivered(self, s: int, n: int) -> bytes:
        return unsigned(s)


@fault(
    "signature.last_subtraction_left_out",
    breaks="JPKI-SIG-01",
    gain="strict verifiers refuse a signature now and then; two values pass for one signature",
)
class NotReduced(PrivateOperation):
    """Montgomery's last subtraction is forgotten on a path that is rarely taken."""

    def delivered(self, s: int, n: int) -> bytes:
        rare = s % 16 == 0 and (s + n).bit_length() <= n.bit_length()
        return super().delivered(s + n if rare else s, n)


@fault(
    "signature.padding_shortened",
    breaks="JPKI-SIG-01",
    gain="room for garbage behind the digest, the very block that lax verifiers are forged with",
)
class PaddingShortened(Encoding):
    """Eight bytes of padding suffice; what is left of the block stays empty at its end."""

    def pkcs1(self, data: bytes, size: int) -> bytes:
        block = b"\x00\x01" + b"\xff" * LEAST_PADDING + b"\x00" + data
        return block.ljust(size, b"\x00")
