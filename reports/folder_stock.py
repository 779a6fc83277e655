"""What lies in a campaign folder: every plain file with its size, its hash, and its lines.

Links are never followed, and what is no plain file is seen but never opened: a folder comes from
somebody else, and may hold more than it says.
"""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from functools import partial
from io import BytesIO
from typing import TYPE_CHECKING

from pydantic import BaseModel, ConfigDict

from fixtures.outcome import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path
    from typing import BinaryIO

MANIFEST = "manifest.json"
DRAFT = ".tmp"

BLOCK = 1 << 20  # bytes read at a time, and the longest text whose lines are listed
LONGEST_LINE = 1 << 24  # bytes: what has no line end by then is not ours
LINE_DIGITS = 8


class Entry(BaseModel):
    """One sealed file."""

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid")

    bytes: int
    lines: str | None = None
    path: str
    sha256: str


@dataclass(frozen=True)
class Stock:
    """What lies in a folder now."""

    plain: dict[str, Entry]
    strange: frozenset[str]  # links, pipes, names that are not UTF-8: seen, never opened


def take_stock(folder: Path, on_file: Callable[[str], None] | None) -> Stock:
    seen = dict(_walk(folder))
    plain = {}
    for path in sorted(path for path, is_plain in seen.items() if is_plain):
        if on_file is not None:
            on_file(path)
        plain[path] = _entry(folder, path)
    return Stock(plain, frozenset(seen) - frozenset(plain))


def _walk(folder: Path) -> Iterator[tuple[str, bool]]:
    """Every path below the folder that is no folder itself, and whether it can be sealed."""
    pending = [""]
    while pending:
        at = pending.pop()
        try:
            found = list(os.scandir(folder / at))
        except OSError as error:
            raise unreadable(folder / at, error) from None
        for item in found:
            path = at + item.name
            if item.is_dir(follow_symlinks=False):
                pending.append(f"{path}/")
            elif path != MANIFEST and not path.endswith(DRAFT):
                utf8 = path.encode(errors="ignore").decode() == path
                yield path, utf8 and item.is_file(follow_symlinks=False)


def _entry(folder: Path, path: str) -> Entry:
    digest = hashlib.sha256()
    size = 0
    with open_plain(folder / path) as file:
        block = first = file.read(BLOCK)
        while block:
            digest.update(block)
            size += len(block)
            block = file.read(BLOCK)
    listed = size == len(first) and not is_transcript(path) and _is_text(first)
    lines = "".join(line_digests(BytesIO(first))) if listed else None
    return Entry(path=path, bytes=size, sha256=digest.hexdigest(), lines=lines)


def is_transcript(path: str) -> bool:
    return path.startswith("apdu/") and path.endswith(".jsonl")


def _is_text(content: bytes) -> bool:
    try:
        return "\0" not in content.decode()
    except UnicodeDecodeError:
        return False


def line_digests(file: BinaryIO) -> Iterator[str]:
    """One for each line with its LF, so that a lost last LF shows too."""
    for line in lines_of(file):
        yield hashlib.sha256(line).hexdigest()[:LINE_DIGITS]


def lines_of(file: BinaryIO) -> Iterator[bytes]:
    return iter(partial(file.readline, LONGEST_LINE), b"")


def open_plain(path: Path) -> BinaryIO:
    """Open for reading; a link is refused even when it took the file's place a moment ago."""
    try:
        return open(path, "rb", opener=_without_following)
    except OSError as error:
        raise unreadable(path, error) from None


def _without_following(path: str, flags: int) -> int:
    return os.open(path, flags | os.O_NOFOLLOW | os.O_NONBLOCK)


def unreadable(path: Path, error: OSError) -> UsageError:
    return UsageError(f"{shown(str(path))}: cannot be read ({error.strerror}); allow it and repeat")


def shown(path: str) -> str:
    return path if path.isprintable() else ascii(path)[1:-1]
