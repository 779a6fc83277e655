"""The moments of a request at which a server may end: it has arrived, it is about to be answered.

Between them is what the server itself names, and the end of each transaction
(``reference_impl.web.store``).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from reference_impl.web.process import Process

NUMBERED = re.compile(r"^(?!v\d$).*\d")  # a segment with a number in it, and not v1


@dataclass(frozen=True)
class Moments:
    """An application whose process is told of them."""

    app: ASGIApp
    process: Process

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        request = f"{scope['method']} {named(scope['path'])}"

        async def answering(message: Message) -> None:
            if message["type"] == "http.response.start":
                self.process.reached(f"{request} answering")
            await send(message)

        self.process.reached(f"{request} arrived")
        await self.app(scope, receive, answering)


def named(path: str) -> str:
    """The path with ``*`` for numbers of flows, elements and certificates."""
    parts = path.split("/")
    return "/".join("*" if NUMBERED.search(part) else part for part in parts)
