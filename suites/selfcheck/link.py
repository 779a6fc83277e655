"""A reader and a card of the reference in one field, and all that passes between them.

The trace holds what each sent; what ``carried`` makes of it on the way is what the other hears.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from suites.contactless.trace import Event, Passed
from suites.selfcheck.lone_contactless import (
    Done,
    LoneCard,
    LoneReader,
    Lost,
    Sent,
    lone_card,
    lone_reader,
)

ETU = 128


@dataclass
class Link:
    """The two, the clock they share, and the trace."""

    reader: LoneReader
    card: LoneCard
    trace: list[Passed] = field(default_factory=list)
    carried: Callable[[bytes], bytes | None] = lambda frame: frame

    def run(self, word: str, command: bytes = b"") -> Done | Lost:
        """``select`` in a field that has just come; ``next`` in the field as it is."""
        if word == "select":
            self.field_reset()
        said = self.reader.begin(word, command)
        while isinstance(said, Sent):
            said = self._heard(said)
        return said

    def field_reset(self) -> None:
        self.card.field_reset()
        self._note(Event.FIELD_ON)

    def _heard(self, sent: Sent) -> Sent | Done | Lost:
        self.card.now += 10_000  # a reader takes its time
        self._note(Event.READER, sent.data, sent.last_bits)
        self.card.now += spoken(self.card.kind, sent.data, sent.last_bits)
        begun = self.card.now
        there = self.carried(sent.data)
        answer = None if there is None else self.card.raw(there, sent.last_bits)
        if answer is None:
            self.card.now = begun + sent.patience
            return self.reader.hear(None)
        assert answer.delay <= sent.patience, "the card is in time"
        self._note(Event.CARD, answer.data, answer.last_bits)
        self.card.now += duration(self.card.kind, answer.data, answer.last_bits)
        return self.reader.hear(self.carried(answer.data), answer.last_bits, answer.collision)

    def _note(self, event: Event, data: bytes = b"", last_bits: int = 8) -> None:
        self.trace.append(Passed(self.card.now, event, data, last_bits))


def duration(kind: str, data: bytes, last_bits: int) -> int:
    """Of a card's frame: start, bits, parity, end; of type B start and stop bits and 22 etu of SOF
    and EOF."""
    if kind == "B":
        return ETU * (10 * len(data) + 22)
    return ETU * (2 + 9 * (len(data) - 1) + last_bits + (last_bits == 8))


def spoken(kind: str, data: bytes, last_bits: int) -> int:
    """What a reader sends, up to where the delay of an answer begins (type A: the last pause)."""
    if kind == "B":
        return duration(kind, data, last_bits)
    bits = [int(bit) for byte in data for bit in (*f"{byte:08b}"[::-1], byte.bit_count() % 2 == 0)]
    if last_bits < 8:
        bits = [int(bit) for byte in data for bit in f"{byte:08b}"[::-1]]
        bits = bits[: len(bits) - 8 + last_bits]
    return ETU * (1 + len(bits)) + (-32 if bits[-1] else 32)


@contextmanager
def link(kind: str, fsdi: int = 8, cid: int = 0, **described: object) -> Iterator[Link]:
    """A reader and a card of this type; the reader is yet to select it."""
    with (
        lone_reader(kind, fsdi=fsdi, cid=cid) as reader,
        lone_card(kind, **described) as card,
    ):
        yield Link(reader, card)
