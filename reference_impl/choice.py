"""From which class a part is built: the place where a fault comes in."""

from __future__ import annotations

from typing import Protocol, TypeVar

T = TypeVar("T")


class Part(Protocol):
    """Chooses the class a part is built from."""

    def __call__(self, cls: type[T], /) -> type[T]: ...


def sound(cls: type[T], /) -> type[T]:
    """Every part as it should be."""
    return cls
