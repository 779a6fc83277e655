"""CHANGE REFERENCE DATA (INS 24)."""

from __future__ import annotations

from dataclasses import dataclass

from reference_impl.applet.access import Access
from reference_impl.applet.apdu import SW, Command, Refused, Response
from reference_impl.applet.reference_data import ReferenceData

NEW_VALUE_ONLY = 0x01  # P1


@dataclass
class ChangeReferenceData:
    """``00 24 01 80 Lc <new>`` after VERIFY of the old value, which stays verified."""

    reference_data: ReferenceData
    access: Access

    def __call__(self, command: Command) -> Response:
        if command.p1 != NEW_VALUE_ONLY:
            raise Refused(SW.INCORRECT_P1_P2)
        pin = self.reference_data.named(command.p2)
        if not command.data:
            raise Refused(SW.WRONG_LENGTH)
        if not self.access.may_change(pin):
            raise Refused(SW.SECURITY_STATUS_NOT_SATISFIED)
        if not pin.well_formed(command.data):
            raise Refused(SW.INCORRECT_DATA)
        pin.replace(command.data)
        return Response(SW.OK)
