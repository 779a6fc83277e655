"""The card's half of the transmission protocol (ISO/IEC 14443-4 7.3 to 7.5).

Rules of 7.5.3 (block numbers): C starts at 1, D toggles on any I-block, E toggles on the R(ACK)
that asks for the next piece. Rules of 7.5.4: 2 a chained block is acknowledged; 3 S is answered by
S; 9 more time may be asked for; 10 I is answered by I; 11 to 13 see below. The card never begins
to recover from an error: it stays silent and waits.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from reference_impl.contactless.blocks import (
    EPILOGUE,
    PROLOGUE,
    Block,
    IBlock,
    RBlock,
    Reading,
    SBlock,
    Supervisory,
)
from reference_impl.contactless.timing import FWT_MOST, WTXM_MOST, waiting_time

LONGEST_COMMAND = 65_544  # bytes of an APDU (ISO/IEC 7816-3 12.1.3)
MARGIN = 4_096  # ticks


@dataclass(frozen=True)
class Worked:
    """The answer of an application, and how long it took."""

    answer: bytes
    ticks: int = 0


Application = Callable[[bytes], Worked]


@dataclass(frozen=True, slots=True)
class Reply:
    """What the card sends, and not before which tick."""

    data: bytes
    at: int
    last: bool = False  # the card leaves the protocol after it


@dataclass(frozen=True)
class Terms:
    """What activation settled."""

    fsd: int  # bytes that the reader takes
    fsc: int  # bytes that the card takes
    fwi: int
    cid: int = 0
    cid_supported: bool = True


@dataclass
class PiccBlocks:
    """One activation of one card."""

    terms: Terms
    application: Application
    reading: Reading = field(default_factory=Reading)
    number: int = field(default=1, init=False)
    _command: bytearray = field(default_factory=bytearray, init=False)
    _pieces: list[bytes] = field(default_factory=list, init=False)  # of the answer, next first
    _pending: Worked | None = field(default=None, init=False)
    _ready_at: int = field(default=0, init=False)
    _asked: int = field(default=0, init=False)  # WTXM that the reader must echo
    _last: Block | None = field(default=None, init=False)

    def received(self, data: bytes, now: int) -> Reply | None:
        """A frame without its CRC that ended at ``now``; None: the card stays silent."""
        block = self.reading.block(data)
        if block is None or len(data) + EPILOGUE > self.terms.fsc or not self.addressed(block):
            return None
        if isinstance(block, IBlock):
            return self._information(block, now)
        if isinstance(block, RBlock):
            return self._ready(block, now)
        return self._supervision(block, now)

    def addressed(self, block: Block) -> bool:
        """A block without CID is for the card with CID 0, and for one that knows no CID."""
        if block.cid is None:
            return self.terms.cid == 0 or not self.terms.cid_supported
        return self.terms.cid_supported and block.cid == self.terms.cid

    # --- information -----------------------------------------------------------------------

    def _information(self, block: IBlock, now: int) -> Reply | None:
        if not self.admitted(block):
            return None
        self.toggle_on_information(block)
        self._command += block.inf
        if len(self._command) > LONGEST_COMMAND:
            self._command.clear()
            return None
        if block.chaining:
            return self._send(self.acknowledgement(block), now)
        command, self._command = bytes(self._command), bytearray()
        return self._work(command, block, now)

    def admitted(self, block: IBlock) -> bool:
        """No NAD, which the card does not support; nothing new before the answer is out."""
        return block.nad is None and self._pending is None and not self._pieces

    def toggle_on_information(self, block: IBlock) -> None:
        """Rule D: whatever the number in the block."""
        self.number ^= 1

    def acknowledgement(self, block: Block) -> RBlock:
        return RBlock(self.number, cid=self.echoed(block.cid))

    def echoed(self, cid: int | None) -> int | None:
        """A block with a CID is answered with it, and one without by one without (7.1.1.2)."""
        return cid

    def _work(self, command: bytes, block: Block, now: int) -> Reply:
        """An empty command asks whether the card is still there."""
        self._pending = self.application(command) if command else Worked(b"")
        self._ready_at = now + self._pending.ticks
        return self._answer_or_extension(block, now, waiting_time(self.terms.fwi))

    def _answer_or_extension(self, block: Block, now: int, waiting: int) -> Reply:
        if self._pending is not None and self._ready_at - now <= waiting - self.margin():
            self._pieces = self.cut(self._pending.answer, block.cid)
            self._pending = None
            return self._next_piece(block, max(now, self._ready_at))
        self._asked = self.extension(self._ready_at - now - waiting)
        wtx = SBlock(Supervisory.WTX, bytes((self._asked,)), self.echoed(block.cid))
        return self._send(wtx, now + waiting - self.margin())

    def margin(self) -> int:
        """Ticks before the end of FWT at which the card asks for more."""
        return MARGIN

    def cut(self, answer: bytes, cid: int | None) -> list[bytes]:
        """Into what fits the reader's frames; an empty answer is one empty piece."""
        size = self.terms.fsd - PROLOGUE - EPILOGUE - (cid is not None)
        return [answer[i : i + size] for i in range(0, len(answer), size)] or [b""]

    def _next_piece(self, block: Block, at: int) -> Reply:
        piece = self._pieces.pop(0)
        cid = self.echoed(block.cid)
        return self._send(IBlock(self.number, piece, self.chained(), cid), at)

    def chained(self) -> bool:
        """More of the answer follows."""
        return bool(self._pieces)

    # --- ready -----------------------------------------------------------------------------

    def _ready(self, block: RBlock, now: int) -> Reply | None:
        if self.repeats(block):
            return self._send(self._last, now) if self._last is not None else None
        if block.nak:
            return self._send(self.acknowledgement(block), now)
        if not self._pieces:
            return None
        self.toggle_on_ready()
        return self._next_piece(block, now)

    def repeats(self, block: RBlock) -> bool:
        """Rule 11: an R-block with the card's own number. Rules 12 and 13: any other."""
        return block.number == self.number

    def toggle_on_ready(self) -> None:
        """Rule E."""
        self.number ^= 1

    # --- supervision -----------------------------------------------------------------------

    def _supervision(self, block: SBlock, now: int) -> Reply | None:
        if block.command is Supervisory.DESELECT:
            goodbye = SBlock(Supervisory.DESELECT, cid=self.echoed(block.cid))
            return Reply(bytes(goodbye), now, last=True)
        if not self._asked or not self.granted(block):
            return None
        waiting = min(waiting_time(self.terms.fwi) * self._asked, FWT_MOST)
        self._asked = 0
        return self._answer_or_extension(block, now, waiting)

    def granted(self, block: SBlock) -> bool:
        """The reader's answer repeats WTXM; its power level is 0."""
        return block.inf[0] == self._asked

    def extension(self, ticks: int) -> int:
        """WTXM for this much time after the current FWT, 1 to 59."""
        wanted = -(-(ticks + MARGIN) // waiting_time(self.terms.fwi)) + 1
        return max(1, min(wanted, WTXM_MOST))

    def _send(self, block: Block, at: int) -> Reply:
        self._last = block
        return Reply(bytes(block), at)
