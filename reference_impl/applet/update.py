"""UPDATE BINARY (INS D6): the administrator stores certificates."""

from __future__ import annotations

from dataclasses import dataclass

from reference_impl.applet.access import Access
from reference_impl.applet.apdu import SW, Command, Refused, Response
from reference_impl.applet.files import LARGEST_EF, TRANSPARENT, Files
from reference_impl.chip.memory import Store


@dataclass
class UpdateBinary:
    """Offset 0 starts new content, an offset at the end appends; nothing else is possible."""

    files: Files
    access: Access
    store: Store

    def __call__(self, command: Command) -> Response:
        if not command.data or command.le is not None:
            raise Refused(SW.WRONG_LENGTH)
        ef, offset = self.files.address(command)
        if ef not in TRANSPARENT:
            raise Refused(SW.INCOMPATIBLE_FILE_STRUCTURE)
        if not self.access.may_update(ef):
            raise Refused(SW.SECURITY_STATUS_NOT_SATISFIED)
        kept = self.files.stored(ef) if offset else b""
        if offset != len(kept):
            raise Refused(SW.WRONG_OFFSET)
        if offset + len(command.data) > LARGEST_EF:
            raise Refused(SW.NOT_ENOUGH_MEMORY)
        with self.store.transaction() as changes:
            changes[ef.key] = kept + command.data
        return Response(SW.OK)
