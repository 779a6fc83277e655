"""Times of the link in ticks of 1/fc, fc = 13.56 MHz (ISO/IEC 14443-3 6.2.1, 7.1; 14443-4 7.2).

All figures are of 106 kbit/s, where a bit (etu) takes 128 ticks.
"""

from __future__ import annotations

FC = 13_560_000  # ticks a second
ETU = 128

FDT_A = 1_172  # least frame delay of a PICC after a last bit of 0; one of 1 adds 64
FDT_A_ONE = 64
PAUSE = 32  # of a reader's modulation, by which a last bit of 0 outlasts its place and a 1 does not
FDT_PCD = 1_172  # from an answer to the reader's next frame, type A
FDT_PCD_B = 6_780  # TR2 by default
TR0 = 1_024  # least delay of a PICC of type B
FWT_ATQB = 7_680
FWT_ACTIVATION = 71_680  # RATS, PPS, S(DESELECT)
FWT_DELTA = 49_152  # what a reader waits on top
FWT_MOST = 1 << 26
REQUEST_GUARD = 7_000  # between two REQA
FIELD_GUARD = 69_156  # 5.1 ms of unmodulated field before a request (14443-3 clause 5)
FIELD_OFF = 67_800  # 5 ms
WTXM_MOST = 59
FWI_DEFAULT, FWI_MOST = 4, 14

FRAME_SIZES = (16, 24, 32, 40, 48, 64, 96, 128, 256, 512, 1024, 2048, 4096)  # by FSDI, FSCI


def frame_size(index: int) -> int:
    """Bytes with PCB and CRC; the values that are reserved count as the greatest."""
    return FRAME_SIZES[min(index, len(FRAME_SIZES) - 1)]


def waiting_time(fwi: int) -> int:
    """FWT; the value that is reserved counts as the default."""
    return 4_096 << (fwi if fwi <= FWI_MOST else FWI_DEFAULT)


def delay_a(last_bit: int, at_least: int = 0) -> int:
    """The delay of a PICC of type A, on its grid: 128 n + 20, or 128 n + 84; n >= 9."""
    first = FDT_A + (FDT_A_ONE if last_bit else 0)
    late = max(0, at_least - first)
    return first + -(-late // ETU) * ETU


def duration_a(bits: int) -> int:
    """Start, bits with their parity, end."""
    return ETU * (2 + with_parity(bits))


def spoken_a(bits: int, last_bit: int) -> int:
    """A reader's frame up to the end of its last pause, from which an answer's delay counts.

    A last bit of 1 has its pause amid its bit; after one of 0 the end of communication begins with
    one. So both delays of a PICC put an answer at the same place behind the last bit, as public
    traces of real cards show it.
    """
    return ETU * (1 + with_parity(bits)) + (-PAUSE if last_bit else PAUSE)


def with_parity(bits: int) -> int:
    """A standard frame has a parity bit behind each byte, all others have none."""
    return bits + (bits // 8 if bits % 8 == 0 else 0)


def duration_b(size: int) -> int:
    """SOF (10 + 2 etu), ten bits a character, EOF (10 etu)."""
    return ETU * (12 + 10 * size + 10)
