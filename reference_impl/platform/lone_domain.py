"""One security domain (or application) with a secure channel and little else.

Pieces of commands and of answers are put together and cut here as a platform does it; the program
around it is ``lone_card.py``.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, field

from reference_impl.applet.apdu import INS, SW, Command, Refused, Response
from reference_impl.platform.class_byte import ClassByte, Messaging
from reference_impl.platform.command_chain import CommandChain
from reference_impl.platform.long_answer import LongAnswer
from reference_impl.platform.scp03 import SecureChannel

INITIALIZE_UPDATE, EXTERNAL_AUTHENTICATE, ECHO, FREE = 0x50, 0x82, 0x40, 0x44


@dataclass
class Tape:
    """Random bytes that were settled beforehand; the operating system's after that."""

    left: bytes

    def generate(self, size: int) -> bytes:
        taken, self.left = self.left[:size], self.left[size:]
        return taken + os.urandom(size - len(taken))


@dataclass
class LoneDomain:
    """One logical channel of one domain."""

    channel: SecureChannel
    answers: dict[bytes, bytes]
    handlers: dict[int, Callable[[Command], Response]]
    chain: CommandChain = field(default_factory=CommandChain)
    answer: LongAnswer = field(default_factory=LongAnswer)

    def transmit(self, command: Command) -> Response:
        try:
            if command.ins == INS.GET_RESPONSE and not secured(command):
                return self.answer.next(command)
            self.answer.forget()
            whole = self.chain.taken(command)
            if whole is None:
                return Response(SW.OK)
            return self.answer.first(self._answered(whole), whole.le)
        except Refused as refusal:
            return Response(refusal.sw)

    def _answered(self, command: Command) -> Response:
        if command.ins == INITIALIZE_UPDATE and not secured(command):
            return self.channel.initialize_update(command)
        if command.ins == EXTERNAL_AUTHENTICATE:
            return self.channel.external_authenticate(command)
        plain = self.channel.received(command)
        if not self.channel.authenticated and plain.ins != FREE:
            raise Refused(SW.SECURITY_STATUS_NOT_SATISFIED)
        try:
            return self.channel.answered(self._content(plain))
        except Refused as refusal:
            return self.channel.answered(Response(refusal.sw))

    def _content(self, plain: Command) -> Response:
        if plain.ins in self.handlers:
            return self.handlers[plain.ins](plain)
        told = self.answers.get(written(plain))
        if told is not None:
            return Response(int.from_bytes(told[-2:], "big"), told[:-2])
        sw = plain.p1 << 8 | plain.p2 if plain.ins == ECHO else 0
        return Response(sw or SW.OK, plain.data)


def secured(command: Command) -> bool:
    """A command that claims protection is judged by that first, whatever it asks for."""
    found = ClassByte.parse(command.cla)
    return found is not None and found.messaging is not Messaging.NONE


def written(command: Command) -> bytes:
    """A short command as bytes again."""
    body = bytes((len(command.data) & 0xFF,)) + command.data if command.data else b""
    le = b"" if command.le is None else bytes((command.le & 0xFF,))
    return bytes((command.cla, command.ins, command.p1, command.p2)) + body + le
