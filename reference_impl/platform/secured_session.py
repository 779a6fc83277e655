"""An applet that speaks through a secure channel, by services of its security domain (GPCS 7.2).

INITIALIZE UPDATE and EXTERNAL AUTHENTICATE are the domain's to answer; what comes after them
reaches the applet in clear. Without a session it is spoken to like any other applet.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from reference_impl.applet.apdu import INS, SW, Command, Refused, Response
from reference_impl.applet.context import Context
from reference_impl.platform.class_byte import ClassByte, Messaging
from reference_impl.platform.life_cycle import EXTERNAL_AUTHENTICATE, INITIALIZE_UPDATE
from reference_impl.platform.long_answer import LongAnswer
from reference_impl.platform.scp03 import SecureChannel
from reference_impl.platform.session import Applet


@dataclass
class SecuredSession:
    """One applet on one channel."""

    applet: Applet
    number: int
    channel: SecureChannel
    long_answer: LongAnswer = field(default_factory=LongAnswer)

    def power_on(self) -> None:
        self._end()
        self.applet.power_on()

    def select(self, command: Command) -> Response:
        self._end()
        self.applet.select()
        return Response(SW.OK)

    def deselect(self) -> None:
        self._end()
        self.applet.deselect()

    def forget_answer(self) -> None:
        self.long_answer.forget()

    def process(self, command: Command, found: ClassByte, protocol: int) -> Response:
        if command.ins == INS.GET_RESPONSE and found.messaging is Messaging.NONE:
            return self.long_answer.next(command)
        self.long_answer.forget()
        if command.ins == INITIALIZE_UPDATE and found.proprietary:
            return self.channel.initialize_update(command)
        if command.ins == EXTERNAL_AUTHENTICATE and found.proprietary:
            return self.channel.external_authenticate(command)
        plain = self.channel.received(command)
        if plain.cla == 0x00 and plain.ins == INS.SELECT:
            raise Refused(SW.FILE_NOT_FOUND)
        response = self.applet.process(plain, Context(self.number, protocol))
        return self.long_answer.first(self.channel.answered(response), plain.le)

    def _end(self) -> None:
        self.channel.terminate()
        self.long_answer.forget()
