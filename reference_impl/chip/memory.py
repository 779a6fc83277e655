"""Non-volatile memory: a medium that can lose its supply, and a store that survives it.

Rules: REQ-3-2-d (a command interrupted by a power cut leaves the state before it or the state
after it, never a third one) and JPKI-J-10 (counters and secrets persist).

The store is a log. A transaction appends one record ``length(4) crc32(4) entries``, an entry is
``key length(1) key value length(2) value``, integers big-endian; in place of a value's length FFFF
takes the name away. A record whose tail is missing or whose check value is wrong never happened.
Once the log has grown past a limit, one atomic replacement leaves only what is still valid. The
same happens at once where a key is replaced or an application deleted: what was there before must
not be found in memory that is free (REQ-5-1-d, FDP_RIP.1).
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Protocol
from zlib import crc32

MAGIC = b"JPKI-NVM"  # the first bytes of every image; refuses a file that is none of ours
GROWTH = 8_192  # bytes of log after the last compaction that call for the next one
HEADER = struct.Struct(">II")

Transaction = dict[str, bytes]
GONE = 0xFFFF  # in the place of a length: the name is not there any more


class Removed(bytes):
    """What a transaction gives a name that is to be gone afterwards."""


REMOVED = Removed()


class PowerLost(Exception):  # noqa: N818 - an event on the bench, not an error
    """The supply failed; whatever was not programmed yet is gone, and so is all RAM."""


class Medium(Protocol):
    """Where the bytes are kept."""

    def read(self) -> bytes:
        """Everything programmed so far; ``b""`` on a medium that was never used."""

    def append(self, record: bytes) -> None:
        """Program a record behind the others. Raises PowerLost with a part of it programmed."""

    def replace(self, image: bytes) -> None:
        """Swap everything for ``image``, entirely or (raising PowerLost) not at all."""

    def power_on(self) -> None:
        """The supply is back."""


@dataclass
class Store:
    """Named values on a medium, changed by transactions only."""

    medium: Medium
    admit: Callable[[Transaction], None] = field(default=lambda changes: None)
    _values: dict[str, bytes] = field(default_factory=dict, init=False, repr=False)
    _grown: int = field(default=0, init=False)  # bytes appended since the last compaction

    def open(self) -> None:
        """Read the medium, and take a torn tail off it so that new records are found again.

        Raises ValueError for an image of something else.
        """
        image = self.medium.read()
        if not (image.startswith(MAGIC) or MAGIC.startswith(image)):
            raise ValueError("not an image of this chip's memory: the first bytes are not its mark")
        self._values = {}
        end = self._replay(image)
        self._grown = max(0, end - len(MAGIC))
        if image and end != len(image):
            self.compact()
        elif self._values:
            self._grown = end - self._size_of_snapshot()

    def __getitem__(self, key: str) -> bytes:
        return self._values[key]

    def __contains__(self, key: object) -> bool:
        return key in self._values

    def values(self) -> Mapping[str, bytes]:
        """All of them; not to be changed."""
        return self._values

    def get(self, key: str) -> bytes:
        """The value, or ``b""`` where none was ever stored."""
        return self._values.get(key, b"")

    @contextmanager
    def transaction(self) -> Iterator[Transaction]:
        """Collect changes; they come true together, at the end of the ``with`` block."""
        changes: Transaction = {}
        yield changes
        self.commit(changes)

    @contextmanager
    def erasing(self) -> Iterator[Transaction]:
        """A transaction after which nothing is left of the values it replaces or removes."""
        changes: Transaction = {}
        yield changes
        self.commit_and_erase(changes)

    def commit_and_erase(self, changes: Transaction) -> None:
        """All changes and the erasure in one replacement. Raises PowerLost; then none of them."""
        self.admit(changes)
        after = dict(self._values)
        _apply_to(after, changes)
        self.medium.replace(_image_of(after))
        self._values, self._grown = after, 0

    def commit(self, changes: Transaction) -> None:
        """Program all changes in one record. Raises PowerLost; then none of them happened.

        Whoever shares out the memory is asked before (``admit``), and may raise what he likes.
        """
        self.admit(changes)
        record = encode_record(changes)
        self.medium.append(record if self._values else MAGIC + record)
        self._apply(changes)
        self._grown += len(record)
        if self._grown > GROWTH:
            self.compact()

    def compact(self) -> None:
        """Keep what is valid and drop the history."""
        self.medium.replace(_image_of(self._values))
        self._grown = 0

    def intact(self, length: int, check: int, payload: bytes) -> bool:
        """Whether a record was programmed to its end."""
        return len(payload) == length and crc32(payload) == check

    def _replay(self, image: bytes) -> int:
        """Take in every intact record; returns where the first one that is not begins."""
        position = len(MAGIC)
        while position + HEADER.size <= len(image):
            length, check = HEADER.unpack_from(image, position)
            start = position + HEADER.size
            payload = image[start : start + length]
            if not self.intact(length, check, payload):
                break
            self._apply(decode_entries(payload))
            position = start + length
        return position

    def _apply(self, changes: Transaction) -> None:
        _apply_to(self._values, changes)

    def _size_of_snapshot(self) -> int:
        entries = sum(3 + len(key) + len(value) for key, value in self._values.items())
        return len(MAGIC) + HEADER.size + entries


def _apply_to(values: Transaction, changes: Transaction) -> None:
    for name, value in changes.items():
        if value is REMOVED:
            values.pop(name, None)
        else:
            values[name] = value


def _image_of(values: Transaction) -> bytes:
    return MAGIC + encode_record(values) if values else b""


def encode_record(changes: Transaction) -> bytes:
    payload = b"".join(
        b"%c%b%b%b" % (len(key), key.encode("latin-1"), _length(value), value)
        for key, value in changes.items()
    )
    return HEADER.pack(len(payload), crc32(payload)) + payload


def _length(value: bytes) -> bytes:
    return (GONE if value is REMOVED else len(value)).to_bytes(2, "big")


def decode_entries(payload: bytes) -> Transaction:
    """The changes of a record. Slices of what is missing are empty, so nothing can raise here."""
    changes = {}
    position = 0
    while position < len(payload):
        name = position + 1 + payload[position]
        size = int.from_bytes(payload[name : name + 2], "big")
        key = payload[position + 1 : name].decode("latin-1")
        position = name + 2 + (0 if size == GONE else size)
        changes[key] = REMOVED if size == GONE else payload[name + 2 : position]
    return changes
