"""GET CHALLENGE (INS 84)."""

from __future__ import annotations

from dataclasses import dataclass

from reference_impl.applet.apdu import SW, Command, Refused, Response
from reference_impl.applet.authenticate import Administrator
from reference_impl.chip.drbg import RandomBytes


@dataclass
class GetChallenge:
    """``00 84 00 00 Le``, 1 to 256 bytes; the extended form is refused as on the plastic card."""

    random: RandomBytes
    administrator: Administrator

    def __call__(self, command: Command) -> Response:
        if command.p1 or command.p2:
            raise Refused(SW.INCORRECT_P1_P2)
        if command.le is None or command.data:
            raise Refused(SW.WRONG_LENGTH)
        if command.extended:
            raise Refused(SW.CONDITIONS_NOT_SATISFIED)
        challenge = self.fresh(command.le)
        self.administrator.remember(challenge)
        return Response(SW.OK, challenge)

    def fresh(self, count: int) -> bytes:
        """Random bytes that nobody can foresee: a proof of yesterday must not fit today."""
        return self.random.generate(count)
