"""What a long judgement says of itself while it goes on."""

from __future__ import annotations

from typing import Protocol


class Told(Protocol):
    """Called with what is done next, and how much of the whole is done (0 to 1) where known."""

    def __call__(self, what: str, share: float | None = None, /) -> None: ...


def silent(_what: str, _share: float | None = None, /) -> None:
    """Nobody listens."""


def part_of(told: Told, number: int, of: int) -> Told:
    """For part ``number`` (from 0) of ``of`` equal parts: its shares as shares of the whole."""

    def tell(what: str, share: float | None = None, /) -> None:
        told(what, (number + (share or 0.0)) / of)

    return tell
