"""What a judge of a trace knows at each point, and what it says of a frame. Pure.

Every frame of the reader is looked at together with what came after it: an answer, or silence.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from suites.contactless.crc import content
from suites.contactless.trace import Event, Passed

ETU = 128  # ticks, at 106 kbit/s
PAUSE = 32  # ticks
BYTE = 8  # bits
SIZES = (16, 24, 32, 40, 48, 64, 96, 128, 256, 512, 1024, 2048, 4096)  # FSD, FSC (14443-4 5.1)


@dataclass(frozen=True)
class Breach:
    """One rule that a frame breaks. ``index``: of the frame in the trace; for silence, of the
    frame that was not answered."""

    index: int
    by: Event  # READER or CARD
    clause: str
    what: str

    def __str__(self) -> str:
        return f"frame {self.index}: the {self.by.name.lower()} {self.what} ({self.clause})"


@dataclass(frozen=True)
class Turn:
    """A frame of the reader and the answer, if there was one; ``asked`` and ``told`` are their
    contents, None where the CRC is wrong or there is none."""

    index: int
    kind: str
    sent: Passed
    answer: Passed | None

    @property
    def asked(self) -> bytes | None:
        return content(self.kind, self.sent.data)

    @property
    def told(self) -> bytes | None:
        return None if self.answer is None else content(self.kind, self.answer.data)

    @property
    def delay(self) -> int | None:
        """From the end of the one to the beginning of the other."""
        if self.answer is None:
            return None
        return self.answer.tick - self.sent.tick - self.lasted

    @property
    def lasted(self) -> int:
        """Of type A to the end of the last pause (14443-3 6.2.1.1): in a last bit of 1 it ends 32
        ticks before the bit does, after one of 0 as many into the end of communication."""
        if self.kind == "B":
            return duration("B", self.sent)
        return duration("A", self.sent) - ETU + (-PAUSE if self.last_bit else PAUSE)

    @property
    def last_bit(self) -> int:
        """The last bit that the reader sent; of whole bytes, the parity bit."""
        bits, last = self.sent.last_bits, self.sent.data[-1]
        return 1 - last.bit_count() % 2 if bits == BYTE else last >> (bits - 1) & 1

    def reader(self, clause: str, what: str) -> Breach:
        return Breach(self.index, Event.READER, clause, what)

    def card(self, clause: str, what: str) -> Breach:
        return Breach(self.index + (self.answer is not None), Event.CARD, clause, what)


def duration(kind: str, passed: Passed) -> int:
    """Type A: start, bits with parity, end. Type B: ten bits a character, 22 etu around them."""
    if kind == "B":
        return ETU * (10 * len(passed.data) + 22)
    bits = 8 * (len(passed.data) - 1) + passed.last_bits
    return ETU * (2 + bits + bits // 8)


def turns(kind: str, trace: Sequence[Passed]) -> Iterator[Turn | None]:
    """The frames of the reader, each with its answer; None where the field came or went."""
    for index, passed in enumerate(trace):
        if passed.event in (Event.FIELD_ON, Event.FIELD_OFF):
            yield None
        elif passed.event is Event.READER and passed.data:
            after = trace[index + 1] if index + 1 < len(trace) else None
            answered = after is not None and after.event is Event.CARD and bool(after.data)
            yield Turn(index, kind, passed, after if answered else None)


@dataclass
class Terms:
    """What activation has settled."""

    fsd: int = 256
    fsc: int = 32
    fwt: int = 4_096 << 4
    cid: int = 0
    cid_supported: bool = True


def size(index: int) -> int:
    return SIZES[min(index, 12)]
