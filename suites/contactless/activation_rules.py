"""Activation as a trace shows it: UID, ATS, ATQB, ATTRIB (ISO/IEC 14443-3, 14443-4 5). Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from suites.contactless.observed import Breach, Terms, Turn, size

ATQA, SAK, UID, ATS = "14443-3 6.5.2", "14443-3 6.5.3.4", "14443-3 6.5.4", "14443-4 5.2"
REQUEST_B, ATQB, ATTRIB, HALT = "14443-3 7.7", "14443-3 7.9", "14443-3 7.11", "14443-3 6.5.5, 7.12"
DAMAGED = "14443-3 6.2.4, 7.2"
LEVELS = {0x93: 1, 0x95: 2, 0x97: 3}
UID_LEVELS = {0: 1, 1: 2, 2: 3}  # by the two bits of ATQA


@dataclass
class ActivationA:
    """One field's worth of it; ``terms`` once ATS was sent."""

    terms: Terms | None = None
    halted: bool = False
    _levels: int | None = None
    _shown: dict[int, bytes] = field(default_factory=dict)

    def seen(self, turn: Turn) -> Iterator[Breach]:
        data = turn.sent.data
        if turn.sent.short:
            yield from self._request(turn)
        elif data[0] in LEVELS and data[1:2] == b"\x20":
            yield from self._anticollision(turn)
        elif turn.asked is None and not (data[0] in LEVELS and data[1:2] < b"\x70"):
            yield from _damaged(turn)
        elif data[0] in LEVELS and data[1:2] == b"\x70":
            yield from self._select(turn)
        elif turn.asked == b"\x50\x00":
            self.halted = True
            if turn.answer is not None:
                yield turn.card(HALT, "answers HLTA")
        elif data[0] == 0xE0:
            yield from self._rats(turn)

    def _request(self, turn: Turn) -> Iterator[Breach]:
        if turn.answer is None:
            return
        if self.halted and turn.sent.data == b"\x26":
            yield turn.card(HALT, "answers REQA although it was put to HALT")
        self.halted = False  # awake, whatever woke it
        atqa = turn.answer.data
        if len(atqa) != 2:
            yield turn.card(ATQA, f"sends an ATQA of {len(atqa)} bytes")
            return
        self._levels = UID_LEVELS.get(atqa[0] >> 6)
        if self._levels is None:
            yield turn.card(ATQA, "tells a UID size that is reserved")
        if (atqa[0] & 0x1F).bit_count() != 1:
            yield turn.card(ATQA, "does not set exactly one bit for the anticollision")

    def _anticollision(self, turn: Turn) -> Iterator[Breach]:
        if turn.answer is None:
            return
        shown, level = turn.answer.data, LEVELS[turn.sent.data[0]]
        self._shown[level] = shown
        if len(shown) != 5:
            yield turn.card(UID, f"shows {len(shown)} bytes of a level in place of 5")
            return
        if shown[0] ^ shown[1] ^ shown[2] ^ shown[3] ^ shown[4]:
            yield turn.card(UID, "shows a check byte (BCC) that is wrong")
        if self._levels is not None and (shown[0] == 0x88) is not (level < self._levels):
            yield turn.card(UID, "shows a cascade tag that ATQA contradicts")

    def _select(self, turn: Turn) -> Iterator[Breach]:
        level, shown = LEVELS[turn.sent.data[0]], turn.sent.data[2:7]
        if self._shown.get(level, shown) != shown:
            yield turn.reader(UID, "selects what no card has shown")
        if turn.answer is None:
            return
        sak = turn.told
        if sak is None or len(sak) != 1:
            yield turn.card(SAK, "sends a SAK that is not one byte and its CRC")
            return
        last = self._levels is None or level == self._levels
        if bool(sak[0] & 0x04) is last:
            yield turn.card(SAK, "tells of more or less UID than ATQA")
        if last and not sak[0] & 0x20:
            yield turn.card(SAK, "does not tell of ISO/IEC 14443-4")

    def _rats(self, turn: Turn) -> Iterator[Breach]:
        parameter = turn.sent.data[1]
        if parameter & 0x0F == 0x0F:
            yield turn.reader(ATS, "gives the CID 15")
        ats = turn.told
        if turn.answer is None:
            return
        if ats is None or ats[0] != len(ats):
            yield turn.card(ATS, "sends an ATS whose length byte is wrong")
            return
        yield from self._ats(turn, ats, parameter)

    def _ats(self, turn: Turn, ats: bytes, parameter: int) -> Iterator[Breach]:
        t0 = ats[1] if len(ats) > 1 else 0x02
        there = [bit for bit in (0x10, 0x20, 0x40) if t0 & bit]
        values = dict(zip(there, ats[2:], strict=False))
        if t0 & 0x80 or len(values) != len(there):
            yield turn.card(ATS, "sends an ATS that T0 does not describe")
        if len(ats) - 2 - len(there) > 15:
            yield turn.card(ATS, "sends more than 15 historical bytes")
        fwi = values.get(0x20, 0x40) >> 4
        if fwi == 15:
            yield turn.card(ATS, "tells the FWI that is reserved")
        cid = parameter & 0x0F
        self.terms = Terms(
            size(parameter >> 4), size(t0 & 0x0F), 4_096 << min(fwi, 14), cid,
            bool(values.get(0x40, 0x02) & 0x02),
        )  # fmt: skip


