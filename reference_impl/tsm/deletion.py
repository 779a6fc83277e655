"""The SEI-TSM's script that takes the JPKI applet off an SE (steps 12 and 13).

DELETE of the instance by its issuer's security domain (GPCS 11.2), over a secure channel. Where
the instance is not there any more the SE says 6A88, and the work is done as well: a deletion whose
answer was lost is asked for again.
"""

from __future__ import annotations

from dataclasses import dataclass

from reference_impl.tsm.scripts import JPKI_AID, Commands, Script, ScriptFailed
from reference_impl.tsm.secure_channel import Host, Session

SELECT_ISSUER_DOMAIN = bytes.fromhex("00A4040000")  # by no name: the default is the ISD
DELETE = bytes.fromhex("80E40000")
NOT_FOUND = b"\x6a\x88"


@dataclass(frozen=True)
class DeletionScript:
    """Deletes one instance."""

    host: Host

    def __call__(self) -> Script:
        session: Session = yield from self.host.opened(SELECT_ISSUER_DOMAIN)
        command = session.wrapped(DELETE, self.named(), b"\x00")
        answer = yield Commands((command,))
        if not answer.responses:
            raise ScriptFailed("the app brought no response")
        if answer.responses[-1][-2:] != NOT_FOUND:
            session.opened(answer.responses[-1])

    def named(self) -> bytes:
        """What is deleted: the instance and nothing related (tag 4F)."""
        return bytes([0x4F, len(JPKI_AID)]) + JPKI_AID
