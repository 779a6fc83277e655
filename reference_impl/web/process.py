"""The process a server runs in, as far as it can end in the middle of its work."""

from __future__ import annotations

import os
import signal
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from starlette.types import ASGIApp


class Process:
    """Told wherever a server would leave something half done if it ended here; nothing ends it."""

    def reached(self, point: str) -> None:
        """``point``: the step, and ``begun``, ``acted`` (others were asked) or ``kept``."""


@dataclass
class Mortal(Process):
    """Ends the process as ``kill -9`` does, at a point that a file names; notes what it passes.

    ``orders`` holds ``N POINT``: at the N-th time from now that this point is reached. It is
    carried out once, for the file is gone before the process is. ``passed`` has every point, one
    a line. OUR DESIGN, for benches that kill servers; a service is not started with it otherwise.
    """

    orders: Path
    passed: Path
    _counted: Counter[str] = field(default_factory=Counter)
    _order: str = ""

    def reached(self, point: str) -> None:
        with self.passed.open("a", encoding="utf-8") as file:
            file.write(f"{point}\n")
        order = self.orders.read_text(encoding="utf-8") if self.orders.exists() else ""
        if order != self._order:
            self._order, self._counted = order, Counter()
        self._counted[point] += 1
        if order == f"{self._counted[point]} {point}":
            self.orders.unlink()
            os.kill(os.getpid(), signal.SIGKILL)


@dataclass(frozen=True)
class Running:
    """A server: its application, and what it does of its own when it is told to work."""

    app: ASGIApp
    work: Callable[[], bool] | None = None
