"""A reader that finds, selects and activates a card of type A (ISO/IEC 14443-3 6.5, 14443-4 5).

Where cards answer together, a bit at which they differ is heard as a collision; the reader follows
those with a 1 there, and puts away whom it has found with HLTA to find the others.
"""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass, field

from reference_impl.contactless.crc import CRC_A, Crc
from reference_impl.contactless.frames import SHORT, Frame, bits_of, bytes_of
from reference_impl.contactless.pcd_blocks import LinkLost, PcdBlocks
from reference_impl.contactless.picc_a import (
    CASCADE_TAG,
    HLTA,
    INCOMPLETE,
    ISO_DEP,
    LEVELS,
    PPSS,
    RATS,
    REQA,
    WHOLE_UID,
    WUPA,
)
from reference_impl.contactless.timing import (
    FDT_A,
    FWI_DEFAULT,
    FWT_ACTIVATION,
    FWT_DELTA,
    frame_size,
)

LEVEL_BITS = 40
PATIENCE = FDT_A + 2 * 128  # for an answer that comes at its one place or not at all


@dataclass(frozen=True, slots=True)
class Send:
    """A frame, and how many ticks to wait for the beginning of an answer."""

    frame: Frame
    wait: int


@dataclass(frozen=True, slots=True)
class Heard:
    """What came back; ``collision``: the first bit at which several cards differed."""

    frame: Frame
    collision: int | None = None


Talk = Generator[Send, Heard | None, "Selected"]


@dataclass(frozen=True)
class Selected:
    """A card after its last SELECT."""

    uid: bytes
    sak: int
    atqa: bytes

    @property
    def iso_dep(self) -> bool:
        return bool(self.sak & ISO_DEP)


@dataclass
class PcdA:
    """The reader's rules for type A."""

    fsdi: int = 8
    cid: int = 0
    wake_up: bool = False
    crc: Crc = field(default=CRC_A)
    blocks_class: type[PcdBlocks] = PcdBlocks

    def select(self) -> Talk:
        """Request, anticollision, selection. Raises LinkLost where there is no card."""
        atqa = yield from self.request()
        if atqa is None:
            raise LinkLost("no answer of type A")
        return (yield from self.selected(atqa))

    def request(self, *, wake_up: bool = False) -> Generator[Send, Heard | None, bytes | None]:
        """REQA, or WUPA; the ATQA, None where nobody answers."""
        request = WUPA if wake_up or self.wake_up else REQA
        heard = yield Send(Frame(bytes((request,)), SHORT), PATIENCE)
        return None if heard is None else heard.frame.data

    def selected(self, atqa: bytes) -> Talk:
        """Anticollision and selection of a card that answered a request."""
        uid = b""
        for level in LEVELS:
            shown = yield from self._anticollision(level)
            sak = yield from self._selected(level, shown)
            if not sak & INCOMPLETE:
                return Selected(uid + shown[:4], sak, atqa)
            if shown[0] != CASCADE_TAG:
                raise LinkLost("a UID goes on that does not say so")
            uid += shown[1:4]
        raise LinkLost("a UID of more than three levels")

    def _anticollision(self, level: int) -> Generator[Send, Heard | None, bytes]:
        """The five bytes of one card on this level (6.5.3.1)."""
        known: list[int] = []
        while len(known) < LEVEL_BITS:
            heard = yield Send(question(level, known), PATIENCE)
            if heard is None:
                raise LinkLost("no answer in the anticollision")
            bits = bits_of(heard.frame.data)[: heard.frame.bits]
            if len(known) + len(bits) != LEVEL_BITS:
                raise LinkLost("an answer of a wrong length in the anticollision")
            known += bits if heard.collision is None else self.followed(bits, heard.collision)
        shown = bytes_of(known).data
        if not self.check_byte_right(shown):
            raise LinkLost("the check byte of a UID is wrong")
        return shown

    def followed(self, bits: list[int], collision: int) -> list[int]:
        """The bits before the collision, and 1 for the one that collided."""
        return [*bits[:collision], 1]

    def check_byte_right(self, shown: bytes) -> bool:
        return shown[0] ^ shown[1] ^ shown[2] ^ shown[3] == shown[4]

    def _selected(self, level: int, shown: bytes) -> Generator[Send, Heard | None, int]:
        content = bytes((level, WHOLE_UID)) + shown
        sak = self.opened((yield Send(self._sealed(content), PATIENCE)))
        if sak is None or len(sak) != 1:
            raise LinkLost("no SAK")
        return sak[0]

    def activate(self, card: Selected) -> Generator[Send, Heard | None, PcdBlocks]:
        """RATS alone; PPS is left out: 106 kbit/s both ways."""
        ats = yield from self.answer_to_select(card)
        return self.terms(ats)

    def answer_to_select(self, card: Selected) -> Generator[Send, Heard | None, bytes]:
        """ATS, by RATS, once more if there is no answer."""
        if not card.iso_dep:
            raise LinkLost("the card does not speak ISO/IEC 14443-4")
        rats = self._sealed(bytes((RATS, self.fsdi << 4 | self.cid)))
        heard = yield Send(rats, FWT_ACTIVATION + FWT_DELTA)
        if heard is None:
            heard = yield Send(rats, FWT_ACTIVATION + FWT_DELTA)
        ats = self.opened(heard)
        if ats is None or ats[0] != len(ats):
            raise LinkLost("no ATS")
        return ats

    def terms(self, ats: bytes) -> PcdBlocks:
        """What ATS settles; a byte that is left out counts as FSCI 2, FWI 4, CID supported."""
        t0, rest = (ats[1], list(ats[2:])) if len(ats) > 1 else (0x02, [])
        present = [bool(t0 & bit) for bit in (0x10, 0x20, 0x40)]
        if sum(present) > len(rest):
            raise LinkLost("an ATS that ends too early")
        _, tb, tc = (rest.pop(0) if there else None for there in present)
        fwi = FWI_DEFAULT if tb is None else tb >> 4
        cid = self.cid if tc is None or tc & 0x02 else None
        if cid is None and self.cid:
            raise LinkLost("the card knows no CID")
        sizes = frame_size(t0 & 0x0F), frame_size(self.fsdi)
        return self.blocks_class(*sizes, fwi, cid or None)

    def pps(self) -> Generator[Send, Heard | None, bool]:
        """106 kbit/s both ways, asked for in so many words (14443-4 5.3)."""
        start = PPSS | self.cid
        request = self._sealed(bytes((start, 0x11, 0x00)))
        return self.opened((yield Send(request, FWT_ACTIVATION + FWT_DELTA))) == bytes((start,))

    def halt(self) -> Generator[Send, Heard | None, bool]:
        """HLTA; whatever is heard within 1 ms means that it was not taken (6.5.5)."""
        heard = yield Send(self._sealed(bytes((HLTA, 0x00))), 13_560)
        return heard is None

    def opened(self, heard: Heard | None) -> bytes | None:
        """The content of a frame without errors."""
        if heard is None or heard.collision is not None:
            return None
        frame = heard.frame
        return self.crc.opened(frame.data) if frame.whole and frame.parity_right() else None

    def _sealed(self, data: bytes) -> Frame:
        return Frame(self.crc.sealed(data))


def question(level: int, known: list[int]) -> Frame:
    """SEL, NVB and the bits known so far."""
    nvb = (2 + len(known) // 8) << 4 | len(known) % 8
    told = bytes_of(known)
    return Frame(bytes((level, nvb)) + told.data, told.last_bits if known else 8)
