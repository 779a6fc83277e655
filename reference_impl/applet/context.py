"""On which way a command has come in."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Context:
    """Logical channel (0 to 19) and access path (``contact``, ``internal``, ...)."""

    channel: int = 0
    media: str = "contact"
