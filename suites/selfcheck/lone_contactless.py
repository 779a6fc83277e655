"""Contactless cards, and a reader, of the reference, in processes of their own: frames only.

A process serves one test after the other and is made anew for each by a description.
"""

from __future__ import annotations

import atexit
import json
import struct
import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from fixtures.targets.program import ProgramLink
from suites.contactless.crc import closed, content

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = "reference_impl.contactless.lone_card"
READER = "reference_impl.contactless.lone_reader"
SECONDS = 60.0  # for one answer; the machine may be busy
IDLE: dict[str, list[ProgramLink]] = {PROGRAM: [], READER: []}
HEAD = struct.Struct(">QB")
TOLD = struct.Struct(">QBH")
NOWHERE = 0xFFFF


@contextmanager
def running(program: str, described: object) -> Iterator[ProgramLink]:
    """The program, as described; it is kept for the next who needs it unless a test failed."""
    waiting = IDLE[program]
    link = waiting.pop() if waiting else started(program)
    try:
        link.request(b"Z", json.dumps(described).encode())
        yield link
    except BaseException:
        link.close()
        raise
    waiting.append(link)


def started(program: str) -> ProgramLink:
    link = ProgramLink([sys.executable, "-m", program], SECONDS, ROOT, program.rpartition(".")[2])
    atexit.register(link.close)
    return link


@dataclass(frozen=True)
class Heard:
    """An answer: its bytes, the bits of the last one, how long after the question it began, and
    the bit at which answers of several cards collide."""

    data: bytes
    last_bits: int
    delay: int
    collision: int


@dataclass
class LoneCard:
    """A card in a field; ``now`` is the tester's clock in ticks of 1/fc."""

    link: ProgramLink = field(repr=False)
    kind: str  # A or B
    now: int = 0

    def field_reset(self) -> None:
        self.link.request(b"N")

    def raw(self, data: bytes, last_bits: int = 8) -> Heard | None:
        """The frame just as it is."""
        told = self.link.request(b"T", HEAD.pack(self.now, last_bits) + data)
        if not told:
            return None
        at, bits, collision = TOLD.unpack_from(told)
        heard = Heard(told[TOLD.size :], bits, at - self.now, collision)
        self.now = at
        return heard

    def ask(self, data: bytes) -> bytes | None:
        """A frame with its CRC, and the answer without."""
        heard = self.raw(closed(self.kind, data))
        if heard is None:
            return None
        told = content(self.kind, heard.data)
        assert told is not None, f"the CRC of {heard.data.hex()} is wrong"
        return told

    def order(self, size: int, payload: bytes, work: int = 0) -> bytes:
        """A command of the application: ``size`` bytes of the payload, after so much work."""
        return struct.pack(">HI", size, work) + payload


@contextmanager
def lone_card(kind: str, **described: object) -> Iterator[LoneCard]:
    """A card of type A or B by fields of its ATS or ATQB, just come into the field."""
    with lone_cards(kind, [described]) as card:
        yield card


@contextmanager
def lone_cards(kind: str, described: Iterable[Mapping[str, object]]) -> Iterator[LoneCard]:
    """Several cards of one type, which answer as one does who is not alone."""
    with running(PROGRAM, [{"type": kind, **each} for each in described]) as link:
        yield LoneCard(link, kind)


def into_protocol(card: LoneCard, fsdi: int = 8, cid: int = 0) -> None:
    """The card is taken into the protocol, by whatever identifier it shows."""
    card.field_reset()
    if card.kind == "B":
        atqb = card.ask(bytes.fromhex("050000"))
        assert atqb is not None
        told = card.ask(b"\x1d" + atqb[1:5] + bytes((0x00, fsdi, 0x01, cid)))
        assert told == bytes((cid,))
        return
    assert card.raw(b"\x26", 7) is not None
    for level in (0x93, 0x95, 0x97):
        shown = card.raw(bytes((level, 0x20)))
        assert shown is not None
        sak = card.ask(bytes((level, 0x70)) + shown.data)
        assert sak is not None
        if not sak[0] & 0x04:
            break
    assert card.ask(bytes((0xE0, fsdi << 4 | cid))) is not None


# --- the reader ----------------------------------------------------------------------------

SENT = struct.Struct(">QB")


@dataclass(frozen=True)
class Sent:
    """A frame of the reader, and how long it waits for the beginning of an answer."""

    data: bytes
    last_bits: int
    patience: int


@dataclass(frozen=True)
class Done:
    """What came of what was begun."""

    result: bytes


@dataclass(frozen=True)
class Lost:
    """The reader has given the card up."""

    why: str


@dataclass
class LoneReader:
    """A reader of type A or B."""

    link: ProgramLink = field(repr=False)
    kind: str

    def begin(self, word: str, content: bytes = b"") -> Sent | Done | Lost:
        return self._next(b"G", word.encode() + b" " + content)

    def hear(
        self, data: bytes | None, last_bits: int = 8, collision: int = NOWHERE
    ) -> Sent | Done | Lost:
        """A frame just as it is, or silence."""
        if data is None:
            return self._next(b"H", b"")
        return self._next(b"H", struct.pack(">BH", last_bits, collision) + data)

    def told(self, data: bytes) -> Sent | Done | Lost:
        """A frame with its CRC."""
        return self.hear(closed(self.kind, data))

    def _next(self, kind: bytes, content: bytes) -> Sent | Done | Lost:
        told = self.link.request(kind, content)
        if told[:1] == b"D":
            return Done(told[1:])
        if told[:1] == b"L":
            return Lost(told[1:].decode())
        patience, bits = SENT.unpack_from(told, 1)
        return Sent(told[1 + SENT.size :], bits, patience)


@contextmanager
def lone_reader(kind: str, **described: object) -> Iterator[LoneReader]:
    """A reader of one type, with its FSDI, CID and so on."""
    with running(READER, {"type": kind, **described}) as link:
        yield LoneReader(link, kind)
