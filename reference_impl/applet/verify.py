"""VERIFY (INS 20)."""

from __future__ import annotations

from dataclasses import dataclass

from reference_impl.applet.apdu import SW, Command, Refused, Response, tries_left
from reference_impl.applet.pin import Pin
from reference_impl.applet.profile import Profile
from reference_impl.applet.reference_data import ReferenceData

LONGEST = 16  # bytes of a candidate


@dataclass
class Verify:
    """``00 20 00 80 Lc <pin>``; without a data field it only asks for the tries left."""

    profile: Profile
    reference_data: ReferenceData

    def __call__(self, command: Command) -> Response:
        if command.p1:
            raise Refused(SW.INCORRECT_P1_P2)
        pin = self.reference_data.named(command.p2)
        if not command.data and command.le is None:
            return self.tell_tries_left(pin)
        if not 1 <= len(command.data) <= LONGEST:
            raise Refused(SW.WRONG_LENGTH)
        if self.turns_away(pin, command.data):
            return self.blocked()
        if pin.verify(command.data):
            return Response(SW.OK)
        return Response(tries_left(pin.tries))

    def tell_tries_left(self, pin: Pin) -> Response:
        """63Cx, even just after a right PIN (J-03) and even when blocked (J-04)."""
        return Response(tries_left(pin.tries))

    def turns_away(self, pin: Pin, candidate: bytes) -> bool:
        """A blocked PIN is not even compared."""
        return pin.blocked

    def blocked(self) -> Response:
        """A question of the profile (J-06)."""
        return Response(self.profile.blocked)
