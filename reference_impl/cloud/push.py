"""A push service with the shape of FCM's HTTP v1 interface, and what can go wrong with messages.

``POST /v1/projects/{project}/messages:send`` with ``{"message": {"token", "data"}}``; errors as
``{"error": {"code", "message", "status", "details": [{"errorCode"}]}}`` (Firebase documentation;
the codes other than INVALID_ARGUMENT are from memory). How an app gets its token is the vendor's
own business: here ``register``.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field

MOST_BYTES = 4_096  # of the data of one message (Firebase documentation)
RESERVED = ("from", "gcm", "google")  # no key of the data begins so


class PushError(Exception):
    """An error of the interface: its code, its HTTP status and the status word beside it."""

    def __init__(self, code: str, http: int, status: str, message: str) -> None:
        super().__init__(message)
        self.code, self.http, self.status = code, http, status


@dataclass(frozen=True)
class Message:
    """One message that was accepted."""

    name: str
    token: str
    data: dict[str, str]


@dataclass
class Weather:
    """What the bench lets happen to messages."""

    held: bool = False  # nothing is delivered until it is false again
    lost: int = 0  # so many of the next messages are accepted and never delivered
    doubled: int = 0  # so many of the next are delivered twice
    busy: int = 0  # so many of the next requests are answered 503


@dataclass
class PushService:
    """Tokens, and messages that wait for the phones behind them."""

    project: str = "jpki-reference"
    tokens: dict[str, str] = field(default_factory=dict)  # token → phone
    accepted: list[Message] = field(default_factory=list)
    waiting: list[Message] = field(default_factory=list)
    weather: Weather = field(default_factory=Weather)
    _issued: int = 0

    def register(self, phone: str) -> str:
        """A new token for the app on this phone; the one before is dead."""
        self.unregister(phone)
        self._issued += 1
        token = hashlib.sha256(f"{phone} {self._issued}".encode()).hexdigest()
        self.tokens[token] = phone
        return token

    def unregister(self, phone: str) -> None:
        """The app is gone from this phone, and with it what was on its way."""
        for token in [token for token, owner in self.tokens.items() if owner == phone]:
            del self.tokens[token]

    def send(self, token: str, data: dict[str, str]) -> str:
        """Accept a message; returns its name. Raises PushError."""
        message = Message(self.examine(token, data), token, data)
        self.accepted.append(message)
        self.queue(message)
        return message.name

    def examine(self, token: str, data: dict[str, str]) -> str:
        """The name such a message would get, which is not sent yet. Raises PushError."""
        if self.weather.busy:
            self.weather.busy -= 1
            raise PushError("UNAVAILABLE", 503, "UNAVAILABLE", "The service is unavailable.")
        self.check(data)
        if token not in self.tokens:
            raise PushError("UNREGISTERED", 404, "NOT_FOUND", "Requested entity was not found.")
        return f"projects/{self.project}/messages/{len(self.accepted)}"

    def check(self, data: dict[str, str]) -> None:
        size = sum(len(key.encode()) + len(value.encode()) for key, value in data.items())
        if size > MOST_BYTES or any(key.startswith(RESERVED) for key in data):
            raise PushError("INVALID_ARGUMENT", 400, "INVALID_ARGUMENT", "Invalid data payload.")

    def queue(self, message: Message) -> None:
        """On its way: not at all, once or twice."""
        if self.weather.lost:
            self.weather.lost -= 1
            return
        self.waiting.append(message)
        if self.weather.doubled:
            self.weather.doubled -= 1
            self.waiting.append(message)

    def due(self, phone: str) -> list[Message]:
        """What is delivered to this phone now; each is handed out once."""
        if self.weather.held:
            return []
        due = [m for m in self.waiting if self.receiver(m) == phone]
        self.waiting = [m for m in self.waiting if m not in due]
        return due

    def receiver(self, message: Message) -> str | None:
        """The phone whose app has this token now."""
        return self.tokens.get(message.token)
