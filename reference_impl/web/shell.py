"""What stands around every service: a limit to bodies, a log without secrets, no stack trace.

Pure ASGI, so that it sees a body before anything is parsed. The log has one event a request:
method, path, role of the peer, status and bytes; never a body or a header. The path is written as
the description writes it, for what stands in its place can be a secret: an app is known by the
number of its flow.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from starlette.exceptions import HTTPException

from reference_impl.web.problem import Problem
from reference_impl.web.problems import answer

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.types import ASGIApp, Message, Receive, Scope, Send

ROLE_KEY = "peer_role"  # in the state of a request, for the log
LARGEST_BODY = 65_536  # bytes; OUR DESIGN


class Shell:
    """An application within its limits; ``log(event, **values)`` takes what is to be written."""

    def __init__(self, app: ASGIApp, log: Callable[..., Any], limit: int = LARGEST_BODY) -> None:
        self.app = app
        self.log = log
        self.limit = limit

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        told = {"status": 0, "bytes": 0}

        async def counted() -> Message:
            message = await receive()
            told["bytes"] += len(message.get("body", b""))
            if told["bytes"] > self.limit:
                raise HTTPException(413)  # which the framework hands on as a refusal
            return message

        async def noted(message: Message) -> None:
            if message["type"] == "http.response.start":
                told["status"] = message["status"]
            elif not message.get("more_body"):  # written before the peer has its answer
                role = scope.get("state", {}).get(ROLE_KEY, "")
                self.log("answered", method=scope["method"], path=_path(scope), role=role, **told)
            await send(message)

        try:
            if self._announced(scope) > self.limit:
                problem = Problem(413, "content-too-large", f"at most {self.limit} bytes")
                await answer(problem)(scope, receive, noted)
            else:
                await self.app(scope, counted, noted)
        except Exception as error:  # the peer has got a problem of 500 and nothing else
            self.log("failed", path=_path(scope), error=type(error).__name__)

    @staticmethod
    def _announced(scope: Scope) -> int:
        for name, value in scope["headers"]:
            if name == b"content-length" and value.isdigit():
                return int(value)
        return 0


def _path(scope: Scope) -> str:
    """As the description has it; empty where the request found no place there."""
    return str(getattr(scope.get("route"), "path", ""))
