"""One phone held against one reader: the clock, what each hears of the other, and what passed.

Frames of both types go over it, each with its type. Ticks of 1/fc.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import dataclass, field
from enum import IntEnum
from random import Random
from typing import TypeVar

from reference_impl.contactless.field import Reception
from reference_impl.contactless.frames import Frame
from reference_impl.contactless.pcd_a import Heard, Send
from reference_impl.contactless.phone import Phone
from reference_impl.contactless.timing import FDT_PCD_B, FIELD_OFF, duration_a, duration_b, spoken_a

T = TypeVar("T")


class Event(IntEnum):
    """What passed; the values are those of link type 264."""

    FIELD_ON = 0xFC
    FIELD_OFF = 0xFD
    READER = 0xFE
    CARD = 0xFF


@dataclass(frozen=True, slots=True)
class Passed:
    """``tick``: when it began; ``kind``: A or B, empty for what the field did."""

    tick: int
    event: Event
    kind: str = ""
    data: bytes = b""
    last_bits: int = 8


@dataclass
class Tap:
    """``receptions``: asked anew for each try; without power the phone is silent, and what it sends
    may be lost. Either may be seen in ``passed``, for who sends does send."""

    phone: Phone
    receptions: Callable[[], Reception]
    chance: Random
    now: int = 0
    passed: list[Passed] = field(default_factory=list)
    reception: Reception = field(init=False)

    def begin(self) -> None:
        """A new try, with whatever the hand has made of the place."""
        self.reception = self.receptions()
        self.field_on()

    def field_on(self) -> None:
        self.passed.append(Passed(self.now, Event.FIELD_ON))
        self.phone.field_on(self.now)

    def field_off(self, ticks: int = FIELD_OFF) -> None:
        self.phone.field_off()
        self.passed.append(Passed(self.now, Event.FIELD_OFF))
        self.now += ticks

    def silence(self, ticks: int) -> None:
        """Unmodulated field."""
        self.now += ticks

    def run(self, kind: str, talk: Generator[Send, Heard | None, T]) -> T:
        """A conversation of the reader from beginning to end."""
        heard: Heard | None = None
        while True:
            try:
                send = talk.send(heard)
            except StopIteration as done:
                result: T = done.value
                return result
            heard = self.carried(kind, send)

    def carried(self, kind: str, send: Send) -> Heard | None:
        """A frame of the reader, and what it hears within its patience."""
        began = self.now + FDT_PCD_B
        self.note(began, Event.READER, kind, send.frame)
        ended = began + spoken(kind, send.frame)
        answer = self.phone.received(kind, send.frame, ended) if self.reception.powered else None
        if answer is None or answer.at - ended > send.wait:
            self.now = ended + send.wait
            return None
        self.note(answer.at, Event.CARD, kind, answer.frame)
        if self.chance.random() >= self.reception.heard:
            self.now = ended + send.wait
            return None
        self.now = answer.at + duration(kind, answer.frame)
        return Heard(answer.frame)

    def note(self, tick: int, event: Event, kind: str, frame: Frame) -> None:
        self.passed.append(Passed(tick, event, kind, frame.data, frame.last_bits))


def spoken(kind: str, frame: Frame) -> int:
    """Ticks of a reader's frame, up to where the delay of an answer begins."""
    return spoken_a(frame.bits, frame.last_bit) if kind == "A" else duration_b(len(frame.data))


def duration(kind: str, frame: Frame) -> int:
    """Ticks of a card's frame."""
    return duration_a(frame.bits) if kind == "A" else duration_b(len(frame.data))
