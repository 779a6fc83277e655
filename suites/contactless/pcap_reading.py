"""Capture files of link type 264 (ISO/IEC 14443), classic or pcapng, as frames. Pure.

A packet is a version 0, the event, the length in two bytes (big endian) and the frame. Events FA
and FB are frames whose CRC the capturing device has dropped (NFCGate, Flipper Zero); it is put
back where ISO/IEC 14443-3 has one. Times become ticks of 1/fc from the first packet on; a file that
counts in microseconds cannot tell a frame delay, which is exact to a few ticks.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass

from suites.contactless.crc import closed
from suites.contactless.pcap import LINK_TYPE, PACKET
from suites.contactless.trace import FC, Event, Passed

CLASSIC = {
    0xA1B2C3D4: 1_000_000,
    0xA1B23C4D: 1_000_000_000,
}
"""Magic number → units of a second."""
GLOBAL_HEADER, RECORD_HEADER = 24, 16
SECTION, INTERFACE, ENHANCED, SIMPLE = 0x0A0D0D0A, 1, 6, 3
BYTE_ORDER = 0x1A2B3C4D
RESOLUTION = 9  # option if_tsresol
FINE_ENOUGH = 5e-9  # s: below a fifteenth of a tick
DROPPED = {0xFA: Event.READER, 0xFB: Event.CARD}
REQUESTS, LEVELS = (b"\x26", b"\x52"), (0x93, 0x95, 0x97)


@dataclass(frozen=True)
class Capture:
    """``exact``: times are fine enough to judge frame delays by them."""

    frames: tuple[Passed, ...]
    exact: bool


@dataclass(frozen=True)
class _Packet:
    number: int  # from 1
    seconds: float
    ticks: int
    data: bytes


def read_pcap(content: bytes) -> Capture:
    """``ValueError`` says which packet is none, or that the link type is another."""
    for order in "<>":
        units = CLASSIC.get(_field(content, 0, order))
        if units is not None:
            _insist_on_type(_field(content, 20, order) & 0x0FFFFFFF)
            return _capture(list(_classic(content, order, units)), 1 / units <= FINE_ENOUGH)
    return _pcapng(content)


def is_capture(content: bytes) -> bool:
    """By the first four bytes."""
    if len(content) < 4:
        return False
    firsts = {struct.unpack_from(f"{order}I", content)[0] for order in "<>"}
    return bool(firsts & {*CLASSIC, SECTION})


def _classic(content: bytes, order: str, units: int) -> Iterator[_Packet]:
    at, number = GLOBAL_HEADER, 0
    while at < len(content):
        number += 1
        if len(content) - at < RECORD_HEADER:
            raise ValueError(f"the file ends amid the head of packet {number}")
        seconds, rest, size, whole = struct.unpack_from(f"{order}IIII", content, at)
        at += RECORD_HEADER
        if size != whole or at + size > len(content):
            raise ValueError(f"packet {number} is cut off")
        ticks = round((seconds * units + rest) * FC / units)
        yield _Packet(number, seconds, ticks, content[at : at + size])
        at += size


def _pcapng(content: bytes) -> Capture:
    """Sections, interfaces and packets; blocks of other kinds are passed over."""
    units: list[int] = []
    packets: list[_Packet] = []
    for kind, order, body in _blocks(content):
        if kind == SECTION:
            units = []
        elif kind == INTERFACE:
            if len(body) < 8:
                raise ValueError("an interface has no link type")
            _insist_on_type(struct.unpack_from(f"{order}H", body)[0])
            units.append(_units(body, order))
        elif kind == SIMPLE:
            raise ValueError(f"packet {len(packets) + 1} has no time (a simple packet block)")
        elif kind == ENHANCED:
            packets.append(_enhanced(body, order, units, len(packets) + 1))
    return _capture(packets, all(1 / each <= FINE_ENOUGH for each in units))


def _blocks(content: bytes) -> Iterator[tuple[int, str, bytes]]:
    at, order = 0, "<"
    while at < len(content):
        if len(content) - at < 12:
            raise ValueError(f"the file ends amid a block, at byte {at}")
        if content[at : at + 4] == SECTION.to_bytes(4, "little"):
            order = "<" if _field(content, at + 8, "<") == BYTE_ORDER else ">"
        kind, size = struct.unpack_from(f"{order}II", content, at)
        if size < 12 or size % 4 or at + size > len(content):
            raise ValueError(f"the file ends amid a block, at byte {at}")
        yield kind, order, content[at + 8 : at + size - 4]
        at += size


def _units(body: bytes, order: str) -> int:
    """Of a second: the option if_tsresol of an interface, microseconds where it has none."""
    at = 8
    while at + 4 <= len(body):
        code, size = struct.unpack_from(f"{order}HH", body, at)
        if code == RESOLUTION and size == 1 and at + 5 <= len(body):
            value: int = body[at + 4]
            return 1 << (value & 0x7F) if value & 0x80 else 10 ** min(value, 18)
        at += 4 + (size + 3) // 4 * 4
    return 1_000_000


def _enhanced(body: bytes, order: str, units: list[int], number: int) -> _Packet:
    if len(body) < 20:
        raise ValueError(f"packet {number} is cut off")
    interface, high, low, size, whole = struct.unpack_from(f"{order}IIIII", body)
    if interface >= len(units) or size != whole or 20 + size > len(body):
        raise ValueError(f"packet {number} is cut off, or of no interface")
    time, unit = high << 32 | low, units[interface]
    return _Packet(number, time / unit, round(time * FC / unit), body[20 : 20 + size])


def _capture(packets: list[_Packet], exact: bool) -> Capture:
    begin = packets[0].ticks if packets else 0
    frames: list[Passed] = []
    for packet in packets:
        frames.append(_frame(packet, begin, frames))
    return Capture(tuple(frames), exact)


def _frame(packet: _Packet, begin: int, before: list[Passed]) -> Passed:
    if len(packet.data) < PACKET.size:
        raise ValueError(f"packet {packet.number} has no pseudo header")
    version, event, size = PACKET.unpack_from(packet.data)
    data = packet.data[PACKET.size :]
    if version or size != len(data):
        raise ValueError(
            f"packet {packet.number}: version {version}, length {size} of {len(data)} bytes"
        )
    if packet.ticks < begin:
        raise ValueError(f"packet {packet.number} is older than the first")
    sender = DROPPED.get(event)
    if sender is not None:
        data = restored(data, sender, before)
    elif event not in list(Event):
        raise ValueError(f"packet {packet.number}: event {event:02X} is not known")
    by = Event(event) if sender is None else sender
    short = by is Event.READER and data in REQUESTS
    return Passed(packet.ticks - begin, by, data, 7 if short else 8)


def restored(data: bytes, sender: Event, before: list[Passed]) -> bytes:
    """A frame with the CRC that was dropped, where ISO/IEC 14443-3 has one in it."""
    kind = kind_so_far(before, data if sender is Event.READER else b"")
    asked = before[-1].data if before and before[-1].event is Event.READER else b""
    bare = sender is Event.READER and (data in REQUESTS or _anticollision(data))
    bare = bare or (sender is Event.CARD and (asked in REQUESTS or _anticollision(asked)))
    return data if kind == "A" and bare else closed(kind, data)


def kind_so_far(before: list[Passed], data: bytes = b"") -> str:
    """The type of the last request, this frame included; A where there was none."""
    for asked in (data, *(one.data for one in reversed(before) if one.event is Event.READER)):
        if asked in REQUESTS:
            return "A"
        if asked[:1] == b"\x05" and len(asked) in (3, 5):
            return "B"
    return "A"


def _anticollision(data: bytes) -> bool:
    return data[:1] != b"" and data[0] in LEVELS and data[1:2] != b"\x70"


def _field(content: bytes, at: int, order: str) -> int:
    if len(content) < at + 4:
        raise ValueError("the file ends amid its head")
    found: int = struct.unpack_from(f"{order}I", content, at)[0]
    return found


def _insist_on_type(found: int) -> None:
    if found != LINK_TYPE:
        raise ValueError(f"link type {found} is not that of ISO/IEC 14443 ({LINK_TYPE})")
