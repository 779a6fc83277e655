"""A card of type B from power-off to the protocol (ISO/IEC 14443-3 clause 7).

States as in its figure: a card draws a slot for each request, and shows itself in that slot only.
What is not for this card leaves its state as it is.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum, auto

from reference_impl.contactless.blocks import CID_MOST
from reference_impl.contactless.crc import CRC_B, Crc
from reference_impl.contactless.frames import Frame
from reference_impl.contactless.picc_a import Answer
from reference_impl.contactless.picc_blocks import Application, PiccBlocks, Terms
from reference_impl.contactless.timing import TR0, frame_size

APF, ATTRIB, HLTB, ATQB = 0x05, 0x1D, 0x50, 0x50
WAKE_UP, EXTENDED = 0x08, 0x10  # PARAM of a request
SLOTS = (1, 2, 4, 8, 16)  # by N
PROTOCOL_TYPE = 0x01  # ISO/IEC 14443-4


class State(Enum):
    """Of 14443-3, 7.4."""

    POWER_OFF = auto()
    IDLE = auto()
    READY_REQUESTED = auto()
    READY_DECLARED = auto()
    PROTOCOL = auto()
    HALT = auto()


@dataclass(frozen=True)
class AnswerToRequest:
    """ATQB without PUPI: application data and protocol information (7.9)."""

    application_data: bytes = bytes.fromhex("000005E0")
    rates: int = 0x80
    fsci: int = 8
    fwi: int = 8
    adc: int = 0
    cid_supported: bool = True
    afi: int = 0x00
    sfgi: int | None = None  # None: the card knows no extended answer

    def content(self, pupi: bytes, extended: bool) -> bytes:
        options = self.adc << 2 | (0x01 if self.cid_supported else 0x00)
        protocol = bytes((self.rates, self.protocol_byte(), self.fwi << 4 | options))
        more = bytes((self.sfgi << 4,)) if extended and self.sfgi is not None else b""
        return bytes((ATQB,)) + pupi + self.application_data + protocol + more

    def protocol_byte(self) -> int:
        return self.fsci << 4 | PROTOCOL_TYPE


@dataclass
class PiccB:
    """``pupis`` is asked for the four bytes of the identifier whenever the field comes on,
    ``draws`` for a slot out of so many, from 1 on."""

    pupis: Callable[[], bytes]
    draws: Callable[[int], int]
    application: Application
    atqb: AnswerToRequest = AnswerToRequest()
    crc: Crc = CRC_B
    blocks_class: Callable[[Terms, Application], PiccBlocks] = PiccBlocks
    state: State = field(default=State.POWER_OFF, init=False)
    pupi: bytes = field(default=b"", init=False)
    blocks: PiccBlocks | None = field(default=None, init=False)
    _slot: int = field(default=0, init=False)
    _extended: bool = field(default=False, init=False)

    def field_on(self) -> None:
        self.pupi = self.pupis()
        if len(self.pupi) != 4:
            raise ValueError(f"a PUPI has 4 bytes, not {len(self.pupi)}")
        self.state, self.blocks = State.IDLE, None

    def field_off(self) -> None:
        self.state, self.blocks = State.POWER_OFF, None

    def received(self, frame: Frame, now: int) -> Answer | None:
        """A frame that ended at ``now``; None: the card stays silent."""
        data = self.opened(frame) if self.state is not State.POWER_OFF else None
        if data is None:
            return None
        if self.state is State.PROTOCOL:
            return self._protocol(data, now)
        if data[0] == APF and len(data) == 3:
            return self._request(data[1], data[2], now)
        if self.state is State.READY_REQUESTED and len(data) == 1 and data[0] & 0x0F == APF:
            return self._slot_marker(data[0], now)
        if self.state is State.READY_DECLARED:
            return self._declared(data, now)
        return None

    # --- requests --------------------------------------------------------------------------

    def _request(self, afi: int, param: int, now: int) -> Answer | None:
        code = param & 0x07
        if code >= len(SLOTS) or not self.wakes(param):
            return None
        if not self.of_family(afi):
            self.state = State.HALT if self.state is State.HALT else State.IDLE
            return None
        self._extended = bool(param & EXTENDED)
        self._slot = self.draws(SLOTS[code])
        self.state = State.READY_REQUESTED
        return self._declare(now) if self._slot == 1 else None

    def wakes(self, param: int) -> bool:
        """Out of HALT only WUPB leads."""
        return self.state is not State.HALT or bool(param & WAKE_UP)

    def of_family(self, afi: int) -> bool:
        """The application family: 00 all, X0 the family X, 0Y the subfamily Y, XY that one."""
        own, family, sub = self.atqb.afi, afi & 0xF0, afi & 0x0F
        return family in (0, own & 0xF0) and sub in (0, own & 0x0F)

    def _slot_marker(self, marker: int, now: int) -> Answer | None:
        """APn, n - 1 in the upper half byte, n from 2 on."""
        return self._declare(now) if (marker >> 4) + 1 == self._slot else None

    def _declare(self, now: int) -> Answer:
        self.state = State.READY_DECLARED
        return self._answer(self.shown(), now)

    def shown(self) -> bytes:
        """ATQB."""
        return self.atqb.content(self.pupi, self._extended)

    # --- READY-DECLARED --------------------------------------------------------------------

    def _declared(self, data: bytes, now: int) -> Answer | None:
        if data[1:5] != self.pupi:
            return None
        if data[0] == HLTB and len(data) == 5:
            self.state = State.HALT
            return self._answer(b"\x00", now)
        if data[0] != ATTRIB or len(data) < 9 or not self.attributes_possible(*data[5:9]):
            return None
        cid = data[8] & 0x0F
        terms = self.terms(data[6] & 0x0F, cid)
        self.blocks = self.blocks_class(terms, self.application)
        self.state = State.PROTOCOL
        return self._answer(bytes((self.answer_to_attrib(cid),)), now)

    def attributes_possible(self, param1: int, param2: int, param3: int, param4: int) -> bool:
        """Reserved bits 0; 106 kbit/s both ways; the card's protocol; a CID if it takes one."""
        reserved = param1 & 0x03 or param3 & 0xF0 or param4 & 0xF0
        rates, protocol, cid = param2 & 0xF0, param3 & 0x01, param4
        able = cid <= CID_MOST if self.atqb.cid_supported else cid == 0
        return not reserved and not rates and bool(protocol) and able

    def terms(self, fsdi: int, cid: int) -> Terms:
        offer = self.atqb
        return Terms(
            frame_size(fsdi), frame_size(offer.fsci), offer.fwi, cid, offer.cid_supported
        )  # fmt: skip

    def answer_to_attrib(self, cid: int) -> int:
        """MBLI 0 (nothing is said of the longest chain) and the CID again."""
        return cid

    # --- PROTOCOL --------------------------------------------------------------------------

    def _protocol(self, data: bytes, now: int) -> Answer | None:
        reply = self.blocks.received(data, now) if self.blocks is not None else None
        if reply is None:
            return None
        if reply.last:
            self.state, self.blocks = self.state_after_deselect(), None
        return self._answer(reply.data, reply.at)

    def state_after_deselect(self) -> State:
        return State.HALT

    def opened(self, frame: Frame) -> bytes | None:
        return self.crc.opened(frame.data) if frame.whole else None

    def _answer(self, data: bytes, now: int) -> Answer:
        return Answer(Frame(self.crc.sealed(data)), now + TR0)
