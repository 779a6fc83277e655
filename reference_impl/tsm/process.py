"""The process a server runs in, as far as it can end in the middle of its work."""

from __future__ import annotations


class Process:
    """Told wherever a server would leave something half done if it ended here; nothing ends it."""

    def reached(self, point: str) -> None:
        """``point``: the step, and ``begun``, ``acted`` (others were asked) or ``kept``."""
