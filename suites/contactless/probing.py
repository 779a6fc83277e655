"""A phone on a test reader that sends what no good reader sends (after ISO/IEC 10373-6, annex G).

Each check is a conversation that begins in a new field and yields what was wrong, in words; of
type A, B or both. Only empty blocks are sent to the applet. Everything that passed is held against
the rules of the link besides.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from fixtures.outcome import Inconclusive
from fixtures.verdict import Finding, Verdict
from suites.contactless.crc import closed, content
from suites.contactless.link_judge import judge_trace
from suites.contactless.on_air import as_passed
from suites.contactless.touches import COMMUNICATES
from suites.contactless.trace import Event, Passed

if TYPE_CHECKING:
    from fixtures.desk import Desk

REST = 13_560  # ticks before a frame of the test reader: 1 ms
GUARD = 69_156  # before a request: 5.1 ms (ISO/IEC 14443-3, 5)
REQA, WUPA = b"\x26", b"\x52"
REQB, WUPB = bytes.fromhex("050000"), bytes.fromhex("050008")
LEVELS = (0x93, 0x95, 0x97)
GOODBYE = 0xC2
SHOWN = 3  # complaints of a check


@dataclass
class Prober:
    """One phone, one type."""

    desk: Desk
    phone: str
    kind: str
    passed: list[Passed] = field(default_factory=list)

    def field(self) -> None:
        self.desk.probe_field(self.phone)
        self.passed.append(Passed(0, Event.FIELD_ON))

    def raw(self, data: bytes, last_bits: int = 8, after: int = REST) -> bytes | None:
        """The frame just as it is, and the answer as it comes."""
        sent, heard = self.desk.probe(self.kind, data, last_bits, after)
        self.passed.append(as_passed(sent))
        if heard is None:
            return None
        self.passed.append(as_passed(heard))
        return heard.data

    def ask(self, data: bytes) -> bytes | None:
        """A frame with its CRC, and the content of the answer; None for none, or a damaged one."""
        heard = self.raw(closed(self.kind, data))
        return None if heard is None else content(self.kind, heard)

    def request(self, *, wake_up: bool = False) -> bytes | None:
        if self.kind == "A":
            return self.raw(WUPA if wake_up else REQA, 7, GUARD)
        heard = self.raw(closed("B", WUPB if wake_up else REQB), after=GUARD)
        return None if heard is None else content("B", heard)

    def selected(self, *, wake_up: bool = False) -> bytes:
        """Type A, to the state ACTIVE; the UID. ``Inconclusive`` where it does not get there."""
        if self.request(wake_up=wake_up) is None:
            raise Inconclusive("no answer to a request")
        uid = b""
        for level in LEVELS:
            shown = self.raw(bytes((level, 0x20)))
            sak = None if shown is None else self.ask(bytes((level, 0x70)) + shown)
            if shown is None or not sak:
                raise Inconclusive("the anticollision breaks down")
            uid += shown[1:4] if sak[0] & 0x04 else shown[:4]
            if not sak[0] & 0x04:
                return uid
        raise Inconclusive("a UID of more than three levels")

    def activated(self, cid: int = 0) -> bytes:
        """To the protocol; the ATS or ATQB. ``Inconclusive`` where it does not get there.

        A card of type B that tells of no CID is given 0.
        """
        if self.kind == "A":
            self.selected()
            offer = done = self.ask(bytes((0xE0, 0x80 | cid)))
        else:
            offer = self.request()
            if offer is None or len(offer) < 12:
                raise Inconclusive("no answer to a request")
            given = cid if takes_cid("B", offer) else 0
            done = self.ask(b"\x1d" + offer[1:5] + bytes((0x00, 0x08, 0x01, given)))
        if offer is None or done is None:
            raise Inconclusive("the activation breaks down")
        return offer


def takes_cid(kind: str, told: bytes) -> bool:
    """By ATS (14443-4 5.2.6: CID where TC is left out) or ATQB (14443-3 7.9.4): both may say no."""
    if kind == "B":
        return len(told) > 11 and bool(told[11] & 0x01)
    if len(told) < 2 or not told[1] & 0x40:
        return True
    at = 2 + (told[1] & 0x30).bit_count()
    return len(told) > at and bool(told[at] & 0x02)


Check = Callable[[Prober], Iterator[str]]


def damaged_frames(card: Prober) -> Iterator[str]:
    """14443-3 6.2.4, 7.2: a frame whose CRC is wrong is none."""
    card.activated()
    whole = closed(card.kind, b"\x02")
    if card.raw(whole[:-1] + bytes((whole[-1] ^ 0x01,))) is not None:
        yield "answers a block whose CRC is wrong"
    if card.ask(b"\x02") is None:
        yield "does not answer the same block once its CRC is right"


def reserved_bits(card: Prober) -> Iterator[str]:
    """14443-4 7.1.1.1."""
    card.activated()
    for pcb in (0x22, 0x00, 0x42, 0xA0, 0xE2):
        if card.ask(bytes((pcb,))) is not None:
            yield f"answers a block whose PCB {pcb:02X} has a reserved bit wrong"
    if card.ask(b"\x02") is None:
        yield "does not answer a right block after wrong ones"


def other_cid(card: Prober) -> Iterator[str]:
    """14443-4 7.1.1.2."""
    if not takes_cid(card.kind, card.activated(cid=5)):
        if card.ask(b"\x0a\x05") is not None:
            yield "answers a block with a CID although it tells of none"
        if card.ask(b"\x02") is None:
            yield "does not answer a block without a CID"
        return
    if card.ask(b"\x0a\x06") is not None:
        yield "answers a block with the CID of another card"
    told = card.ask(b"\x0a\x05")
    if told is None or told[:2] != b"\x0a\x05":
        yield "does not answer a block with its own CID by that CID"


def repetition(card: Prober) -> Iterator[str]:
    """14443-4 7.5.4, rules 11 and 12."""
    card.activated()
    last = card.ask(b"\x02")
    if last is None or card.ask(b"\xb2") != last:
        yield "does not repeat its last block when R(NAK) asks for it"
    if card.ask(b"\xb3") != b"\xa2":
        yield "does not answer R(NAK) of the other number by R(ACK)"


def rest_and_waking(card: Prober) -> Iterator[str]:
    """14443-4 8, 14443-3: S(DESELECT) leads to HALT, and out of it only WUPA or WUPB."""
    card.activated()
    if card.ask(bytes((GOODBYE,))) != bytes((GOODBYE,)):
        yield "does not answer S(DESELECT) by the same"
    if card.request() is not None:
        yield f"answers REQ{card.kind} although it was put to HALT"
    if card.request(wake_up=True) is None:
        yield f"does not answer WUP{card.kind} after S(DESELECT)"


def halt_a(card: Prober) -> Iterator[str]:
    """14443-3 6.5.5: HLTA is not answered, and out of HALT only WUPA leads."""
    uid = card.selected()
    if card.ask(b"\x50\x00") is not None:
        yield "answers HLTA"
    if card.request() is not None:
        yield "answers REQA although it was put to HALT"
    if card.selected(wake_up=True) != uid:
        yield "shows another UID although the field never went"


def pps(card: Prober) -> Iterator[str]:
    """14443-4 5.3: answered right after ATS, and at no other time."""
    card.activated()
    if card.ask(b"\xd0\x11\x00") != b"\xd0":
        yield "does not answer PPS for 106 kbit/s right after ATS"
    card.ask(b"\x02")
    if card.ask(b"\xd0\x11\x00") is not None:
        yield "answers PPS when the protocol is under way"


def attrib(card: Prober) -> Iterator[str]:
    """14443-3 7.11: for the card's own PUPI, answered by the CID."""
    atqb = card.request()
    if atqb is None:
        raise Inconclusive("no answer to a request")
    other = bytes((atqb[1] ^ 0xFF,)) + atqb[2:5]
    if card.ask(b"\x1d" + other + bytes((0x00, 0x08, 0x01, 0x00))) is not None:
        yield "answers ATTRIB for the PUPI of another card"
    cid = 0x07 if takes_cid("B", atqb) else 0x00
    told = card.ask(b"\x1d" + atqb[1:5] + bytes((0x00, 0x08, 0x01, cid)))
    if told is None or told[0] & 0x0F != cid:
        yield "does not answer ATTRIB by the CID that it was given"


CHECKS: dict[str, tuple[Check, ...]] = {
    "A": (damaged_frames, reserved_bits, other_cid, repetition, rest_and_waking, halt_a, pps),
    "B": (damaged_frames, reserved_bits, other_cid, repetition, rest_and_waking, attrib),
}


def judge_probing(desk: Desk, phone: str, kind: str) -> list[Finding]:
    """All checks of one phone in one type; what cannot be tried, touches will show."""
    found = []
    for check in CHECKS[kind]:
        card = Prober(desk, phone, kind)
        card.field()
        subject = f"{phone}, type {kind}: {check.__name__.replace('_', ' ')}"
        try:
            told = list(check(card))
        except Inconclusive as why:
            found.append(Finding(COMMUNICATES, Verdict.INCONCLUSIVE, str(why), subject))
            continue
        breaches = judge_trace(kind, card.passed, lossless=False)
        told += [str(breach) for breach in breaches if breach.by is Event.CARD]
        verdict = Verdict.FAIL if told else Verdict.PASS
        found.append(Finding(COMMUNICATES, verdict, "; ".join(told[:SHOWN]), subject))
    return found
