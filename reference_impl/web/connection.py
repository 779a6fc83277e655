"""One connection of a server: whose certificate came with it, and how long it may keep us waiting.

HTTP/1.1 by uvicorn and h11. What never becomes a request is refused as everything else is, with a
problem document: what is no HTTP (400), and what does not arrive in time (408). A client that is
slow, byte by byte or altogether, holds its own connection and nobody else's.
"""

from __future__ import annotations

import json
import ssl
from typing import TYPE_CHECKING, Any

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

from reference_impl.web.peers import Presenting
from reference_impl.web.problem import PROBLEM_JSON, Problem

if TYPE_CHECKING:
    import asyncio

PATIENCE = 10.0  # seconds from the first byte of a request, or the connection, to its last byte


class Connection(H11Protocol):
    """Waits ``patience`` seconds for a request to be whole."""

    def __init__(self, *args: Any, patience: float = PATIENCE, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.patience = patience
        self._deadline: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        session = transport.get_extra_info("ssl_object")
        der = session.getpeercert(binary_form=True) if session else None
        chain = (ssl.DER_cert_to_PEM_cert(der),) if der else ()
        self.app = Presenting(self.app, chain)
        self._watch()

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_watching()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if self.conn.their_state is h11.IDLE and not self.conn.trailing_data[0]:
            self._stop_watching()  # the first byte of a request: its own time begins
        super().data_received(data)

    def handle_events(self) -> None:
        super().handle_events()
        self._watch()

    def send_400_response(self, _: str) -> None:
        self._refuse(Problem(400, "malformed-request", "this is no HTTP"))

    def _watch(self) -> None:
        if self.conn.their_state not in (h11.IDLE, h11.SEND_BODY) or self.transport.is_closing():
            self._stop_watching()
        elif self._deadline is None:
            self._deadline = self.loop.call_later(self.patience, self._given_up)

    def _stop_watching(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _given_up(self) -> None:
        self._deadline = None
        if self.conn.their_state is h11.IDLE and not self.conn.trailing_data[0]:
            self.transport.close()  # nothing was asked
            return
        told = f"the request was not whole after {self.patience:g} s"
        self._refuse(Problem(408, "request-timeout", told))

    def _refuse(self, problem: Problem) -> None:
        """Tell why, where an answer has not begun yet, and hang up."""
        if self.conn.our_state in (h11.IDLE, h11.SEND_RESPONSE):
            body = json.dumps(problem.document()).encode()
            headers = [
                ("content-type", PROBLEM_JSON),
                ("content-length", str(len(body))),
                ("connection", "close"),
            ]
            response = h11.Response(status_code=problem.status, headers=headers)
            for event in (response, h11.Data(data=body), h11.EndOfMessage()):
                self.transport.write(self.conn.send(event) or b"")
        self.transport.close()
