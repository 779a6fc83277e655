"""Trace files of a Proxmark3 (``trace save``), as far as they hold ISO/IEC 14443.

A record is a time (4 bytes), a duration (2), a length whose highest bit says that the card sent it
(2), the frame, and a parity bit for each byte of it, packed; all little endian. For type A times
are in ticks of 1/fc.
"""

from __future__ import annotations

import struct

from suites.contactless.trace import Event, Passed

RECORD = struct.Struct("<IHH")
FROM_CARD = 0x8000
SHORT = (b"\x26", b"\x52")


def read_proxmark(file: bytes) -> list[Passed]:
    """All frames. ``ValueError`` for a file that ends amid a record."""
    found, at = [], 0
    while at < len(file):
        if len(file) - at < RECORD.size:
            raise ValueError(f"the trace ends amid the head of a record, at byte {at}")
        tick, _, length = RECORD.unpack_from(file, at)
        size = length & ~FROM_CARD
        begin, at = at + RECORD.size, at + RECORD.size + size + (size + 7) // 8
        if at > len(file):
            raise ValueError(f"the trace ends amid a frame of {size} bytes, at byte {begin}")
        data = file[begin : begin + size]
        event = Event.CARD if length & FROM_CARD else Event.READER
        short = event is Event.READER and data in SHORT
        found.append(Passed(tick, event, data, 7 if short else 8))
    return found
