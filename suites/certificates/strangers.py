"""Client certificates that no service has to believe."""

from __future__ import annotations

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

from fixtures.targets.port import ClientCertificate

DAY = timedelta(days=1)


def self_signed(role: str, now: datetime) -> ClientCertificate:
    """It says that it is of this role, and is its own witness."""
    key = ec.generate_private_key(ec.SECP256R1())
    return _made(role, now, key, _name(role), key)


def of_another_time(role: str, then: datetime, ca: bytes, ca_key: bytes) -> ClientCertificate:
    """Of the network whose CA this is (PEM), and in force for two days about ``then`` alone."""
    issuer = x509.load_pem_x509_certificate(ca).subject
    signer = load_pem_private_key(ca_key, None)
    assert isinstance(signer, ec.EllipticCurvePrivateKey)
    return _made(role, then, ec.generate_private_key(ec.SECP256R1()), issuer, signer)


def _made(
    role: str,
    now: datetime,
    key: ec.EllipticCurvePrivateKey,
    issuer: x509.Name,
    signer: ec.EllipticCurvePrivateKey,
) -> ClientCertificate:
    serial, public = x509.random_serial_number(), key.public_key()
    builder = x509.CertificateBuilder(issuer, _name(role), public, serial, now - DAY, now + DAY)
    usage = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH])
    made = builder.add_extension(usage, critical=False).sign(signer, SHA256())
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return ClientCertificate(made.public_bytes(Encoding.PEM), pem)


def _name(role: str) -> x509.Name:
    unit = x509.NameAttribute(NameOID.ORGANIZATIONAL_UNIT_NAME, role)
    return x509.Name([x509.NameAttribute(NameOID.COUNTRY_NAME, "JP"), unit])
