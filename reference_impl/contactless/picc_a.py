"""A card of type A from power-off to the protocol (ISO/IEC 14443-3 clause 6, 14443-4 clause 5).

States as in figure 7 of 14443-3; the starred ones remember that the card had been put to HALT and
fall back to it. A frame that has no place in READY or ACTIVE sends the card back without a word.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum, auto

from reference_impl.contactless.answer_to_select import AnswerToSelect
from reference_impl.contactless.blocks import CID_MOST
from reference_impl.contactless.crc import CRC_A, Crc
from reference_impl.contactless.frames import Frame, bits_of, bytes_of
from reference_impl.contactless.picc_blocks import Application, PiccBlocks, Terms
from reference_impl.contactless.timing import delay_a

REQA, WUPA, HLTA, RATS, PPSS = 0x26, 0x52, 0x50, 0xE0, 0xD0
LEVELS = (0x93, 0x95, 0x97)
CASCADE_TAG = 0x88
WHOLE_UID = 0x70  # NVB of SELECT
SIZES = {4: 0x00, 7: 0x40, 10: 0x80}  # UID size in ATQA
INCOMPLETE, ISO_DEP = 0x04, 0x20  # SAK


class State(Enum):
    """Of figure 7."""

    POWER_OFF = auto()
    IDLE = auto()
    READY = auto()
    ACTIVE = auto()
    HALT = auto()
    READY_STAR = auto()
    ACTIVE_STAR = auto()
    PROTOCOL = auto()


READY = (State.READY, State.READY_STAR)
ACTIVE = (State.ACTIVE, State.ACTIVE_STAR)
STARRED = (State.HALT, State.READY_STAR, State.ACTIVE_STAR)


@dataclass(frozen=True, slots=True)
class Answer:
    """A frame, and the tick at which it begins."""

    frame: Frame
    at: int


@dataclass
class PiccA:
    """``uids`` is asked for the identifier of 4, 7 or 10 bytes whenever the field comes on."""

    uids: Callable[[], bytes]
    application: Application
    ats: AnswerToSelect = field(default_factory=AnswerToSelect)
    crc: Crc = CRC_A
    blocks_class: Callable[[Terms, Application], PiccBlocks] = PiccBlocks
    state: State = field(default=State.POWER_OFF, init=False)
    uid: bytes = field(default=b"", init=False)
    blocks: PiccBlocks | None = field(default=None, init=False)
    _level: int = field(default=0, init=False)
    _pps_possible: bool = field(default=False, init=False)

    def field_on(self) -> None:
        self.uid = self.uids()
        if len(self.uid) not in SIZES:
            raise ValueError(f"a UID of {len(self.uid)} bytes; 4, 7 and 10 are possible")
        self.state, self.blocks = State.IDLE, None

    def field_off(self) -> None:
        self.state, self.blocks = State.POWER_OFF, None

    def received(self, frame: Frame, now: int) -> Answer | None:
        """A frame that ended at ``now``; None: the card stays silent."""
        if self.state is State.POWER_OFF or not frame.data:
            return None
        if self.state is State.PROTOCOL:
            return self._protocol(frame, now)
        if self.state in READY:
            return self._ready(frame, now)
        if self.state in ACTIVE:
            return self._active(frame, now)
        return self._request(frame, now)

    # --- IDLE and HALT ---------------------------------------------------------------------

    def _request(self, frame: Frame, now: int) -> Answer | None:
        if not frame.short or not self.wakes(frame.data[0]):
            return None
        self.state = State.READY_STAR if self.state in STARRED else State.READY
        self._level = 0
        return self.at_once(Frame(self.answer_to_request()), frame, now)

    def wakes(self, request: int) -> bool:
        """Out of HALT only WUPA leads."""
        return request == WUPA or (request == REQA and self.state is State.IDLE)

    def answer_to_request(self) -> bytes:
        """ATQA, lower byte first: UID size, and one bit of the five for the anticollision."""
        return bytes((SIZES[len(self.uid)] | 0x04, 0x00))

    # --- READY -----------------------------------------------------------------------------

    def _ready(self, frame: Frame, now: int) -> Answer | None:
        if len(frame.data) >= 2 and frame.data[0] == LEVELS[self._level]:
            if frame.data[1] == WHOLE_UID:
                return self._select(frame, now)
            rest = self._anticollision(frame)
            if rest is not None:
                return self.at_once(rest, frame, now)
        return self._fall_back()

    def _anticollision(self, frame: Frame) -> Frame | None:
        """The bits of the level that the reader has not told; None where those it told differ."""
        nvb = frame.data[1]
        told = (nvb >> 4) * 8 + (nvb & 0x0F) - 16
        if not 0 <= told < 40 or nvb & 0x0F > 7 or frame.bits != 16 + told:
            return None
        mine = bits_of(self.level_bytes())
        theirs = bits_of(frame.data[2:])[:told]
        return bytes_of(mine[told:]) if self.matches(theirs, mine[:told]) else None

    def matches(self, theirs: list[int], mine: list[int]) -> bool:
        return theirs == mine

    def _select(self, frame: Frame, now: int) -> Answer | None:
        data = self.opened(frame)
        if data is None or data[2:] != self.level_bytes():
            return self._fall_back()
        complete = self._level == self._levels() - 1
        if complete:
            self.state = State.ACTIVE_STAR if self.state is State.READY_STAR else State.ACTIVE
        else:
            self._level += 1
        return self.at_once(self._sealed(self.select_acknowledge(complete)), frame, now)

    def select_acknowledge(self, complete: bool) -> bytes:
        """SAK."""
        return bytes((ISO_DEP if complete else INCOMPLETE,))

    def level_bytes(self) -> bytes:
        """What this cascade level shows: four bytes and their check byte."""
        part = self.uid[3 * self._level :]
        shown = part[:4] if len(part) == 4 else bytes((CASCADE_TAG,)) + part[:3]
        return shown + bytes((self.check_byte(shown),))

    def check_byte(self, shown: bytes) -> int:
        """BCC: the exclusive or of the four."""
        return shown[0] ^ shown[1] ^ shown[2] ^ shown[3]

    def _levels(self) -> int:
        return len(self.uid) // 3

    # --- ACTIVE ----------------------------------------------------------------------------

    def _active(self, frame: Frame, now: int) -> Answer | None:
        data = self.opened(frame)
        if data == bytes((HLTA, 0x00)):
            self.state = State.HALT
            return None
        if data is None or len(data) != 2 or data[0] != RATS or data[1] & 0x0F > CID_MOST:
            return self._fall_back()
        terms = self.ats.terms(data[1] >> 4, data[1] & 0x0F)
        self.blocks = self.blocks_class(terms, self.application)
        self.state, self._pps_possible = State.PROTOCOL, True
        return self.later(bytes(self.ats), frame, now, now)

    def _fall_back(self) -> Answer | None:
        """To where the card came from, without an answer."""
        self.state = State.HALT if self.state in STARRED else State.IDLE
        return None

    # --- PROTOCOL --------------------------------------------------------------------------

    def _protocol(self, frame: Frame, now: int) -> Answer | None:
        data = self.opened(frame)
        if data is None or self.blocks is None:
            return None
        if data[0] & 0xF0 == PPSS:
            return self.later(data[:1], frame, now, now) if self.takes_pps(data) else None
        reply = self.blocks.received(data, now)
        if reply is None:
            return None
        self._pps_possible = False
        if reply.last:
            self.state, self.blocks = self.state_after_deselect(), None
        return self.later(reply.data, frame, now, reply.at)

    def takes_pps(self, data: bytes) -> bool:
        """Once, right after ATS, for the card's own CID, and for 106 kbit/s (DSI and DRI 0)."""
        if not self._pps_possible or self.blocks is None:
            return False
        own = data[0] & 0x0F == self.blocks.terms.cid
        rates = data[1:] in (b"\x01", b"\x11\x00")
        self._pps_possible = not (own and rates)
        return own and rates

    def state_after_deselect(self) -> State:
        return State.HALT

    # --- frames ----------------------------------------------------------------------------

    def opened(self, frame: Frame) -> bytes | None:
        """The content of a standard frame; None for a transmission error."""
        if not frame.whole or not frame.parity_right():
            return None
        return self.crc.opened(frame.data)

    def _sealed(self, data: bytes) -> Frame:
        return Frame(self.crc.sealed(data))

    def at_once(self, answer: Frame, to: Frame, now: int) -> Answer:
        """Exactly at the first place of the grid, so that cards collide bit by bit."""
        return Answer(answer, now + delay_a(to.last_bit))

    def later(self, data: bytes, to: Frame, now: int, at: int) -> Answer:
        return Answer(self._sealed(data), now + delay_a(to.last_bit, at - now))
