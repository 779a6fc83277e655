"""How P2 of VERIFY, CHANGE REFERENCE DATA and RESET RETRY COUNTER names a PIN."""

from __future__ import annotations

from dataclasses import dataclass

from reference_impl.applet.apdu import SW, Refused
from reference_impl.applet.files import EF, PINS, Files
from reference_impl.applet.pin import Pin, Pins

CURRENT_EF = 0x80


@dataclass
class ReferenceData:
    """80 is the PIN that is the current EF; 98 and 9B name it without touching the current EF."""

    files: Files
    pins: Pins

    def named(self, p2: int) -> Pin:
        """Raises Refused: 6986, 6981, and 6A88 for a name nobody has."""
        if p2 == CURRENT_EF:
            current = self.files.current_of(PINS)
            return self.pins.user if current is EF.USER_PIN else self.pins.password
        for pin in (self.pins.user, self.pins.password):
            if p2 == CURRENT_EF | pin.kind.reference:
                return pin
        raise Refused(SW.REFERENCED_DATA_NOT_FOUND)
