"""How the state of a certificate changes: revocation, suspension, and what follows from a change.

A hold is final: it may become a revocation, and never becomes good again.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from sqlalchemy import update

from reference_impl.jpki import records
from reference_impl.jpki.issued import Issued, Medium, Status
from reference_impl.jpki.rules import CESSATION, HOLD, LifeRules
from reference_impl.jpki.tables import certificates
from reference_impl.web.problem import Problem

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlalchemy import Connection

    from reference_impl.web.clock import Clock


@dataclass(frozen=True)
class LifeCycle:
    """Takes certificates from one state to the next, as the rules allow."""

    clock: Clock
    rules: LifeRules

    def as_of_now(self, issued: Issued) -> Issued:
        """The certificate with the state that is told of it at this moment."""
        return replace(issued, status=self.rules.status_at(issued, self.clock.now()))

    def revoke(
        self, connection: Connection, concerned: Iterable[Issued], reason: str
    ) -> list[Issued]:
        """Those of them that can be are revoked; all of them as they are then."""
        return [self._become(connection, one, Status.REVOKED, reason) for one in concerned]

    def suspend(self, connection: Connection, concerned: Iterable[Issued]) -> list[Issued]:
        """Those of them that are good are put on hold; all of them as they are then."""
        return [self._become(connection, one, Status.HOLD, HOLD) for one in concerned]

    def release(self, connection: Connection, issued: Issued) -> Issued:
        """From hold back to good, or Problem 409 where there is no such way."""
        if not self.rules.may_become(issued.status, Status.GOOD):
            raise Problem(409, "not-released", f"a certificate on {issued.status} stays so")
        return self._become(connection, issued, Status.GOOD, None)

    def change(self, connection: Connection, person: str) -> list[Issued]:
        """Name or address of the person are new ones."""
        purposes = self.rules.concerned_by_change()
        theirs = records.where(connection, certificates.c.person == person)
        concerned = [one for one in theirs if one.purpose in purposes]
        return self.revoke(connection, concerned, self.rules.reason_of_change())

    def end_card(self, connection: Connection, card: str, reason: str) -> list[Issued]:
        """A card is no longer valid: neither are its certificates, nor those that rest on it."""
        concerned = records.where(connection, certificates.c.card == card)
        return self.revoke(connection, concerned, reason)

    def end_other_phones(
        self, connection: Connection, person: str, application: str
    ) -> list[Issued]:
        """One person has certificates on one phone: that of the latest application."""
        theirs = records.of_phones(connection, person)
        others = [one for one in theirs if self.rules.is_on_another_phone(one, application)]
        return self.revoke(connection, others, CESSATION)

    def report_lost(self, connection: Connection, person: str, medium: Medium) -> list[Issued]:
        """What the person has on this medium is suspended at once."""
        theirs = records.where(
            connection,
            certificates.c.person == person,
            certificates.c.medium == medium.value,
            certificates.c.status == Status.GOOD.value,
        )
        return self.suspend(connection, theirs)

    def _become(
        self, connection: Connection, issued: Issued, then: Status, reason: str | None
    ) -> Issued:
        if not self.rules.may_become(issued.status, then):
            return issued
        changed = replace(issued, status=then, changed_at=self.clock.now(), reason=reason)
        connection.execute(
            update(certificates)
            .where(certificates.c.id == issued.id)
            .values(status=then.value, changed_at=changed.changed_at, reason=reason)
        )
        return changed
