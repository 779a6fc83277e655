"""What an OCSP response says, and whether a verifier may believe it (RFC 6960 3.2); pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp
from cryptography.x509.oid import ExtendedKeyUsageOID

if TYPE_CHECKING:
    from collections.abc import Iterator

SKEW = 300  # s, between the clocks of verifier and responder
OLDEST = 86_400  # s; an answer that speaks of an earlier instant tells nothing of today


@dataclass(frozen=True)
class Question:
    """What was asked: of which certificate of which CA, with which nonce, and when."""

    certificate: x509.Certificate
    issuer: x509.Certificate
    nonce: bytes
    at: float  # POSIX time, s

    def request(self) -> bytes:
        """The OCSP request (DER)."""
        hashed = SHA1()  # only names the CA (RFC 6960 4.1.1)
        builder = ocsp.OCSPRequestBuilder().add_certificate(self.certificate, self.issuer, hashed)
        nonce = x509.OCSPNonce(self.nonce)
        return builder.add_extension(nonce, critical=False).build().public_bytes(Encoding.DER)


@dataclass(frozen=True)
class Answer:
    """What was told, and why it is not to be believed, if so."""

    status: str  # good, revoked, unknown; empty where nothing is told
    reason: str | None
    misses: tuple[str, ...]

    @property
    def sound(self) -> bool:
        return not self.misses


def read_answer(der: bytes, question: Question) -> Answer:
    """The response (DER) to this question."""
    try:
        response = ocsp.load_der_ocsp_response(der)
    except ValueError as error:
        return Answer("", None, (f"no OCSP response: {error}",))
    if response.response_status is not ocsp.OCSPResponseStatus.SUCCESSFUL:
        return Answer("", None, (f"the responder says {response.response_status.name}",))
    told = {ocsp.OCSPCertStatus.GOOD: "good", ocsp.OCSPCertStatus.REVOKED: "revoked"}
    status = told.get(response.certificate_status, "unknown")
    reason = response.revocation_reason
    misses = tuple(
        miss
        for rule in (_of_the_question, _signer, _nonce, _freshness)
        for miss in rule(response, question)
    )
    return Answer(status, reason.value if reason else None, misses)


def _of_the_question(response: ocsp.OCSPResponse, question: Question) -> Iterator[str]:
    if response.serial_number != question.certificate.serial_number:
        yield "it speaks of another certificate"
    request = ocsp.load_der_ocsp_request(question.request())
    named = (response.issuer_name_hash, response.issuer_key_hash)
    if named != (request.issuer_name_hash, request.issuer_key_hash):
        yield "it speaks of a certificate of another CA"


def _signer(response: ocsp.OCSPResponse, question: Question) -> Iterator[str]:
    """The CA itself, or a responder whom it made one (RFC 6960 4.2.2.2)."""
    delegated = response.certificates[0] if response.certificates else question.issuer
    if delegated != question.issuer and not _may_answer(delegated, question):
        yield "it is signed by nobody whom the CA has entrusted with answers"
    key = delegated.public_key()
    algorithm = response.signature_hash_algorithm
    if not isinstance(key, rsa.RSAPublicKey) or algorithm is None:
        yield "it is signed with no RSA key"
        return
    try:
        key.verify(response.signature, response.tbs_response_bytes, PKCS1v15(), algorithm)
    except InvalidSignature:
        yield "its signature is wrong"


def _may_answer(delegated: x509.Certificate, question: Question) -> bool:
    try:
        delegated.verify_directly_issued_by(question.issuer)
        usages = delegated.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    except (ValueError, TypeError, InvalidSignature, x509.ExtensionNotFound):
        return False
    first, last = delegated.not_valid_before_utc, delegated.not_valid_after_utc
    valid = first.timestamp() <= question.at <= last.timestamp()
    return valid and ExtendedKeyUsageOID.OCSP_SIGNING in usages


def _nonce(response: ocsp.OCSPResponse, question: Question) -> Iterator[str]:
    try:
        told = response.extensions.get_extension_for_class(x509.OCSPNonce).value.nonce
    except x509.ExtensionNotFound:
        yield "the nonce of the question is not in it: an old answer would look the same"
        return
    if told != question.nonce:
        yield "it has the nonce of another question"


def _freshness(response: ocsp.OCSPResponse, question: Question) -> Iterator[str]:
    begin, end = response.this_update_utc, response.next_update_utc
    age = question.at - begin.timestamp()
    if age < -SKEW:
        yield f"it speaks of a time to come ({begin:%F %T})"
    ended = end is not None and end.timestamp() < question.at - SKEW
    if ended or age > OLDEST:
        yield f"it is stale: it speaks of {begin:%F %T}, {age / 3_600:.1f} h before the question"
