"""What a revocation list says, and whether a verifier may believe it (RFC 5280 5, 6.3); pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa

if TYPE_CHECKING:
    from collections.abc import Iterator


@dataclass(frozen=True)
class ReadList:
    """What stands in a list: number of a certificate → reason (``None`` where none is told)."""

    entries: dict[int, str | None]
    misses: tuple[str, ...]


def read_list(der: bytes, issuer: x509.Certificate, at: float, point: x509.Name | None) -> ReadList:
    """A list (DER) as it was found at this time (POSIX, s).

    ``point``: the distribution point whose list it should be; ``None``: the full list.
    """
    try:
        found = x509.load_der_x509_crl(der)
        misses = (*_signer(found, issuer), *_time(found, at), *_scope(found, point))
        return ReadList({entry.serial_number: _reason(entry) for entry in found}, tuple(misses))
    except ValueError as error:
        return ReadList({}, (f"no revocation list: {error}",))


def distribution_point(certificate: x509.Certificate) -> x509.Name | None:
    """The directory name at which a certificate says that its list is."""
    try:
        points = certificate.extensions.get_extension_for_class(x509.CRLDistributionPoints).value
    except x509.ExtensionNotFound:
        return None
    for name in points[0].full_name or ():
        if isinstance(name, x509.DirectoryName):
            return name.value
    return None


def _signer(found: x509.CertificateRevocationList, issuer: x509.Certificate) -> Iterator[str]:
    if found.issuer != issuer.subject:
        yield "it is of another issuer"
    key = issuer.public_key()
    if not isinstance(key, rsa.RSAPublicKey) or not found.is_signature_valid(key):
        yield "its signature is wrong"


def _time(found: x509.CertificateRevocationList, at: float) -> Iterator[str]:
    if found.last_update_utc.timestamp() > at:
        yield f"it is of a time to come ({found.last_update_utc:%F %T})"
    if found.next_update_utc is None:
        yield "it does not say when the next one comes (RFC 5280 5.1.2.5)"
    elif found.next_update_utc.timestamp() < at:
        yield f"it is stale: a next one was due at {found.next_update_utc:%F %T}"


def _scope(found: x509.CertificateRevocationList, point: x509.Name | None) -> Iterator[str]:
    try:
        scope = found.extensions.get_extension_for_class(x509.IssuingDistributionPoint)
    except x509.ExtensionNotFound:
        if point is not None:
            yield "it does not say that it is a part (no issuingDistributionPoint)"
        return
    if not scope.critical:
        yield "issuingDistributionPoint is not critical (RFC 5280 5.2.5)"
    names = [name.value for name in scope.value.full_name or ()]
    if point is not None and names != [point]:
        yield "it is the list of another distribution point than the certificate names"
    if point is None:
        yield "the full list says that it is a part"


def _reason(entry: x509.RevokedCertificate) -> str | None:
    try:
        return str(entry.extensions.get_extension_for_class(x509.CRLReason).value.reason.value)
    except x509.ExtensionNotFound:
        return None
