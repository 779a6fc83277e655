"""The push service over HTTP, in the shape of FCM v1."""

from __future__ import annotations

from functools import cache
from typing import Annotated, Any

from fastapi import Depends, FastAPI, Header, Request
from pydantic import BaseModel, ConfigDict
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

    @app.post("/v1/projects/{project}/messages:send")
    async def send(project: str, body: Send, push: Push, is_sender: IsSender) -> JSONResponse:
        try:
            if not is_sender:
                told = "Request had invalid authentication credentials."
                raise PushError("THIRD_PARTY_AUTH_ERROR", 401, "UNAUTHENTICATED", told)
            if project != push.project:
                raise PushError("SENDER_ID_MISMATCH", 403, "PERMISSION_DENIED", "SenderId mismatch")
            return JSONResponse({"name": push.send(body.message.token, body.message.data)})
        except PushError as error:
            return JSONResponse(_told(error), error.http)

    @app.get("/operator/tables/messages")
    async def messages(push: Push) -> list[dict[str, Any]]:
        return [vars(message) for message in push.accepted]

    return app


def _told(error: PushError) -> dict[str, Any]:
    details = [{"@type": ERROR_TYPE, "errorCode": error.code}]
    told = {"code": error.http, "message": str(error), "status": error.status, "details": details}
    return {"error": told}
