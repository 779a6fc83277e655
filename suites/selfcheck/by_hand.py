"""What the tests of the suite itself share: repeatable searches, and encodings done by hand."""

from __future__ import annotations

from hypothesis import settings

STEADY = settings(derandomize=True, database=None, deadline=None, max_examples=200)
"""The same examples in every run, whatever was found before and however slow the machine is."""


def tlv(tag: int, value: bytes) -> bytes:
    """A BER-TLV data object with the shortest length field (X.690 8.1.3)."""
    name = tag.to_bytes((tag.bit_length() + 7) // 8 or 1, "big")
    size = len(value)
    if size < 0x80:
        return name + bytes((size,)) + value
    length = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return name + bytes((0x80 | len(length),)) + length + value
