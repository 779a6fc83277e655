"""The push service over HTTP, in the shape of FCM v1: its errors too, not problem documents."""

from __future__ import annotations

from functools import cache
from typing import Annotated, Any

from fastapi import Depends, FastAPI, Header, Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import JSONResponse

from reference_impl.cloud.push import PushError, PushService
from reference_impl.web.problems import application
from reference_impl.web.serving import Serving

ERROR_TYPE = "type.googleapis.com/google.firebase.fcm.v1.FcmError"


class Message(BaseModel):
    model_config = ConfigDict(frozen=True, extra="allow")  # priority, ttl and more are accepted

    token: str
    data: dict[str, str] = {}


class Send(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    message: Message
    validate_only: bool = False


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


def push_service(push: PushService, bearer: str) -> Serving:
    """The service; who sends shows ``Authorization: Bearer …``."""
    return Serving(_application(), push=push, bearer=bearer)


async def _the_push(request: Request) -> PushService:
    push: PushService = request.state.push
    return push


async def _is_sender(request: Request, authorization: str = Header("")) -> bool:
    return authorization == f"Bearer {request.state.bearer}"


Push = Annotated[PushService, Depends(_the_push)]
IsSender = Annotated[bool, Depends(_is_sender)]


@cache
def _application() -> FastAPI:
    app = application("Push service (synthetic)", "1.0.0", "Messages in the shape of FCM v1.")
    app.add_exception_handler(RequestValidationError, _unreadable)
    app.add_exception_handler(PushError, _failed)

    @app.post("/v1/projects/{project}/messages:send", responses=FAILURES)
    async def send(project: str, body: Send, push: Push, is_sender: IsSender) -> Accepted:
        if not is_sender:
            told = "Request had invalid authentication credentials."
            raise PushError("THIRD_PARTY_AUTH_ERROR", 401, "UNAUTHENTICATED", told)
        if project != push.project:
            raise PushError("SENDER_ID_MISMATCH", 403, "PERMISSION_DENIED", "SenderId mismatch")
        deliver = push.examine if body.validate_only else push.send
        return Accepted(name=deliver(body.message.token, body.message.data))

    @app.get("/operator/tables/messages")
    async def messages(push: Push) -> list[dict[str, Any]]:
        return [vars(message) for message in push.accepted]

    return app


async def _unreadable(_: Request, __: Exception) -> JSONResponse:
    return _told(PushError("INVALID_ARGUMENT", 400, "INVALID_ARGUMENT", "Invalid JSON payload."))


async def _failed(_: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, PushError)
    return _told(error)


def _told(error: PushError) -> JSONResponse:
    details = [{"@type": ERROR_TYPE, "errorCode": error.code}]
    told = {"code": error.http, "message": str(error), "status": error.status, "details": details}
    return JSONResponse({"error": told}, error.http)
