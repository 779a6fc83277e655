"""Who is at the other end: servers know each other by client certificates of one network CA.

The certificate comes with the connection, as the ASGI extension ``tls`` hands it on
(``client_cert_chain``, PEM). TLS has proved possession of its key; whether it is a certificate of
our network, in force, and for which role, is decided here once more, so that it does not hang on
how a listener was set up. OUR DESIGN: the role is the OU of the certificate.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from reference_impl.web.problem import Problem

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send

    from reference_impl.web.clock import Clock


class PeerGate:
    """Lets a peer in by its role; every refusal is a problem of 401 (who?) or 403 (not you)."""

    def __init__(self, ca: x509.Certificate, clock: Clock) -> None:
        self.ca = ca
        self.clock = clock

    def role_of(self, presented: x509.Certificate | None) -> str:
        """The role, or Problem 401 where no certificate of the network in force is presented."""
        if presented is None:
            return self.nobody()
        if not self.is_of_the_network(presented) or not self.is_for_clients(presented):
            return self.stranger(presented)
        if not self.is_in_force(presented):
            return self.outdated(presented)
        return self.stated_role(presented)

    def nobody(self) -> str:
        raise Problem(401, "no-client-certificate", "present a client certificate")

    def stranger(self, _presented: x509.Certificate) -> str:
        raise Problem(401, "unknown-client", "the client certificate is not of this network")

    def outdated(self, _presented: x509.Certificate) -> str:
        raise Problem(401, "client-certificate-expired", "the client certificate is not in force")

    def is_of_the_network(self, presented: x509.Certificate) -> bool:
        try:
            presented.verify_directly_issued_by(self.ca)
        except (ValueError, TypeError, InvalidSignature):
            return False
        return True

    def is_for_clients(self, presented: x509.Certificate) -> bool:
        try:
            usages = presented.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
        except x509.ExtensionNotFound:
            return False
        return ExtendedKeyUsageOID.CLIENT_AUTH in usages

    def is_in_force(self, presented: x509.Certificate) -> bool:
        now = self.clock.now()
        return presented.not_valid_before_utc <= now <= presented.not_valid_after_utc

    def stated_role(self, presented: x509.Certificate) -> str:
        units = presented.subject.get_attributes_for_oid(NameOID.ORGANIZATIONAL_UNIT_NAME)
        return str(units[0].value) if len(units) == 1 else ""

    def may(self, role: str, roles: tuple[str, ...]) -> bool:
        """Whether this role is one of those an operation is for."""
        return role in roles


def presented(scope: Scope) -> x509.Certificate | None:
    """The peer's own certificate, if the connection has one."""
    chain = scope.get("extensions", {}).get("tls", {}).get("client_cert_chain", ())
    return x509.load_pem_x509_certificate(next(iter(chain)).encode()) if chain else None


class Presenting:
    """An application as seen by one peer: every request comes with its certificate."""

    def __init__(self, app: ASGIApp, chain: tuple[str, ...]) -> None:
        self.app = app
        self.chain = chain

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            extensions = {**scope.get("extensions", {}), "tls": {"client_cert_chain": self.chain}}
            scope = {**scope, "extensions": extensions}
        await self.app(scope, receive, send)
