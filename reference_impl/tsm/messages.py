"""Requests and answers of the two TSMs, as their OpenAPI descriptions show them. OUR DESIGN."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import Path
from pydantic import BaseModel, ConfigDict, Field

from reference_impl.tsm.flows import Kind, State
from reference_impl.web.problems import documented

REFUSALS = documented(400, 404, 409, 413, 422, 503)
PEER_REFUSALS = REFUSALS | documented(401, 403)

Hex = Annotated[str, Field(pattern=r"^([0-9a-fA-F]{2})*$", max_length=20_000)]
SE_ID = r"^[0-9A-Za-z][0-9A-Za-z ._:-]{0,63}$"
Element = Annotated[str, Field(pattern=SE_ID)]
Name = Annotated[str, Field(min_length=1, max_length=200)]
Responses = Annotated[tuple[Hex, ...], Field(max_length=20)]
Number = Annotated[str, Path(pattern=r"^[0-9a-f]{32}$")]  # of a flow, of a deletion
SeId = Annotated[str, Path(pattern=SE_ID)]


class Message(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


# --- SP-TSM ---------------------------------------------------------------------------------


class SignedRequest(Message):
    """What is wanted, and the document that card or phone signed for it (hexadecimal)."""

    kind: Kind
    se_id: Element
    request: Name
    document: Hex
    signature: Hex
    certificate: Hex


class Result(Message):
    """What came of what the app was asked to do; a consent comes with what the card signed."""

    consents: bool | None = None
    set: bool | None = None
    good: bool | None = None
    sw: Annotated[str, Field(max_length=200)] | None = None
    document: Hex | None = None
    signature: Hex | None = None
    certificate: Hex | None = None


class Answered(Message):
    """The app's answer to what it was told to do."""

    step: Annotated[int, Field(ge=0, le=1_000)]
    round: Annotated[int, Field(ge=0, le=1_000)]
    responses: Responses = ()
    result: Result = Result()


class OldCertificate(Message):
    """A certificate in force on another phone; no SE-ID where another SP-TSM issued it."""

    purpose: str
    serial: str
    se_id: str | None


class Applied(Message):
    """The flow that an application began."""

    flow: str
    state: State
    old: list[OldCertificate]


class _Step(Message):
    flow: str
    state: State
    step: int
    name: str
    round: int


class StepCommands(_Step):
    """Command APDUs (hexadecimal) for the SE."""

    do: Literal["transmit"]
    commands: list[str]


class StepQuestion(_Step):
    """What the app itself does, with its user or with the SE."""

    do: Literal["ask"]
    what: str
    details: dict[str, object]


class FlowEnd(Message):
    """The flow is over; purpose → serial of what it issued."""

    flow: str
    state: State
    do: Literal["end"]
    certificates: dict[str, str]


FlowTold = Annotated[StepCommands | StepQuestion | FlowEnd, Field(discriminator="do")]


class Synchronised(Message):
    changed: int


# --- SEI-TSM --------------------------------------------------------------------------------


class Token(Message):
    token: Name


class DeletionRequest(Message):
    request: Name
    se_id: Element


class DeletionTold(BaseModel):
    """How far a deletion has come; what else is kept of it, the token above all, is left out."""

    id: str
    request: str
    se_id: str
    state: Literal["pending", "deleted", "overtaken"]
    notices: int


class Carried(Message):
    """What the SE answered to the commands, as far as they were sent (hexadecimal)."""

    responses: Responses


class Transmit(Message):
    """Command APDUs (hexadecimal) for the SE."""

    do: Literal["transmit"]
    commands: list[str]


class End(Message):
    do: Literal["end"]


ScriptTold = Annotated[Transmit | End, Field(discriminator="do")]


class Due(Message):
    due: int
