"""The system of a card with fixed applets on one channel: SELECT by the full name, and no more.

So the plastic card answers, as far as its public traces show it (JPKI-J-09).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol

from reference_impl.applet.apdu import INS, SW, Command, Refused, Response
from reference_impl.chip.memory import Store
from reference_impl.platform.class_byte import ClassByte
from reference_impl.platform.class_rules import ClassRules
from reference_impl.platform.session import Applet, AppletSession

BY_NAME = 0x04  # P1 of SELECT
FIRST_OR_ONLY = (0x00, 0x0C)  # P2 of SELECT


class FixedApplet(Applet, Protocol):
    """An applet that knows whether it is there."""

    @property
    def installed(self) -> bool: ...


@dataclass
class PlasticSystem:
    """One applet, which was there when the card was made; installed on an empty medium."""

    store: Store
    name: bytes
    applet: FixedApplet
    administrator_key: bytes = field(repr=False)
    classes: ClassRules
    _session: AppletSession = field(init=False)
    _selected: bool = field(default=False, init=False)

    def __post_init__(self) -> None:
        self._session = AppletSession(self.applet, 0, self.classes)

    def power_on(self) -> None:
        """What is missing is installed: also after an installation that was cut off."""
        self._selected = False
        if not self.applet.installed:
            with self.store.transaction() as changes:
                self.applet.install(changes, self.administrator_key)
        self._session.power_on()

    def malformed(self) -> None:
        self._session.forget_answer()

    def answer(self, command: Command, protocol: int) -> Response:
        found = ClassByte.parse(command.cla)
        assert found is not None, "only known class bytes are admitted"
        if command.cla == 0x00 and command.ins == INS.SELECT and command.p1 == BY_NAME:
            self._session.forget_answer()
            return self._select_by_name(command)
        if not self._selected:
            return self._without_applet(self.classes.plain(command, found))
        return self._session.process(command, found, protocol)

    def _select_by_name(self, command: Command) -> Response:
        if command.p2 not in FIRST_OR_ONLY:
            raise Refused(SW.INCORRECT_P1_P2)
        if command.data != self.name:
            raise Refused(SW.FILE_NOT_FOUND)
        self._selected = True
        return self._session.select(command)

    def _without_applet(self, command: Command) -> Response:
        """As the plastic card right after a reset, where no DF is current."""
        by_identifier = command.cla == 0x00 and command.ins == INS.SELECT and command.p1 == 0x00
        return Response(SW.INCORRECT_P1_P2 if by_identifier else SW.INS_NOT_SUPPORTED)
