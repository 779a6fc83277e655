"""A reader that finds and activates a card of type B (ISO/IEC 14443-3 7.7 to 7.12).

It asks for one slot first. Where answers collide it asks again for twice as many, and takes the
first card that shows itself alone.
"""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass, field

from reference_impl.contactless.crc import CRC_B, Crc
from reference_impl.contactless.frames import Frame
from reference_impl.contactless.pcd_a import Heard, Send
from reference_impl.contactless.pcd_blocks import LinkLost, PcdBlocks
from reference_impl.contactless.picc_b import APF, ATQB, ATTRIB, HLTB, SLOTS, WAKE_UP
from reference_impl.contactless.timing import (
    FWT_ACTIVATION,
    FWT_ATQB,
    FWT_DELTA,
    frame_size,
    waiting_time,
)


@dataclass(frozen=True)
class Found:
    """An ATQB."""

    pupi: bytes
    application_data: bytes
    protocol: bytes

    @property
    def iso_dep(self) -> bool:
        return bool(self.protocol[1] & 0x01)

    @property
    def cid_supported(self) -> bool:
        return bool(self.protocol[2] & 0x01)


@dataclass
class PcdB:
    """The reader's rules for type B."""

    fsdi: int = 8
    cid: int = 0
    afi: int = 0x00
    wake_up: bool = False
    crc: Crc = field(default=CRC_B)
    blocks_class: type[PcdBlocks] = PcdBlocks

    def find(self) -> Generator[Send, Heard | None, Found]:
        """The first card that is heard alone. Raises LinkLost where there is none."""
        for code in range(len(SLOTS)):
            found, silent = yield from self._round(code)
            if found is not None:
                return found
            if silent:
                raise LinkLost("no answer of type B")
        raise LinkLost("answers of type B collide in every slot")

    def _round(self, code: int) -> Generator[Send, Heard | None, tuple[Found | None, bool]]:
        """All slots of one request: whom it found, and whether all was silent."""
        param = code | (WAKE_UP if self.wake_up else 0)
        heard = yield Send(self._sealed(bytes((APF, self.afi, param))), FWT_ATQB)
        silent = heard is None
        found = self.answer_to_request(heard)
        for slot in range(2, SLOTS[code] + 1):
            if found is not None:
                break
            marker = bytes(((slot - 1) << 4 | APF,))
            heard = yield Send(self._sealed(marker), FWT_ATQB)
            silent = silent and heard is None
            found = self.answer_to_request(heard)
        return found, silent

    def answer_to_request(self, heard: Heard | None) -> Found | None:
        """ATQB, of 12 bytes or, extended, 13."""
        data = self.opened(heard)
        if data is None or data[0] != ATQB or len(data) not in (12, 13):
            return None
        return Found(data[1:5], data[5:9], data[9:])

    def activate(self, card: Found) -> Generator[Send, Heard | None, PcdBlocks]:
        """ATTRIB, and what it settles."""
        yield from self.attrib(card)
        return self.terms(card)

    def attrib(self, card: Found) -> Generator[Send, Heard | None, bytes]:
        """The answer to ATTRIB at 106 kbit/s both ways, with the protocol type the card told."""
        if not self.acceptable(card):
            raise LinkLost("the card does not speak ISO/IEC 14443-4")
        cid = self.cid_for(card)
        parameters = bytes((0x00, self.fsdi, card.protocol[1] & 0x0F, cid))
        wait = max(waiting_time(card.protocol[2] >> 4), FWT_ACTIVATION) + FWT_DELTA
        heard = yield Send(self._sealed(bytes((ATTRIB,)) + card.pupi + parameters), wait)
        told = self.opened(heard)
        if told is None or not self.confirmed(told, cid):
            raise LinkLost("ATTRIB is not confirmed")
        return told

    def terms(self, card: Found) -> PcdBlocks:
        """The card's frame size and waiting time are in its ATQB."""
        sizes = frame_size(card.protocol[1] >> 4), frame_size(self.fsdi)
        return self.blocks_class(*sizes, card.protocol[2] >> 4, self.cid_for(card) or None)

    def cid_for(self, card: Found) -> int:
        return self.cid if card.cid_supported else 0

    def acceptable(self, card: Found) -> bool:
        """The bit of the protocol type is there, the reserved one is not."""
        return card.iso_dep and not card.protocol[1] & 0x08

    def confirmed(self, told: bytes, cid: int) -> bool:
        """The lower half of the first byte is the CID again."""
        return told[0] & 0x0F == cid

    def halt(self, card: Found) -> Generator[Send, Heard | None, bool]:
        heard = yield Send(self._sealed(bytes((HLTB,)) + card.pupi), FWT_ATQB)
        return self.opened(heard) == b"\x00"

    def opened(self, heard: Heard | None) -> bytes | None:
        if heard is None or heard.collision is not None or not heard.frame.whole:
            return None
        return self.crc.opened(heard.frame.data)

    def _sealed(self, data: bytes) -> Frame:
        return Frame(self.crc.sealed(data))
