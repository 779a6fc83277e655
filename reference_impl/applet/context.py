"""On which way a command has come in, as far as the chip tells its applets."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Context:
    """Logical channel (0 to 19), and ``APDU.getProtocol()`` (0 to 255) as this chip has it.

    That is all an applet is told: what the number means is the applet's business
    (``applet.access_source``).
    """

    channel: int = 0
    protocol: int = 0
