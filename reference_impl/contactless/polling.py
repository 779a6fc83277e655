"""A reader from its polling loop to the answers of an application.

The loop probes each type in its order, with a guard time of unmodulated field before each request
(ISO/IEC 14443-3, 5: 5.1 ms). A round ends at the first answer (*bail-out*), or goes through all
types; of a phone of type A that answered and has to wait, HLTA takes leave. What the reader makes
of several answers, and what it retries by itself within one attempt, is set.
"""

from __future__ import annotations

from collections.abc import Generator, Sequence
from dataclasses import dataclass, field, replace
from random import Random
from typing import TypeVar

from reference_impl.contactless.frames import Frame
from reference_impl.contactless.pcd_a import Heard, PcdA, Send
from reference_impl.contactless.pcd_b import Found, PcdB
from reference_impl.contactless.pcd_blocks import Ask, LinkLost, PcdBlocks
from reference_impl.contactless.reader_profile import OnSeveral, Polling, ReaderProfile
from reference_impl.contactless.tap import Tap
from reference_impl.contactless.timing import FDT_PCD_B, FIELD_OFF

T = TypeVar("T")
ROUNDS = 20  # of the loop while a phone is held there, OUR DESIGN


@dataclass(frozen=True)
class Attempted:
    """What came of one attempt, as the reader tells it. ``why``: it did not come to the end."""

    spoken: str = ""
    atr: bytes = b""
    answers: tuple[bytes, ...] = ()
    retries: int = 0
    why: str = ""


