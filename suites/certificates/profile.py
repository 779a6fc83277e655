"""Whether a certificate follows the JPKI profile (JPKI-CERT-01); pure.

Confirmed on cards: six otherName entries in the order 1, 4, 3, 5, 2, 6; key usage and policy
critical; the signature certificate for digitalSignature and nonRepudiation; the authentication
certificate without attributes; a distribution point that is a directory name. That of the
authentication certificate's key usage is recalled only, so that nonRepudiation there is
INCONCLUSIVE. Which policy a *phone's* certificate names is not public: it lies in the arc, and the
two uses have policies of their own.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID

from fixtures.verdict import Finding, Verdict
from suites.certificates.attributes import judge_attributes, other_names

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

REQUIREMENT = "JPKI-CERT-01"
POLICY_ARC = "1.2.392.200149.8.5.1."
SIGNATURE, AUTHENTICATION = "JPKI for digital signature", "JPKI for user authentication"
POINTS = "CRL Distribution Points"
SHA256_WITH_RSA = "1.2.840.113549.1.1.11"


@dataclass(frozen=True)
class Subject:
    """A certificate under judgement, and what it is of."""

    named: str
    der: bytes
    certificate: x509.Certificate
    signs: bool  # of the signature; else of user authentication


def judge_certificate(named: str, der: bytes, *, signs: bool) -> list[Finding]:
    """Every miss of one certificate (DER); one PASS where there is none."""
    try:
        certificate = x509.load_der_x509_certificate(der)
        subject = Subject(named, der, certificate, signs)
        misses = [miss for rule in RULES for miss in rule(subject)]
    except (ValueError, x509.DuplicateExtension) as error:
        misses = [f"cannot be read: {error}"]
    if misses:
        return [Finding(REQUIREMENT, Verdict.FAIL, miss, named) for miss in misses]
    recalled = list(_recalled(subject))
    if recalled:
        return [Finding(REQUIREMENT, Verdict.INCONCLUSIVE, told, named) for told in recalled]
    return [Finding(REQUIREMENT, Verdict.PASS, subject=named)]


def judge_set(ders: Iterable[bytes]) -> list[Finding]:
    """What only several certificates of the same system show: numbers, and policies by use."""
    certificates = [x509.load_der_x509_certificate(der) for der in ders]
    numbers = [(c.issuer.public_bytes(), c.serial_number) for c in certificates]
    misses = []
    if len(set(numbers)) < len(numbers):
        misses.append("a CA gave one number to two certificates (RFC 5280 4.1.2.2)")
    uses = [(_policies(c), _usage(c).content_commitment) for c in certificates]
    if {p for p, signs in uses if signs} & {p for p, signs in uses if not signs}:
        misses.append("certificates of both uses name the same policy")
    if misses:
        return [Finding(REQUIREMENT, Verdict.FAIL, miss, "all certificates") for miss in misses]
    return [Finding(REQUIREMENT, Verdict.PASS, subject="all certificates")]


def _form(subject: Subject) -> Iterator[str]:
    c = subject.certificate
    if c.version is not x509.Version.v3:
        yield f"X.509 version {c.version.name}; want v3"
    if not 0 < c.serial_number < 1 << 159:
        yield "serial number not positive, or of more than 20 bytes (RFC 5280 4.1.2.2)"
    if c.signature_algorithm_oid.dotted_string != SHA256_WITH_RSA:
        yield f"signed with {c.signature_algorithm_oid.dotted_string}; want SHA-256 with RSA"
    if c.not_valid_before_utc >= c.not_valid_after_utc:
        yield "its validity ends before it begins"


def _key(subject: Subject) -> Iterator[str]:
    key = subject.certificate.public_key()
    if not isinstance(key, rsa.RSAPublicKey) or key.key_size < 2048:
        yield "the key is no RSA key of 2048 bits"


def _issuer(subject: Subject) -> Iterator[str]:
    units = _values(subject.certificate.issuer, NameOID.ORGANIZATIONAL_UNIT_NAME)
    wanted = SIGNATURE if subject.signs else AUTHENTICATION
    if units[:1] != [wanted]:
        yield f"first OU of the issuer is {units[:1]}; want {wanted!r}"


def _subject(subject: Subject) -> Iterator[str]:
    if not subject.signs:
        return  # not confirmed for the authentication certificate
    kinds = [part.oid for part in subject.certificate.subject]
    wanted = [NameOID.COUNTRY_NAME, *[NameOID.LOCALITY_NAME] * 2, NameOID.COMMON_NAME]
    if kinds != wanted:
        yield "the subject is not C, L (prefecture), L (municipality), CN"


def _key_usage(subject: Subject) -> Iterator[str]:
    extension = _extension(subject.certificate, x509.KeyUsage)
    if extension is None or not extension.critical:
        yield "keyUsage is missing or not critical"
        return
    raw = extension.value.public_bytes()
    if subject.signs and raw != bytes.fromhex("030206C0"):
        yield f"keyUsage is {raw.hex(' ')}; want 03 02 06 c0 (digitalSignature, nonRepudiation)"
    usage = _usage(subject.certificate)
    if not usage.digital_signature:
        yield "keyUsage lacks digitalSignature"
    if usage.key_cert_sign or usage.crl_sign:
        yield "keyUsage of a holder has keyCertSign or cRLSign"


def _policy(subject: Subject) -> Iterator[str]:
    extension = _extension(subject.certificate, x509.CertificatePolicies)
    if extension is None or not extension.critical:
        yield "certificatePolicies is missing or not critical"
        return
    outside = [oid for oid in _policies(subject.certificate) if not oid.startswith(POLICY_ARC)]
    if outside:
        yield f"policy {outside[0]} is outside the arc {POLICY_ARC[:-1]}"


def _attributes(subject: Subject) -> Iterator[str]:
    names = other_names(subject.certificate)
    if subject.signs:
        yield from judge_attributes(names)
    elif names:
        yield "the authentication certificate tells attributes of its holder"


def _distribution_point(subject: Subject) -> Iterator[str]:
    extension = _extension(subject.certificate, x509.CRLDistributionPoints)
    points = list(extension.value) if extension else []
    names = [name for point in points for name in point.full_name or ()]
    if len(names) != 1 or not isinstance(names[0], x509.DirectoryName):
        yield "there is not one distribution point that is a directory name"
        return
    if not subject.signs:
        return  # its form is not confirmed for the authentication certificate
    name = names[0].value
    places = _values(subject.certificate.subject, NameOID.LOCALITY_NAME)
    told = [*_values(name, NameOID.ORGANIZATIONAL_UNIT_NAME), *_values(name, NameOID.COMMON_NAME)]
    if told[1:] != [POINTS, *places]:
        yield f"the distribution point names {told[1:]}; want {[POINTS, *places]}"


RULES: tuple[Callable[[Subject], Iterator[str]], ...] = (
    _form,
    _key,
    _issuer,
    _subject,
    _key_usage,
    _policy,
    _attributes,
    _distribution_point,
)


def _recalled(subject: Subject) -> Iterator[str]:
    if not subject.signs and _usage(subject.certificate).content_commitment:
        yield "keyUsage of the authentication certificate has nonRepudiation; not known to be right"


Kind = TypeVar("Kind", bound=x509.ExtensionType)


def _extension(certificate: x509.Certificate, kind: type[Kind]) -> x509.Extension[Kind] | None:
    try:
        return certificate.extensions.get_extension_for_class(kind)
    except x509.ExtensionNotFound:
        return None


def _usage(certificate: x509.Certificate) -> x509.KeyUsage:
    return certificate.extensions.get_extension_for_class(x509.KeyUsage).value


def _policies(certificate: x509.Certificate) -> tuple[str, ...]:
    extension = _extension(certificate, x509.CertificatePolicies)
    named = extension.value if extension else ()
    return tuple(policy.policy_identifier.dotted_string for policy in named)


def _values(name: x509.Name, oid: x509.ObjectIdentifier) -> list[str]:
    return [str(part.value) for part in name.get_attributes_for_oid(oid)]
