"""A bar for what takes long: on standard error, gone when it is done."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from suites.progress import Told


@contextmanager
def shown(first: str) -> Iterator[Told]:
    """A bar with what is going on and the remaining time; hands out what moves it."""
    columns = (BarColumn(), TimeRemainingColumn(), TextColumn("{task.description}"))
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task(first, total=1.0)

        def move(what: str, share: float | None = None, /) -> None:
            progress.update(task, description=what, completed=share)

        yield move
