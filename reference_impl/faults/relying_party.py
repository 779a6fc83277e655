"""What goes wrong where a signature is relied on: at the business server, and in its app."""

from __future__ import annotations

from datetime import datetime

from cryptography import x509
from cryptography.x509 import ocsp
from sqlalchemy import delete, select

from reference_impl.faults.registry import fault
from reference_impl.handset.business_app import BusinessApp
from reference_impl.handset.jpki_app import USER_AUTHENTICATION, JpkiApp, Outcome
from reference_impl.relying_party import certificates as c
from reference_impl.relying_party.desks import (
    SIGNATURE,
    LoginDesk,
    SigningDesk,
)
from reference_impl.relying_party.status import Lists, Responder, Standing, Told
from reference_impl.relying_party.tables import accepted, requests
from reference_impl.tsm.database import Row
from reference_impl.web.problem import Problem

# --- logins ------------------------------------------------------------------------------------


@fault(
    "business.signature_accepted_again",
    breaks="REQ-3-1-d",
    gain="who overheard one login logs in as its holder",
)
class AcceptsAgain(LoginDesk):
    """Whether a request was accepted before is not looked at."""

    def is_first(self, number: str) -> bool:
        return True


@fault(
    "business.request_open_for_ever",
    breaks="REQ-3-1-d",
    gain="a signature that was never handed in is a key to the account for later",
)
class NeverCloses(LoginDesk):
    """A request has no age."""

    def is_open(self, request: Row) -> bool:
        return True


@fault(
    "business.signature_of_any_request",
    breaks="REQ-3-1-d",
    gain="a stranger's login is completed with a signature that its holder made for his own",
)
class TakesAnyRequest(LoginDesk):
    """A signature over anything that was once asked for will do."""

    def is_signed(self, request: Row, certificate: x509.Certificate, signature: bytes) -> bool:
        asked = self.store.rows(select(requests).where(requests.c.use == self.use))
        messages = [bytes.fromhex(row["message"]) for row in asked]
        return any(c.verifies(certificate, signature, message) for message in messages)


@fault(
    "business.issuer_known_by_name",
    breaks="REQ-3-1-d",
    gain="whoever writes the name of the CA into a certificate is any person he likes",
)
class GoesByTheName(LoginDesk):
    """The issuer's name is compared; its signature is not verified."""

    def is_of_the_jpki(self, certificate: x509.Certificate, ca: x509.Certificate) -> bool:
        return certificate.issuer == ca.subject


@fault(
    "business.expired_logs_in",
    breaks="REQ-3-1-d",
    gain="a certificate that nobody revokes any more, for it has expired, opens the account",
)
class LetsTheExpiredIn(LoginDesk):
    """The dates of the certificate are not read."""

    def is_in_force(self, certificate: x509.Certificate, now: datetime) -> bool:
        return True


@fault(
    "business.on_hold_logs_in",
    breaks="REQ-3-1-d",
    gain="the finder of a phone that was reported lost logs in until it is revoked",
)
class TakesAHoldLightly(LoginDesk):
    """Suspended is not revoked, it is thought."""

    def counts(self, standing: Standing) -> bool:
        return standing in (Standing.GOOD, Standing.ON_HOLD)


@fault(
    "business.unknown_is_good",
    breaks="REQ-3-1-d",
    gain="a certificate that the CA signed and has no record of can never be revoked, and counts",
)
class TakesTheUnknown(LoginDesk):
    """What the responder does not know is not revoked."""

    def counts(self, standing: Standing) -> bool:
        return standing in (Standing.GOOD, Standing.UNKNOWN)


@fault(
    "business.status_not_asked",
    breaks="REQ-3-1-d",
    gain="a stolen phone logs in for as long as its certificate lasts",
)
class AsksNobody(LoginDesk):
    """A signature that verifies is enough."""

    def told(self, certificate: x509.Certificate, ca: x509.Certificate) -> Told:
        return Told(Standing.GOOD, "ocsp", b"")


@fault(
    "business.no_answer_is_good",
    breaks="REQ-3-1-d",
    gain="who keeps the server from its responder logs in with what was revoked",
)
class FailsOpen(LoginDesk):
    """Where the responder is away, nobody shall be kept waiting."""

    def told(self, certificate: x509.Certificate, ca: x509.Certificate) -> Told:
        try:
            return super().told(certificate, ca)
        except Problem:
            return Told(Standing.GOOD, "ocsp", b"")


