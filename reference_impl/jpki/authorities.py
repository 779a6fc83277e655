"""The CAs of the running JPKI system and their OCSP responders.

Keys are made at run time: in memory, or in a folder where they are found again at the next start.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Protocol

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from reference_impl.jpki.certificates import Authority
from reference_impl.jpki.profile import CertificateProfile, Purpose, key_usage
from reference_impl.web.clock import Clock
from reference_impl.web.private_files import keep

if TYPE_CHECKING:
    from pathlib import Path

    from reference_impl.parts import Part

ORGANISATION = "JPKI TEST"
CA_LIFE = timedelta(days=3652)
RESPONDER_SERIAL = 2  # 1 is the CA's own; those of holders are of 64 bits and more


class CaKeys(Protocol):
    """Where the private keys of CAs and responders come from."""

    def key(self, name: str, /) -> rsa.RSAPrivateKey:
        """The key of this name, made when it is first asked for."""

    def made_at(self, now: datetime, /) -> datetime:
        """When the first start was; ``now`` if this is the first."""


class MemoryKeys:
    """Keys for as long as the process lives."""

    def __init__(self) -> None:
        self._keys: dict[str, rsa.RSAPrivateKey] = {}

    def key(self, name: str, /) -> rsa.RSAPrivateKey:
        if name not in self._keys:
            self._keys[name] = rsa.generate_private_key(65537, 2048)
        return self._keys[name]

    def made_at(self, now: datetime, /) -> datetime:
        return now


class FolderKeys:
    """Keys in a folder, readable for their owner only."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def key(self, name: str, /) -> rsa.RSAPrivateKey:
        file = self._folder / f"{name}.key.pem"
        if not file.exists():
            made = rsa.generate_private_key(65537, 2048)
            pem = made.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
            keep(file, pem)
        found = load_pem_private_key(file.read_bytes(), None)
        assert isinstance(found, rsa.RSAPrivateKey)
        return found

    def made_at(self, now: datetime, /) -> datetime:
        file = self._folder / "made-at"
        if not file.exists():
            keep(file, now.isoformat().encode())
        return datetime.fromisoformat(file.read_text(encoding="ascii"))


@dataclass(frozen=True)
class Responder:
    """The OCSP responder of a CA, delegated by it (RFC 6960 4.2.2.2)."""

    authority: Authority
    key: rsa.RSAPrivateKey = field(repr=False)

    @cached_property
    def certificate(self) -> x509.Certificate:
        """For OCSPSigning alone, not itself to be checked by OCSP; lives as long as the CA."""
        ca = self.authority
        name = x509.Name(
            [
                *(part for part in ca.name if part.oid != NameOID.COMMON_NAME),
                x509.NameAttribute(NameOID.COMMON_NAME, "OCSP responder"),
            ]
        )
        public = self.key.public_key()
        builder = x509.CertificateBuilder(ca.name, name, public, RESPONDER_SERIAL, *ca.validity)
        usage = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.OCSP_SIGNING])
        builder = builder.add_extension(key_usage(digital_signature=True), critical=True)
        builder = builder.add_extension(usage, critical=False)
        builder = builder.add_extension(x509.OCSPNoCheck(), critical=False)
        builder = builder.add_extension(ca.key_identifier(), critical=False)
        return x509.load_der_x509_certificate(ca.sign(builder))


@dataclass(frozen=True)
class Authorities:
    """Both CAs with their responders."""

    cas: dict[Purpose, Authority]
    responders: dict[Purpose, Responder]


def authorities(keys: CaKeys, clock: Clock, part: Part) -> Authorities:
    """The CAs whose keys these are."""
    begin = keys.made_at(clock.now().replace(microsecond=0)) - timedelta(days=1)
    validity = (begin, begin + CA_LIFE)
    profile = part(CertificateProfile)()
    cas = {
        purpose: Authority(purpose, keys.key(f"{purpose.slug}-ca"), ORGANISATION, validity, profile)
        for purpose in Purpose
    }
    responders = {
        purpose: Responder(ca, keys.key(f"{purpose.slug}-ocsp")) for purpose, ca in cas.items()
    }
    return Authorities(cas, responders)
