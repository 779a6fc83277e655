"""What goes wrong in a contactless card: its activation, its blocks, its patience.

Each shows over the air alone: the applet behind it is sound.
"""

from __future__ import annotations

from dataclasses import replace

from reference_impl.contactless.blocks import Block, RBlock, Reading
from reference_impl.contactless.frames import Frame
from reference_impl.contactless.picc_a import REQA, WUPA, Answer, PiccA, State
from reference_impl.contactless.picc_b import PiccB
from reference_impl.contactless.picc_blocks import PiccBlocks
from reference_impl.faults.registry import fault

RESERVED = 0x20  # of the PCB of an I-block


@fault(
    "card.check_byte_wrong",
    breaks="REQ-6-6-a",
    gain="no reader that checks the UID gets past the anticollision",
)
class WrongCheckByte(PiccA):
    """BCC is the exclusive or of three of the four bytes."""

    def check_byte(self, shown: bytes) -> int:
        return shown[0] ^ shown[1] ^ shown[2]


@fault(
    "card.uid_drawn_anew",
    breaks="REQ-6-6-a",
    gain="a reader that selects again by the UID it was shown finds nobody",
)
class DrawsItsUidAnew(PiccA):
    """A long UID is drawn again within the cascade: what was shown belongs to no card."""

    def select_acknowledge(self, complete: bool) -> bytes:
        if not complete:
            self.uid = self.uids()
        return super().select_acknowledge(complete)


@fault(
    "card.answers_a_request_in_halt",
    breaks="REQ-6-6-a",
    gain="a reader with several cards in its field meets the same one again and again",
)
class WakesByAnyRequest(PiccA):
    """REQA leads out of HALT as WUPA does."""

    def wakes(self, request: int) -> bool:
        return request in (REQA, WUPA)


@fault(
    "card.mute_after_deselect",
    breaks="REQ-6-6-a",
    gain="a reader that sends the card to rest between two transactions has lost it",
)
class MuteAfterDeselect(PiccA):
    """After S(DESELECT) only a new field wakes the card, WUPA does not."""

    def state_after_deselect(self) -> State:
        return State.POWER_OFF


@fault(
    "card.crc_ignored",
    breaks="REQ-6-6-a",
    gain="a command that was damaged on its way is executed as it arrived",
)
class IgnoresTheCrc(PiccA):
    """The last two bytes of a frame are taken off and not looked at."""

    def opened(self, frame: Frame) -> bytes | None:
        return frame.data[:-2] or None


@fault(
    "card.answers_some_ticks_late",
    breaks="REQ-6-6-a",
    gain="with a second card in the field no bit of the anticollision can be read",
)
class AnswersSomeTicksLate(PiccA):
    """ANTICOLLISION and SELECT are answered as soon as the UID was fetched, not at their place."""

    def at_once(self, answer: Frame, to: Frame, now: int) -> Answer:
        sound = super().at_once(answer, to, now)
        return sound if to.short else replace(sound, at=sound.at + 24)


@fault(
    "card.counts_from_the_last_bit",
    breaks="REQ-6-6-a",
    gain="a reader that is not listening yet misses what it asked for",
)
class CountsFromTheLastBit(PiccA):
    """Counts from the last bit and not from the last pause: after a 1 the answer is early."""

    def at_once(self, answer: Frame, to: Frame, now: int) -> Answer:
        sound = super().at_once(answer, to, now)
        return replace(sound, at=sound.at - 64) if to.last_bit else sound


@fault(
    "card.answers_beside_the_grid",
    breaks="REQ-6-6-a",
    gain="a reader that listens bit by bit loses the first of each answer",
)
class AnswersBesideTheGrid(PiccA):
    """Once the protocol is spoken, an answer goes out when it is ready."""

    def later(self, data: bytes, to: Frame, now: int, at: int) -> Answer:
        sound = super().later(data, to, now, at)
        return replace(sound, at=sound.at + 40)


@fault(
    "card.pps_ignored",
    breaks="REQ-6-6-a",
    gain="readers that agree on bit rates in so many words give the phone up",
)
class IgnoresPps(PiccA):
    """PPS is not answered, although it comes right after ATS and asks for what the card offers."""

    def takes_pps(self, data: bytes) -> bool:
        return False