@fault(
    "business.nonce_not_compared",
    breaks="REQ-3-1-d",
    gain="somebody on the way shows the 'good' of before the revocation",
)
class BelievesAnyAnswer(Responder):
    """An answer to another question is as good, while it has not expired."""

    def is_answer_to(self, answer: ocsp.OCSPResponse, nonce: bytes) -> bool:
        return True


@fault(
    "business.app_keeps_the_pin",
    breaks="REQ-3-1-d",
    gain="whoever holds the unlocked phone is its holder at every service",
)
class KeepsThePin(JpkiApp):
    """Entered once, the PIN is not asked for again."""

    def entered(self, what: str) -> str:
        if what != "pin":
            return super().entered(what)
        if "pin" not in self.phone.storage:
            self.phone.storage["pin"] = super().entered(what)
        return str(self.phone.storage["pin"])


@fault(
    "business.app_tries_the_pin_again",
    breaks="REQ-3-1-d",
    gain="a typing error costs two of three tries",
)
class TriesAgain(BusinessApp):
    """A login that failed is begun again by the app itself."""

    def use(self, use: str, text: str) -> Outcome:
        outcome = super().use(use, text)
        again = use == USER_AUTHENTICATION and outcome.state == "failed"
        return super().use(use, text) if again else outcome


# --- signed documents --------------------------------------------------------------------------


@fault(
    "business.signature_not_verified",
    breaks="REQ-3-1-e",
    gain="the holder denies what he signed, and is right: anybody could have sent it",
)
class LooksAtTheLength(SigningDesk):
    """A signature has 256 bytes; that is all that is looked at."""

    def is_signed(self, request: Row, certificate: x509.Certificate, signature: bytes) -> bool:
        return len(signature) == 256


@fault(
    "business.four_digits_sign",
    breaks="REQ-3-1-e",
    gain="who has seen the PIN of a phone sells its holder's house",
)
class TakesEitherCertificate(SigningDesk):
    """The certificate for logins is taken for documents as well."""

    def is_of_the_jpki(self, certificate: x509.Certificate, ca: x509.Certificate) -> bool:
        login = self.authorities.of(USER_AUTHENTICATION)
        return c.is_issued_by(certificate, ca) or c.is_issued_by(certificate, login)

    def told(self, certificate: x509.Certificate, ca: x509.Certificate) -> Told:
        if c.is_issued_by(certificate, ca):
            return super().told(certificate, ca)
        login = self.authorities.of(USER_AUTHENTICATION)
        return self.responder.told(USER_AUTHENTICATION, certificate, login)


@fault(
    "business.revoked_still_signs",
    breaks="REQ-3-1-e",
    gain="documents signed with a stolen phone are accepted after it was reported",
)
class TakesTheRevoked(SigningDesk):
    """The standing is kept with the document, for others to judge."""

    def counts(self, standing: Standing) -> bool:
        return standing is not Standing.UNKNOWN


@fault(
    "business.list_not_read",
    breaks="REQ-3-1-e",
    gain="who keeps the server from its responder signs with what was revoked long ago",
)
class DoesWithoutTheList(SigningDesk):
    """Where the responder is away the document is accepted, and checked some other day."""

    def told_by_list(self, certificate: x509.Certificate, ca: x509.Certificate) -> Told:
        return Told(Standing.GOOD, "list", b"")


@fault(
    "business.list_of_another_place",
    breaks="REQ-3-1-e",
    gain="who shows the server the list of a place where nobody lives signs with what was revoked",
)
class TakesAnyList(Lists):
    """A list that the CA signed today will do, whichever municipality it speaks of."""

    def is_of_the_place(self, found: x509.CertificateRevocationList, point: x509.Name) -> bool:
        return True


@fault(
    "business.proof_not_kept",
    breaks="REQ-3-1-e",
    gain="a year later nobody can show that the certificate was good when it signed",
)
class ForgetsTheProof(SigningDesk):
    """Document, signature and certificate are kept, and not what the JPKI said."""

    def kept(
        self, request: Row, certificate: x509.Certificate, signature: bytes, told: Told
    ) -> Row:
        return super().kept(request, certificate, signature, Told(told.standing, told.by, b""))


@fault(
    "business.documents_of_one_holder_replaced",
    breaks="REQ-3-1-e",
    gain="the second document that somebody signs makes the first one unsigned",
)
class KeepsTheLastOnly(SigningDesk):
    """What a holder signed before is taken for a draft of what he signs now."""

    def kept(
        self, request: Row, certificate: x509.Certificate, signature: bytes, told: Told
    ) -> Row:
        self.store.write(delete(accepted).where(accepted.c.use == SIGNATURE))
        return super().kept(request, certificate, signature, told)
