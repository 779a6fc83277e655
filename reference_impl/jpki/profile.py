"""What stands in the certificates of the JPKI: one rule, one method.

Shapes follow the certificates of the real JPKI as far as they are publicly known. Policy and
attribute OIDs lie in the arc of the JPKI test environment; the policies of phone certificates are
not public, so that theirs are a parameter. OUR DESIGN: its values, CPS and responder.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.x509.oid import AuthorityInformationAccessOID, NameOID

from reference_impl.jpki.holder import alternative_name

if TYPE_CHECKING:
    from reference_impl.jpki.holder import Holder

CPS = "http://www.example.jp/synthetic/cps.html"
OCSP_RESPONDER = "http://ocsp.example.jp/synthetic"
TEST_POLICIES = "1.2.392.200149.8.5.1.0"


class Purpose(Enum):
    """The two uses of the JPKI, each with a CA of its own; the value is its OU."""

    SIGNATURE = "JPKI for digital signature"
    USER_AUTHENTICATION = "JPKI for user authentication"

    @property
    def slug(self) -> str:
        """The name of the purpose in addresses and messages."""
        return self.name.lower().replace("_", "-")


@dataclass(frozen=True)
class CertificateProfile:
    """The extensions of a certificate for a holder's key."""

    policies: str = TEST_POLICIES
    responder: str = OCSP_RESPONDER

    def extensions(
        self, purpose: Purpose, issuer: x509.Name, holder: Holder
    ) -> list[tuple[x509.ExtensionType, bool]]:
        """In their order, each with whether it is critical."""
        attributes = self.attributes(purpose, holder)
        return [
            (self.key_usage(purpose), True),
            (self.policy(purpose), True),
            *([(attributes, False)] if attributes is not None else []),
            (self.distribution_point(issuer, holder), False),
            (self.responder_access(), False),
        ]

    def key_usage(self, purpose: Purpose) -> x509.KeyUsage:
        """Signature: digitalSignature and nonRepudiation; authentication: the first alone."""
        return key_usage(digital_signature=True, content_commitment=purpose is Purpose.SIGNATURE)

    def policy(self, purpose: Purpose) -> x509.CertificatePolicies:
        last = {Purpose.SIGNATURE: 20, Purpose.USER_AUTHENTICATION: 30}[purpose]
        policy = x509.ObjectIdentifier(f"{self.policies}.{last}")
        return x509.CertificatePolicies([x509.PolicyInformation(policy, [CPS])])

    def attributes(self, purpose: Purpose, holder: Holder) -> x509.SubjectAlternativeName | None:
        """Only the signature certificate tells name, birth date, sex and address."""
        if purpose is Purpose.USER_AUTHENTICATION:
            return None
        return alternative_name(self.other_names(holder))

    def other_names(self, holder: Holder) -> list[tuple[int, str]]:
        """Last arc of the OID and value, in the order of the card: 1, 4, 3, 5, 2, 6."""
        return holder.attributes.other_names()

    def distribution_point(self, issuer: x509.Name, holder: Holder) -> x509.CRLDistributionPoints:
        """The part of the CRL for the holder's municipality."""
        return distribution_point(partition(issuer, holder.prefecture, holder.municipality))

    def responder_access(self) -> x509.AuthorityInformationAccess:
        where = x509.UniformResourceIdentifier(self.responder)
        return x509.AuthorityInformationAccess(
            [x509.AccessDescription(AuthorityInformationAccessOID.OCSP, where)]
        )


def partition(issuer: x509.Name, prefecture: str, municipality: str) -> x509.Name:
    """The name of the part of a CRL that speaks of one municipality."""
    unit = NameOID.ORGANIZATIONAL_UNIT_NAME
    own = [
        name for name in issuer if name.oid != unit or name.value in {p.value for p in Purpose}
    ]  # the mark of the synthetic CA is no part of it
    return x509.Name(
        [
            *own,
            x509.NameAttribute(unit, "CRL Distribution Points"),
            x509.NameAttribute(unit, prefecture),
            x509.NameAttribute(NameOID.COMMON_NAME, municipality),
        ]
    )


def distribution_point(name: x509.Name) -> x509.CRLDistributionPoints:
    """A directory name."""
    point = x509.DistributionPoint([x509.DirectoryName(name)], None, None, None)
    return x509.CRLDistributionPoints([point])


def key_usage(
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
