"""Whether a certificate counts, asked of the JPKI: on line (RFC 6960), or by the list of its place.

An answer is believed where it is signed for this CA, speaks of this certificate and of now, and
has the nonce of the question (3.2, 4.4.1): an old "good" can be shown again by anybody on the way.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum, unique

import httpx
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from reference_impl.relying_party.certificates import fetched, is_in_force, is_issued_by
from reference_impl.web.clock import Clock
from reference_impl.web.problem import Problem

SKEW = timedelta(minutes=5)  # between the clocks of verifier and responder; OUR DESIGN
NONCE_BYTES = 32  # RFC 9654 asks for 32


@unique
class Standing(StrEnum):
    """What the JPKI says of a certificate."""

    GOOD = "good"
    ON_HOLD = "on-hold"
    REVOKED = "revoked"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Told:
    """The standing, who told it (``ocsp`` or ``list``), and the proof (DER)."""

    standing: Standing
    by: str
    evidence: bytes


def standing_of(revoked: bool, reason: x509.ReasonFlags | None) -> Standing:
    if not revoked:
        return Standing.GOOD
    held = reason is x509.ReasonFlags.certificate_hold
    return Standing.ON_HOLD if held else Standing.REVOKED


@dataclass
class Responder:
    """The OCSP responder of the JPKI, as a verifier asks it."""

    http: httpx.Client
    clock: Clock

    def told(self, use: str, certificate: x509.Certificate, ca: x509.Certificate) -> Told:
        """Problem 503 where nothing is told that can be believed."""
        nonce = secrets.token_bytes(NONCE_BYTES)
        builder = ocsp.OCSPRequestBuilder().add_certificate(certificate, ca, SHA1())  # a name only
        question = builder.add_extension(x509.OCSPNonce(nonce), critical=False).build()
        der = fetched(self.http, "POST", f"/v1/ocsp/{use}", question.public_bytes(Encoding.DER))
        answer = self.read(der)
        believed = (
            self.speaks_of(answer, question)
            and self.is_answer_to(answer, nonce)
            and self.is_of_now(answer)
            and self.is_signed_for(answer, ca)
        )
        if not believed:
            raise unbelievable()
        return Told(self.standing(answer), "ocsp", der)

    def read(self, der: bytes) -> ocsp.OCSPResponse:
        try:
            answer = ocsp.load_der_ocsp_response(der)
        except ValueError:
            raise unbelievable() from None
        if answer.response_status is not ocsp.OCSPResponseStatus.SUCCESSFUL:
            raise unbelievable()
        return answer

    def standing(self, answer: ocsp.OCSPResponse) -> Standing:
        """Unknown is not good: nobody issued it (RFC 6960 2.2)."""
        if answer.certificate_status is ocsp.OCSPCertStatus.UNKNOWN:
            return Standing.UNKNOWN
        revoked = answer.certificate_status is ocsp.OCSPCertStatus.REVOKED
        return standing_of(revoked, answer.revocation_reason)

    def speaks_of(self, answer: ocsp.OCSPResponse, question: ocsp.OCSPRequest) -> bool:
        """Of this certificate of this CA."""
        asked = (question.serial_number, question.issuer_key_hash, question.issuer_name_hash)
        return asked == (answer.serial_number, answer.issuer_key_hash, answer.issuer_name_hash)

    def is_answer_to(self, answer: ocsp.OCSPResponse, nonce: bytes) -> bool:
        """It has the nonce of the question."""
        try:
            told = answer.extensions.get_extension_for_class(x509.OCSPNonce)
        except x509.ExtensionNotFound:
            return False
        return told.value.nonce == nonce

    def is_of_now(self, answer: ocsp.OCSPResponse) -> bool:
        now, end = self.clock.now(), answer.next_update_utc
        return answer.this_update_utc <= now + SKEW and (end is None or now <= end + SKEW)

    def is_signed_for(self, answer: ocsp.OCSPResponse, ca: x509.Certificate) -> bool:
        """By the CA, or by a responder that it made one (4.2.2.2)."""
        signer = answer.certificates[0] if answer.certificates else ca
        return (signer == ca or self.may_answer(signer, ca)) and _is_signed_with(answer, signer)

    def may_answer(self, signer: x509.Certificate, ca: x509.Certificate) -> bool:
        try:
            usages = signer.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
        except x509.ExtensionNotFound:
            return False
        in_force = is_issued_by(signer, ca) and is_in_force(signer, self.clock.now())
        return in_force and ExtendedKeyUsageOID.OCSP_SIGNING in usages


@dataclass
class Lists:
    """The revocation lists of the JPKI: of one day, where nobody answers on line."""

    http: httpx.Client
    clock: Clock

    def told(self, use: str, certificate: x509.Certificate, ca: x509.Certificate) -> Told:
        """Problem 503 where there is no list that can be believed."""
        der = fetched(self.http, "GET", f"/v1/crls/{use}/{self.part(certificate)}")
        try:
            found = x509.load_der_x509_crl(der)
        except ValueError:
            raise unbelievable() from None
        believed = (
            self.is_signed_for(found, ca)
            and self.is_in_force(found, self.clock.now())
            and self.is_of_the_place(found, self.point(certificate))
        )
        if not believed:
            raise unbelievable()
        entry = found.get_revoked_certificate_by_serial_number(certificate.serial_number)
        return Told(standing_of(entry is not None, _reason(entry)), "list", der)

    def part(self, certificate: x509.Certificate) -> str:
        """Prefecture and municipality of the distribution point; Problem 422 where none is told."""
        point = self.point(certificate)
        units = point.get_attributes_for_oid(NameOID.ORGANIZATIONAL_UNIT_NAME)
        places = point.get_attributes_for_oid(NameOID.COMMON_NAME)
        if not (units and places):
            raise no_place()
        return "/".join(str(name.value) for name in (units[-1], places[0]))

    def point(self, certificate: x509.Certificate) -> x509.Name:
        """The distribution point, a directory name; Problem 422 where none is told."""
        try:
            told = certificate.extensions.get_extension_for_class(x509.CRLDistributionPoints)
        except x509.ExtensionNotFound:
            raise no_place() from None
        for name in told.value[0].full_name or ():
            if isinstance(name, x509.DirectoryName):
                return name.value
        raise no_place()

    def is_of_the_place(self, found: x509.CertificateRevocationList, point: x509.Name) -> bool:
        """It speaks of the point that the certificate names, and of all that can befall it there.

        RFC 5280 6.3.3 (b) (2), (d): a part that leaves the certificate out does not call it good.
        """
        try:
            told = found.extensions.get_extension_for_class(x509.IssuingDistributionPoint)
        except x509.ExtensionNotFound:
            return True  # the full list of the CA (5.2.5)
        scope = told.value
        narrowed = scope.only_contains_ca_certs or scope.only_contains_attribute_certs
        names = [name.value for name in scope.full_name or ()]
        return point in names and not (narrowed or scope.only_some_reasons)

    def is_signed_for(self, found: x509.CertificateRevocationList, ca: x509.Certificate) -> bool:
        key = ca.public_key()
        assert isinstance(key, RSAPublicKey)
        return found.is_signature_valid(key)

    def is_in_force(self, found: x509.CertificateRevocationList, now: datetime) -> bool:
        end = found.next_update_utc
        return found.last_update_utc <= now + SKEW and end is not None and now <= end


def _is_signed_with(answer: ocsp.OCSPResponse, signer: x509.Certificate) -> bool:
    key, algorithm = signer.public_key(), answer.signature_hash_algorithm
    if not isinstance(key, RSAPublicKey) or algorithm is None:
        return False
    try:
        key.verify(answer.signature, answer.tbs_response_bytes, PKCS1v15(), algorithm)
    except InvalidSignature:
        return False
    return True


def _reason(entry: x509.RevokedCertificate | None) -> x509.ReasonFlags | None:
    if entry is None:
        return None
    try:
        return entry.extensions.get_extension_for_class(x509.CRLReason).value.reason
    except x509.ExtensionNotFound:
        return None


def unbelievable() -> Problem:
    return Problem(503, "status-not-believed", "what is told of the certificate is not believed")


def no_place() -> Problem:
    return Problem(422, "invalid-certificate", "it does not say where its list is")
