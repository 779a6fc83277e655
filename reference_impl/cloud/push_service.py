"""The push service over HTTP, in the shape of FCM v1: its errors too, not problem documents.

What phones ask, and what is for the operator, is OUR DESIGN.
"""

from __future__ import annotations

from functools import cache
from typing import Annotated, Any

from fastapi import Depends, FastAPI, Header, Path, Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import JSONResponse

from reference_impl.cloud.push import PushError, PushService
from reference_impl.web.admission import admits
from reference_impl.web.operator_desk import OPERATORS_ONLY
from reference_impl.web.peers import PeerGate
from reference_impl.web.problems import application
from reference_impl.web.serving import Serving

SEI_TSM = "sei-tsm"
DESCRIPTION = "Messages in the shape of FCM v1, and their delivery to phones."
ERROR_TYPE = "type.googleapis.com/google.firebase.fcm.v1.FcmError"


PhoneName = Annotated[str, Path(pattern=r"^[0-9A-Za-z][0-9A-Za-z ._:-]{0,63}$")]
MessageNumber = Annotated[int, Path(ge=1, le=2**53)]


class Message(BaseModel):
    model_config = ConfigDict(frozen=True, extra="allow")  # priority, ttl and more are accepted

    token: str
    data: dict[str, str] = {}


class Send(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    message: Message
    validate_only: bool = False


class Token(BaseModel):
    token: str


class Waiting(BaseModel):
    """A message, by the number under which its delivery is told."""

    n: int
    data: dict[str, str]


class Accepted(BaseModel):
    """The message's name."""

    name: str


class Detail(BaseModel):
    type: Annotated[str, Field(alias="@type")]
    errorCode: str  # noqa: N815  the word of the interface


class ErrorStatus(BaseModel):
    code: int
    message: str
    status: str
    details: list[Detail]


class Failure(BaseModel):
    error: ErrorStatus


CODES: dict[int | str, str] = {
    400: "INVALID_ARGUMENT",
    401: "THIRD_PARTY_AUTH_ERROR",
    403: "SENDER_ID_MISMATCH",
    404: "UNREGISTERED",
    503: "UNAVAILABLE",
    "default": "any other error",
}
FAILURES: dict[int | str, dict[str, Any]] = {
    status: {"model": Failure, "description": code} for status, code in CODES.items()
}


def push_service(push: PushService, bearer: str, gate: PeerGate) -> Serving:
    """The service; who sends is the SEI-TSM and shows ``Authorization: Bearer …``."""
    return Serving(_application(), push=push, bearer=bearer, gate=gate, operators=gate)


async def _the_push(request: Request) -> PushService:
    push: PushService = request.state.push
    return push


async def _is_sender(request: Request, authorization: str = Header("")) -> bool:
    return authorization == f"Bearer {request.state.bearer}"


async def _owner(request: Request, token: str = Header(max_length=200)) -> str:
    """An app is known by its token, which it has told nobody but its TSM."""
    push: PushService = request.state.push
    if not (phone := push.phone_of(token)):
        raise PushError("UNREGISTERED", 404, "NOT_FOUND", "Requested entity was not found.")
    return phone


Push = Annotated[PushService, Depends(_the_push)]
IsSender = Annotated[bool, Depends(_is_sender)]
Owner = Annotated[str, Depends(_owner)]


@cache
def _application() -> FastAPI:
    app = application("Push service (synthetic)", "1.0.0", DESCRIPTION)
    app.add_exception_handler(RequestValidationError, _unreadable)
    app.add_exception_handler(PushError, _failed)
    _senders(app)
    _phones(app)
    _operator(app)
    return app


def _senders(app: FastAPI) -> None:
    peer = [Depends(admits(SEI_TSM))]

    @app.post("/v1/projects/{project}/messages:send", dependencies=peer, responses=FAILURES)
    async def send(project: str, body: Send, push: Push, is_sender: IsSender) -> Accepted:
        if not is_sender:
            told = "Request had invalid authentication credentials."
            raise PushError("THIRD_PARTY_AUTH_ERROR", 401, "UNAUTHENTICATED", told)
        if project != push.project:
            raise PushError("SENDER_ID_MISMATCH", 403, "PERMISSION_DENIED", "SenderId mismatch")
        deliver = push.examine if body.validate_only else push.send
        return Accepted(name=deliver(body.message.token, body.message.data))


def _phones(app: FastAPI) -> None:
    @app.post("/phones/{phone}/token", status_code=201, responses=FAILURES)
    async def register(phone: PhoneName, push: Push) -> Token:
        return Token(token=push.register(phone))

    @app.delete("/phones/{phone}/token", status_code=204, responses=FAILURES)
    async def unregister(phone: PhoneName, push: Push) -> None:
        push.unregister(phone)

    @app.get("/messages", responses=FAILURES)
    async def waiting(phone: Owner, push: Push) -> list[Waiting]:
        return [Waiting(**vars(message)) for message in push.waiting_for(phone)]

    @app.delete("/messages/{n}", status_code=204, responses=FAILURES)
    async def delivered(n: MessageNumber, phone: Owner, push: Push) -> None:
        if n in {message.n for message in push.waiting_for(phone)}:
            push.delivered(n)


def _operator(app: FastAPI) -> None:
    @app.get("/operator/tables/messages", dependencies=OPERATORS_ONLY, responses=FAILURES)
    async def messages(push: Push) -> list[dict[str, Any]]:
        names = ("name", "token", "data")
        return [{name: row[name] for name in names} for row in push.accepted()]


async def _unreadable(_: Request, __: Exception) -> JSONResponse:
    return _told(PushError("INVALID_ARGUMENT", 400, "INVALID_ARGUMENT", "Invalid JSON payload."))


async def _failed(_: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, PushError)
    return _told(error)


def _told(error: PushError) -> JSONResponse:
    details = [{"@type": ERROR_TYPE, "errorCode": error.code}]
    told = {"code": error.http, "message": str(error), "status": error.status, "details": details}
    return JSONResponse({"error": told}, error.http)
