"""Reading certificates and their states out of the store, and how answers show them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from reference_impl.jpki.issued import Issued, Medium
from reference_impl.jpki.messages import CertificateAnswer
from reference_impl.jpki.profile import Purpose
from reference_impl.jpki.tables import certificates
from reference_impl.web.problem import Problem

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement, Connection

BY_SLUG = {purpose.slug: purpose for purpose in Purpose}


def where(connection: Connection, *conditions: ColumnElement[bool]) -> list[Issued]:
    """All certificates of which this holds, in order of issue."""
    query = select(certificates).where(*conditions).order_by(certificates.c.id)
    return [Issued.of(row) for row in connection.execute(query)]


def find(connection: Connection, purpose: Purpose, serial: int) -> Issued | None:
    """The certificate of this number, or ``None``."""
    found = where(
        connection,
        certificates.c.purpose == purpose.name,
        certificates.c.serial == f"{serial:x}",
    )
    return found[0] if found else None


def found(connection: Connection, purpose: Purpose, serial: int) -> Issued:
    """The certificate of this number, or Problem 404."""
    issued = find(connection, purpose, serial)
    if issued is None:
        raise Problem(404, "unknown-certificate", "no such certificate was issued")
    return issued


def of_phones(connection: Connection, person: str) -> list[Issued]:
    """What the person has, or had, on phones."""
    return where(
        connection, certificates.c.person == person, certificates.c.medium == Medium.PHONE.value
    )


def shown(issued: Issued) -> CertificateAnswer:
    return CertificateAnswer(
        purpose=issued.purpose.slug,
        serial=f"{issued.serial:x}",
        medium=issued.medium.value,
        status=issued.status.value,
        changed_at=issued.changed_at,
        reason=issued.reason,
        not_after=issued.not_after,
        certificate=issued.der,
    )
