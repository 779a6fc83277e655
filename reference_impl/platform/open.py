"""The OPEN: channels, selection and dispatch of a GlobalPlatform card (GPCS 3.5, 6.3, 6.4, 11.7).

It takes SELECT by name, MANAGE CHANNEL and class bytes; everything else is for the application
that is selected on the command's channel.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from reference_impl.applet.apdu import INS, SW, Command, Refused, Response
from reference_impl.platform.channels import BASIC, HIGHEST, Channel, Channels
from reference_impl.platform.class_byte import ClassByte, Messaging
from reference_impl.platform.life_cycle import CardState
from reference_impl.platform.registry import Entry, Registry
from reference_impl.platform.selection import Selection
from reference_impl.platform.sessions import Sessions

BY_NAME = 0x04  # P1 of SELECT
NEXT = 0x02  # b2 b1 of its P2
NO_DATA = 0x0C  # b4 b3: no file control information is wanted
SELECT_P2 = (0x00, NEXT, NO_DATA, NO_DATA | NEXT)
MANAGE_CHANNEL, OPEN_CHANNEL, CLOSE_CHANNEL = 0x70, 0x00, 0x80
NOT_OPEN = 0x6200  # warning: that channel is closed already


@dataclass
class Open:
    """One system with all that is selected."""

    registry: Registry
    sessions: Sessions
    channels: Channels
    selection: Selection
    make_ready: Callable[[], None]  # what an empty medium is given before it is used

    def power_on(self) -> None:
        """Only the basic channel is open, and on it the default application selected."""
        self.channels.forget()
        self.make_ready()
        self.sessions.power_on(self.registry.aids())
        self._begin(BASIC, self.selection.default(BASIC))

    def malformed(self) -> None:
        """It has no channel: only the basic one can be meant."""
        self.channels.named(BASIC).session.forget_answer()

    def answer(self, command: Command, protocol: int) -> Response:
        found = ClassByte.parse(command.cla)
        assert found is not None, "only known class bytes are admitted"
        channel = self.channels.named(found.channel)
        if not found.proprietary and found.messaging is Messaging.NONE:
            if command.ins == INS.SELECT and command.p1 == BY_NAME:
                return self._select(channel, command, found, protocol)
            if command.ins == MANAGE_CHANNEL:
                channel.session.forget_answer()
                return self._manage_channel(channel, command)
        return channel.session.process(command, found, protocol)

    # --- SELECT ------------------------------------------------------------------------------

    def _select(
        self, channel: Channel, command: Command, found: ClassByte, protocol: int
    ) -> Response:
        if command.p2 not in SELECT_P2:
            channel.session.forget_answer()
            raise Refused(SW.INCORRECT_P1_P2)
        following = command.p2 & NEXT == NEXT
        for entry in self._candidates(channel, command.data, following=following):
            sw = self.selection.permitted(entry)
            answer = self._selected(channel, entry, command)
            if answer is not None:
                return answer if sw == SW.OK else Response(sw, answer.data)
        if following:
            raise Refused(SW.FILE_NOT_FOUND)
        return channel.session.process(command, found, protocol)

    def _candidates(self, channel: Channel, name: bytes, *, following: bool) -> list[Entry]:
        if not name:
            return [] if following else [self.registry.issuer()]
        after = channel.entry if following else None
        return self.selection.candidates(name, channel.number, after)

    def _selected(self, channel: Channel, entry: Entry, command: Command) -> Response | None:
        """None where the application refuses; then the one before is still selected."""
        session = self.sessions.of(entry, channel.number)
        try:
            answer = session.select(command)
        except Refused:
            return None
        if session is not channel.session:
            channel.session.deselect()
        channel.entry, channel.session = entry, session
        return answer

    # --- MANAGE CHANNEL ----------------------------------------------------------------------

    def _manage_channel(self, channel: Channel, command: Command) -> Response:
        if command.data:
            raise Refused(SW.WRONG_LENGTH)
        if command.p1 == OPEN_CHANNEL and command.p2 == 0:
            return self._open_channel(channel, command)
        if command.p1 == CLOSE_CHANNEL:
            return self._close_channel(command.p2 or channel.number)
        raise Refused(SW.INCORRECT_P1_P2)

    def _open_channel(self, channel: Channel, command: Command) -> Response:
        if command.le not in (1, 256):
            raise Refused(SW.WRONG_LENGTH)
        if self.registry.card_state in (CardState.CARD_LOCKED, CardState.TERMINATED):
            raise Refused(SW.FUNCTION_NOT_SUPPORTED)
        number = self.channels.free()
        entry = self.inherited(channel, number)
        if self.selection.restricted(entry, number):
            raise Refused(SW.CONDITIONS_NOT_SATISFIED)
        self._begin(number, entry)
        return Response(SW.OK, bytes((number,)))

    def inherited(self, channel: Channel, number: int) -> Entry:
        """From the basic channel the default application, from others the one that is there."""
        return self.selection.default(number) if channel.number == BASIC else channel.entry

    def _close_channel(self, number: int) -> Response:
        """The basic channel never closes."""
        if not BASIC < number <= HIGHEST:
            raise Refused(SW.INCORRECT_P1_P2)
        if not self.channels.is_open(number):
            return Response(NOT_OPEN)
        self.channels.close(number)
        return Response(SW.OK)

    def _begin(self, number: int, entry: Entry) -> None:
        """Implicit selection; nobody hears an answer."""
        session = self.sessions.of(entry, number)
        session.select(Command(0x00, INS.SELECT, BY_NAME, NO_DATA, entry.aid))
        self.channels.put(Channel(number, entry, session))
