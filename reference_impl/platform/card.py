"""The card around its applets: power, SELECT by name, GET RESPONSE, and the log.

Rules JPKI-J-09 (what is unknown is refused, by the right word) and J-10 (a cold reset ends
every volatile state).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol

from reference_impl.applet.apdu import INS, SW, Command, Refused, Response
from reference_impl.applet.context import Context
from reference_impl.chip.drbg import ChipRandom, GeneratorAlarm
from reference_impl.chip.memory import PowerLost, Store
from reference_impl.platform.diagnostics import DiagnosticLog
from reference_impl.platform.line import Line
from reference_impl.platform.media import Interfaces

CLASSES = (0x00, 0x80)  # interindustry and proprietary, no secure messaging, channel 0
SECURE_MESSAGING = (0x08, 0x0C)
BY_NAME = 0x04  # P1 of SELECT
FIRST_OR_ONLY = (0x00, 0x0C)  # P2 of SELECT


class Applet(Protocol):
    """What the card asks of an applet."""

    @property
    def installed(self) -> bool: ...

    def install(self, administrator_key: bytes) -> None: ...

    def power_on(self) -> None: ...

    def select(self) -> None: ...

    def deselect(self) -> None: ...

    def process(self, command: Command, context: Context) -> Response: ...


@dataclass
class Card:
    """A chip with applets, as a reader sees it. Switched on by ``reset``."""

    store: Store
    random: ChipRandom
    applets: dict[bytes, Applet]
    atr: bytes
    administrator_key: bytes = field(repr=False)
    line: Line
    interfaces: Interfaces
    diagnostics: DiagnosticLog = field(default_factory=DiagnosticLog)
    _selected: Applet | None = field(default=None, init=False)
    _pending: bytes = field(default=b"", init=False)
    _powered: bool = field(default=False, init=False)

    def reset(self) -> bytes:
        """Cold reset; returns the ATR. Raises PowerLost if the supply fails again.

        Applets that are missing are installed: also after an installation that was cut off.
        """
        self._powered = False
        self._selected, self._pending = None, b""
        self.line.time.begin()
        self.line.time.power_on()
        self.store.medium.power_on()
        self.store.open()
        self.random.power_on()
        for applet in self.applets.values():
            if not applet.installed:
                applet.install(self.administrator_key)
            applet.power_on()
        self._powered = True
        self.diagnostics.event("RESET")
        return self.atr

    def transmit(self, raw: bytes, media: str = "contact") -> bytes:
        """One command APDU in, one response APDU out.

        Raises PowerLost when the supply fails during the command, and until the next reset.
        """
        if not self._powered:
            raise PowerLost
        self.line.time.begin()
        answer = self._respond(raw, media)
        self.line.carry(len(raw) + len(answer), media)
        return answer

    def _respond(self, raw: bytes, media: str) -> bytes:
        self.line.time.command()
        pending, self._pending = self._pending, b""
        try:
            command = Command.parse(raw)
        except Refused as refusal:
            self.diagnostics.event(f"MALFORMED SW={refusal.sw:04X}")
            return bytes(Response(refusal.sw))
        try:
            response = self._answer(command, pending, media)
        except PowerLost:
            self._powered = False
            self.diagnostics.event("POWER LOST")
            raise
        self._pending = response.pending
        self.diagnostics.command(command, response.sw)
        return bytes(response)

    def log(self) -> str:
        """The diagnostic log, one event per line."""
        return self.diagnostics.text()

    def admit(self, command: Command) -> Command:
        """Raises Refused for a class byte this card has nothing for."""
        if command.cla in CLASSES:
            return command
        if command.cla not in SECURE_MESSAGING:
            raise Refused(SW.CLA_NOT_SUPPORTED)
        if command.ins in (INS.READ_BINARY, INS.VERIFY):
            raise Refused(SW.SECURE_MESSAGING_REFUSED)
        raise Refused(SW.SECURE_MESSAGING_NOT_SUPPORTED)

    def _answer(self, command: Command, pending: bytes, media: str) -> Response:
        try:
            command = self.admit(command)
            if command.cla == 0x00 and command.ins == INS.SELECT and command.p1 == BY_NAME:
                return self._select_by_name(command)
            if self._selected is None:
                return self._without_applet(command)
            if command.cla == 0x00 and command.ins == INS.GET_RESPONSE:
                return self._get_response(command, pending)
        except Refused as refusal:
            return Response(refusal.sw)
        try:
            return self._selected.process(
                command, Context(protocol=self.interfaces.protocol(media))
            )
        except GeneratorAlarm:
            self.diagnostics.event("RANDOM GENERATOR ALARM")
            return Response(SW.EXECUTION_ERROR)

    def _select_by_name(self, command: Command) -> Response:
        """The full name only; no file control information is offered."""
        if command.p2 not in FIRST_OR_ONLY:
            raise Refused(SW.INCORRECT_P1_P2)
        applet = self.applets.get(command.data)
        if applet is None:
            raise Refused(SW.FILE_NOT_FOUND)
        if self._selected is not None and self._selected is not applet:
            self._selected.deselect()
        applet.select()
        self._selected = applet
        return Response(SW.OK)

    def _without_applet(self, command: Command) -> Response:
        """As the plastic card right after a reset, where no DF is current."""
        by_identifier = command.cla == 0x00 and command.ins == INS.SELECT and command.p1 == 0x00
        return Response(SW.INCORRECT_P1_P2 if by_identifier else SW.INS_NOT_SUPPORTED)

    def _get_response(self, command: Command, pending: bytes) -> Response:
        if command.p1 or command.p2:
            raise Refused(SW.INCORRECT_P1_P2)
        if command.le is None or command.data:
            raise Refused(SW.WRONG_LENGTH)
        if not pending:
            raise Refused(SW.CONDITIONS_NOT_SATISFIED)
        return Response.chained(pending, command.le)
