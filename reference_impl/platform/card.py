"""The chip behind its contacts: power, commands in and answers out, time, and the log.

Rule JPKI-J-10: a cold reset ends every volatile state. What a command means is the business of
the system on the chip: ``plastic.py`` or ``open.py``.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol

from reference_impl.applet.apdu import SW, Command, Refused, Response
from reference_impl.chip.drbg import ChipRandom, GeneratorAlarm
from reference_impl.chip.memory import PowerLost, Store
from reference_impl.platform.class_rules import ClassRules
from reference_impl.platform.diagnostics import DiagnosticLog
from reference_impl.platform.line import Line
from reference_impl.platform.media import Interfaces


class System(Protocol):
    """What runs on the chip."""

    def power_on(self) -> None:
        """All volatile state is gone. Raises PowerLost if the supply fails again."""

    def answer(self, command: Command, protocol: int) -> Response:
        """``command`` has a class byte that is known; ``protocol``: ``APDU.getProtocol()``.

        Raises Refused, GeneratorAlarm and PowerLost.
        """

    def malformed(self) -> None:
        """Something came in that is no command."""


@dataclass
class Card:
    """A chip as a reader sees it. Switched on by ``reset``."""

    store: Store
    random: ChipRandom
    system: System
    atr: bytes
    line: Line
    interfaces: Interfaces
    classes: ClassRules
    diagnostics: DiagnosticLog = field(default_factory=DiagnosticLog)
    _powered: bool = field(default=False, init=False)

    def reset(self) -> bytes:
        """Cold reset; returns the ATR. Raises PowerLost if the supply fails again."""
        self._powered = False
        self.line.time.begin()
        self.line.time.power_on()
        self.store.medium.power_on()
        self.store.open()
        self.random.power_on()
        self.system.power_on()
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
        try:
            command = Command.parse(raw)
        except Refused as refusal:
            self.system.malformed()
            self.diagnostics.event(f"MALFORMED SW={refusal.sw:04X}")
            return bytes(Response(refusal.sw))
        try:
            response = self._answer(command, media)
        except PowerLost:
            self._powered = False
            self.diagnostics.event("POWER LOST")
            raise
        self.diagnostics.command(command, response.sw)
        return bytes(response)

    def _answer(self, command: Command, media: str) -> Response:
        try:
            return self.system.answer(self.admitted(command), self.interfaces.protocol(media))
        except Refused as refusal:
            return Response(refusal.sw)
        except GeneratorAlarm:
            self.diagnostics.event("RANDOM GENERATOR ALARM")
            return Response(SW.EXECUTION_ERROR)

    def admitted(self, command: Command) -> Command:
        """Raises Refused (6E00) for a class byte this card has nothing for."""
        try:
            return self.classes.admit(command)
        except Refused:
            self.system.malformed()
            raise

    def log(self) -> str:
        """The diagnostic log, one event per line."""
        return self.diagnostics.text()
