"""Files and folders as they are handed in: read once each, and set against one another.

What is taken for one key, and what for two, is decided here: a public key with the numbers of a
private one is its half, and a request and a certificate have one key; but the same numbers twice in
one kind of container are two keys, since a generator that makes a key twice would hide behind any
other rule.
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
    kept, notes = _without_wrappings(keys)
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


def _without_wrappings(keys: Sequence[RsaKey]) -> tuple[list[RsaKey], list[str]]:
    """A pair may come as key, certificate and request; twice in one kind of container is twice.

    Of the public keys with equal numbers, one of each kind for each private key with them is its
    half; where no private key is there, one of each other kind is the first one once more.
    """
    groups: dict[tuple[int, int], list[RsaKey]] = {}
    for key in keys:
        groups.setdefault((key.n, key.e), []).append(key)
    same: dict[int, str] = {}  # by id: what a key is only another wrapping of
    for group in groups.values():
        owners = [key for key in group if key.is_private] or group[:1]
        waiting: dict[str, list[RsaKey]] = {}
        for key in group:
            if any(key is owner for owner in owners) or key.container == owners[0].container:
                continue
            left = waiting.setdefault(key.container, list(owners))
            if left:
                same[id(key)] = left.pop(0).subject
    private = {key.subject for key in keys if key.is_private}
    notes = [
        f"{key.subject}: {_wrapping(same[id(key)] in private)} {same[id(key)]}, judged with it"
        for key in keys if id(key) in same
    ]  # fmt: skip
    kept = [key for key in keys if id(key) not in same]
    return kept, _shortened(notes, "that come with other keys")


def _wrapping(private: bool) -> str:
    return "the public half of" if private else "has the key of"


def _shortened(notes: list[str], kind: str) -> list[str]:
    more = len(notes) - MOST_NOTES
    return [*notes[:MOST_NOTES], f"{more:,} more {kind}"] if more > 0 else notes
