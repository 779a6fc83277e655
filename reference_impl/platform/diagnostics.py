"""The diagnostic log: one line per event, for whoever looks after a phone in the field.

Rule REQ-4-2-b: what leaves the chip as a log helps to analyse a failure and holds no secret.
So a command is described by its header alone; data fields are never looked at.
"""

from __future__ import annotations

from collections import deque

from reference_impl.applet.apdu import Command

KEPT = 10_000  # lines; older ones fall out


class DiagnosticLog:
    """The last events since the chip was put on the bench; a reset does not clear them."""

    def __init__(self) -> None:
        self._lines: deque[str] = deque(maxlen=KEPT)

    def event(self, text: str) -> None:
        self._lines.append(text)

    def command(self, command: Command, sw: int) -> None:
        self._lines.append(f"{self.describe(command)} SW={sw:04X}")

    def describe(self, command: Command) -> str:
        """Header only. Bytes are set apart, so that no four digits look like a PIN."""
        return (
            f"CLA={command.cla:02X} INS={command.ins:02X} P1={command.p1:02X} P2={command.p2:02X}"
        )

    def text(self) -> str:
        return "\n".join(self._lines)
