"""Frames on the air (ISO/IEC 14443-3 6.2.3, 7.1.3): whole bytes, or bits that end amid a byte.

Type A knows short frames (7 bits), bit-oriented frames of the anticollision loop, and standard
frames, in which an odd parity bit follows each byte. Bits go least significant first.
"""

from __future__ import annotations

from dataclasses import dataclass

BYTE = 8
SHORT = 7


@dataclass(frozen=True, slots=True)
class Frame:
    """Bytes, how many bits of the last one count, and the parity bits that came with them.

    ``parity``: one bit a byte, the first most significant; empty where they are as they should be
    (and for type B, which has none).
    """

    data: bytes
    last_bits: int = BYTE
    parity: bytes = b""

    @property
    def bits(self) -> int:
        return max(0, BYTE * (len(self.data) - 1) + self.last_bits) if self.data else 0

    @property
    def short(self) -> bool:
        return len(self.data) == 1 and self.last_bits == SHORT

    @property
    def whole(self) -> bool:
        """Complete bytes."""
        return self.last_bits == BYTE

    @property
    def last_bit(self) -> int:
        """The last one that is sent: of whole bytes, the parity bit; 0 where there is none."""
        last = self.data[-1] if self.data else 0
        if self.whole:
            return 1 - last.bit_count() % 2
        return last >> (self.last_bits - 1) & 1

    def parity_right(self) -> bool:
        return not self.parity or self.parity == odd_parity(self.data)


def odd_parity(data: bytes) -> bytes:
    """The bits that make the number of ones in each byte and its parity bit odd, packed."""
    packed = bytearray((len(data) + 7) // 8)
    for index, byte in enumerate(data):
        if byte.bit_count() % 2 == 0:
            packed[index // 8] |= 0x80 >> index % 8
    return bytes(packed)


def bits_of(data: bytes) -> list[int]:
    """The bits as they are sent."""
    return [byte >> n & 1 for byte in data for n in range(BYTE)]


def bytes_of(bits: list[int]) -> Frame:
    """The frame with these bits, packed from its first bit on."""
    packed = bytearray((len(bits) + 7) // 8)
    for index, bit in enumerate(bits):
        packed[index // 8] |= bit << index % 8
    return Frame(bytes(packed), len(bits) % BYTE or BYTE)
