"""What a municipality reports: cards, renewals, changes of name or address, cards that ended."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import insert, select, update

from reference_impl.jpki import records
from reference_impl.jpki.issued import Issued
from reference_impl.jpki.messages import CardAnswer, ChangedAnswer
from reference_impl.jpki.profile import Purpose
from reference_impl.jpki.rules import CESSATION, KEY_COMPROMISE, SUPERSEDED, end_of_day
from reference_impl.jpki.tables import cards, persons
from reference_impl.web.problem import Problem

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection, Engine

    from reference_impl.jpki.issuing import Issuer
    from reference_impl.jpki.life_cycle import LifeCycle
    from reference_impl.jpki.messages import (
        CardRequest,
        ChangeRequest,
        InvalidationRequest,
        RenewalRequest,
    )
    from reference_impl.web.clock import Clock

REASONS = {"lost": KEY_COMPROMISE, "returned": CESSATION, "expired": CESSATION, "death": CESSATION}


@dataclass(frozen=True)
class Registration:
    """The desk of the municipality."""

    store: Engine
    clock: Clock
    issuer: Issuer
    life_cycle: LifeCycle

    def new_card(self, request: CardRequest) -> CardAnswer:
        """A card for a person who is not known yet."""
        _expect_flags(request.person.name, request.person.name_substitutes)
        _expect_flags(request.person.address, request.person.address_substitutes)
        person, card = secrets.token_hex(16), secrets.token_hex(16)
        expires = end_of_day(request.card_expires)
        with self.store.begin() as connection:
            connection.execute(insert(persons).values(id=person, **request.person.model_dump()))
            connection.execute(insert(cards).values(id=card, person=person, expires=expires))
            issued = self._both(connection, person, card, expires, request)
        return _answer(person, card, issued)

    def renew(self, card: str, request: RenewalRequest) -> CardAnswer:
        """New certificates on a card, or on the card that follows it.

        What rested on the old ones is superseded: the phone needs a new application.
        """
        with self.store.begin() as connection:
            row = self._card(connection, card)
            expires = row.expires
            if request.card_expires is not None:
                expires = end_of_day(request.card_expires)
                connection.execute(update(cards).where(cards.c.id == card).values(expires=expires))
            self.life_cycle.end_card(connection, card, SUPERSEDED)
            issued = self._both(connection, row.person, card, expires, request)
        return _answer(row.person, card, issued)

    def change(self, person: str, request: ChangeRequest) -> ChangedAnswer:
        """Another name or address; certificates that tell the old one are revoked."""
        _expect_flags(request.value, request.substitutes)
        values = {
            request.change: request.value,
            f"{request.change}_substitutes": request.substitutes,
        }
        with self.store.begin() as connection:
            expect_person(connection, person)
            connection.execute(update(persons).where(persons.c.id == person).values(**values))
            changed = self.life_cycle.change(connection, person)
        return ChangedAnswer(certificates=[records.shown(one) for one in changed])

    def invalidate(self, card: str, request: InvalidationRequest) -> ChangedAnswer:
        """The card is no longer valid."""
        with self.store.begin() as connection:
            self._card(connection, card)
            connection.execute(
                update(cards).where(cards.c.id == card).values(ended_at=self.clock.now())
            )
            ended = self.life_cycle.end_card(connection, card, REASONS[request.cause])
        return ChangedAnswer(certificates=[records.shown(one) for one in ended])

    def _both(
        self,
        connection: Connection,
        person: str,
        card: str,
        expires: datetime,
        keys: CardRequest | RenewalRequest,
    ) -> list[Issued]:
        of = {
            Purpose.SIGNATURE: keys.signature_key,
            Purpose.USER_AUTHENTICATION: keys.user_authentication_key,
        }
        return [
            self.issuer.for_card(
                connection, person, card=card, expires=expires, purpose=purpose, key=key
            )
            for purpose, key in of.items()
        ]

    @staticmethod
    def _card(connection: Connection, card: str) -> Any:
        row = connection.execute(select(cards).where(cards.c.id == card)).first()
        if row is None:
            raise Problem(404, "unknown-card", "no such card is registered")
        if row.ended_at is not None:
            raise Problem(409, "card-ended", "the card is no longer valid")
        return row


def expect_person(connection: Connection, person: str) -> None:
    """Problem 404 for a person nobody registered."""
    query = select(persons.c.id).where(persons.c.id == person)
    if connection.execute(query).first() is None:
        raise Problem(404, "unknown-person", "no such person is registered")


def _expect_flags(text: str, flags: str) -> None:
    if flags and len(flags) != len(text):
        raise Problem(422, "invalid-request", "substitute flags: one a character, or none at all")


def _answer(person: str, card: str, issued: list[Issued]) -> CardAnswer:
    return CardAnswer(
        person_id=person, card_id=card, certificates=[records.shown(one) for one in issued]
    )