def _damaged(turn: Turn) -> Iterator[Breach]:
    if turn.answer is not None:
        yield turn.card(DAMAGED, "answers a frame whose CRC is wrong")


@dataclass
class ActivationB:
    """One field's worth of it; ``terms`` once ATTRIB was answered."""

    terms: Terms | None = None
    halted: bool = False
    _atqb: bytes = b""

    def seen(self, turn: Turn) -> Iterator[Breach]:
        asked = turn.asked
        if asked is None:
            yield from _damaged(turn)
        elif asked[0] == 0x05 and len(asked) == 3:
            yield from self._request(turn, asked)
        elif asked[0] & 0x0F == 0x05 and len(asked) == 1:
            yield from self._answer(turn)
        elif asked[0] == 0x1D and len(asked) >= 9:
            yield from self._attrib(turn, asked)
        elif asked[0] == 0x50 and len(asked) == 5 and turn.answer is not None:
            self.halted = True
            if turn.told != b"\x00":
                yield turn.card(HALT, "answers HLTB by something else than 00")

    def _request(self, turn: Turn, asked: bytes) -> Iterator[Breach]:
        if asked[2] & 0x07 > 4:
            yield turn.reader(REQUEST_B, "asks for a number of slots that is reserved")
        if turn.answer is not None and self.halted and not asked[2] & 0x08:
            yield turn.card(HALT, "answers REQB although it was put to HALT")
        if turn.answer is not None:
            self.halted = False  # awake, whatever woke it
        yield from self._answer(turn)

    def _answer(self, turn: Turn) -> Iterator[Breach]:
        if turn.answer is None:
            return
        atqb = turn.told
        if atqb is None or len(atqb) not in (12, 13) or atqb[0] != 0x50:
            yield turn.card(ATQB, "sends an ATQB of a wrong form")
            return
        self._atqb = atqb
        if not atqb[10] & 0x01:
            yield turn.card(ATQB, "does not tell of ISO/IEC 14443-4")
        if atqb[10] & 0x08 or atqb[9] & 0x08:
            yield turn.card(ATQB, "sets a bit that is reserved")
        if atqb[11] >> 4 == 15:
            yield turn.card(ATQB, "tells the FWI that is reserved")

    def _attrib(self, turn: Turn, asked: bytes) -> Iterator[Breach]:
        if self._atqb and asked[1:5] != self._atqb[1:5]:
            yield turn.reader(ATTRIB, "names a PUPI that no card has shown")
        if asked[8] & 0x0F == 0x0F:
            yield turn.reader(ATTRIB, "gives the CID 15")
        if turn.answer is None:
            return
        told = self._atqb or bytes((0x50, *bytes(9), 0x01, 0x41))
        cid = asked[8] & 0x0F if told[11] & 0x01 else 0  # who knows no CID answers by 0
        if turn.told is None or turn.told[0] & 0x0F != cid:
            yield turn.card(ATTRIB, "does not answer ATTRIB by the CID it was given")
        self.terms = Terms(
            size(asked[6] & 0x0F), size(told[10] >> 4), 4_096 << min(told[11] >> 4, 14),
            asked[8] & 0x0F, bool(told[11] & 0x01),
        )  # fmt: skip
