"""The network CA of the services, and the certificates by which servers know each other.

Everything is made at start and marked synthetic. OUR DESIGN: ECDSA P-256 keys; one year for
clients and servers, ten for the CA.
"""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

ORGANISATION = "JPKI TEST NETWORK"
MARK = "SYNTHETIC"
YEAR = timedelta(days=365)


@dataclass(frozen=True)
class Credentials:
    """A certificate and its private key, both PEM."""

    certificate: bytes
    key: bytes = field(repr=False)

    def loaded(self) -> x509.Certificate:
        return x509.load_pem_x509_certificate(self.certificate)

    def private_key(self) -> ec.EllipticCurvePrivateKey:
        key = load_pem_private_key(self.key, None)
        assert isinstance(key, ec.EllipticCurvePrivateKey)
        return key


def new_network(now: datetime) -> Credentials:
    """A new CA, valid from a day ago for ten years."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = _name("CA")
    builder = _builder(name, name, key.public_key(), now, 10 * YEAR)
    builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
    usage = x509.KeyUsage(False, False, False, False, False, True, True, False, False)
    return _signed(builder.add_extension(usage, critical=True), key, key)


def client(network: Credentials, role: str, now: datetime) -> Credentials:
    """A client certificate for this role."""
    return _issued(network, role, now, ExtendedKeyUsageOID.CLIENT_AUTH, None)


def server(network: Credentials, role: str, now: datetime, host: str = "127.0.0.1") -> Credentials:
    """A server certificate for this role on a loopback address."""
    names = x509.SubjectAlternativeName(
        [
            x509.IPAddress(ipaddress.ip_address(host)),
            x509.DNSName("localhost"),
            x509.DNSName(host_of(role)),
        ]
    )
    return _issued(network, role, now, ExtendedKeyUsageOID.SERVER_AUTH, names)


def host_of(role: str) -> str:
    """The name by which the server of this role is known, wherever it is."""
    return f"{role}.services.invalid"


def _issued(
    network: Credentials,
    role: str,
    now: datetime,
    usage: x509.ObjectIdentifier,
    names: x509.SubjectAlternativeName | None,
) -> Credentials:
    key = ec.generate_private_key(ec.SECP256R1())
    ca = network.loaded()
    builder = _builder(_name(role), ca.subject, key.public_key(), now, YEAR)
    builder = builder.add_extension(x509.ExtendedKeyUsage([usage]), critical=False)
    identifier = x509.AuthorityKeyIdentifier.from_issuer_public_key(
        network.private_key().public_key()
    )
    builder = builder.add_extension(identifier, critical=False)
    if names is not None:
        builder = builder.add_extension(names, critical=False)
    return _signed(builder, key, network.private_key())


def _name(unit: str) -> x509.Name:
    return x509.Name(
        [
            x509.NameAttribute(NameOID.COUNTRY_NAME, "JP"),
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, ORGANISATION),
            x509.NameAttribute(NameOID.ORGANIZATIONAL_UNIT_NAME, unit),
            x509.NameAttribute(NameOID.COMMON_NAME, MARK),
        ]
    )


def _builder(
    subject: x509.Name,
    issuer: x509.Name,
    public: ec.EllipticCurvePublicKey,
    now: datetime,
    life: timedelta,
) -> x509.CertificateBuilder:
    begin = now - timedelta(days=1)
    serial = x509.random_serial_number()
    builder = x509.CertificateBuilder(issuer, subject, public, serial, begin, now + life)
    identifier = x509.SubjectKeyIdentifier.from_public_key(public)
    return builder.add_extension(identifier, critical=False)


def _signed(
    builder: x509.CertificateBuilder,
    own: ec.EllipticCurvePrivateKey,
    issuer: ec.EllipticCurvePrivateKey,
) -> Credentials:
    certificate = builder.sign(issuer, SHA256()).public_bytes(Encoding.PEM)
    return Credentials(
        certificate, own.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    )
