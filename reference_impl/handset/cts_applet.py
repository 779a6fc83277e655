"""The applet that Android's compatibility tests ask for, to have something to talk to.

By the table "CTS test for Secure Element" and its test code: INS 06, 0A (no data), 08, 0C (256
bytes), F3 (status word by P1), C2 and C4 (pieces of 255), C6 and C8 (of 256), CF (of 255 after
6CFF), F4 (P2 of SELECT). CLA says nothing but the channel, and F3 repeats it.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from reference_impl.applet.apdu import INS, SW, Command, Refused, Response

PREFIX = bytes.fromhex("A000000476416E64726F6964435453")
INSTANCES = tuple(PREFIX + bytes((last,)) for last in (0x31, 0x32, *range(0x40, 0x50)))
"""The AIDs it is installed under: selectable, with a long answer to SELECT, for access control."""

WARNINGS = (
    0x6200, 0x6281, 0x6282, 0x6283, 0x6285, 0x62F1, 0x62F2, 0x63F1,
    0x63F2, 0x63C2, 0x6202, 0x6280, 0x6284, 0x6286, 0x6300, 0x6381,
)  # fmt: skip
PIECES = {0xC2: 255, 0xC4: 255, 0xC6: 256, 0xC8: 256, 0xCF: 255}
LAST_BYTE = 0xFF


@dataclass
class CtsApplet:
    """One instance on one channel, since its selection; ``fci`` answers SELECT."""

    fci: bytes
    p2: int
    _rest: bytes = field(default=b"", init=False)
    _piece: int = field(default=256, init=False)

    def process(self, command: Command) -> Response:
        if command.ins == INS.GET_RESPONSE and self._rest:
            return self._next(command.le or 256)
        self._rest = b""
        if command.ins in (0x06, 0x0A):
            return Response(SW.OK)
        if command.ins in (0x08, 0x0C):
            return Response(SW.OK, pattern(256))
        if command.ins == 0xF4:
            return Response(SW.OK, bytes((self.p2,)))
        if command.ins == 0xF3:
            return self._warning(command)
        if command.ins in PIECES:
            return self._long(command)
        raise Refused(SW.INS_NOT_SUPPORTED)

    def _warning(self, command: Command) -> Response:
        """With the command itself as data where it had data and wants some back."""
        if not 1 <= command.p1 <= len(WARNINGS):
            raise Refused(SW.INCORRECT_P1_P2)
        header = bytes((command.cla, command.ins, command.p1, command.p2))
        data = {0x08: b"\xaa", 0x0C: header + bytes((len(command.data),)) + command.data + b"\x00"}
        return Response(WARNINGS[command.p1 - 1], data.get(command.p2, b""))

    def _long(self, command: Command) -> Response:
        """As many bytes as P1 P2 say."""
        if command.ins == 0xCF and command.le != PIECES[0xCF]:
            return Response(0x6C00 | PIECES[0xCF])
        size = command.p1 << 8 | command.p2
        self._rest = pattern(size - 1) + bytes((LAST_BYTE,))
        self._piece = PIECES[command.ins]
        return self._next(self._piece)

    def _next(self, le: int) -> Response:
        size = min(le, self._piece)
        piece, self._rest = self._rest[:size], self._rest[size:]
        left = min(len(self._rest), self._piece) & 0xFF
        return Response(0x6100 | left if self._rest else SW.OK, piece)


def pattern(size: int) -> bytes:
    """Bytes that hold nobody's key: published test keys are runs of ascending bytes too."""
    return bytes(at & 0x3F for at in range(size))
