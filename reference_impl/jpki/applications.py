"""What a holder asks for through the SP-TSM: certificates on a phone, and their revocation.

Who asks is known by the signature of the card (or, for a revocation, of the phone) and by nothing
else. The same document again is the same application, so that an answer that was lost can be asked
for; a phone that was asked for later has made the earlier application void.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import insert, select

from reference_impl.jpki import records
from reference_impl.jpki.documents import Application, Revocation, Signed
from reference_impl.jpki.issued import Issued, Medium, Status
from reference_impl.jpki.messages import ApplicationAnswer, ChangedAnswer
from reference_impl.jpki.profile import Purpose
from reference_impl.jpki.tables import applications, certificates, revoking
from reference_impl.web.problem import Problem

if TYPE_CHECKING:
    from sqlalchemy import Connection, Engine

    from reference_impl.jpki.documents import Notary
    from reference_impl.jpki.issuing import Issuer
    from reference_impl.jpki.life_cycle import LifeCycle
    from reference_impl.web.clock import Clock


@dataclass(frozen=True)
class Applications:
    """The desk of the SP-TSM."""

    store: Engine
    clock: Clock
    notary: Notary
    issuer: Issuer
    life_cycle: LifeCycle

    def apply(self, signed: Signed) -> tuple[ApplicationAnswer, bool]:
        """The application, and whether it is a new one."""
        document = self.notary.read(signed)
        if not isinstance(document, Application):
            raise Problem(422, "invalid-document", "this is no application")
        with self.store.begin() as connection:
            signer = self._signer(connection, signed, (Medium.CARD,))
            known = connection.execute(
                select(applications).where(applications.c.document_hash == signed.digest)
            ).first()
            if known is not None:
                return self._answer(connection, known), False
            self.notary.expect_fresh(document.made_at)
            self._expect_good(signer)
            values = {
                "id": secrets.token_hex(16),
                "document_hash": signed.digest,
                "person": signer.person,
                "basis": signer.id,
                "made_at": self.clock.now(),
            }
            connection.execute(insert(applications).values(**values))
            return self._answer(connection, self._application(connection, str(values["id"]))), True

    def certify(self, application: str, purpose: Purpose, key: bytes) -> tuple[Issued, bool]:
        """A certificate for the phone's key, and whether it is a new one.

        Problem 404 for an unknown application; 409 where it has a certificate for another key,
        where the card's certificate is not good any more, or a later application was made.
        """
        with self.store.begin() as connection:
            row = self._application(connection, application)
            known = self._issued(connection, application, purpose)
            if known is not None and self.life_cycle.rules.is_told_again(known):
                return self._same(known, key), False
            self._expect_latest(connection, row)
            basis = self.basis(connection, row)
            self._expect_good(basis)
            self.life_cycle.end_other_phones(connection, row.person, application)
            return self.issuer.for_phone(connection, application, basis, purpose, key), True

    def show(self, application: str) -> ApplicationAnswer:
        with self.store.begin() as connection:
            return self._answer(connection, self._application(connection, application))

    def revoke(self, signed: Signed) -> ChangedAnswer:
        """Certificates on phones of the signer are revoked; once more changes nothing."""
        document = self.notary.read(signed)
        if not isinstance(document, Revocation):
            raise Problem(422, "invalid-document", "this is no revocation")
        with self.store.begin() as connection:
            signer = self._signer(connection, signed, (Medium.CARD, Medium.PHONE))
            named = [
                records.found(connection, records.BY_SLUG[one.purpose], int(one.serial, 16))
                for one in document.certificates
            ]
            if any(one.person != signer.person or one.medium != Medium.PHONE for one in named):
                raise Problem(403, "not-yours", "a holder revokes what is on his own phone")
            known = select(revoking).where(revoking.c.document_hash == signed.digest)
            if connection.execute(known).first() is None:
                self.notary.expect_fresh(document.made_at)
                self._expect_good(signer)
                connection.execute(
                    insert(revoking).values(
                        document_hash=signed.digest, person=signer.person, at=self.clock.now()
                    )
                )
                named = self.life_cycle.revoke(connection, named, document.reason)
        return ChangedAnswer(certificates=[records.shown(one) for one in named])

    def basis(self, connection: Connection, application: Any) -> Issued:
        """The card's certificate by which the application was signed."""
        return records.where(connection, certificates.c.id == application.basis)[0]

    def _signer(self, connection: Connection, signed: Signed, media: tuple[Medium, ...]) -> Issued:
        """The signature certificate, which must be one that was issued here, byte for byte."""
        found = records.where(
            connection,
            certificates.c.der == signed.certificate,
            certificates.c.purpose == Purpose.SIGNATURE.name,
        )
        if not found or found[0].medium not in media:
            raise Problem(403, "unknown-signer", "the signer's certificate is not one for this")
        return found[0]

    def _expect_good(self, issued: Issued) -> None:
        now = self.clock.now()
        if (
            self.life_cycle.rules.status_at(issued, now) is not Status.GOOD
            or issued.not_after < now
        ):
            raise Problem(409, "certificate-not-good", "the signer's certificate is not good")

    def _expect_latest(self, connection: Connection, row: Any) -> None:
        """One phone a person: that of the application made last."""
        later = records.of_phones(connection, row.person)
        if any(self._number(connection, one.application) > row.number for one in later):
            raise Problem(409, "application-void", "a later application was made for another phone")

    @staticmethod
    def _number(connection: Connection, application: str | None) -> int:
        query = select(applications.c.number).where(applications.c.id == application)
        return int(connection.execute(query).scalar_one())

    @staticmethod
    def _issued(connection: Connection, application: str, purpose: Purpose) -> Issued | None:
        found = records.where(
            connection,
            certificates.c.application == application,
            certificates.c.purpose == purpose.name,
        )
        return found[0] if found else None

    def _same(self, known: Issued, key: bytes) -> Issued:
        if known.key_hash != self.issuer.key_hash(key):
            raise Problem(
                409, "already-issued", "the application has its certificate, for another key"
            )
        return known

    @staticmethod
    def _application(connection: Connection, application: str) -> Any:
        row = connection.execute(
            select(applications).where(applications.c.id == application)
        ).first()
        if row is None:
            raise Problem(404, "unknown-application", "no such application was made")
        return row

    @staticmethod
    def _answer(connection: Connection, row: Any) -> ApplicationAnswer:
        theirs = records.of_phones(connection, row.person)
        return ApplicationAnswer(
            application_id=row.id,
            person_id=row.person,
            made_at=row.made_at,
            certificates=[records.shown(one) for one in theirs if one.application == row.id],
            on_other_phones=[records.shown(one) for one in theirs if one.application != row.id],
        )
