"""An application on one logical channel, as the platform sees it.

``AppletSession`` is one that knows nothing of secure channels; a security domain's is
``domain.py``. Volatile state of an application belongs to its selection, so every channel has an
object of its own over the same persistent values.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol

from reference_impl.applet.apdu import INS, SW, Command, Refused, Response
from reference_impl.applet.context import Context
from reference_impl.chip.memory import Transaction
from reference_impl.platform.class_byte import ClassByte
from reference_impl.platform.class_rules import ClassRules


class Applet(Protocol):
    """What the platform asks of an applet.

    ``install``, ``select`` and ``store_data`` may raise Refused.
    """

    def install(self, changes: Transaction, parameters: bytes) -> None:
        """``parameters``: application specific ones (tag C9)."""

    def power_on(self) -> None: ...

    def select(self) -> None: ...

    def deselect(self) -> None: ...

    def store_data(self, changes: Transaction, tag: int, value: bytes) -> None:
        """A data grouping of its personalisation. Raises Refused."""

    def process(self, command: Command, context: Context) -> Response: ...


class Session(Protocol):
    """One application on one channel."""

    def power_on(self) -> None: ...

    def select(self, command: Command) -> Response:
        """The answer to SELECT. Raises Refused where the application does not want to be."""

    def deselect(self) -> None: ...

    def process(self, command: Command, found: ClassByte, protocol: int) -> Response:
        """``command`` as it came, ``found`` what its class byte says. Raises Refused."""

    def forget_answer(self) -> None:
        """Something came in that is no command: what was left to fetch is gone."""


@dataclass
class AppletSession:
    """An applet without secure messaging."""

    applet: Applet
    number: int
    classes: ClassRules
    _pending: bytes = field(default=b"", init=False, repr=False)
    _asked_by: int = field(default=0, init=False)  # ``getProtocol()`` of who may fetch it

    def power_on(self) -> None:
        self._pending = b""
        self.applet.power_on()

    def select(self, command: Command) -> Response:
        """No file control information is offered."""
        self._pending = b""
        self.applet.select()
        return Response(SW.OK)

    def deselect(self) -> None:
        self._pending = b""
        self.applet.deselect()

    def forget_answer(self) -> None:
        self._pending = b""

    def process(self, command: Command, found: ClassByte, protocol: int) -> Response:
        pending, self._pending = self.answer_for(protocol), b""
        plain = self.classes.plain(command, found)
        if plain.cla == 0x00 and plain.ins == INS.GET_RESPONSE:
            response = get_response(plain, pending)
        else:
            response = self.applet.process(plain, Context(self.number, protocol))
        self._pending, self._asked_by = response.pending, protocol
        return response

    def answer_for(self, protocol: int) -> bytes:
        """The rest of an answer is for the source that asked (REQ-6-5-d)."""
        return self._pending if protocol == self._asked_by else b""


def get_response(command: Command, pending: bytes) -> Response:
    """What of an answer has not been fetched yet. Raises Refused."""
    if command.p1 or command.p2:
        raise Refused(SW.INCORRECT_P1_P2)
    if command.le is None or command.data:
        raise Refused(SW.WRONG_LENGTH)
    if not pending:
        raise Refused(SW.CONDITIONS_NOT_SATISFIED)
    return Response.chained(pending, command.le)
