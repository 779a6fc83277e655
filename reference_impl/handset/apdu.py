"""Commands as the phone looks at them: structure, class byte, Le, and what apps may not send.

ISO/IEC 7816-4 5.2 and 5.4.1; AOSP ``CommandApduValidator`` and ``Channel``. Only bytes are looked
at: what a command means is the element's business.
"""

from __future__ import annotations

from reference_impl.handset.exceptions import Kind, OmapiError

MANAGE_CHANNEL, SELECT, GET_RESPONSE = 0x70, 0xA4, 0xC0
BY_DF_NAME = 0x04
MOST_BASIC = 4  # channels 0 to 3 are coded in the low bits of the first interindustry class
CHANNELS = 20


class CommandRules:
    """Every refusal here happens before the element hears of the command."""

    def validate(self, command: bytes) -> None:
        """Raises IllegalArgumentException for what is no command APDU."""
        if len(command) < 4:
            raise OmapiError(Kind.ILLEGAL_ARGUMENT, f"{len(command)} bytes are no command")
        if command[0] == 0xFF or command[1] & 0xF0 in (0x60, 0x90):
            raise OmapiError(Kind.ILLEGAL_ARGUMENT, "CLA FF, INS 6x and 9x do not exist")
        if not self.well_formed(command):
            raise OmapiError(Kind.ILLEGAL_ARGUMENT, "Lc and Le do not fit the length")

    def well_formed(self, command: bytes) -> bool:
        """One of the seven cases."""
        size = len(command)
        if size <= 5:
            return True
        if command[4]:
            return size - command[4] in (5, 6)
        if size == 7:
            return True
        data = int.from_bytes(command[5:7], "big")
        return size > 7 and data > 0 and size - data in (7, 9)

    def forbid(self, command: bytes, *, privileged: bool) -> None:
        """Raises SecurityException for what would take the channel out of the phone's hands."""
        if not self.interindustry(command[0]):
            return
        if self.manages_channels(command):
            raise OmapiError(Kind.SECURITY, "MANAGE CHANNEL is the phone's own")
        if self.selects_by_name(command) and not privileged:
            raise OmapiError(Kind.SECURITY, "SELECT by DF name is the phone's own")

    def interindustry(self, cla: int) -> bool:
        """Bit 8 is 0, and not the reserved 001x xxxx."""
        return cla & 0x80 == 0 and cla & 0x60 != 0x20

    def manages_channels(self, command: bytes) -> bool:
        return command[1] == MANAGE_CHANNEL

    def selects_by_name(self, command: bytes) -> bool:
        """Selection of files within the application stays possible."""
        return command[1] == SELECT and command[2] == BY_DF_NAME

    def on_channel(self, command: bytes, channel: int) -> bytes:
        """The same command with the channel in its class byte, whatever the app wrote there."""
        return bytes((self.class_for(command[0], channel),)) + command[1:]

    def class_for(self, cla: int, channel: int) -> int:
        """Tables 2 and 3 of 5.4.1; secure messaging is told by one bit on channels 4 to 19."""
        if channel < MOST_BASIC:
            return cla & 0xBC | channel
        secured = 0x20 if not cla & 0x40 and cla & 0x0C else 0
        return cla & 0xB0 | 0x40 | channel - MOST_BASIC | secured


def with_le(command: bytes, le: int) -> bytes:
    """The short command with another Le, also where it had none."""
    ends_at = 4 if len(command) <= 5 else 5 + command[4]
    return command[:ends_at] + bytes((le,))


def select(cla: int, p2: int, aid: bytes) -> bytes:
    """SELECT by DF name; the default application has no name."""
    return bytes((cla, SELECT, BY_DF_NAME, p2, len(aid))) + aid
