"""What a command was given to judge: files, and folders in place of what is in them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from fixtures.outcome import UsageError


def files_of(given: Sequence[Path], *suffixes: str) -> list[Path]:
    """Files as they are; of folders all files that end so, in order, but hidden ones.

    ``UsageError`` for a folder without any. What is no file is left to its reader to refuse.
    """
    found: list[Path] = []
    for path in given:
        if not path.is_dir():
            found.append(path)
            continue
        inside = sorted(one for one in path.rglob("*") if is_meant(one, path, suffixes))
        if not inside:
            raise UsageError(f"{path}: no file in it ends with {' or '.join(suffixes)}")
        found += inside
    return found


def is_meant(file: Path, folder: Path, suffixes: Sequence[str]) -> bool:
    hidden = any(part.startswith(".") for part in file.relative_to(folder).parts)
    return file.is_file() and not hidden and file.suffix.lower() in suffixes
