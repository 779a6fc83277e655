"""The diagnostic log: one line per event, for whoever looks after a phone in the field.

Rule REQ-4-2-b: what leaves the chip as a log helps to analyse a failure and holds no secret.
So a command is described by its header alone; data fields are never looked at.
"""

from __future__ import annotations

from collections import deque

from reference_impl.applet.apdu import Command

KEPT = 10_000  # lines; older ones fall out
HEX = [f"{byte:02X}" for byte in range(256)]  # every command is logged: looked up, not formatted


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
        cla, ins, p1, p2 = command.cla, command.ins, command.p1, command.p2
        return f"CLA={HEX[cla]} INS={HEX[ins]} P1={HEX[p1]} P2={HEX[p2]}"

    def text(self) -> str:
        return "\n".join(self._lines)
