"""A ticket that is stamped: a neighbour of the JPKI applet, for one user at a time. OUR DESIGN."""

from __future__ import annotations

from dataclasses import dataclass, field

from reference_impl.applet.apdu import SW, Command, Refused, Response
from reference_impl.platform.foreign import Foreign

STAMP, READ_STAMPS = 0x10, 0x12
STAMP_BYTES = 8
STAMPS = 6  # that are kept


@dataclass
class Ticket(Foreign):
    """A ticket that is stamped; what was announced before is volatile, so it is for one at a time.

    ``80 10 00 00 08 <stamp>`` announces, ``80 10 01 00`` puts it on, ``80 12 00 00`` tells all.
    """

    announced: bytes = field(default=b"", init=False)

    def power_on(self) -> None:
        self.announced = b""

    def select(self) -> None:
        self.announced = b""

    def deselect(self) -> None:
        self.announced = b""

    def answer(self, command: Command) -> Response:
        if command.ins == READ_STAMPS:
            return Response(SW.OK, self.values.get("stamps"))
        if command.ins != STAMP:
            raise Refused(SW.INS_NOT_SUPPORTED)
        if command.p1 == 0:
            return self.announce(command.data)
        return self.stamp()

    def announce(self, stamp: bytes) -> Response:
        if len(stamp) != STAMP_BYTES:
            raise Refused(SW.WRONG_LENGTH)
        self.announced = stamp
        return Response(SW.OK)

    def stamp(self) -> Response:
        """The last six are kept."""
        if not self.announced:
            raise Refused(SW.CONDITIONS_NOT_SATISFIED)
        kept = (self.announced + self.values.get("stamps"))[: STAMPS * STAMP_BYTES]
        self.announced = b""
        with self.values.store.transaction() as changes:
            changes[self.values.name("stamps")] = kept
        return Response(SW.OK)
