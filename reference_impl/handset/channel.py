"""One open channel, as its app has it (``android.se.omapi.Channel``; AOSP ``Channel``)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from reference_impl.handset.access_rules import Access
from reference_impl.handset.apdu import select
from reference_impl.handset.apps import App
from reference_impl.handset.driver import Driver
from reference_impl.handset.enforcer import Enforcer
from reference_impl.handset.exceptions import Kind, OmapiError

NEXT_OCCURRENCE = 0x02


@dataclass(eq=False)
class Channel:
    """Opened for one app; ``access`` is what the rules said then."""

    app: App
    number: int
    aid: bytes | None
    access: Access
    driver: Driver
    enforcer: Enforcer
    released: Callable[[Channel], None]
    select_answer: bytes = b""
    closed: bool = field(default=False, init=False)

    @property
    def basic(self) -> bool:
        return self.number == 0

    @property
    def select_response(self) -> bytes | None:
        """With its status word; None where no application was named."""
        return self.select_answer if self.aid is not None else None

    def transmit(self, command: bytes | None) -> bytes:
        self._must_be_open()
        if command is None:
            raise OmapiError(Kind.NULL_POINTER, "no command")
        rules = self.driver.commands
        rules.validate(command)
        rules.forbid(command, privileged=self.app.privileged)
        self.enforcer.check(self.access, command)
        return self.driver.exchange(rules.on_channel(command, self.number))

    def select_next(self) -> bool:
        """The next application whose name begins so, on this channel."""
        self._must_be_open()
        if self.aid is None:
            raise OmapiError(Kind.UNSUPPORTED_OPERATION, "no application was named")
        cla = self.driver.commands.class_for(0x00, self.number)
        answer = self.driver.exchange(select(cla, NEXT_OCCURRENCE, self.aid))
        if self.driver.is_selected(answer):
            self.select_answer = answer
            return True
        if answer[-2] == 0x6A:
            return False
        raise OmapiError(Kind.UNSUPPORTED_OPERATION, f"answered {answer[-2:].hex().upper()}")

    def close(self) -> None:
        """Can be called again."""
        if not self.closed:
            self.closed = True
            self.released(self)

    def _must_be_open(self) -> None:
        if self.closed:
            raise OmapiError(Kind.ILLEGAL_STATE, "the channel is closed")
