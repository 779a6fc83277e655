"""The two desks of a business server: who logs in by PIN, and what is signed by password.

F-USE (deck p.12) for a login, F-SIG for a signed document; their sixth step is the validity check,
which the deck draws without a number. What is signed has the number of the request in it, so that
it serves for nothing else; a request is open for five minutes and is accepted once (OUR DESIGN).
"""

from __future__ import annotations

import json
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, ClassVar

from cryptography import x509
from sqlalchemy import insert, select

from reference_impl.relying_party import certificates as c
from reference_impl.relying_party.certificates import Authorities
from reference_impl.relying_party.status import Lists, Responder, Standing, Told
from reference_impl.relying_party.tables import accepted, journal, requests
from reference_impl.tsm.database import Database, Row
from reference_impl.web.clock import Clock
from reference_impl.web.problem import Problem

OPEN_FOR = timedelta(minutes=5)
SERVICE = "business.example"
SIGNATURE, USER_AUTHENTICATION = "signature", "user-authentication"


@dataclass
class Desk:
    """One use of the certificates: what is asked for, and when it is accepted."""

    store: Database
    clock: Clock
    authorities: Authorities
    responder: Responder
    lists: Lists
    use: ClassVar[str]
    flow: ClassVar[str]

    def ask(self, text: str) -> Row:
        """Step 1: a new request for a signature."""
        number = secrets.token_hex(16)
        now = self.clock.now().isoformat()
        told = {"service": SERVICE, "request": number, "at": now, "text": text}
        message = json.dumps(told, ensure_ascii=False).encode()
        row = {"id": number, "use": self.use, "message": message.hex(), "asked_at": now}
        self.store.write(insert(requests).values(**row), self.noted(number, 1))
        return row

    def take(self, number: str, signature: bytes, der: bytes) -> Row:
        """Steps 5 and 6. Problem 4xx where it is refused, 503 where its status is not known."""
        request = self.waiting(number)
        self.store.write(self.noted(number, 5))
        certificate = c.loaded(der)
        if not self.is_signed(request, certificate, signature):
            raise Problem(403, "wrong-signature", "this is no signature over what was asked for")
        ca = self.authorities.of(self.use)
        if not self.is_of_the_jpki(certificate, ca):
            raise Problem(403, "not-of-this-authority", f"not of the CA for {self.use}")
        if not self.is_in_force(certificate, self.clock.now()):
            raise Problem(403, "certificate-expired", "the certificate is not in force")
        told = self.told(certificate, ca)
        if not self.counts(told.standing):
            raise Problem(403, f"certificate-{told.standing}", "the JPKI does not call it good")
        return self.kept(request, certificate, signature, told)

    def waiting(self, number: str) -> Row:
        """The request; Problem 404 for none of this desk, 409 and 410 where it is over."""
        row = self.store.first(select(requests).where(requests.c.id == number))
        if row is None or row["use"] != self.use:
            raise Problem(404, "unknown-request", "no request has this number")
        if not self.is_first(number):
            raise Problem(409, "accepted-before", "this request was accepted before")
        if not self.is_open(row):
            raise Problem(410, "request-expired", "this request is too old; begin again")
        return row

    # --- rules -----------------------------------------------------------------------------

    def is_first(self, number: str) -> bool:
        """A signature is accepted once."""
        found = self.store.first(select(accepted).where(accepted.c.request == number))
        return found is None

    def is_open(self, request: Row) -> bool:
        return self.clock.now() <= datetime.fromisoformat(request["asked_at"]) + OPEN_FOR

    def is_signed(self, request: Row, certificate: x509.Certificate, signature: bytes) -> bool:
        """Over what was asked for in this request."""
        return c.verifies(certificate, signature, bytes.fromhex(request["message"]))

    def is_of_the_jpki(self, certificate: x509.Certificate, ca: x509.Certificate) -> bool:
        """Of the CA for this use, and no other."""
        return c.is_issued_by(certificate, ca)

    def is_in_force(self, certificate: x509.Certificate, now: datetime) -> bool:
        return c.is_in_force(certificate, now)

    def told(self, certificate: x509.Certificate, ca: x509.Certificate) -> Told:
        """What the JPKI says now."""
        return self.responder.told(self.use, certificate, ca)

    def counts(self, standing: Standing) -> bool:
        """On hold is not good, and unknown is not good."""
        return standing is Standing.GOOD

    def kept(
        self, request: Row, certificate: x509.Certificate, signature: bytes, told: Told
    ) -> Row:
        """Everything by which a third party can check it later."""
        row = {
            "request": request["id"], "use": self.use, "message": request["message"],
            "serial": f"{certificate.serial_number:x}", "signature": signature.hex(),
            "certificate": c.der(certificate).hex(), "told_by": told.by,
            "evidence": told.evidence.hex(), "at": self.clock.now().isoformat(),
        }  # fmt: skip
        self.store.write(
            insert(accepted).prefix_with("OR REPLACE").values(**row), self.noted(request["id"], 6)
        )
        return row

    def noted(self, flow: str, step: int) -> Any:
        at = self.clock.now().isoformat()
        return insert(journal).values(flow=flow, step=f"{self.flow}-{step}", at=at)


class LoginDesk(Desk):
    """User authentication: the holder is there now, or is not. Without an answer nobody enters."""

    use = USER_AUTHENTICATION
    flow = "F-USE"


class SigningDesk(Desk):
    """Signed documents: where no responder answers, the list of the day stands in."""

    use = SIGNATURE
    flow = "F-SIG"

    def told(self, certificate: x509.Certificate, ca: x509.Certificate) -> Told:
        try:
            return super().told(certificate, ca)
        except Problem as problem:
            if problem.kind != "jpki-unreachable":
                raise
        return self.told_by_list(certificate, ca)

    def told_by_list(self, certificate: x509.Certificate, ca: x509.Certificate) -> Told:
        return self.lists.told(self.use, certificate, ca)
