"""The phone's end of a bridge: the Open Mobile API of this phone over a loopback port.

A vendor writes this half as an app. One suite is served at a time, and when it goes all that it
opened is closed. Frames are a 32-bit length and a JSON object. Nothing but the proof of the token
is answered before it is given, and there is one try to a connection.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import socket
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from reference_impl.handset.apps import App
from reference_impl.handset.channel import Channel
from reference_impl.handset.exceptions import OmapiError
from reference_impl.handset.omapi import Service, Session

GREETING = {"bridge": "jpki-bridge", "version": 1}
LONGEST_FRAME = 1 << 20
NONCE = 16  # bytes


class Refusal(Exception):  # noqa: N818  an answer
    """What this end cannot do, in one line."""


@dataclass
class Bridge:
    """``random(n)``: n fresh bytes. ``locked``: how the screen is, asked each time."""

    service: Service
    apps: dict[str, App]
    token: bytes = field(repr=False)
    random: Callable[[int], bytes]
    locked: Callable[[], bool]
    description: dict[str, str] = field(default_factory=dict)
    _nonce: bytes = field(default=b"", init=False)
    _authentic: bool = field(default=False, init=False)
    _sessions: list[Session] = field(default_factory=list, init=False)
    _channels: list[Channel] = field(default_factory=list, init=False)

    def serve(self, connection: socket.socket) -> None:
        """Until the other end goes away or cannot be trusted."""
        self._nonce, self._authentic = self.random(NONCE), False
        stream = connection.makefile("rb")
        try:
            send(connection, {**GREETING, "nonce": self._nonce.hex()})
            while (asked := read(stream)) is not None:
                send(connection, self.answer(asked))
                if not self._authentic:
                    return
        finally:
            stream.close()
            self._leave()

    def answer(self, asked: dict[str, Any]) -> dict[str, Any]:
        what = asked.pop("do", None)
        try:
            if what == "authenticate":
                return {"is": self._authenticate(**asked)}
            if not self._authentic:
                raise Refusal("authenticate first")
            action = self._actions().get(what)
            if action is None:
                raise Refusal(f"there is no request {what!r}")
            return {"is": action(**asked)}
        except OmapiError as error:
            return {"raises": str(error.kind), "why": str(error)}
        except Refusal as refusal:
            return {"error": str(refusal)}
        except (TypeError, ValueError, KeyError, IndexError):
            return {"error": f"the request {what!r} is malformed"}

    # --- requests --------------------------------------------------------------------------

    def _actions(self) -> dict[str, Callable[..., object]]:
        return {
            "describe": self._describe, "lock": self._lock, "atr": self._atr, "open": self._open,
            "transmit": self._transmit, "select_next": self._select_next, "close": self._close,
        }  # fmt: skip

    def _authenticate(self, nonce: str, mac: str) -> str:
        theirs = bytes.fromhex(nonce)
        self._authentic = self.is_proof(mac, b"suite" + self._nonce + theirs)
        if not self._authentic:
            raise Refusal("that is no proof of the token")
        return self._mac(b"bridge" + theirs + self._nonce)

    def is_proof(self, mac: str, of: bytes) -> bool:
        return hmac.compare_digest(mac, self._mac(of))

    def _mac(self, of: bytes) -> str:
        return hmac.new(self.token, of, hashlib.sha256).hexdigest()

    def _describe(self) -> dict[str, Any]:
        apps = [
            {
                "package": app.package,
                "signers": [
                    hashlib.sha256(certificate).hexdigest() for certificate in app.certificates
                ],
            }
            for app in self.apps.values()
        ]
        return {**self.description, "readers": list(self.service.readers), "apps": apps}

    def _lock(self) -> str:
        return "locked" if self.locked() else "unlocked"

    def _atr(self, reader: str) -> str:
        return self.service.reader(reader).terminal.atr.hex()

    def _open(
        self, app: str, reader: str, aid: str | None, p2: int = 0, channel: str = "logical"
    ) -> dict[str, Any] | None:
        session = self.service.reader(reader).open_session(self._app(app))
        self._sessions.append(session)
        name = None if aid is None else bytes.fromhex(aid)
        opened = (session.open_basic_channel if channel == "basic" else
                  session.open_logical_channel)(name, p2)  # fmt: skip
        if opened is None:
            return None
        self._channels.append(opened)
        answer = opened.select_response
        return {
            "channel": len(self._channels) - 1,
            "select_response": None if answer is None else answer.hex(),
        }

    def _app(self, package: str) -> App:
        if package not in self.apps:
            raise Refusal(f"no app {package} here")
        return self.apps[package]

    def _transmit(self, channel: int, command: str) -> str:
        return self._channels[channel].transmit(bytes.fromhex(command)).hex()

    def _select_next(self, channel: int) -> bool:
        return self._channels[channel].select_next()

    def _close(self, channel: int) -> None:
        self._channels[channel].close()

    def _leave(self) -> None:
        for session in self._sessions:
            session.close()
        self._sessions.clear()
        self._channels.clear()


def send(connection: socket.socket, answer: dict[str, Any]) -> None:
    content = json.dumps(answer).encode()
    connection.sendall(len(content).to_bytes(4, "big") + content)


def read(stream: Any) -> dict[str, Any] | None:
    """The next request; None at the end, and for what is no frame."""
    size = int.from_bytes(stream.read(4), "big")
    if not 0 < size <= LONGEST_FRAME:
        return None
    try:
        asked = json.loads(stream.read(size))
    except ValueError:
        return None
    return asked if isinstance(asked, dict) else None
