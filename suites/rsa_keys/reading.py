"""Files and folders as they are handed in: read once each, and set against one another.

What is taken for one key, and what for two, is decided here: a public key with the numbers of a
private one is its half, but two files with the same content are two keys, since a generator that
makes a key twice would hide behind any other rule.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from suites.rsa_keys.formats import files_in, read_file
from suites.rsa_keys.key import RsaKey

MOST_NOTES = 10  # of one kind


@dataclass(frozen=True)
class Input:
    """A file that was handed in."""

    name: str
    sha256: str
    size: int  # bytes


@dataclass(frozen=True)
class Collected:
    """The keys of several files, before they are judged."""

    keys: tuple[RsaKey, ...]
    troubles: tuple[str, ...]
    notes: tuple[str, ...]
    inputs: tuple[Input, ...]


def collect(paths: Sequence[Path]) -> Collected:
    """Read files and folders. A file named twice is told and read once.

    Files with the same content are *not* taken for copies: a generator that makes a key twice
    would hide behind that. They are told, and the population judges them.
    """
    keys: list[RsaKey] = []
    troubles: list[str] = []
    inputs: list[Input] = []
    seen: dict[Path, str] = {}
    for file, name in files_in(paths):
        if (real := file.resolve()) in seen:
            troubles.append(f"{name}: is named twice; it is judged once, drop one of the two")
            continue
        seen[real] = name
        found = read_file(file, name)
        keys += found.keys
        troubles += found.troubles
        inputs += _input(file, name)
    if not seen:
        troubles.append(f"{', '.join(map(str, paths))}: holds no file; name one with keys")
    kept, notes = _without_public_halves(keys)
    notes += _shortened(list(_copies(inputs)), "files that are the same as others")
    return Collected(tuple(kept), tuple(troubles), tuple(notes), tuple(inputs))


def _input(file: Path, name: str) -> Iterator[Input]:
    try:
        with file.open("rb") as content:
            digest = hashlib.file_digest(content, "sha256").hexdigest()
            yield Input(name, digest, content.tell())
    except OSError:
        return  # told when it was read


def _copies(inputs: Sequence[Input]) -> Iterator[str]:
    first: dict[str, str] = {}
    for one in inputs:
        earlier = first.setdefault(one.sha256, one.name)
        if earlier != one.name and one.size:
            yield (
                f"{one.name}: byte for byte the same as {earlier}; a copy, or a generator that "
                "repeats itself"
            )


def _without_public_halves(keys: Sequence[RsaKey]) -> tuple[list[RsaKey], list[str]]:
    """One public key for each private one with the same numbers is its half, not a duplicate."""
    owners: dict[tuple[int, int], list[str]] = {}
    for key in keys:
        if key.is_private:
            owners.setdefault((key.n, key.e), []).append(key.subject)
    kept, notes = [], []
    for key in keys:
        private = [] if key.is_private else owners.get((key.n, key.e), [])
        if private:
            notes.append(f"{key.subject}: the public half of {private.pop(0)}, judged with it")
        else:
            kept.append(key)
    return kept, _shortened(notes, "public halves of private keys")


def _shortened(notes: list[str], kind: str) -> list[str]:
    more = len(notes) - MOST_NOTES
    return [*notes[:MOST_NOTES], f"{more:,} more {kind}"] if more > 0 else notes
