"""Tag, length, value: what DER, and the templates of a card, are made of (X.690 8.1, 10.1).

Reads structure only. An INTEGER may be negative, zero or longer than need be: whether a number
can be part of a key is the validator's business. Told by where it begins: every element that
ends before it should, so no beginning of a file passes for the whole.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum, unique
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

LONGEST_TAG = 3  # bytes; ISO/IEC 7816-4 5.2.2.1 knows no longer one
LONGEST_LENGTH = 4  # bytes that count the content: up to 4 GiB


class UnreadableError(ValueError):
    """These bytes are no key that can be read: one line, with place and remedy where known."""


@unique
class Tag(IntEnum):
    """The universal tags that occur in keys (X.690 8.1.2)."""

    INTEGER = 0x02
    BIT_STRING = 0x03
    OCTET_STRING = 0x04
    OBJECT_IDENTIFIER = 0x06
    SEQUENCE = 0x30


@dataclass(frozen=True)
class Element:
    """One element: its tag as written (0x30, 0x7F49), its content, and where that begins."""

    tag: int
    content: bytes
    at: int  # offset of the content in what was read

    def parts(self) -> tuple[Element, ...]:
        """The elements it consists of; ``UnreadableError`` when it does not."""
        return tuple(elements(self.content, self.at))

    def integer(self) -> int:
        """Its content in two's complement, of any length (X.690 8.3); no content is no number."""
        if not self.content:
            raise UnreadableError(f"byte {self.at:,}: an INTEGER without content")
        return int.from_bytes(self.content, "big", signed=True)


def elements(data: bytes, offset: int = 0) -> Iterator[Element]:
    """The elements of a string one after the other; ``offset`` is where it begins in its file.

    ``UnreadableError`` for an element that is cut short, a tag over three bytes, or a length
    that is indefinite or over four bytes.
    """
    at = 0
    while at < len(data):
        found, at = element(data, at, offset)
        yield found


def element(data: bytes, at: int, offset: int = 0) -> tuple[Element, int]:
    """The element that begins at ``data[at]``, and where the next one would."""
    begin = offset + at
    tag, at = _tag(data, at, begin)
    length, at = _length(data, at, begin)
    if length > len(data) - at:
        raise UnreadableError(
            f"byte {begin:,}: cut short, {length:,} bytes are announced and {len(data) - at:,} "
            "are there; take it from its source again"
        )
    return Element(tag, data[at : at + length], offset + at), at + length


def _tag(data: bytes, at: int, begin: int) -> tuple[int, int]:
    end = at + 1
    if data[at] & 0x1F == 0x1F:  # more bytes follow while bit 8 is set
        while end < len(data) and data[end] & 0x80 and end - at < LONGEST_TAG:
            end += 1
        end += 1
        if end - at > LONGEST_TAG:
            raise UnreadableError(f"byte {begin:,}: a tag of more than {LONGEST_TAG} bytes")
    return int.from_bytes(data[at:end], "big"), end


def _length(data: bytes, at: int, begin: int) -> tuple[int, int]:
    if at >= len(data):
        raise UnreadableError(f"byte {begin:,}: cut short within a tag or before its length")
    first = data[at]
    at += 1
    if first < 0x80:
        return first, at
    count = first & 0x7F
    if count == 0:
        raise UnreadableError(f"byte {begin:,}: the indefinite form of a length is not DER")
    if count > LONGEST_LENGTH:
        raise UnreadableError(f"byte {begin:,}: a length field of {count} bytes")
    if at + count > len(data):
        raise UnreadableError(f"byte {begin:,}: cut short within its length")
    return int.from_bytes(data[at : at + count], "big"), at + count
