"""A secure element with an ARA-M and test applets, and no more of a platform than channels.

For phones to be tried on: MANAGE CHANNEL, SELECT by whole or partial name, first and next
occurrence, and where a class byte says a command goes (ISO/IEC 7816-4 5.4.1, GPCS 6.4.2.1).
"""

from __future__ import annotations

from dataclasses import dataclass, field

from reference_impl.applet.apdu import INS, SW, Command, Refused, Response
from reference_impl.handset.cts_applet import CtsApplet
from reference_impl.platform import tlv
from reference_impl.platform.ara_m import ARA_M_AID, AraM
from reference_impl.platform.class_byte import ClassByte

MANAGE_CHANNEL = 0x70
CHANNEL_NOT_SUPPORTED, NO_MORE_CHANNELS, LAST_NOT_FOUND = 0x6881, 0x6A81, 0x6A82
LONG_ANSWER = 0x32  # last byte of the AID whose answer to SELECT is long


@dataclass
class Selected:
    """What answers on a channel."""

    aid: bytes
    applet: CtsApplet | AraM


@dataclass
class LoneElement:
    """``names``: test applets in the order of the registry; ``default``: selected by no name."""

    ara: AraM | None
    names: tuple[bytes, ...]
    default: bytes | None = None
    most_channels: int = 20  # the basic one among them
    _open: dict[int, Selected | None] = field(default_factory=lambda: {0: None}, init=False)

    def reset(self) -> None:
        """No channel but the basic one, and nothing selected."""
        self._open = {0: None}
        if self.ara is not None:
            self.ara.power_on()

    def transmit(self, raw: bytes) -> bytes:
        try:
            command = Command.parse(raw)
            return bytes(self._answer(command, channel_of(command.cla)))
        except Refused as refusal:
            return bytes(Response(refusal.sw))

    def _answer(self, command: Command, number: int) -> Response:
        if number not in self._open:
            return Response(CHANNEL_NOT_SUPPORTED)
        if interindustry(command.cla) and command.ins == MANAGE_CHANNEL:
            return self._manage(command)
        if interindustry(command.cla) and command.ins == INS.SELECT and command.p1 == 0x04:
            return self._select(command, number)
        selected = self._open[number]
        if selected is None:
            raise Refused(SW.INS_NOT_SUPPORTED)
        return selected.applet.process(command)

    def _manage(self, command: Command) -> Response:
        if command.p1 == 0x80:
            return self._close(command.p2)
        if command.p1 or command.p2:
            raise Refused(SW.INCORRECT_P1_P2)
        free = next((n for n in range(1, self.most_channels) if n not in self._open), None)
        if free is None:
            return Response(NO_MORE_CHANNELS)
        self._open[free] = None
        return Response(SW.OK, bytes((free,)))

    def _close(self, number: int) -> Response:
        if number == 0 or self._open.pop(number, self) is self:
            return Response(CHANNEL_NOT_SUPPORTED)
        if self.ara is not None:
            self.ara.deselect(number)
        return Response(SW.OK)

    def _select(self, command: Command, number: int) -> Response:
        """Whoever is selected stays so where nothing is found."""
        if command.p2 & ~0x0E:
            raise Refused(SW.INCORRECT_P1_P2)
        aid = self._found(command.data, number, following=command.p2 & 0x03 == 0x02)
        if self.ara is not None:
            self.ara.deselect(number)
        if aid == ARA_M_AID and self.ara is not None:
            self._open[number] = Selected(aid, self.ara)
            return Response(SW.OK, fci(aid))
        applet = CtsApplet(fci(aid), command.p2)
        self._open[number] = Selected(aid, applet)
        return Response(SW.OK, applet.fci)

    def _found(self, name: bytes, number: int, *, following: bool) -> bytes:
        """Raises Refused (6A82)."""
        if not name:
            if self.default is None:
                raise Refused(SW.FILE_NOT_FOUND)
            return self.default
        listed = [*self.names, *([ARA_M_AID] if self.ara is not None else [])]
        selected = self._open[number]
        if following and selected is not None:
            listed = listed[listed.index(selected.aid) + 1 :]
        matching = (aid for aid in listed if aid.startswith(name))
        aid = next(matching, None)
        if aid is None:
            raise Refused(SW.FILE_NOT_FOUND)
        return aid


def interindustry(cla: int) -> bool:
    """Classes that ISO/IEC 7816-4 defines; test applets take others too, but they are no card's."""
    found = ClassByte.parse(cla)
    return found is not None and not found.proprietary


def channel_of(cla: int) -> int:
    """4 to 19 where bit 7 is set."""
    return 4 + (cla & 0x0F) if cla & 0x40 else cla & 0x03


def fci(aid: bytes) -> bytes:
    """File control information; long for the one test application that is asked for it."""
    told = tlv.written(0x84, aid)
    if aid[-1] == LONG_ANSWER:
        told += tlv.written(0xA5, tlv.written(0x50, bytes(200)))
    return tlv.written(0x6F, told)
