"""Requests and answers of the JPKI system, as its OpenAPI description shows them."""

from __future__ import annotations

import base64
import binascii
from datetime import date, datetime
from typing import Annotated, Any, Literal

from pydantic import (
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    WithJsonSchema,
)

BASE64 = r"^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$"


def _decoded(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    try:
        return base64.b64decode(value, validate=True)
    except (binascii.Error, ValueError):
        raise ValueError("not base64") from None


Base64 = Annotated[
    bytes,
    BeforeValidator(_decoded),
    Field(min_length=1, max_length=16_384),
    PlainSerializer(lambda value: base64.b64encode(value).decode(), return_type=str),
    WithJsonSchema({"type": "string", "pattern": BASE64, "minLength": 4, "maxLength": 21_848}),
]
PurposeName = Literal["signature", "user-authentication"]
Serial = Annotated[str, Field(pattern=r"^[0-9a-f]{1,40}$")]
Text = Annotated[str, Field(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f]+$")]
Place = Annotated[str, Field(min_length=1, max_length=60, pattern=r"^[A-Za-z][A-Za-z -]*$")]
Flags = Annotated[str, Field(max_length=200, pattern=r"^[01]*$")]


class _Message(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Person(_Message):
    """A resident; the flags say which characters are substitutes, "" that none is."""

    name: Text
    name_substitutes: Flags = ""
    birth_date: Annotated[
        str, Field(pattern=r"^[0-5][0-9]{4}(0[1-9]|1[0-2])(0[1-9]|[12][0-9]|3[01])$")
    ]
    sex: Literal["1", "2", "9"]
    address: Text
    address_substitutes: Flags = ""
    prefecture: Place
    municipality: Place


class CardRequest(_Message):
    """A new My Number Card: its holder, last day, and public keys (SubjectPublicKeyInfo, DER)."""

    person: Person
    card_expires: date
    signature_key: Base64
    user_authentication_key: Base64


class RenewalRequest(_Message):
    """New key pairs on a card; ``card_expires`` where the card itself is a new one."""

    card_expires: date | None = None
    signature_key: Base64
    user_authentication_key: Base64


class ChangeRequest(_Message):
    """What changed in the register of residents."""

    change: Literal["name", "address"]
    value: Text
    substitutes: Flags = ""


class InvalidationRequest(_Message):
    """Why a card is no longer valid."""

    cause: Literal["lost", "returned", "expired", "death"]


class SignedRequest(_Message):
    """A signed document, base64: see the description of documents."""

    document: Base64
    signature: Base64
    certificate: Base64


class KeyRequest(_Message):
    """The public key made on the phone (SubjectPublicKeyInfo, DER)."""

    public_key: Base64


class SuspensionRequest(_Message):
    """What the holder reports lost or stolen."""

    person_id: Annotated[str, Field(pattern=r"^[0-9a-f]{32}$")]
    medium: Literal["card", "phone"]


class CertificateAnswer(_Message):
    """A certificate and its state; ``reason`` in the words of RFC 5280 5.3.1."""

    purpose: PurposeName
    serial: Serial
    medium: Literal["card", "phone"]
    status: Literal["good", "hold", "revoked"]
    changed_at: AwareDatetime | None
    reason: str | None
    not_after: AwareDatetime
    certificate: Base64


class CardAnswer(_Message):
    """A card as registered."""

    person_id: str
    card_id: str
    certificates: list[CertificateAnswer]


class ApplicationAnswer(_Message):
    """An application: what it has led to, and what the person has on another phone."""

    application_id: str
    person_id: str
    made_at: datetime
    certificates: list[CertificateAnswer]
    on_other_phones: list[CertificateAnswer]


class ChangedAnswer(_Message):
    """The certificates that an operation concerned, as they are now."""

    certificates: list[CertificateAnswer]
