"""Blocks of the half-duplex transmission protocol (ISO/IEC 14443-4 7.1): PCB, CID, NAD, INF.

The CRC is the frame's and not seen here. What has a reserved bit wrong, or a length that its kind
does not have, is no block.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

CID, NAD = 0x08, 0x04
CHAINING, NAK = 0x10, 0x10
CID_MOST = 14
PROLOGUE = 1  # PCB
EPILOGUE = 2  # CRC


class Supervisory(IntEnum):
    """What an S-block asks for (its b6 and b5)."""

    DESELECT = 0xC2
    WTX = 0xF2


@dataclass(frozen=True, slots=True)
class IBlock:
    """Information."""

    number: int
    inf: bytes = b""
    chaining: bool = False
    cid: int | None = None
    nad: int | None = None

    def __bytes__(self) -> bytes:
        pcb = 0x02 | self.number | (CHAINING if self.chaining else 0)
        nad = b"" if self.nad is None else bytes((self.nad,))
        flag = 0 if self.nad is None else NAD
        return head(pcb | flag, self.cid) + nad + self.inf


@dataclass(frozen=True, slots=True)
class RBlock:
    """Ready for the next block, or not content with the last."""

    number: int
    nak: bool = False
    cid: int | None = None

    def __bytes__(self) -> bytes:
        return head(0xA2 | self.number | (NAK if self.nak else 0), self.cid)


@dataclass(frozen=True, slots=True)
class SBlock:
    """Supervision: more time, or the end. ``inf``: power level and WTXM."""

    command: Supervisory
    inf: bytes = b""
    cid: int | None = None

    def __bytes__(self) -> bytes:
        return head(self.command, self.cid) + self.inf

    @property
    def wtxm(self) -> int:
        return self.inf[0] & 0x3F


Block = IBlock | RBlock | SBlock


def head(pcb: int, cid: int | None) -> bytes:
    return bytes((pcb,)) if cid is None else bytes((pcb | CID, cid))


class Reading:
    """What bytes count as a block. One object serves any number of them."""

    def block(self, data: bytes) -> Block | None:
        if not data:
            return None
        pcb, rest = data[0], data[1:]
        cid = None
        if pcb & CID:
            if not rest or not self.cid_known(rest[0]):
                return None
            cid, rest = rest[0] & 0x0F, rest[1:]
        if pcb & 0xE2 == 0x02:
            return self._information(pcb, cid, rest)
        if pcb & 0xE6 == 0xA2:
            return RBlock(pcb & 1, bool(pcb & NAK), cid) if not rest else None
        if pcb & 0xC7 == 0xC2:
            return self._supervision(pcb, cid, rest)
        return None

    def cid_known(self, byte: int) -> bool:
        """The power level of b8 and b7 is the PICC's to tell; b6 and b5 are 0; 15 is reserved."""
        return not byte & 0x30 and byte & 0x0F <= CID_MOST

    def _information(self, pcb: int, cid: int | None, rest: bytes) -> IBlock | None:
        nad = None
        if pcb & NAD:
            if not rest:
                return None
            nad, rest = rest[0], rest[1:]
        return IBlock(pcb & 1, rest, bool(pcb & CHAINING), cid, nad)

    def _supervision(self, pcb: int, cid: int | None, rest: bytes) -> SBlock | None:
        kind = pcb & ~CID
        if kind == Supervisory.DESELECT and not rest:
            return SBlock(Supervisory.DESELECT, b"", cid)
        if kind == Supervisory.WTX and len(rest) == 1:
            return SBlock(Supervisory.WTX, rest, cid)
        return None
