"""SELECT (INS A4) inside the applet: an elementary file, or the application itself.

SELECT by name is the platform's; one that comes here found no application.
"""

from __future__ import annotations

from dataclasses import dataclass

from reference_impl.applet.apdu import SW, Command, Refused, Response
from reference_impl.applet.files import Files

EF_UNDER_CURRENT_DF = 0x02  # P1
MF_DF_OR_EF = 0x00
BY_NAME = 0x04
FIRST_OR_ONLY = (0x00, 0x0C)  # P2, with and without a promise of file control information


@dataclass
class Select:
    """``00 A4 02 0C 02 <identifier>``, and ``00 A4 00 00``, which changes nothing."""

    files: Files

    def __call__(self, command: Command) -> Response:
        if command.p1 == BY_NAME:
            raise Refused(SW.FILE_NOT_FOUND)
        if command.p1 not in (MF_DF_OR_EF, EF_UNDER_CURRENT_DF) or command.p2 not in FIRST_OR_ONLY:
            raise Refused(SW.INCORRECT_P1_P2)
        if command.p1 == MF_DF_OR_EF:
            return Response(SW.FILE_NOT_FOUND if command.data else SW.OK)
        if len(command.data) != 2:
            raise Refused(SW.WRONG_LENGTH)
        try:
            self.files.select(command.data)
        except Refused:
            return self.unknown()
        return Response(SW.OK)

    def unknown(self) -> Response:
        """No such EF (J-09)."""
        return Response(SW.FILE_NOT_FOUND)
