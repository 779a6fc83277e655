"""The synthetic JPKI: two self-signed CAs, and the certificates they issue for a chip's keys.

Shapes follow the certificates of the real JPKI as far as they are publicly known. Every name
says that it is synthetic, policy and attribute OIDs lie in the arc of the JPKI test environment,
dates are fixed, and the CA keys come from a published seed: nothing here is a secret, and the
same bytes come out on every machine.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from enum import Enum
from functools import cached_property, lru_cache

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from reference_impl.chip.drbg import HmacDrbg
from reference_impl.chip.entropy import SeededEntropy
from reference_impl.chip.rsa import FipsKeyPairs, KeyPair, PublicKey
from reference_impl.jpki.holder import Holder, alternative_name

CA_VALIDITY = (datetime(2023, 7, 16, tzinfo=UTC), datetime(2033, 7, 15, tzinfo=UTC))
VALIDITY = (datetime(2025, 4, 1, tzinfo=UTC), datetime(2030, 3, 31, 23, 59, 59, tzinfo=UTC))
CPS = "http://www.example.jp/synthetic/cps.html"
OCSP_RESPONDER = "http://ocsp.example.jp/synthetic"


class Purpose(Enum):
    """The two uses of the JPKI, each with a CA of its own; the value is its OU."""

    SIGNATURE = "JPKI for digital signature"
    USER_AUTHENTICATION = "JPKI for user authentication"

    @property
    def policy(self) -> x509.ObjectIdentifier:
        """OUR DESIGN: the policies of phone certificates are not public; test arc of signature."""
        last = {Purpose.SIGNATURE: 20, Purpose.USER_AUTHENTICATION: 30}[self]
        return x509.ObjectIdentifier(f"1.2.392.200149.8.5.1.0.{last}")


@dataclass(frozen=True)
class Authority:
    """One synthetic CA."""

    purpose: Purpose
    pair: KeyPair

    @cached_property
    def name(self) -> x509.Name:
        return x509.Name(
            [
                x509.NameAttribute(NameOID.COUNTRY_NAME, "JP"),
                x509.NameAttribute(NameOID.ORGANIZATION_NAME, "JPKI SYNTHETIC TEST"),
                x509.NameAttribute(NameOID.ORGANIZATIONAL_UNIT_NAME, self.purpose.value),
                x509.NameAttribute(
                    NameOID.ORGANIZATIONAL_UNIT_NAME, "SYNTHETIC CA, NO LEGAL FORCE"
                ),
            ]
        )

    @cached_property
    def certificate(self) -> bytes:
        """DER, self-signed."""
        public = library_key(self.pair.public)
        builder = _start(self.name, self.name, public, 1, CA_VALIDITY)
        builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=None), True)
        builder = builder.add_extension(_key_usage(key_cert_sign=True, crl_sign=True), True)
        builder = builder.add_extension(
            x509.SubjectKeyIdentifier.from_public_key(public), critical=False
        )
        builder = builder.add_extension(_distribution_point(self.name), critical=False)
        return self._sign(builder)

    def issue(self, key: PublicKey, holder: Holder, serial: int) -> bytes:
        """A certificate (DER, 256 to 4,096 bytes) for the holder's key on the chip.

        Only the signature certificate tells name, birth date, sex and address.
        """
        signature = self.purpose is Purpose.SIGNATURE
        public = library_key(key)
        builder = _start(holder.name(signature), self.name, public, serial, VALIDITY)
        usage = _key_usage(digital_signature=True, content_commitment=signature)
        builder = builder.add_extension(usage, critical=True)
        builder = builder.add_extension(_policy(self.purpose), critical=True)
        if signature:
            attributes = alternative_name(holder.attributes)
            builder = builder.add_extension(attributes, critical=False)
        builder = builder.add_extension(_distribution_point(self.name, holder), critical=False)
        builder = builder.add_extension(_responder(), critical=False)
        issuer = x509.AuthorityKeyIdentifier.from_issuer_public_key(library_key(self.pair.public))
        return self._sign(builder.add_extension(issuer, critical=False))

    def _sign(self, builder: x509.CertificateBuilder) -> bytes:
        certificate = builder.sign(_library_private_key(self.pair), SHA256())
        return certificate.public_bytes(Encoding.DER)


@lru_cache
def authority(purpose: Purpose) -> Authority:
    """The CA of a purpose, with the key that its published seed leads to."""
    drbg = HmacDrbg(SeededEntropy(b"SYNTHETIC " + purpose.value.encode()))
    return Authority(purpose, FipsKeyPairs(drbg).new_pair())


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
    validity: tuple[datetime, datetime],
) -> x509.CertificateBuilder:
    return x509.CertificateBuilder(issuer, subject, public, serial, *validity)


def _key_usage(
    *,
    digital_signature: bool = False,
    content_commitment: bool = False,
    key_cert_sign: bool = False,
    crl_sign: bool = False,
) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=digital_signature,
        content_commitment=content_commitment,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=key_cert_sign,
        crl_sign=crl_sign,
        encipher_only=False,
        decipher_only=False,
    )


def _policy(purpose: Purpose) -> x509.CertificatePolicies:
    return x509.CertificatePolicies([x509.PolicyInformation(purpose.policy, [CPS])])


def _responder() -> x509.AuthorityInformationAccess:
    responder = x509.UniformResourceIdentifier(OCSP_RESPONDER)
    method = x509.oid.AuthorityInformationAccessOID.OCSP
    return x509.AuthorityInformationAccess([x509.AccessDescription(method, responder)])


def _distribution_point(
    issuer: x509.Name, holder: Holder | None = None
) -> x509.CRLDistributionPoints:
    """A directory name: the CA itself, or the part of its CRL for the holder's municipality."""
    names = list(issuer)
    if holder is not None:
        unit = NameOID.ORGANIZATIONAL_UNIT_NAME
        names.append(x509.NameAttribute(unit, "CRL Distribution Points"))
        names.append(x509.NameAttribute(unit, holder.prefecture))
        names.append(x509.NameAttribute(NameOID.COMMON_NAME, holder.municipality))
    point = x509.DistributionPoint([x509.DirectoryName(x509.Name(names))], None, None, None)
    return x509.CRLDistributionPoints([point])
