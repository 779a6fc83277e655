"""BER-TLV data objects as the phone reads what the element sends; nothing in them is trusted."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass


class Malformed(Exception):  # noqa: N818  of the element's making
    """The bytes are no data objects, or not those that belong there."""


@dataclass(frozen=True)
class Head:
    """Tag and length field of a data object: where its value begins, and how long that is."""

    tag: int
    start: int
    length: int

    @property
    def end(self) -> int:
        return self.start + self.length

    @classmethod
    def read(cls, raw: bytes, at: int = 0) -> Head:
        """Tags of one or two bytes, lengths of one to four. Raises Malformed."""
        octets = iter(range(at, len(raw)))
        try:
            tag = raw[next(octets)]
            if tag & 0x1F == 0x1F:
                tag = tag << 8 | raw[next(octets)]
            length = raw[next(octets)]
            if length > 0x7F:
                length = cls._long([raw[next(octets)] for _ in range(length & 0x7F)])
        except StopIteration:
            raise Malformed("a data object ends before its value") from None
        return cls(tag, next(octets, len(raw)), length)

    @staticmethod
    def _long(octets: list[int]) -> int:
        if not 1 <= len(octets) <= 3:
            raise Malformed("a length field that nobody writes")
        return int.from_bytes(bytes(octets), "big")


def objects(raw: bytes) -> Iterator[tuple[int, bytes]]:
    """Tag and value of each, in order. Raises Malformed."""
    at = 0
    while at < len(raw):
        head = Head.read(raw, at)
        if head.end > len(raw):
            raise Malformed(f"{head.tag:X} is longer than what there is of it")
        yield head.tag, raw[head.start : head.end]
        at = head.end


def only(raw: bytes, tag: int) -> bytes:
    """The value of the one object that must be all there is. Raises Malformed."""
    found = list(objects(raw))
    if [told for told, _ in found] != [tag]:
        raise Malformed(f"not one data object {tag:X}")
    return found[0][1]


def first_of_each(raw: bytes) -> dict[int, bytes]:
    """The first object of every tag. Raises Malformed."""
    held: dict[int, bytes] = {}
    for tag, value in objects(raw):
        held.setdefault(tag, value)
    return held
