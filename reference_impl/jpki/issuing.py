"""Issuing certificates: for how long, under which number, for which keys."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_der_public_key,
)
from sqlalchemy import insert, select

from reference_impl.jpki import records
from reference_impl.jpki.holder import FourAttributes, Holder
from reference_impl.jpki.issued import Issued, Medium, Status
from reference_impl.jpki.rules import MODULUS_BITS, KeyRules, Serials, Terms
from reference_impl.jpki.tables import certificates, persons
from reference_impl.web.problem import Problem

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection

    from reference_impl.jpki.authorities import Authorities
    from reference_impl.jpki.profile import Purpose
    from reference_impl.web.clock import Clock


@dataclass(frozen=True)
class Issuer:
    """Makes certificates and writes them down."""

    authorities: Authorities
    clock: Clock
    terms: Terms
    serials: Serials
    rules: KeyRules

    def for_card(
        self,
        connection: Connection,
        person: str,
        *,
        card: str,
        expires: datetime,
        purpose: Purpose,
        key: bytes,
    ) -> Issued:
        """A certificate of a card for this key (SubjectPublicKeyInfo)."""
        row = self._person(connection, person)
        until = self.terms.of_card(self.clock.now(), row.birth_date, expires)
        self._expect_lasting(until)
        values = {"medium": Medium.CARD.value, "card": card, "application": None}
        return self._issue(connection, row, purpose, key, not_after=until, **values)

    def for_phone(
        self, connection: Connection, application: str, basis: Issued, purpose: Purpose, key: bytes
    ) -> Issued:
        """A certificate of a phone that rests on the card's certificate ``basis``."""
        row = self._person(connection, basis.person)
        until = self.terms.of_phone(self.clock.now(), basis)
        values = {
            "medium": Medium.PHONE.value,
            "card": basis.card,
            "application": application,
        }
        return self._issue(connection, row, purpose, key, not_after=until, **values)

    def public_key(self, der: bytes) -> rsa.RSAPublicKey:
        """The key, or Problem 422 for what is no key the JPKI certifies."""
        try:
            key = load_der_public_key(der)
        except ValueError:
            raise Problem(422, "invalid-key", "no SubjectPublicKeyInfo") from None
        if not isinstance(key, rsa.RSAPublicKey) or not self.rules.is_acceptable(key):
            raise Problem(422, "invalid-key", f"RSA of {MODULUS_BITS} bits is certified, no other")
        return key

    def key_hash(self, key: bytes) -> str:
        """By what a key that is certified already is found again, however it is written."""
        public = self.public_key(key)
        form = Encoding.DER, PublicFormat.SubjectPublicKeyInfo
        return hashlib.sha256(public.public_bytes(*form)).hexdigest()

    def _issue(
        self,
        connection: Connection,
        person: Any,
        purpose: Purpose,
        key: bytes,
        *,
        not_after: datetime,
        **values: str | None,
    ) -> Issued:
        key_hash = self.key_hash(key)
        self._expect_new(connection, key_hash)
        serial = self.serials.next()
        holder = _holder(person, serial)
        validity = (self.clock.now().replace(microsecond=0), not_after)
        ca = self.authorities.cas[purpose]
        der = ca.certify(self.public_key(key), holder, serial, validity)
        connection.execute(
            insert(certificates).values(
                purpose=purpose.name,
                serial=f"{serial:x}",
                person=person.id,
                prefecture=person.prefecture,
                municipality=person.municipality,
                der=der,
                key_hash=key_hash,
                not_after=not_after,
                status=Status.GOOD.value,
                **values,
            )
        )
        return records.where(connection, certificates.c.key_hash == key_hash)[0]

    def _expect_new(self, connection: Connection, key_hash: str) -> None:
        query = select(certificates.c.id).where(certificates.c.key_hash == key_hash)
        if connection.execute(query).first() is not None:
            raise Problem(409, "key-already-certified", "a key is certified once; make a new pair")

    def _expect_lasting(self, until: datetime) -> None:
        if until <= self.clock.now():
            raise Problem(422, "card-expired", "the card has expired")

    @staticmethod
    def _person(connection: Connection, person: str) -> Any:
        return connection.execute(select(persons).where(persons.c.id == person)).one()


def _holder(person: Any, serial: int) -> Holder:
    attributes = FourAttributes(
        person.name,
        person.birth_date,
        person.sex,
        person.address,
        person.name_substitutes,
        person.address_substitutes,
    )
    identifier = f"SYNTHETIC{serial:x}"
    return Holder(identifier, person.prefecture, person.municipality, attributes)
