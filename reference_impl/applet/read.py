"""READ BINARY (INS B0): rules JPKI-J-07, J-08, EF-01 and REQ-1-1-a."""

from __future__ import annotations

from dataclasses import dataclass

from reference_impl.applet.access import Access
from reference_impl.applet.apdu import SW, Command, Refused, Response
from reference_impl.applet.files import EF, TRANSPARENT, Files


@dataclass
class ReadBinary:
    """``00 B0 <offset> Le`` of the current EF, ``00 B0 80+sfi <offset> Le`` of any."""

    files: Files
    access: Access

    def __call__(self, command: Command) -> Response:
        if command.le is None or command.data:
            raise Refused(SW.WRONG_LENGTH)
        ef, offset = self.files.address(command)
        content = self.content(ef)
        if offset >= len(content):
            raise Refused(SW.WRONG_OFFSET)
        if offset + command.le > len(content) and not command.wants_all:
            return self.beyond_the_end(content, offset, command.le)
        return Response(SW.OK, content[offset : offset + command.le])

    def content(self, ef: EF) -> bytes:
        """Keys and PINs have none that could be read."""
        if ef not in TRANSPARENT:
            raise Refused(SW.INCOMPATIBLE_FILE_STRUCTURE)
        if not self.access.may_read(ef):
            raise Refused(SW.SECURITY_STATUS_NOT_SATISFIED)
        return self.files.content(ef)

    def beyond_the_end(self, content: bytes, offset: int, le: int) -> Response:
        """The rest, and the warning that it is less than was asked for."""
        return Response(SW.END_OF_FILE_BEFORE_LE, content[offset:])
