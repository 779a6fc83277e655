"""A folder that takes a page with its pictures as files beside it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from fixtures.outcome import UsageError

PAGE = "index.html"


@contextmanager
def writable(folder: Path) -> Iterator[None]:
    """Make it; ``UsageError`` when it, or what is written in the ``with``, cannot be written."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        yield
    except OSError as error:
        raise UsageError(f"{folder}: cannot be written ({error.strerror}); name another") from None
