"""What a server answers from, handed to its application with each request.

An application (routes, and the validation of what comes in) is built once in a process and holds
nothing; the rooms behind it come with the request. So servers of many worlds share it, and a
server that is started again costs nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send


class Serving:
    """An application that answers from these rooms: ``request.state.NAME`` of an endpoint."""

    def __init__(self, app: ASGIApp, **rooms: Any) -> None:
        self.app = app
        self.rooms = rooms

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            scope.setdefault("state", {}).update(self.rooms)
        await self.app(scope, receive, send)
