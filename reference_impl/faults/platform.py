"""What goes wrong around the applets."""

from __future__ import annotations

from dataclasses import replace

from reference_impl.applet.apdu import Command
from reference_impl.faults.registry import fault
from reference_impl.platform.class_rules import ClassRules


@fault(
    "dispatch.unknown_cla_taken_as_00",
    breaks="JPKI-J-09",
    gain="commands for other logical channels end up in this one, with its rights",
)
class IgnoresTheClass(ClassRules):
    """A class byte the card does not know is taken for 00."""

    def admit(self, command: Command) -> Command:
        known = command.cla in self.known
        return command if known else replace(command, cla=0x00)
