"""A certificate as it was issued, and its state."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum, unique
from typing import TYPE_CHECKING, Any

from reference_impl.jpki.profile import Purpose

if TYPE_CHECKING:
    from sqlalchemy import Row


@unique
class Medium(StrEnum):
    """What holds the private key of a certificate."""

    CARD = "card"
    PHONE = "phone"


@unique
class Status(StrEnum):
    """State of a certificate."""

    GOOD = "good"
    HOLD = "hold"
    REVOKED = "revoked"


@dataclass(frozen=True)
class Issued:
    """A certificate and its state."""

    id: int
    purpose: Purpose
    serial: int
    medium: Medium
    person: str
    card: str
    application: str | None
    prefecture: str
    municipality: str
    der: bytes
    key_hash: str
    not_after: datetime
    status: Status
    changed_at: datetime | None
    reason: str | None

    @classmethod
    def of(cls, row: Row[Any]) -> Issued:
        values = {name: getattr(row, name) for name in cls.__dataclass_fields__}
        values["purpose"] = Purpose[row.purpose]
        values["serial"] = int(row.serial, 16)
        values["medium"] = Medium(row.medium)
        values["status"] = Status(row.status)
        return cls(**values)
