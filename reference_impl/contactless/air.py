"""The field between one reader and some cards: who hears what, and when, in ticks of 1/fc.

Cards of type A answer together, and the reader hears at which bit they first differ (ISO/IEC
14443-3 6.5.3.2: Manchester coding, both halves of a bit modulated). Answers of type B, or at other
times, or of other lengths, are heard as a collision from the first bit on.
"""

from __future__ import annotations

from collections.abc import Generator, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeVar

from reference_impl.contactless.frames import Frame, bits_of, bytes_of
from reference_impl.contactless.pcd_a import Heard, Send
from reference_impl.contactless.picc_a import Answer
from reference_impl.contactless.tap import duration, spoken
from reference_impl.contactless.timing import FDT_PCD_B

T = TypeVar("T")


class Card(Protocol):
    """Anything in the field."""

    def field_on(self) -> None: ...

    def field_off(self) -> None: ...

    def received(self, frame: Frame, now: int) -> Answer | None: ...


@dataclass(frozen=True, slots=True)
class Mixed:
    """What all cards together send."""

    heard: Heard
    at: int


@dataclass
class Air:
    """``kind``: the type that the reader is speaking; the cards are of it."""

    cards: Sequence[Card]
    kind: str
    now: int = 0

    def field_reset(self) -> None:
        for card in self.cards:
            card.field_off()
            card.field_on()

    def run(self, talk: Generator[Send, Heard | None, T]) -> T:
        """A conversation of the reader from beginning to end."""
        heard: Heard | None = None
        while True:
            try:
                send = talk.send(heard)
            except StopIteration as done:
                result: T = done.value
                return result
            heard = self.carried(send)

    def carried(self, send: Send) -> Heard | None:
        """A frame of the reader, and what it hears within its patience."""
        ended = self.now + FDT_PCD_B + spoken(self.kind, send.frame)
        mixed = self.answered(send.frame, ended)
        if mixed is None or mixed.at - ended > send.wait:
            self.now = ended + send.wait
            return None
        self.now = mixed.at + duration(self.kind, mixed.heard.frame)
        return mixed.heard

    def answered(self, frame: Frame, now: int) -> Mixed | None:
        """All cards hear a frame that ends at ``now``."""
        answers = [a for card in self.cards if (a := card.received(frame, now)) is not None]
        if not answers:
            return None
        first = min(answers, key=lambda answer: answer.at)
        if len(answers) == 1:
            return Mixed(Heard(first.frame), first.at)
        collision = self.collision(answers)
        return Mixed(Heard(unreadable(first.frame, collision), collision), first.at)

    def collision(self, answers: list[Answer]) -> int | None:
        """The first bit at which they differ; None where they are the same."""
        first = answers[0]
        if self.kind == "B" or any(
            a.at != first.at or a.frame.bits != first.frame.bits for a in answers
        ):
            return 0
        columns = zip(*(bits_of(answer.frame.data) for answer in answers), strict=True)
        return next((i for i, column in enumerate(columns) if len(set(column)) > 1), None)


def unreadable(frame: Frame, collision: int | None) -> Frame:
    """From the bit of a collision on nothing can be read: zeros."""
    if collision is None:
        return frame
    bits = bits_of(frame.data)[: frame.bits]
    return bytes_of(bits[:collision] + [0] * (len(bits) - collision))
