"""The synthetic JPKI: its two self-signed CAs, and the certificates they issue.

Every name says that it is a test. The CAs of ``authority`` have dates and keys that are fixed (a
published seed): nothing there is a secret, and the same bytes come out on every machine. Those of
``reference_impl.jpki.authorities`` are made at run time.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property, lru_cache

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from reference_impl.chip.drbg import HmacDrbg
from reference_impl.chip.entropy import SeededEntropy
from reference_impl.chip.rsa import FipsKeyPairs, KeyPair, PublicKey
from reference_impl.jpki.holder import Holder
from reference_impl.jpki.profile import (
    CertificateProfile,
    Purpose,
    distribution_point,
    key_usage,
)

CA_VALIDITY = (datetime(2023, 7, 16, tzinfo=UTC), datetime(2033, 7, 15, tzinfo=UTC))
VALIDITY = (datetime(2025, 4, 1, tzinfo=UTC), datetime(2030, 3, 31, 23, 59, 59, tzinfo=UTC))
Validity = tuple[datetime, datetime]


@dataclass(frozen=True)
class Authority:
    """One synthetic CA."""

    purpose: Purpose
    key: rsa.RSAPrivateKey = field(repr=False)
    organisation: str = "JPKI SYNTHETIC TEST"
    validity: Validity = CA_VALIDITY
    profile: CertificateProfile = field(default_factory=CertificateProfile)

    @cached_property
    def name(self) -> x509.Name:
        unit = NameOID.ORGANIZATIONAL_UNIT_NAME
        return x509.Name(
            [
                x509.NameAttribute(NameOID.COUNTRY_NAME, "JP"),
                x509.NameAttribute(NameOID.ORGANIZATION_NAME, self.organisation),
                x509.NameAttribute(unit, self.purpose.value),
                x509.NameAttribute(unit, "SYNTHETIC CA, NO LEGAL FORCE"),
            ]
        )

    @cached_property
    def certificate(self) -> bytes:
        """DER, self-signed."""
        public = self.key.public_key()
        builder = _start(self.name, self.name, public, 1, self.validity)
        builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=None), True)
        builder = builder.add_extension(key_usage(key_cert_sign=True, crl_sign=True), True)
        builder = builder.add_extension(
            x509.SubjectKeyIdentifier.from_public_key(public), critical=False
        )
        builder = builder.add_extension(distribution_point(self.name), critical=False)
        return self.sign(builder)

    def issue(self, key: PublicKey, holder: Holder, serial: int) -> bytes:
        """A certificate (DER, 256 to 4,096 bytes) for the holder's key on the chip."""
        return self.certify(library_key(key), holder, serial, VALIDITY)

    def certify(
        self, key: rsa.RSAPublicKey, holder: Holder, serial: int, validity: Validity
    ) -> bytes:
        """A certificate (DER) for the holder's key, by the profile."""
        subject = holder.name(self.purpose is Purpose.SIGNATURE)
        builder = _start(subject, self.name, key, serial, validity)
        for extension, critical in self.profile.extensions(self.purpose, self.name, holder):
            builder = builder.add_extension(extension, critical=critical)
        return self.sign(builder.add_extension(self.key_identifier(), critical=False))

    def key_identifier(self) -> x509.AuthorityKeyIdentifier:
        return x509.AuthorityKeyIdentifier.from_issuer_public_key(self.key.public_key())

    def sign(self, builder: x509.CertificateBuilder) -> bytes:
        """DER of what was built."""
        return builder.sign(self.key, SHA256()).public_bytes(Encoding.DER)


@lru_cache
def authority(purpose: Purpose) -> Authority:
    """The CA of a purpose, with the key that its published seed leads to."""
    drbg = HmacDrbg(SeededEntropy(b"SYNTHETIC " + purpose.value.encode()))
    return Authority(purpose, _library_private_key(FipsKeyPairs(drbg).new_pair()))


def library_key(key: PublicKey) -> rsa.RSAPublicKey:
    """The key as ``cryptography`` knows it."""
    return rsa.RSAPublicNumbers(key.e, key.n).public_key()


def _library_private_key(pair: KeyPair) -> rsa.RSAPrivateKey:
    p, q, d = pair.p, pair.q, pair.d
    public = rsa.RSAPublicNumbers(pair.e, p * q)
    coefficient = rsa.rsa_crt_iqmp(p, q)
    numbers = rsa.RSAPrivateNumbers(p, q, d, d % (p - 1), d % (q - 1), coefficient, public)
    return numbers.private_key()


def _start(
    subject: x509.Name,
    issuer: x509.Name,
    public: rsa.RSAPublicKey,
    serial: int,
    validity: Validity,
) -> x509.CertificateBuilder:
    return x509.CertificateBuilder(issuer, subject, public, serial, *validity)