@dataclass
class PollingReader:
    """One reader on a desk."""

    profile: ReaderProfile
    type_a: PcdA
    type_b: PcdB
    chance: Random
    polling: Polling = field(init=False)

    def __post_init__(self) -> None:
        self.polling = self.profile.polling

    def attempt(self, tap: Tap, commands: Sequence[bytes]) -> Attempted:
        """From the field that comes on to the field that is off again."""
        retries = 0
        while True:
            came = self.once(tap, commands)
            tap.field_off(self.rest())
            failed = came.why and came.spoken  # who has not answered yet is no failure
            if not failed or retries >= self.own_retries():
                return replace(came, retries=self.told(retries))
            retries += 1

    def own_retries(self) -> int:
        return self.profile.retries

    def told(self, retries: int) -> int:
        return retries

    def rest(self) -> int:
        """Ticks without a field after an attempt."""
        return FIELD_OFF

    def once(self, tap: Tap, commands: Sequence[bytes]) -> Attempted:
        """One activation and all commands."""
        tap.begin()
        spoken, atr = "", b""
        answers: list[bytes] = []
        try:
            spoken, card = self.found(tap)
            blocks, atr = self.activated(tap, spoken, card)
            self.insist(spoken)
            for command in commands:
                answers.append(  # noqa: PERF401  what was answered before a loss is kept
                    self.exchanged(tap, spoken, blocks, command)
                )
            tap.run(spoken, framed(self.rules(spoken), blocks.deselect()))
        except LinkLost as lost:
            return Attempted(self.type_told(spoken), atr, tuple(answers), why=str(lost))
        return Attempted(self.type_told(spoken), atr, tuple(answers))

    def type_told(self, spoken: str) -> str:
        return spoken

    def insist(self, spoken: str) -> None:
        """An application that insists on type B goes no further in type A."""
        if self.profile.requires_b and spoken != "B":
            raise LinkLost("the application insists on type B")

    # --- the loop --------------------------------------------------------------------------

    def found(self, tap: Tap) -> tuple[str, Found | bytes]:
        """The type that is taken, and the answer to its request: ATQB, or ATQA."""
        probes = self.order()[self.entered_at() :]
        for number in range(ROUNDS):
            if number and self.polling.pauses:
                tap.field_off()
                tap.field_on()
            answered = self.round(tap, probes)
            if answered:
                return self.taken(tap, answered)
            probes = self.order()
        raise LinkLost("nobody answers")

    def order(self) -> str:
        return self.polling.order

    def entered_at(self) -> int:
        """A loop without pauses meets a phone at any of its probes."""
        return 0 if self.polling.pauses else self.chance.randrange(len(self.polling.order))

    def round(self, tap: Tap, probes: str) -> dict[str, Found | bytes]:
        """Who answered, in the order of the probes."""
        answered: dict[str, Found | bytes] = {}
        for place, kind in enumerate(probes):
            if place and self.polling.field_reset:
                tap.field_off()
                tap.field_on()
            tap.silence(max(0, self.guard() - FDT_PCD_B))
            answer = self.probed(tap, kind)
            if answer is None:
                continue
            answered[kind] = answer
            if self.polling.bail_out:
                break
            if kind == "A":
                tap.run("A", self.type_a.halt())
        return answered

    def guard(self) -> int:
        """Ticks of unmodulated field before a request."""
        return self.polling.guard

    def probed(self, tap: Tap, kind: str) -> Found | bytes | None:
        if kind == "A":
            return tap.run("A", self.type_a.request())
        try:
            return tap.run("B", self.type_b.find())
        except LinkLost:
            return None

    def taken(self, tap: Tap, answered: dict[str, Found | bytes]) -> tuple[str, Found | bytes]:
        """Of several the one that is wanted; who was put away is woken again."""
        kind = self.chosen(tuple(answered))
        if kind == "A" and not self.polling.bail_out:
            tap.silence(max(0, self.guard() - FDT_PCD_B))
            again = tap.run("A", self.type_a.request(wake_up=True))
            if again is None:
                raise LinkLost("who answered does not wake up")
            return kind, again
        return kind, answered[kind]

    def chosen(self, kinds: tuple[str, ...]) -> str:
        if len(kinds) > 1 and self.polling.on_several is OnSeveral.COLLISION_ERROR:
            raise LinkLost("both types answer")
        preferred = {OnSeveral.PREFER_A: "A", OnSeveral.PREFER_B: "B"}
        wanted = preferred.get(self.polling.on_several, kinds[0])
        return wanted if wanted in kinds else kinds[0]

    # --- activation and exchange -------------------------------------------------------------

    def activated(self, tap: Tap, kind: str, card: Found | bytes) -> tuple[PcdBlocks, bytes]:
        """The protocol, and the ATR that a host is told (PC/SC part 3, 3.1.3.2.3)."""
        if isinstance(card, Found):
            told = tap.run(kind, self.type_b.attrib(card))
            return self.type_b.terms(card), self.atr_b(card, told)
        selected = tap.run(kind, self.type_a.selected(card))
        ats = tap.run(kind, self.type_a.answer_to_select(selected))
        blocks = self.type_a.terms(ats)
        if not self.patient_enough(blocks.fwi):
            raise LinkLost("the card asks for too long a wait")
        if self.profile.pps and not tap.run(kind, self.type_a.pps()):
            raise LinkLost("PPS is not confirmed")
        return blocks, self.atr_a(ats)

    def patient_enough(self, fwi: int) -> bool:
        """For a card of type A that may take so long."""
        return fwi <= self.profile.most_fwi

    def exchanged(self, tap: Tap, kind: str, blocks: PcdBlocks, command: bytes) -> bytes:
        return tap.run(kind, framed(self.rules(kind), blocks.exchange(command)))

    def rules(self, kind: str) -> PcdA | PcdB:
        return self.type_a if kind == "A" else self.type_b

    def atr_a(self, ats: bytes) -> bytes:
        """The historical bytes of the ATS."""
        t0 = ats[1] if len(ats) > 1 else 0
        return atr(ats[2 + (t0 & 0x70).bit_count() :])

    def atr_b(self, card: Found, told: bytes) -> bytes:
        """Application data, protocol information, MBLI."""
        return atr(card.application_data + card.protocol[:3] + bytes((told[0] & 0xF0,)))


def atr(historical: bytes) -> bytes:
    """Of a contactless card."""
    body = bytes((0x80 | len(historical), 0x80, 0x01)) + historical
    check = 0
    for byte in body:
        check ^= byte
    return b"\x3b" + body + bytes((check,))


def framed(
    rules: PcdA | PcdB, talk: Generator[Ask, bytes | None, T]
) -> Generator[Send, Heard | None, T]:
    """Contents as frames with their CRC."""
    content = None
    while True:
        try:
            ask = talk.send(content)
        except StopIteration as done:
            result: T = done.value
            return result
        heard = yield Send(Frame(rules.crc.sealed(ask.data)), ask.wait)
        content = rules.opened(heard)
