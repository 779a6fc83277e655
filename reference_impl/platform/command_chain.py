"""Commands in several pieces by the bit "more commands" of P1 (GPCS 11.1.5.1).

Only DELETE, INSTALL and PUT KEY have that bit. The pieces are put together before anything is
looked at: protection was applied to the whole.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from reference_impl.applet.apdu import SW, Command, Refused

MORE = 0x80  # P1.b8
CHAINED = (0xE4, 0xE6, 0xD8)  # DELETE, INSTALL, PUT KEY
LONGEST = 2_048  # bytes of data, OUR DESIGN ("implementation dependent")


@dataclass
class CommandChain:
    """The pieces so far."""

    longest: int = LONGEST
    _begun: Command | None = field(default=None, init=False, repr=False)

    def forget(self) -> None:
        self._begun = None

    def taken(self, command: Command) -> Command | None:
        """The whole command, or None where more is to come (then 9000 is the answer).

        Raises Refused: 6985 for a stranger between the pieces, 6A86 for too much.
        """
        begun, self._begun = self._begun, None
        if begun is not None and not self.continues(begun, command):
            raise Refused(SW.CONDITIONS_NOT_SATISFIED)
        whole = command if begun is None else replace(command, data=begun.data + command.data)
        if len(whole.data) > self.longest:
            raise Refused(SW.INCORRECT_P1_P2)
        if self.more(command):
            self._begun = whole
            return None
        return whole

    def more(self, command: Command) -> bool:
        return command.ins in CHAINED and bool(command.p1 & MORE)

    def continues(self, begun: Command, command: Command) -> bool:
        """The same header but for Lc and the bit itself."""
        return (begun.cla, begun.ins, begun.p1 & ~MORE, begun.p2) == (
            command.cla, command.ins, command.p1 & ~MORE, command.p2,
        )  # fmt: skip
