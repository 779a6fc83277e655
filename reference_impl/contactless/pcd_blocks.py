"""The reader's half of the transmission protocol (ISO/IEC 14443-4 7.3 to 7.5).

Rules of 7.5.3: A starts at 0, B toggles on an accepted I-block or an R(ACK) with the own number.
Rules of 7.5.4: 1 the reader begins; 3 S is answered by S; 4 on an error or none at all R(NAK), but
5 R(ACK) while the card chains; 6 R(ACK) of another number: the last I-block again; 7 R(ACK) of the
own number: the next piece; 8 S(DESELECT) may be repeated.

Each conversation is a generator: it yields what to send and how long to wait, and is sent the
content of the card's frame, or None for a frame with an error and for none at all.
"""

from __future__ import annotations

from collections.abc import Generator
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
from reference_impl.contactless.timing import (
    FWT_ACTIVATION,
    FWT_DELTA,
    FWT_MOST,
    WTXM_MOST,
    waiting_time,
)

RETRIES = 2  # of 2 to 5 (NFC Forum Digital 2.0, annex B)
LONGEST_ANSWER = 65_538  # bytes of an APDU (ISO/IEC 7816-3 12.1.3)
MOST_EXTENSIONS = 1_000  # in one exchange, OUR DESIGN: a card that never works is given up


class LinkLost(Exception):  # noqa: N818  the event, not a mistake
    """The card does not answer, or not by the rules; only a new activation helps."""


@dataclass(frozen=True, slots=True)
class Ask:
    """Content of a frame to send, and how many ticks to wait for the answer."""

    data: bytes
    wait: int


Conversation = Generator[Ask, bytes | None, bytes]


@dataclass
class PcdBlocks:
    """One activated card, as the reader sees it. ``cid`` None: blocks carry none."""

    fsc: int
    fsd: int
    fwi: int
    cid: int | None = None
    retries: int = RETRIES
    reading: Reading = field(default_factory=Reading)
    number: int = field(default=0, init=False)
    lost: bool = field(default=False, init=False)
    _extensions: int = field(default=0, init=False)

    def exchange(self, command: bytes) -> Conversation:
        """Deliver a command and return the answer. Raises LinkLost."""
        if self.lost:
            raise LinkLost("the card must be activated anew")
        self._extensions = 0
        self.lost = True  # until the answer is complete
        pieces = self.cut(command)
        for piece in pieces[:-1]:
            yield from self._delivered(IBlock(self.number, piece, True, self.cid))
            self.number ^= 1
        block = yield from self._delivered(IBlock(self.number, pieces[-1], False, self.cid))
        answer = yield from self._collected(block)
        self.lost = False
        return answer

    def deselect(self) -> Generator[Ask, bytes | None, bool]:
        """Whether the card confirmed; it is put to HALT if it heard."""
        self.lost = True
        goodbye = SBlock(Supervisory.DESELECT, cid=self.cid)
        for _ in range(1 + self.retries):
            heard = self.block((yield Ask(bytes(goodbye), FWT_ACTIVATION + FWT_DELTA)))
            if heard == goodbye:
                return True
        return False

    def cut(self, command: bytes) -> list[bytes]:
        """Into what fits the card's frames."""
        size = self.fsc - PROLOGUE - EPILOGUE - (self.cid is not None)
        return [command[i : i + size] for i in range(0, len(command), size)] or [b""]

    # --- one block -------------------------------------------------------------------------

    def _delivered(self, mine: IBlock) -> Generator[Ask, bytes | None, IBlock]:
        """The card's I-block; for a chained block of ours, an empty one once it acknowledges."""
        sending: Block = mine
        errors = again = 0
        while True:
            heard = yield from self._answered(sending)
            if isinstance(heard, RBlock) and self.asks_again(heard):
                again += 1
                if again > self.retries:
                    raise LinkLost("the card goes on asking for the same block")
                sending = mine
                continue
            if mine.chaining and isinstance(heard, RBlock) and self.acknowledges(heard):
                return IBlock(heard.number)
            if not mine.chaining and isinstance(heard, IBlock) and self.expected(heard):
                return heard
            errors += 1
            if errors > self.retries:
                raise LinkLost("no answer, or none by the rules, after all tries")
            sending = self.complaint()

    def asks_again(self, block: RBlock) -> bool:
        """Rule 6."""
        return not block.nak and block.number != self.number

    def acknowledges(self, block: RBlock) -> bool:
        """Rule 7."""
        return not block.nak and block.number == self.number

    def expected(self, block: IBlock) -> bool:
        """The number is the reader's own; NAD was not agreed on."""
        return block.number == self.number and block.nad is None

    def complaint(self) -> RBlock:
        """Rule 4."""
        return RBlock(self.number, nak=True, cid=self.cid)

    # --- the answer ------------------------------------------------------------------------

    def _collected(self, block: IBlock) -> Conversation:
        whole = bytearray(block.inf)
        self.number ^= 1
        while block.chaining:
            block = yield from self._next_piece()
            self.number ^= 1
            whole += block.inf
            if len(whole) > LONGEST_ANSWER:
                raise LinkLost("the answer has no end")
        return bytes(whole)

    def _next_piece(self) -> Generator[Ask, bytes | None, IBlock]:
        """Rules 5 and 7: R(ACK), and again after an error."""
        for _ in range(1 + self.retries):
            heard = yield from self._answered(self.ready())
            if isinstance(heard, IBlock) and self.expected(heard):
                return heard
        raise LinkLost("the rest of the answer does not come")

    def ready(self) -> RBlock:
        """R(ACK) for the next piece."""
        return RBlock(self.number, cid=self.cid)

    # --- more time -------------------------------------------------------------------------

    def _answered(self, sending: Block) -> Generator[Ask, bytes | None, Block | None]:
        """What the card answers in the end; requests for more time are granted (rule 3)."""
        heard = self.block((yield Ask(bytes(sending), self.waiting(1))))
        while isinstance(heard, SBlock) and heard.command is Supervisory.WTX:
            if not self.extension_possible(heard):
                return None
            self._extensions += 1
            if self._extensions > MOST_EXTENSIONS:
                raise LinkLost("the card asks for more time without end")
            granted = SBlock(Supervisory.WTX, bytes((self.granted(heard.wtxm),)), self.cid)
            heard = self.block((yield Ask(bytes(granted), self.waiting(heard.wtxm))))
        return heard

    def granted(self, wtxm: int) -> int:
        """What was asked for."""
        return wtxm

    def extension_possible(self, block: SBlock) -> bool:
        """0 and 60 to 63 are reserved."""
        return 1 <= block.wtxm <= WTXM_MOST

    def waiting(self, factor: int) -> int:
        return min(waiting_time(self.fwi) * factor, FWT_MOST) + FWT_DELTA

    def block(self, data: bytes | None) -> Block | None:
        """A block for this reader: of a size it takes, with the CID it uses or, likewise, none."""
        if data is None or len(data) + EPILOGUE > self.fsd:
            return None
        block = self.reading.block(data)
        return block if block is not None and self.of_my_card(block) else None

    def of_my_card(self, block: Block) -> bool:
        return block.cid == self.cid
