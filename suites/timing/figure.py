"""A measured figure, as ``make bench`` shows it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Figure:
    """One measured figure; ``ratio`` is to ``beside``, a public tool in the same run."""

    name: str
    value: float
    unit: str
    goal: str = ""
    met: bool | None = None
    ratio: float | None = None
    beside: str = ""

    @classmethod
    def beside_another(
        cls, name: str, value: float, unit: str, *, ratio: float, least: float, beside: str
    ) -> Figure:
        """A figure that is to be ``least`` times that of another program."""
        return cls(name, value, unit, f">= {least:g} x", ratio >= least, ratio, beside)

    def __str__(self) -> str:
        beside = "" if self.ratio is None else f"  {self.ratio:.2f} x {self.beside}"
        met = "" if self.met is None else f"  ({self.goal}: {'met' if self.met else 'NOT met'})"
        return f"{self.name:60} {self.value:12,.3f} {self.unit}{beside}{met}"
