"""Online status (RFC 6960): one answer to one question, made when it is asked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.hazmat.primitives.hashes import SHA1, SHA256, Hash, HashAlgorithm
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509 import ocsp

from reference_impl.jpki import records
from reference_impl.jpki.issued import Issued
from reference_impl.jpki.rules import ANSWER_LIFE, AnswerRules

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from reference_impl.jpki.authorities import Authorities, Responder
    from reference_impl.jpki.certificates import Authority
    from reference_impl.jpki.life_cycle import LifeCycle
    from reference_impl.jpki.profile import Purpose
    from reference_impl.web.clock import Clock

LONGEST_NONCE = 128  # bytes, RFC 9654


@dataclass(frozen=True)
class StatusAnswers:
    """The OCSP responders of both CAs."""

    store: Engine
    clock: Clock
    authorities: Authorities
    life_cycle: LifeCycle
    rules: AnswerRules

    def answer(self, purpose: Purpose, question: bytes) -> bytes:
        """The response (DER) to a request (DER); what cannot be answered has a response too."""
        try:
            request = ocsp.load_der_ocsp_request(question)
            serial = request.serial_number
            nonce = _nonce(request)
        except (ValueError, NotImplementedError):
            return _refused(ocsp.OCSPResponseStatus.MALFORMED_REQUEST)
        if not self.is_of(self.authorities.cas[purpose], request):
            return _refused(ocsp.OCSPResponseStatus.UNAUTHORIZED)
        with self.store.begin() as connection:
            issued = records.find(connection, purpose, serial)
        return self._signed(self.authorities.responders[purpose], request, issued, nonce)

    def is_of(self, ca: Authority, request: ocsp.OCSPRequest) -> bool:
        """Whether it is this CA that the request names, by the hashes of name and key."""
        algorithm = request.hash_algorithm
        if not isinstance(algorithm, SHA1 | SHA256):
            return False
        key = ca.key.public_key().public_bytes(Encoding.DER, PublicFormat.PKCS1)
        named = request.issuer_name_hash, request.issuer_key_hash
        return named == (_hash(algorithm, ca.name.public_bytes()), _hash(algorithm, key))

    def _signed(
        self,
        responder: Responder,
        request: ocsp.OCSPRequest,
        issued: Issued | None,
        nonce: x509.OCSPNonce | None,
    ) -> bytes:
        now = self.rules.moment(self.clock.now())
        told = None if issued is None else self.life_cycle.rules.status_at(issued, now)
        status = self.rules.status(told)
        revoked = issued if status is ocsp.OCSPCertStatus.REVOKED else None
        builder = ocsp.OCSPResponseBuilder().add_response_by_hash(
            request.issuer_name_hash,
            request.issuer_key_hash,
            request.serial_number,
            request.hash_algorithm,
            status,
            now,
            now + ANSWER_LIFE,
            revoked.changed_at if revoked else None,
            x509.ReasonFlags(revoked.reason) if revoked else None,
        )
        certificate = responder.certificate
        builder = builder.responder_id(ocsp.OCSPResponderEncoding.HASH, certificate)
        builder = builder.certificates([certificate])
        if (echo := self.rules.echoed(nonce)) is not None:
            builder = builder.add_extension(echo, critical=False)
        return builder.sign(responder.key, SHA256()).public_bytes(Encoding.DER)


def _nonce(request: ocsp.OCSPRequest) -> x509.OCSPNonce | None:
    """ValueError for one that is too long or empty."""
    try:
        nonce = request.extensions.get_extension_for_class(x509.OCSPNonce).value
    except x509.ExtensionNotFound:
        return None
    if not 1 <= len(nonce.nonce) <= LONGEST_NONCE:
        raise ValueError("nonce")
    return nonce


def _hash(algorithm: HashAlgorithm, data: bytes) -> bytes:
    digest = Hash(algorithm)
    digest.update(data)
    return digest.finalize()


def _refused(status: ocsp.OCSPResponseStatus) -> bytes:
    response = ocsp.OCSPResponseBuilder.build_unsuccessful(status)
    return response.public_bytes(Encoding.DER)
