"""CRC_A and CRC_B of the tester, from the shift register as ISO/IEC 14443-3 annex B draws it."""

from __future__ import annotations

POLYNOMIAL = 0x8408  # x^16 + x^12 + x^5 + 1, the register shifts to the right


def shifted(byte: int) -> int:
    """What eight steps of the register make of its lower half."""
    register = byte
    for _ in range(8):
        register = register >> 1 ^ (POLYNOMIAL if register & 1 else 0)
    return register


STEPS = tuple(map(shifted, range(256)))


def remainder(data: bytes, register: int) -> int:
    for byte in data:
        register = register >> 8 ^ STEPS[(register ^ byte) & 0xFF]
    return register


def crc_a(data: bytes) -> bytes:
    return remainder(data, 0x6363).to_bytes(2, "little")


def crc_b(data: bytes) -> bytes:
    return (remainder(data, 0xFFFF) ^ 0xFFFF).to_bytes(2, "little")


CRC = {"A": crc_a, "B": crc_b}


def closed(kind: str, data: bytes) -> bytes:
    """The data as a frame of this type."""
    return data + CRC[kind](data)


def content(kind: str, frame: bytes) -> bytes | None:
    """A frame without its CRC; None where that is wrong or nothing is before it."""
    data = frame[:-2]
    return data if data and closed(kind, data) == frame else None
