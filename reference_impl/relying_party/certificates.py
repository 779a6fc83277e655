"""The CAs of the JPKI as a verifier knows them, and what a certificate must be of.

All generations of a CA have one name, so that the signature decides, never the name.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

import httpx
from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding

from reference_impl.web.problem import Problem


@dataclass
class Authorities:
    """CA certificates, asked of the JPKI once (OUR DESIGN; a real verifier is given them)."""

    http: httpx.Client
    known: dict[str, x509.Certificate] = field(default_factory=dict)

    def of(self, use: str) -> x509.Certificate:
        """Problem 503 where the JPKI does not answer."""
        if use not in self.known:
            der = fetched(self.http, "GET", f"/v1/authorities/{use}")
            self.known[use] = x509.load_der_x509_certificate(der)
        return self.known[use]


def fetched(http: httpx.Client, method: str, path: str, body: bytes = b"") -> bytes:
    """The body of a good answer. Problem 503 for any other, and for none."""
    headers = {"content-type": "application/ocsp-request"} if body else {}
    try:
        answer = http.request(method, path, content=body, headers=headers)
    except httpx.TransportError as error:
        raise unreachable() from error
    if answer.status_code != 200:
        raise unreachable()
    return answer.content


def unreachable() -> Problem:
    return Problem(503, "jpki-unreachable", "the JPKI system does not answer; try again later")


def loaded(der: bytes) -> x509.Certificate:
    """Problem 422 for what is no certificate with an RSA key."""
    try:
        certificate = x509.load_der_x509_certificate(der)
        key = certificate.public_key()
    except (ValueError, x509.InvalidVersion, UnsupportedAlgorithm):
        raise Problem(422, "invalid-certificate", "this is no certificate") from None
    if not isinstance(key, RSAPublicKey):
        raise Problem(422, "invalid-certificate", "the certificate has no RSA key")
    return certificate


def is_issued_by(certificate: x509.Certificate, ca: x509.Certificate) -> bool:
    try:
        certificate.verify_directly_issued_by(ca)
    except (ValueError, TypeError, InvalidSignature):
        return False
    return True


def is_in_force(certificate: x509.Certificate, now: datetime) -> bool:
    return certificate.not_valid_before_utc <= now <= certificate.not_valid_after_utc


def verifies(certificate: x509.Certificate, signature: bytes, message: bytes) -> bool:
    """RSASSA-PKCS1-v1_5 with SHA-256, what COMPUTE DIGITAL SIGNATURE makes of a DigestInfo."""
    key = certificate.public_key()
    assert isinstance(key, RSAPublicKey)
    try:
        key.verify(signature, message, PKCS1v15(), SHA256())
    except InvalidSignature:
        return False
    return True


def der(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(Encoding.DER)
