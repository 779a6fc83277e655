"""What goes wrong on the way from the data to the signature."""

from __future__ import annotations

from reference_impl.applet.apdu import Response
from reference_impl.applet.encoding import LEAST_PADDING, SALT_BYTES, Encoding
from reference_impl.applet.files import EF
from reference_impl.applet.signature import ComputeDigitalSignature, Scheme
from reference_impl.faults.registry import fault


@fault(
    "signature.answers_61xx",
    breaks="JPKI-J-05",
    gain="clients report success and hand out a signature that is none",
)
class KeepsTheSignatureBack(ComputeDigitalSignature):
    """The signature waits for GET RESPONSE, as it would on a T=0 card."""

    def deliver(self, signature: bytes) -> Response:
        return Response(0x6100, pending=signature)


@fault(
    "signature.variants_without_pin",
    breaks="JPKI-J-02",
    gain="every app on the phone signs in the name of its holder; it only has to ask for PSS",
)
class VariantsForEverybody(ComputeDigitalSignature):
    """The schemes that came after P1 = 00 got a branch of their own, without the question."""

    def check_right(self, ef: EF, scheme: Scheme) -> None:
        if scheme is Scheme.VERBATIM:
            super().check_right(ef, scheme)


@fault(
    "signature.takes_246_bytes",
    breaks="JPKI-SIG-01",
    gain="less padding than RFC 8017 demands; strict verifiers reject the signature",
)
class SevenBytesOfPadding(Encoding):
    """The limit of the data is off by one, and the padding gives way."""

    def longest(self, size: int) -> int:
        return super().longest(size) + 1


@fault(
    "signature.padding_type_2",
    breaks="JPKI-SIG-01",
    gain="no verifier accepts it; and a type 2 block signed is a decryption oracle half built",
)
class EncryptionPadding(Encoding):
    """Block type 2, the padding of encryption, is taken for signatures."""

    def pkcs1(self, data: bytes, size: int) -> bytes:
        filling = self.random.generate(size - 3 - len(data)).replace(b"\x00", b"\x01")
        return b"\x00\x02" + filling + b"\x00" + data


@fault(
    "signature.adds_digest_info_to_p1_00",
    breaks="JPKI-SIG-01",
    gain="the DigestInfo of the host is wrapped into another; the signature never verifies",
)
class WrapsTwice(Encoding):
    """P1 = 00 is treated like P1 = 02: a DigestInfo is added wherever it fits."""

    def verbatim(self, data: bytes, size: int) -> bytes:
        wrapped = self.digest_info(data)
        fits = len(wrapped) <= size - 3 - LEAST_PADDING
        return self.pkcs1(wrapped if fits else data, size)


@fault(
    "signature.wrong_digest_prefix",
    breaks="JPKI-SIG-01",
    gain="the signature names a hash that was not used; verifiers reject it",
)
class NamesAnotherHash(Encoding):
    """The OID in the DigestInfo that the card adds is the one of SHA-384."""

    def digest_info(self, digest: bytes) -> bytes:
        sound = super().digest_info(digest)
        return sound[:14] + b"\x02" + sound[15:]


@fault(
    "signature.pss_salt_constant",
    breaks="JPKI-SIG-01",
    gain="PSS without its randomness: equal documents are told by their signatures",
)
class AlwaysTheSameSalt(Encoding):
    """The buffer of the salt is never filled."""

    def salt(self) -> bytes:
        return bytes(SALT_BYTES)
