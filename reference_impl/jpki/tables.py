"""What the JPKI system keeps: persons, cards, applications, certificates and their states.

Which phone holds a certificate is not kept here: that table is the SP-TSM's.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import (
    Column,
    Dialect,
    ForeignKey,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    TypeDecorator,
)

if TYPE_CHECKING:
    pass

TABLES = MetaData()


class Moment(TypeDecorator[datetime]):
    """An instant in UTC, to the second."""

    impl = Integer
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:
        return None if value is None else int(value.timestamp())

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        return None if value is None else datetime.fromtimestamp(value, UTC)


persons = Table(
    "persons",
    TABLES,
    Column("id", String, primary_key=True),
    Column("name", String, nullable=False),
    Column("name_substitutes", String, nullable=False),
    Column("birth_date", String, nullable=False),
    Column("sex", String, nullable=False),
    Column("address", String, nullable=False),
    Column("address_substitutes", String, nullable=False),
    Column("prefecture", String, nullable=False),
    Column("municipality", String, nullable=False),
)

cards = Table(
    "cards",
    TABLES,
    Column("id", String, primary_key=True),
    Column("person", ForeignKey("persons.id"), nullable=False),
    Column("expires", Moment, nullable=False),
    Column("ended_at", Moment),
)

applications = Table(
    "applications",
    TABLES,
    Column("number", Integer, primary_key=True),  # in order of arrival
    Column("id", String, nullable=False, unique=True),
    Column("document_hash", String, nullable=False, unique=True),
    Column("person", ForeignKey("persons.id"), nullable=False),
    Column("basis", ForeignKey("certificates.id"), nullable=False),  # the card certificate
    Column("made_at", Moment, nullable=False),
)

certificates = Table(
    "certificates",
    TABLES,
    Column("id", Integer, primary_key=True),
    Column("purpose", String, nullable=False),
    Column("serial", String, nullable=False, index=True),  # hexadecimal
    Column("medium", String, nullable=False),
    Column("person", ForeignKey("persons.id"), nullable=False, index=True),
    Column("card", ForeignKey("cards.id"), nullable=False),
    Column("application", String, index=True),
    Column("prefecture", String, nullable=False),
    Column("municipality", String, nullable=False),
    Column("der", LargeBinary, nullable=False),
    Column("key_hash", String, nullable=False, unique=True),
    Column("not_after", Moment, nullable=False),
    Column("status", String, nullable=False),
    Column("changed_at", Moment),
    Column("reason", String),
)

revoking = Table(  # documents by which a holder revoked: each works once
    "revoking_documents",
    TABLES,
    Column("document_hash", String, primary_key=True),
    Column("person", ForeignKey("persons.id"), nullable=False),
    Column("at", Moment, nullable=False),
)

lists = Table(
    "revocation_lists",
    TABLES,
    Column("purpose", String, primary_key=True),
    Column("part", String, primary_key=True),  # "" is the full list
    Column("number", Integer, nullable=False),
    Column("published_at", Moment, nullable=False),
    Column("der", LargeBinary, nullable=False),
)