@fault(
    "card.atqb_without_protocol",
    breaks="REQ-6-6-a",
    gain="readers take the card for one that speaks no ISO/IEC 14443-4 and go on",
)
class TellsOfNoProtocol(PiccB):
    """ATQB has 0 for the protocol type."""

    def shown(self) -> bytes:
        atqb = bytearray(super().shown())
        atqb[10] &= 0xFE
        return bytes(atqb)


@fault(
    "card.attrib_answered_by_another_cid",
    breaks="REQ-6-6-a",
    gain="a reader with two cards does not know which of them it activated",
)
class ConfirmsAnotherCid(PiccB):
    """The answer to ATTRIB has a CID that was not given."""

    def answer_to_attrib(self, cid: int) -> int:
        return cid ^ 0x01


@fault(
    "card.block_number_stuck",
    breaks="REQ-6-6-a",
    gain="every other answer is taken for a repetition, and the touch ends",
)
class BlockNumberStuck(PiccBlocks):
    """The card's block number does not toggle when an I-block comes in (rule D)."""

    def toggle_on_information(self, block: Block) -> None:
        """It stays."""


@fault(
    "card.chaining_bit_dropped",
    breaks="REQ-6-6-a",
    gain="a certificate arrives cut off, and looks whole",
)
class DropsTheChainingBit(PiccBlocks):
    """The first piece of a long answer looks like its last."""

    def chained(self) -> bool:
        super().chained()
        return False


@fault(
    "card.acknowledges_by_the_other_number",
    breaks="REQ-6-6-a",
    gain="readers send the same piece of a command until they give up",
)
class AcknowledgesByTheOtherNumber(PiccBlocks):
    """R(ACK) for a chained block has the number of the one before."""

    def acknowledgement(self, block: Block) -> RBlock:
        return RBlock(self.number ^ 1, cid=self.echoed(block.cid))


@fault(
    "card.cid_of_another",
    breaks="REQ-6-6-a",
    gain="answers are taken for those of another card in the field",
)
class EchoesAnotherCid(PiccBlocks):
    """Answers carry the next CID."""

    def echoed(self, cid: int | None) -> int | None:
        return None if cid is None else (cid + 1) % 15


@fault(
    "card.repeats_nothing",
    breaks="REQ-6-6-a",
    gain="one lost frame ends a touch that a repetition would have saved",
)
class RepeatsNothing(PiccBlocks):
    """R(NAK) with the card's own number is answered by R(ACK) (rule 11 left out)."""

    def repeats(self, block: RBlock) -> bool:
        return False


@fault(
    "card.frames_longer_than_agreed",
    breaks="REQ-6-6-a",
    gain="a reader with a small buffer loses the end of every long answer",
)
class SendsLongFrames(PiccBlocks):
    """Answers are cut to 256 bytes, whatever the reader takes."""

    def cut(self, answer: bytes, cid: int | None) -> list[bytes]:
        return [answer[i : i + 253] for i in range(0, len(answer), 253)] or [b""]


@fault(
    "card.wtxm_0",
    breaks="REQ-6-6-a",
    gain="readers give up a phone whose element takes longer than one FWT",
)
class AsksForNoTime(PiccBlocks):
    """S(WTX) asks for a multiple of 0, which is reserved."""

    def extension(self, ticks: int) -> int:
        return 0


@fault(
    "card.wtxm_60",
    breaks="REQ-6-6-a",
    gain="readers that hold to the standard give up, and others wait for ever",
)
class AsksForTooMuchTime(PiccBlocks):
    """S(WTX) asks for a multiple of 60, which is reserved."""

    def extension(self, ticks: int) -> int:
        return 60


@fault(
    "card.later_than_its_waiting_time",
    breaks="REQ-6-6-a",
    gain="works with patient readers, and not with the one at the town hall",
)
class AnswersLate(PiccBlocks):
    """More time is asked for when the time is already over by 2.2 ms."""

    def margin(self) -> int:
        return -30_000


@fault(
    "card.reserved_bit_taken",
    breaks="REQ-6-6-a",
    gain="blocks of a later edition of the standard are taken for something they are not",
)
class TakesReservedBits(Reading):
    """An I-block whose reserved bit is set is taken like any other."""

    def block(self, data: bytes) -> Block | None:
        if data and data[0] & 0xC0 == 0 and data[0] & RESERVED:
            data = bytes((data[0] & ~RESERVED, *data[1:]))
        return super().block(data)
