"""A security domain on one logical channel: secure channel, pieces, and what it may do when.

GPCS 7, 11.1.5 and table 11-2. What the commands mean is in the handlers; here it is settled whether
one is carried out at all.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from reference_impl.applet.apdu import INS, SW, Command, Refused, Response
from reference_impl.platform import tlv
from reference_impl.platform.class_byte import ClassByte, Messaging
from reference_impl.platform.command_chain import CommandChain
from reference_impl.platform.life_cycle import (
    EXTERNAL_AUTHENTICATE,
    GET_DATA,
    INITIALIZE_UPDATE,
    LOCKED,
    CardLifeCycle,
)
from reference_impl.platform.long_answer import LongAnswer
from reference_impl.platform.registry import Kind, Registry
from reference_impl.platform.scp03 import SecureChannel

LONGEST_DATA = 0xFF  # bytes of a data field (9F65)
WITHOUT_DATA = 0x0C  # b4 b3 of P2 of SELECT

Handler = Callable[[Command], Response]


@dataclass
class DomainSession:
    """``handlers`` by instruction; ``ends``: what else ends with the session."""

    aid: bytes
    registry: Registry
    channel: SecureChannel
    handlers: Mapping[int, Handler]
    card: CardLifeCycle
    chain: CommandChain
    long_answer: LongAnswer
    ends: tuple[Callable[[], None], ...]

    def power_on(self) -> None:
        self.deselect()

    def select(self, command: Command) -> Response:
        self.deselect()
        wanted = command.le is not None and command.p2 & WITHOUT_DATA == 0
        return Response(SW.OK, self.file_control_information() if wanted else b"")

    def deselect(self) -> None:
        self.channel.terminate()
        self.chain.forget()
        self.long_answer.forget()
        for end in self.ends:
            end()

    def forget_answer(self) -> None:
        """Pieces of a command come one straight after the other, or not at all."""
        self.long_answer.forget()
        self.chain.forget()

    def file_control_information(self) -> bytes:
        """11.9.3.1: name, and how long a data field may be."""
        proprietary = tlv.written(0xA5, tlv.written(0x9F65, bytes((LONGEST_DATA,))))
        return tlv.written(0x6F, tlv.written(0x84, self.aid) + proprietary)

    def process(self, command: Command, found: ClassByte, protocol: int) -> Response:
        if command.ins == INS.GET_RESPONSE and found.messaging is Messaging.NONE:
            self.chain.forget()
            return self.long_answer.next(command)
        self.long_answer.forget()
        if command.extended:
            self.chain.forget()
            raise Refused(SW.WRONG_LENGTH)
        whole = self.chain.taken(command)
        if whole is None:
            return Response(SW.OK)
        return self.long_answer.first(self._answered(whole, found), whole.le)

    def _answered(self, command: Command, found: ClassByte) -> Response:
        if command.ins == INITIALIZE_UPDATE and found.messaging is Messaging.NONE:
            self.admit(command)
            return self.channel.initialize_update(command)
        if command.ins == EXTERNAL_AUTHENTICATE and found.proprietary:
            return self.channel.external_authenticate(command)
        plain = self.channel.received(command)
        try:
            return self.channel.answered(self._carried_out(plain))
        except Refused as refusal:
            return self.channel.answered(Response(refusal.sw))

    def _carried_out(self, plain: Command) -> Response:
        if plain.ins == INS.SELECT:
            raise Refused(SW.FILE_NOT_FOUND)
        handler = self.handlers.get(plain.ins)
        if handler is None:
            raise Refused(SW.INS_NOT_SUPPORTED)
        if plain.cla == 0 and plain.ins != GET_DATA:
            raise Refused(SW.CLA_NOT_SUPPORTED)
        self.admit(plain)
        if not (self.channel.authenticated or self.free(plain)):
            raise Refused(SW.SECURITY_STATUS_NOT_SATISFIED)
        return handler(plain)

    def admit(self, plain: Command) -> None:
        """Raises Refused (6985): for a locked domain, or on a card that is locked or dead."""
        if self.locked() or not self.card.permits(self.registry.card_state, plain.ins):
            raise Refused(SW.CONDITIONS_NOT_SATISFIED)

    def locked(self) -> bool:
        """It may have been locked since it was selected, and rejects everything then (5.3.2.4)."""
        entry = self.registry.named(self.aid)
        return entry.kind is not Kind.ISSUER and bool(entry.state & LOCKED)

    def free(self, plain: Command) -> bool:
        """Needs no authentication (table 11-2)."""
        return plain.ins == GET_DATA
