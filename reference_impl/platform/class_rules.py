"""Which class bytes a card takes, and what it says to secure messaging that it does not have.

Rule JPKI-J-09: what is unknown is refused, by the right word.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from reference_impl.applet.apdu import INS, SW, Command, Refused
from reference_impl.platform.class_byte import ClassByte, Messaging

PLASTIC = frozenset((0x00, 0x80, 0x08, 0x0C))  # interindustry and proprietary, channel 0
PHONE = frozenset(cla for cla in range(0x100) if ClassByte.parse(cla) is not None)


@dataclass
class ClassRules:
    """``known``: class bytes that this card has something for."""

    known: frozenset[int]

    def admit(self, command: Command) -> Command:
        """Raises Refused (6E00) for a class byte this card has nothing for."""
        if command.cla not in self.known:
            raise Refused(SW.CLA_NOT_SUPPORTED)
        return command

    def plain(self, command: Command, found: ClassByte) -> Command:
        """For an applet without secure messaging. Raises Refused where some is indicated."""
        if found.messaging is not Messaging.NONE:
            raise Refused(self.refusal(command, found))
        return command if command.cla == found.plain else replace(command, cla=found.plain)

    def refusal(self, command: Command, found: ClassByte) -> SW:
        """As the plastic card says it of interindustry commands; of others nothing is known."""
        if found.proprietary or found.messaging is not Messaging.ISO:
            return SW.CLA_NOT_SUPPORTED
        if command.ins in (INS.READ_BINARY, INS.VERIFY):
            return SW.SECURE_MESSAGING_REFUSED
        return SW.SECURE_MESSAGING_NOT_SUPPORTED
