"""Documents that a holder signs with a key of the JPKI: an application, a revocation.

OUR DESIGN, for the real forms are not public: a JSON object in UTF-8, signed as it stands by
RSASSA-PKCS1-v1_5 with SHA-256, which is what COMPUTE DIGITAL SIGNATURE of card and phone makes.
Keys: ``act`` (``apply``, ``revoke``), ``made_at`` (RFC 3339), ``nonce`` (hex, at least 16 bytes);
for ``revoke`` also ``reason`` and ``certificates``, each with ``purpose`` and ``serial``.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Literal

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA256
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from reference_impl.jpki.messages import PurposeName, Serial
from reference_impl.web.problem import Problem

if TYPE_CHECKING:
    from reference_impl.web.clock import Clock

SKEW = timedelta(minutes=5)  # OUR DESIGN

UserReason = Literal["keyCompromise", "superseded", "cessationOfOperation"]


class _Document(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    made_at: AwareDatetime
    nonce: Annotated[str, Field(pattern=r"^[0-9a-f]{32,128}$")]


class Application(_Document):
    """Asks for certificates on a phone."""

    act: Literal["apply"]


class Named(BaseModel):
    """One certificate."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    purpose: PurposeName
    serial: Serial


class Revocation(_Document):
    """Asks that certificates on a phone be revoked."""

    act: Literal["revoke"]
    reason: UserReason
    certificates: Annotated[list[Named], Field(min_length=1, max_length=8)]


Document = Application | Revocation
_READER: TypeAdapter[Document] = TypeAdapter(Annotated[Document, Field(discriminator="act")])


@dataclass(frozen=True)
class Signed:
    """A document as it came: its bytes, the signature, and the signer's certificate (DER)."""

    document: bytes
    signature: bytes
    certificate: bytes

    @property
    def digest(self) -> str:
        return hashlib.sha256(self.document).hexdigest()


class Notary:
    """Reads signed documents, and believes none that is not signed."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock

    def read(self, signed: Signed) -> Document:
        """The document; Problem 403 for a wrong signature, 422 for what cannot be read."""
        if not self.is_signed(signed):
            raise Problem(403, "wrong-signature", "the document is not signed with this key")
        try:
            return _READER.validate_json(signed.document)
        except ValidationError as error:
            first = error.errors()[0]
            place = ".".join(str(part) for part in first["loc"])
            raise Problem(422, "invalid-document", f"{place}: {first['type']}") from None

    def is_signed(self, signed: Signed) -> bool:
        try:
            certificate = x509.load_der_x509_certificate(signed.certificate)
            key = certificate.public_key()
        except (ValueError, x509.InvalidVersion, UnsupportedAlgorithm):
            return False
        if not isinstance(key, rsa.RSAPublicKey):
            return False
        try:
            key.verify(signed.signature, signed.document, PKCS1v15(), SHA256())
        except InvalidSignature:
            return False
        return True

    def expect_fresh(self, made_at: datetime) -> None:
        """Problem 422 for a document of another time: an old one found again, or a wrong clock."""
        if abs(self.clock.now() - made_at) > SKEW:
            raise Problem(422, "clock-skew", "made_at is more than five minutes off")
