"""The SEI-TSM's scripts for the JPKI applet on an SE: its deletion and its installation.

By the issuer's security domain, over a secure channel (GPCS 11.2 and 11.5).
"""

from __future__ import annotations

from dataclasses import dataclass, field

from reference_impl.tsm.scripts import JPKI_AID, Answer, Commands, Script, ScriptFailed
from reference_impl.tsm.secure_channel import Host, Session

SELECT_ISSUER_DOMAIN = bytes.fromhex("00A4040000")  # by no name: the default is the ISD
DELETE = bytes.fromhex("80E40000")
INSTALL_SELECTABLE = bytes.fromhex("80E60C00")
GET_STATUS = bytes.fromhex("80F24002")  # of applications, in TLV format (GPCS 11.4)
ALL_APPLICATIONS = bytes.fromhex("4F005C014F")  # their AIDs only
NOT_FOUND = b"\x6a\x88"
PACKAGE = JPKI_AID[:8]  # OUR DESIGN
NO_PRIVILEGE = b"\x00"
OWN_PARAMETERS = 0xC9


@dataclass(frozen=True)
class DeletionScript:
    """Deletes the instance (steps 12 and 13).

    Where it is not there any more the SE says 6A88, and once that is proved the work is done as
    well: a deletion whose answer was lost is asked for again.
    """

    host: Host

    def __call__(self) -> Script:
        session: Session = yield from self.host.opened(SELECT_ISSUER_DOMAIN)
        answer = last((yield Commands((session.command(self.how(), self.named()),))))
        if answer[-2:] == NOT_FOUND:
            yield from self.absence_proved(session)
        else:
            session.opened(answer)

    def absence_proved(self, session: Session) -> Script:
        """An error comes without a MAC: anybody may have said it, so the registry is asked."""
        answer = last((yield Commands((session.command(GET_STATUS, ALL_APPLICATIONS),))))
        if JPKI_AID in session.opened(answer):
            raise ScriptFailed("the applet is still there")

    def how(self) -> bytes:
        """DELETE, and nothing related."""
        return DELETE

    def named(self) -> bytes:
        """What is deleted: the instance (tag 4F)."""
        return bytes([0x4F, len(JPKI_AID)]) + JPKI_AID


@dataclass(frozen=True)
class InstallationScript:
    """Installs a new instance from the package that is there, with its administrator's key."""

    host: Host
    administrator_key: bytes = field(repr=False)

    def __call__(self) -> Script:
        session: Session = yield from self.host.opened(SELECT_ISSUER_DOMAIN)
        key = self.administrator_key
        parameters = bytes([OWN_PARAMETERS, len(key)]) + key
        fields = (PACKAGE, JPKI_AID, JPKI_AID, NO_PRIVILEGE, parameters, b"")
        data = b"".join(bytes([len(one)]) + one for one in fields)
        session.opened(last((yield Commands((session.command(INSTALL_SELECTABLE, data),)))))


def last(answer: Answer) -> bytes:
    """The last response. Raises ScriptFailed where there is none."""
    if not answer.responses:
        raise ScriptFailed("the app brought no response")
    return answer.responses[-1]
