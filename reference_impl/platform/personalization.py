"""STORE DATA: to the security domain itself, or on to one of its applications (GPCS 7.3.3, 11.11).

INSTALL [for personalization] names the application; what follows is handed to it block by block
until the last one. Data groupings are tag (two bytes), length (one) and value; where all of it is
encrypted the values are, under the session's Key-DEK.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from reference_impl.applet.apdu import SW, Command, Refused, Response
from reference_impl.chip import aes
from reference_impl.chip.memory import Transaction
from reference_impl.platform import tlv
from reference_impl.platform.authority import Authority
from reference_impl.platform.life_cycle import LOCKED
from reference_impl.platform.programs import Programs
from reference_impl.platform.registry import Entry, Kind, Registry
from reference_impl.platform.tokens import data_name

LAST, ENCRYPTION, FORMAT, CASE_4 = 0x80, 0x60, 0x18, 0x01  # bits of P1
GROUPINGS, BER_TLV = 0x08, 0x10
DOMAIN_DATA = (0x42, 0x45, 0x66, 0x5F50)
"""Objects of a domain that may be stored: IIN, CIN, card data, its manager's URL."""


@dataclass
class StoreData:
    """``80 E2 <bits> <number> <data>``; ``dek`` is the session's."""

    registry: Registry
    programs: Programs
    authority: Authority
    dek: Callable[[], bytes]
    _target: bytes = field(default=b"", init=False)
    _next_block: int = field(default=0, init=False)

    def forget(self) -> None:
        """The session, or the personalisation, has ended."""
        self._target, self._next_block = b"", 0

    def begin(self, aid: bytes) -> None:
        """INSTALL [for personalization]. Raises Refused: 6A88, 6985 for somebody else's."""
        self.forget()
        entry = self.registry.named(aid)
        if not self.may_personalise(entry):
            raise Refused(SW.CONDITIONS_NOT_SATISFIED)
        self._target = aid

    def may_personalise(self, entry: Entry) -> bool:
        """Only applications that belong to this very domain, and not locked ones."""
        own = entry.domain == self.authority.aid and entry.kind is Kind.APPLICATION
        return own and not entry.state & LOCKED

    def __call__(self, command: Command) -> Response:
        target, expected = self._target, self._next_block
        self.forget()
        if command.p2 != expected or command.p1 & CASE_4:
            raise Refused(SW.INCORRECT_P1_P2)
        with self.registry.store.transaction() as changes:
            if target:
                self.forward(changes, target, command)
            else:
                self.store(changes, command)
        if not command.p1 & LAST:
            self._target, self._next_block = target, expected + 1
        return Response(SW.OK)

    def forward(self, changes: Transaction, aid: bytes, command: Command) -> None:
        entry = self.registry.named(aid)
        applet = self.programs.of(entry).applet(aid)
        for tag, value in self.clear(command):
            applet.store_data(changes, tag, value)

    def store(self, changes: Transaction, command: Command) -> None:
        """The domain's own data. Raises Refused (6A88) for what it does not keep."""
        for tag, value in self.clear(command):
            if tag not in DOMAIN_DATA:
                raise Refused(SW.REFERENCED_DATA_NOT_FOUND)
            changes[data_name(self.authority.aid, tag)] = value

    def clear(self, command: Command) -> Iterator[tuple[int, bytes]]:
        """Tag and clear value. Raises Refused (6A80) for what is cut off, 6A86 for no format."""
        form, encryption = command.p1 & FORMAT, command.p1 & ENCRYPTION
        if form not in (GROUPINGS, BER_TLV) or encryption not in (0, ENCRYPTION):
            raise Refused(SW.INCORRECT_P1_P2)
        held = groupings(command.data) if form == GROUPINGS else tlv.objects(command.data)
        for tag, value in held:
            yield tag, self.deciphered(value) if encryption else value

    def deciphered(self, value: bytes) -> bytes:
        if not value or len(value) % aes.BLOCK_BYTES:
            raise Refused(SW.INCORRECT_DATA)
        return aes.cbc_decrypted(self.dek(), bytes(aes.BLOCK_BYTES), value)


def groupings(raw: bytes) -> Iterator[tuple[int, bytes]]:
    """Raises Refused (6A80)."""
    at = 0
    while at < len(raw):
        if at + 3 > len(raw) or at + 3 + raw[at + 2] > len(raw):
            raise Refused(SW.INCORRECT_DATA)
        end = at + 3 + raw[at + 2]
        yield int.from_bytes(raw[at : at + 2], "big"), raw[at + 3 : end]
        at = end
