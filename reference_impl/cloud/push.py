"""A push service with the shape of FCM's HTTP v1 interface, and what can go wrong with messages.

``POST /v1/projects/{project}/messages:send`` with ``{"message": {"token", "data"}}``; errors as
``{"error": {"code", "message", "status", "details": [{"errorCode"}]}}`` (Firebase documentation;
the codes other than INVALID_ARGUMENT are from memory). How an app gets its token and its messages
is the vendor's own business: here ``register``, ``waiting_for`` and ``delivered`` (OUR DESIGN).
"""

from __future__ import annotations

import hmac
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sqlalchemy import func, insert, select, update

from reference_impl.cloud.push_tables import messages, tokens

if TYPE_CHECKING:
    from sqlalchemy.sql import Executable

    from reference_impl.tsm.database import Database, Row

MOST_BYTES = 4_096  # of the data of one message (Firebase documentation)
RESERVED = ("from", "gcm", "google")  # no key of the data begins so


class PushError(Exception):
    """An error of the interface: its code, its HTTP status and the status word beside it."""

    def __init__(self, code: str, http: int, status: str, message: str) -> None:
        super().__init__(message)
        self.code, self.http, self.status = code, http, status


@dataclass(frozen=True)
class Message:
    """A message on its way to a phone, by the number under which its delivery is told."""

    n: int
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

    database: Database
    secret: bytes = field(repr=False)  # of which tokens are made
    project: str = "jpki-reference"
    weather: Weather = field(default_factory=Weather)

    # --- phones ----------------------------------------------------------------------------

    def register(self, phone: str) -> str:
        """A new token for the app on this phone; the one before is dead."""
        token = hmac.new(self.secret, f"{phone} {self._given()}".encode(), "sha256").hexdigest()
        new = insert(tokens).values(token=token, phone=phone)
        self.database.write(self._dead(phone), new)
        return token

    def unregister(self, phone: str) -> None:
        """The app is gone from this phone, and with it what was on its way."""
        self.database.write(self._dead(phone))

    def waiting_for(self, phone: str) -> list[Message]:
        """What is to be delivered to this phone now, in order; twice what was doubled."""
        if self.weather.held:
            return []
        its = select(tokens.c.token).where(tokens.c.phone == phone)
        query = select(messages).where(messages.c.waiting > 0, messages.c.token.in_(its))
        rows = self.database.rows(query.order_by(messages.c.n))
        return [Message(row["n"], row["data"]) for row in rows for _ in range(row["waiting"])]

    def delivered(self, n: int) -> None:
        """The phone has this message, once."""
        left = messages.c.waiting - 1
        waits = update(messages).where(messages.c.n == n, messages.c.waiting > 0)
        self.database.write(waits.values(waiting=left))

    def phone_of(self, token: str) -> str:
        """The phone whose app has this token now; "" where there is none."""
        found = self.database.first(select(tokens).where(tokens.c.token == token))
        return str(found["phone"]) if found else ""

    def _given(self) -> int:
        """How many tokens were ever given out."""
        return int(self.database.rows(select(func.count().label("n")).select_from(tokens))[0]["n"])

    def _dead(self, phone: str) -> Executable:
        return update(tokens).where(tokens.c.phone == phone).values(phone="")

    # --- senders ---------------------------------------------------------------------------

    def send(self, token: str, data: dict[str, str]) -> str:
        """Accept a message; returns its name. Raises PushError."""
        name = self.examine(token, data)
        row = {"name": name, "token": token, "data": data, "waiting": self.copies()}
        self.database.write(insert(messages).values(**row))
        return name

    def examine(self, token: str, data: dict[str, str]) -> str:
        """The name such a message would get, which is not sent yet. Raises PushError."""
        if self.weather.busy:
            self.weather.busy -= 1
            raise PushError("UNAVAILABLE", 503, "UNAVAILABLE", "The service is unavailable.")
        self.check(data)
        if not self.phone_of(token):
            raise PushError("UNREGISTERED", 404, "NOT_FOUND", "Requested entity was not found.")
        return f"projects/{self.project}/messages/{len(self.accepted())}"

    def check(self, data: dict[str, str]) -> None:
        size = sum(len(key.encode()) + len(value.encode()) for key, value in data.items())
        if size > MOST_BYTES or any(key.startswith(RESERVED) for key in data):
            raise PushError("INVALID_ARGUMENT", 400, "INVALID_ARGUMENT", "Invalid data payload.")

    def copies(self) -> int:
        """On its way: not at all, once or twice."""
        if self.weather.lost:
            self.weather.lost -= 1
            return 0
        if self.weather.doubled:
            self.weather.doubled -= 1
            return 2
        return 1

    def accepted(self) -> list[Row]:
        """Every message that was ever accepted."""
        return self.database.dump("messages")
