"""BER-TLV data objects as the platform reads and writes them (GPCS 11.1.5)."""

from __future__ import annotations

from collections.abc import Iterator

from reference_impl.applet.apdu import SW, Refused


def written(tag: int, value: bytes) -> bytes:
    """With the shortest length field."""
    name = tag.to_bytes(2 if tag > 0xFF else 1, "big")
    return name + written_length(len(value)) + value


def written_length(size: int) -> bytes:
    if size < 0x80:
        return bytes((size,))
    return bytes((0x81, size)) if size < 0x100 else b"\x82" + size.to_bytes(2, "big")


def objects(raw: bytes) -> Iterator[tuple[int, bytes]]:
    """Tag and value, in order. Raises Refused (6A80) for what is cut off or not coded so."""
    at = 0
    while at < len(raw):
        tag, at = read_tag(raw, at)
        size, at = read_length(raw, at)
        if at + size > len(raw):
            raise Refused(SW.INCORRECT_DATA)
        yield tag, raw[at : at + size]
        at += size


def read_tag(raw: bytes, at: int) -> tuple[int, int]:
    """Of one byte or two, and where it ends."""
    if raw[at] & 0x1F != 0x1F:
        return raw[at], at + 1
    if at + 1 >= len(raw) or raw[at + 1] & 0x80:
        raise Refused(SW.INCORRECT_DATA)
    return raw[at] << 8 | raw[at + 1], at + 2


def read_length(raw: bytes, at: int) -> tuple[int, int]:
    """Of one byte, or two or three that say so; and where it ends."""
    if at >= len(raw):
        raise Refused(SW.INCORRECT_DATA)
    if raw[at] < 0x80:
        return raw[at], at + 1
    width = raw[at] & 0x7F
    if width not in (1, 2) or at + 1 + width > len(raw):
        raise Refused(SW.INCORRECT_DATA)
    return int.from_bytes(raw[at + 1 : at + 1 + width], "big"), at + 1 + width
