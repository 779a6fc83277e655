"""Blocks of ISO/IEC 14443-4 as a trace shows them: form, numbers, order, extensions. Pure.

What a card must do follows from the frame before and from its last block; what was lost on the way
a trace does not show, so silence counts only where the caller knows that nothing was lost.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from suites.contactless.observed import Breach, Terms, Turn

FORM, NUMBERS, CHAIN, EXTENSION = "14443-4 7.1", "14443-4 7.5.3", "14443-4 7.5.2", "14443-4 7.3"
DESELECT, ADDRESS, LENGTH, PPS = "14443-4 8", "14443-4 7.1.2", "14443-4 5.1", "14443-4 5.3"


@dataclass(frozen=True)
class Block:
    """The parts of a block; ``kind`` I, A (R(ACK)), N (R(NAK)), W (WTX) or D (DESELECT)."""

    kind: str
    number: int
    chained: bool
    cid: int | None
    nad: bool
    inf: bytes


def read(data: bytes) -> Block | None:
    """None for what has a reserved bit wrong or a length that its kind does not have."""
    pcb, at = data[0], 1 + bool(data[0] & 0x08)
    if len(data) < at:
        return None
    cid = data[1] & 0x0F if at == 2 else None
    if at == 2 and (data[1] & 0x30 or cid == 15):
        return None
    nad = bool(pcb & 0x04)
    inf, number, flag = data[at + nad :], pcb & 1, bool(pcb & 0x10)
    if pcb >> 6 == 0:
        good = not pcb & 0x20 and pcb & 0x02 and len(data) >= at + nad
        return Block("I", number, flag, cid, nad, inf) if good else None
    if pcb >> 6 == 2:
        good = pcb & 0x26 == 0x22 and not inf
        return Block("N" if flag else "A", number, False, cid, False, b"") if good else None
    kind = {(0xC2, 0): "D", (0xF2, 1): "W"}.get((pcb & 0xF7, len(inf)))
    return Block(kind, 0, False, cid, False, inf) if kind else None


@dataclass
class Blocks:
    """One activation; ``waiting`` is how long the reader has to wait for the next answer."""

    terms: Terms
    lossless: bool
    over: bool = False
    waiting: int = 0
    _number: int = 0  # of the reader's next I-block
    _last: bytes | None = None  # the card's last block
    _wtxm: int | None = None  # that the card wants back

    def seen(self, turn: Turn) -> Iterator[Breach]:
        self.waiting = self.terms.fwt
        asked = turn.asked
        if asked is None:
            if turn.answer is not None:
                yield turn.card(FORM, "answers a frame whose CRC is wrong")
            return
        block = read(asked)
        if block is None:
            yield from self._no_block(turn, asked)
            return
        if not self._addressed(block):
            if turn.answer is not None:
                yield turn.card(ADDRESS, "answers a block that is for another card")
            return
        yield from self._of_the_reader(turn, block, asked)
        if turn.answer is None:
            if self.lossless and self._must_answer(block, asked):
                yield turn.card(FORM, "does not answer")
            return
        yield from self._answered(turn, block)

    def _no_block(self, turn: Turn, asked: bytes) -> Iterator[Breach]:
        if turn.answer is None:
            return
        if asked[0] & 0xF0 != 0xD0:
            yield turn.card(FORM, "answers what is no block")
        elif turn.told != asked[:1]:
            yield turn.card(PPS, "does not answer PPS by its first byte")

    def _addressed(self, block: Block) -> bool:
        if block.nad:
            return False  # never agreed on by the readers and cards here
        if block.cid is None:
            return self.terms.cid == 0 or not self.terms.cid_supported
        return self.terms.cid_supported and block.cid == self.terms.cid

    def _must_answer(self, block: Block, asked: bytes) -> bool:
        """R(ACK) where there is nothing more, and a WTX nobody wants, may be passed over."""
        wanted = block.kind in "IND" or (block.kind == "W" and block.inf[0] == self._wtxm)
        return wanted and len(asked) + 2 <= self.terms.fsc

    # --- the reader ------------------------------------------------------------------------

    def _of_the_reader(self, turn: Turn, block: Block, asked: bytes) -> Iterator[Breach]:
        if len(asked) + 2 > self.terms.fsc:
            yield turn.reader(LENGTH, "sends a frame longer than the card takes")
        if block.kind == "W":
            self.waiting = min(self.terms.fwt * max(1, self._wtxm or 1), 1 << 26)
            if self._wtxm is not None and block.inf[0] != self._wtxm:
                yield turn.reader(EXTENSION, "sends back another WTXM than it was asked for")
        elif self._wtxm is not None and block.kind == "I":
            yield turn.reader(EXTENSION, "sends information in place of WTX")
        if block.kind in "AN" and not self.lossless:
            self._number = block.number  # what the card sent last may not have arrived
        if block.kind in "IAN" and block.number != self._number:
            yield turn.reader(NUMBERS, f"sends the number {block.number}, not {self._number}")

    # --- the card --------------------------------------------------------------------------

    def _answered(self, turn: Turn, asked: Block) -> Iterator[Breach]:
        told = turn.told
        block = read(told) if told else None
        if told is None or block is None:
            yield turn.card(FORM, "sends what is no block with its CRC")
            return
        if len(told) + 2 > self.terms.fsd:
            yield turn.card(LENGTH, "sends a frame longer than the reader takes")
        if block.cid != asked.cid or block.nad:
            yield turn.card(ADDRESS, "does not answer with the CID it was asked with, or with NAD")
        yield from self._fitting(turn, asked, block, told)
        self._follow(asked, block, told)

    def _fitting(self, turn: Turn, asked: Block, block: Block, told: bytes) -> Iterator[Breach]:
        if block.kind == "N":
            yield turn.card(CHAIN, "sends R(NAK), which is the reader's")
        if (asked.kind == "D") is not (block.kind == "D"):
            yield turn.card(DESELECT, "does not answer S(DESELECT), and only it, by the same")
        if asked.kind == "N" and block.kind in "IW" and told != self._last:
            yield turn.card(CHAIN, "does not repeat its last block but sends another")
        if block.kind == "W":
            if not 1 <= block.inf[0] & 0x3F <= 59:
                yield turn.card(EXTENSION, f"asks for WTXM {block.inf[0] & 0x3F}; 1 to 59 are")
            return
        yield from self._numbered(turn, asked, block)

    def _numbered(self, turn: Turn, asked: Block, block: Block) -> Iterator[Breach]:
        if asked.kind == "I" and block.kind != ("A" if asked.chained else "I"):
            yield turn.card(CHAIN, "confirms a last block, or ends a chain that goes on")
        acknowledged = block.kind == "A" and asked.kind == "N"  # rule 12 has the other number
        wrong = block.kind in "IA" and block.number != self._number and not acknowledged
        if wrong:
            yield turn.card(NUMBERS, f"sends the number {block.number}, not {self._number}")

    def _follow(self, asked: Block, block: Block, told: bytes) -> None:
        self._last = told
        self._wtxm = block.inf[0] & 0x3F if block.kind == "W" else None
        self.over = block.kind == "D"
        taken = block.kind == "I" or (block.kind == "A" and block.number == self._number)
        if taken:
            self._number ^= 1
