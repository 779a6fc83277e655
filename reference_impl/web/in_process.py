"""HTTP without a network: a client whose requests an application in the same process answers.

The application is driven to its answer step by step, without an event loop, so that one server
may ask another while it answers. An endpoint that waits for something else is a mistake here.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

import httpx

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message


@dataclass
class InProcess(httpx.BaseTransport):
    """Carries requests to an ASGI application."""

    app: Callable[[], ASGIApp]

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        sent: list[Message] = []
        body = request.read()

        async def receive() -> Message:
            return {"type": "http.request", "body": body, "more_body": False}

        async def send(message: Message) -> None:
            sent.append(message)

        _driven(self.app()(_scope(request), receive, send))
        content = b"".join(message.get("body", b"") for message in sent[1:])
        return httpx.Response(sent[0]["status"], headers=sent[0]["headers"], content=content)


def _scope(request: httpx.Request) -> dict[str, Any]:
    path, _, query = request.url.raw_path.partition(b"?")
    return {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": request.method,
        "scheme": request.url.scheme,
        "path": request.url.path,
        "raw_path": path,
        "query_string": query,
        "root_path": "",
        "headers": [(name.lower(), value) for name, value in request.headers.raw],
        "server": (request.url.host, request.url.port),
        "client": ("127.0.0.1", 1),
    }


def _driven(awaitable: Awaitable[None]) -> None:
    coroutine = cast(Coroutine[Any, Any, None], awaitable)
    try:
        coroutine.send(None)
    except StopIteration:
        return
    coroutine.close()
    raise RuntimeError("an endpoint waits for something that is not in this process")
