"""A trace as a capture file that Wireshark reads (link type 264, ISO/IEC 14443).

A packet is a version 0, the event, the length in two bytes (big endian) and the frame with its CRC.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable

from suites.contactless.trace import FC, Passed

MAGIC_NANOSECONDS = 0xA1B23C4D
LINK_TYPE = 264
LONGEST = 65_535
HEADER = struct.Struct("<IHHiIII")
RECORD = struct.Struct("<IIII")
PACKET = struct.Struct(">BBH")


def capture(trace: Iterable[Passed]) -> bytes:
    """The whole file."""
    header = HEADER.pack(MAGIC_NANOSECONDS, 2, 4, 0, 0, LONGEST, LINK_TYPE)
    return header + b"".join(map(record, trace))


def record(passed: Passed) -> bytes:
    seconds, rest = divmod(passed.tick, FC)
    packet = PACKET.pack(0, passed.event, len(passed.data)) + passed.data
    return RECORD.pack(seconds, rest * 1_000_000_000 // FC, len(packet), len(packet)) + packet
