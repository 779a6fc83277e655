"""A campaign of touches on a desk: every phone on every reader, at every position, n tries each.

A second attempt is made only where the first did not succeed by the rules of ``touches``.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from fixtures.card.apdu import Command
from fixtures.card.jpki import EF, JPKI_AP
from fixtures.desk import Desk
from fixtures.outcome import Inconclusive
from suites.contactless.positions import Position
from suites.contactless.touch_types import as_phone, as_reader, shares_b
from suites.contactless.touches import Touch, succeeded

if TYPE_CHECKING:
    from fixtures.bench import Bench
    from fixtures.targets.desk_port import DeskPhone, DeskReader, PollingLoop

SELECT = bytes(Command(0x00, 0xA4, 0x04, 0x0C, JPKI_AP))
READ = bytes(Command(0x00, 0xB0, 0x80 | EF.TOKEN_INFORMATION.sfi, 0x00, le=256))
COMMANDS = (SELECT, READ)


@dataclass
class DeskCampaign:
    """``wanted``: what the applet answers by the way it is known to work by."""

    desk: Desk
    wanted: tuple[bytes, ...]
    readers: tuple[DeskReader, ...] = ()
    phones: tuple[DeskPhone, ...] = ()
    _numbers: dict[tuple[str, str, str, Position], int] = field(default_factory=dict)

    @classmethod
    def of(cls, bench: Bench) -> DeskCampaign:
        """``Inconclusive`` where the applet is not read by the default path either."""
        bench.card.power_cycle()
        wanted = tuple(bench.channel.transmit(command) for command in COMMANDS)
        if any(answer[-2:] != b"\x90\x00" for answer in wanted):
            told = ", ".join(answer[-2:].hex().upper() for answer in wanted)
            raise Inconclusive(f"by {bench.path} SELECT and READ are answered {told}")
        desk = Desk(bench)
        return cls(desk, wanted, desk.readers(), desk.phones())

    def pairs(self) -> Iterator[tuple[DeskReader, DeskPhone]]:
        """Those with a type in common that the reader's application takes."""
        for reader in self.readers:
            for phone in self.phones:
                if shares_b(as_reader(reader), as_phone(phone)):
                    yield reader, phone

    def apart(self) -> Iterator[tuple[DeskReader, DeskPhone]]:
        """Those of a reader whose application insists on type B, and a phone that knows none."""
        for reader in self.readers:
            for phone in self.phones:
                if reader.requires_b and "B" not in phone.listen:
                    yield reader, phone

    def newest(self, reader: DeskReader) -> bool:
        """No later firmware of the same reader is here."""
        same = [one for one in self.readers if one.name == reader.name]
        return same[-1] == reader

    def firmwares(self) -> tuple[tuple[str, str], ...]:
        return tuple((reader.name, reader.firmware) for reader in self.readers)

    def touches(
        self, reader: DeskReader, phone: DeskPhone, position: Position, count: int
    ) -> list[Touch]:
        """So many tries, numbered on from those that were made there before."""
        return [self.touch(reader, phone, position) for _ in range(count)]

    def touch(self, reader: DeskReader, phone: DeskPhone, position: Position) -> Touch:
        key = (reader.name, reader.firmware, phone.name, position)
        number = self._numbers[key] = self._numbers.get(key, 0) + 1
        place = (position.x, position.y, position.z)
        attempts = []
        for _ in range(2):
            came = self.desk.attempt((reader.name, reader.firmware), phone.name, place, COMMANDS)
            attempts.append(came)
            if succeeded(came, self.wanted):
                break
        return Touch(reader, phone, position, number, tuple(attempts))

    def under(self, reader: DeskReader, loop: PollingLoop) -> DeskReader:
        """The reader looking for cards like this."""
        self.desk.set_loop((reader.name, reader.firmware), loop)
        return replace(reader, loop=loop)

    def as_declared(self, readers: Sequence[DeskReader]) -> None:
        for reader in readers:
            self.desk.set_loop((reader.name, reader.firmware), None)
