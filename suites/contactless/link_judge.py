"""A trace between one reader and one card held against ISO/IEC 14443-3 and -4. Pure.

Blind to: what several cards send at once, the bits of a bit-oriented anticollision, bit rates
above 106 kbit/s, a chain that ends too early (only the application knows how much there is), and
what a capture that began in the middle holds before its first request, RATS or change of the field:
what was agreed on is not known there.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from suites.contactless.activation_rules import ActivationA, ActivationB
from suites.contactless.block_rules import Blocks
from suites.contactless.crc import content
from suites.contactless.observed import Breach, Turn, turns
from suites.contactless.trace import Event, Passed

FIRST_A = (1_172, 1_236)  # place of an answer, by the reader's last bit (14443-3 6.2.1.1)
EARLIEST_B = 1_008
GRID = 128  # ticks from one place of an answer of type A to the next
ACTIVATION, ATQB = 71_680, 7_680
SELECTS = (0x93, 0x95, 0x97)  # ANTICOLLISION and SELECT
DELAY = {"A": "14443-3 6.2.1", "B": "14443-3 7.1"}
WAITING = "14443-4 7.2"
TOLERANCE = 5  # ticks: 0.4 µs (14443-3 6.2.1.1)


def judge_trace(
    kind: str, trace: Sequence[Passed], *, lossless: bool = True, accuracy: int = 0
) -> list[Breach]:
    """All breaches, in order.

    ``kind``: A or B; ``lossless``: every frame reached the other end; ``accuracy``: ticks by which
    the times of the trace may be wrong.
    """
    return list(_breaches(kind, trace, lossless, TOLERANCE + accuracy))


@dataclass(frozen=True)
class Looked:
    """How many frames of each side a rule looked at, and how many came before an activation."""

    reader: int = 0
    card: int = 0
    before: int = 0


def looked_at(kind: str, trace: Sequence[Passed]) -> Looked:
    """Of the same trace that is judged."""
    reader = card = 0
    begin = begins_at(kind, trace)
    for turn in turns(kind, trace[begin:]):
        if turn is not None:
            reader += _has_a_rule(turn)
            card += turn.answer is not None
    before = sum(one.event in (Event.READER, Event.CARD) for one in trace[:begin])
    return Looked(reader, card, before)


def _has_a_rule(turn: Turn) -> bool:
    """Requests and anticollision of type A, and damaged frames, say nothing of a reader."""
    return turn.asked is not None and not turn.sent.short


def begins_at(kind: str, trace: Sequence[Passed]) -> int:
    """The first event from which on it is known what the card has been told."""
    for index, one in enumerate(trace):
        if one.event in (Event.FIELD_ON, Event.FIELD_OFF):
            return index
        if one.event is Event.READER and _opens(kind, one):
            return index
    return len(trace)


def _opens(kind: str, sent: Passed) -> bool:
    asked = content(kind, sent.data)
    if kind == "B":
        return asked is not None and len(asked) == 3 and asked[0] == 0x05
    return sent.short or (asked is not None and len(asked) == 2 and asked[0] == 0xE0)


def _breaches(kind: str, trace: Sequence[Passed], lossless: bool, allowed: int) -> Iterator[Breach]:
    activation = _activation(kind)
    blocks: Blocks | None = None
    begin = begins_at(kind, trace)
    for turn in turns(kind, trace):
        if turn is None:
            activation, blocks = _activation(kind), None
            continue
        if turn.index < begin:
            continue
        if blocks is not None:
            yield from blocks.seen(turn)
            yield from _in_time(turn, blocks.waiting, allowed)
        else:
            yield from activation.seen(turn)
            yield from _in_time(turn, ACTIVATION, allowed)
        if blocks is None and activation.terms is not None:
            blocks = Blocks(activation.terms, lossless)
        if blocks is not None and blocks.over:
            activation, blocks = _activation(kind), None
            activation.halted = True


def _activation(kind: str) -> ActivationA | ActivationB:
    return ActivationA() if kind == "A" else ActivationB()


def _in_time(turn: Turn, waiting: int, allowed: int) -> Iterator[Breach]:
    """Not too early, not too late; of type A on the grid."""
    delay = turn.delay
    if delay is None:
        return
    first = FIRST_A[turn.last_bit] if turn.kind == "A" else EARLIEST_B
    if delay < first - allowed:
        yield turn.card(DELAY[turn.kind], f"answers after {delay}/fc, too early")
    elif turn.kind == "A":
        yield from _on_the_grid(turn, delay - first, allowed)
    if turn.kind == "B" and turn.sent.data[:1] == b"\x05":
        waiting = ATQB
    if delay > waiting + allowed + first:
        yield turn.card(WAITING, f"answers after {delay}/fc; it has {waiting}/fc")


def _on_the_grid(turn: Turn, late: int, allowed: int) -> Iterator[Breach]:
    """Requests, ANTICOLLISION and SELECT at its first place, so that cards answer together."""
    if turn.sent.short or turn.sent.data[0] in SELECTS:
        if late > allowed:
            what = "a request" if turn.sent.short else "ANTICOLLISION or SELECT"
            yield turn.card(DELAY["A"], f"answers {what} {late}/fc late")
    elif (late + allowed) % GRID > 2 * allowed:
        yield turn.card(DELAY["A"], f"answers {late % GRID}/fc beside the grid of {GRID}/fc")
