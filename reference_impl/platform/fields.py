"""Fields of INSTALL: a length and a value, one after the other (GPCS 11.5.2.3)."""

from __future__ import annotations

from collections.abc import Iterator

from reference_impl.applet.apdu import SW, Refused

BARE_128 = 0x80  # a length of 128, on one byte as well as by 81 80


class FieldCoding:
    """How a list of fields is read."""

    def read(self, raw: bytes, count: int) -> tuple[bytes, ...]:
        """Exactly so many. Raises Refused (6A80) for fewer, more, or one that is cut off."""
        found = tuple(self._each(raw))
        if len(found) != count:
            raise Refused(SW.INCORRECT_DATA)
        return found

    def _each(self, raw: bytes) -> Iterator[bytes]:
        at = 0
        while at < len(raw):
            size, at = self.length(raw, at)
            if at + size > len(raw):
                raise Refused(SW.INCORRECT_DATA)
            yield raw[at : at + size]
            at += size

    def length(self, raw: bytes, at: int) -> tuple[int, int]:
        """A length, and where it ends. Raises Refused (6A80)."""
        if raw[at] <= BARE_128:
            return raw[at], at + 1
        width = raw[at] & 0x7F
        if width not in (1, 2) or at + 1 + width > len(raw):
            raise Refused(SW.INCORRECT_DATA)
        return int.from_bytes(raw[at + 1 : at + 1 + width], "big"), at + 1 + width


def field(value: bytes) -> bytes:
    """A value behind its length."""
    size = len(value)
    if size < BARE_128:
        return bytes((size,)) + value
    return (bytes((0x81, size)) if size < 0x100 else b"\x82" + size.to_bytes(2, "big")) + value
