"""The two cyclic redundancy checks of ISO/IEC 14443-3 (6.2.4 for type A, 7.2 for type B, annex B).

Both divide by x^16 + x^12 + x^5 + 1, least significant bit first, and send the lower byte first.
The standard library divides by the same polynomial, most significant bit first; so bytes go in
mirrored and the remainder comes out mirrored.
"""

from __future__ import annotations

from binascii import crc_hqx
from dataclasses import dataclass

SIZE = 2  # bytes
MIRROR = bytes(int(f"{byte:08b}"[::-1], 2) for byte in range(256))


@dataclass(frozen=True)
class Crc:
    """One of the two: what the register holds at first, and what is added at the end."""

    preset: int  # mirrored
    final: int

    def of(self, data: bytes) -> bytes:
        """The two bytes as they follow the data on the air."""
        mirrored = crc_hqx(data.translate(MIRROR), self.preset) ^ self.final
        return mirrored.to_bytes(2, "big").translate(MIRROR)

    def sealed(self, data: bytes) -> bytes:
        return data + self.of(data)

    def opened(self, frame: bytes) -> bytes | None:
        """The data before the CRC; None where it is wrong or there is none."""
        data = frame[:-SIZE]
        return data if data and self.right(data, frame[-SIZE:]) else None

    def right(self, data: bytes, given: bytes) -> bool:
        return self.of(data) == given


CRC_A = Crc(preset=0xC6C6, final=0x0000)
CRC_B = Crc(preset=0xFFFF, final=0xFFFF)
