"""A bar for what takes long: on standard error, gone when it is done."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn


class Shown(Protocol):
    """Called with what is done next, and how much of the whole is done (0 to 1) where known."""

    def __call__(self, what: str, share: float | None = None, /) -> None: ...


@contextmanager
def shown(first: str) -> Iterator[Shown]:
    """A bar with what is going on and the remaining time; hands out what moves it."""
    columns = (BarColumn(), TimeRemainingColumn(), TextColumn("{task.description}"))
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task(first, total=1.0)

        def move(what: str, share: float | None = None, /) -> None:
            progress.update(task, description=what, completed=share)

        yield move
