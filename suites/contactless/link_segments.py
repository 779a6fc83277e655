"""A trace in pieces of one type: a reader that polls both makes several of one capture. Pure.

A file that tells nothing of the field (a Proxmark3's, for one) may hold several taps: there a
request after a silence in which the field may have gone begins a new piece, in which nothing that
came before, HALT for one, is known any more.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from suites.contactless.crc import content
from suites.contactless.link_judge import DELAY, WAITING, Looked, judge_trace, looked_at
from suites.contactless.observed import Breach, duration
from suites.contactless.trace import Event, Passed

LEAST_OFF = 67_800  # ticks: 5 ms (NFC Forum Activity 2.2)
REQUESTS_A = (b"\x26", b"\x52")
DELAYS = {*DELAY.values(), WAITING}  # the clauses that are about time


@dataclass(frozen=True)
class Segment:
    """Frames of one type; ``first``: the index of its first frame in the whole."""

    kind: str
    first: int
    frames: tuple[Passed, ...]


def segments(trace: Sequence[Passed]) -> list[Segment]:
    """Cut before every request of another type; what comes before any is of the first's type.

    Without events of the field also before every request that it may have gone before.
    """
    cuts = [(n, kind) for n, one in enumerate(trace) if (kind := request_kind(one)) is not None]
    if not cuts:
        return [Segment(guessed(trace), 0, tuple(trace))] if trace else []
    begins = [(0, cuts[0][1])]
    blind = not any(one.event in (Event.FIELD_ON, Event.FIELD_OFF) for one in trace)
    begins += [
        cut for before, cut in pairwise(cuts)
        if cut[1] != before[1] or (blind and may_have_gone(trace, cut[0], before[1]))
    ]  # fmt: skip
    ends = [n for n, _ in begins[1:]] + [len(trace)]
    return [
        Segment(kind, begin, tuple(trace[begin:end]))
        for (begin, kind), end in zip(begins, ends, strict=True)
    ]


def may_have_gone(trace: Sequence[Passed], index: int, kind: str) -> bool:
    """The field, before this frame: it was silent for long enough, or nothing tells the time."""
    if trace[0].tick == trace[-1].tick:
        return True
    last = trace[index - 1]
    return trace[index].tick - last.tick - duration(kind, last) >= LEAST_OFF


def request_kind(one: Passed) -> str | None:
    """A or B for REQA, WUPA, REQB, WUPB; ``None`` for any other frame."""
    if one.event is not Event.READER:
        return None
    if one.data in REQUESTS_A:
        return "A"
    asked = content("B", one.data)
    return "B" if asked is not None and len(asked) == 3 and asked[0] == 0x05 else None


def guessed(trace: Sequence[Passed]) -> str:
    """By the CRCs, where a capture began too late for a request."""
    right = [
        sum(content(kind, one.data) is not None for one in trace if len(one.data) > 2)
        for kind in "AB"
    ]
    return "B" if right[1] > right[0] else "A"


def breaches(
    trace: Sequence[Passed], *, lossless: bool = False, timed: bool = True, accuracy: int = 0
) -> list[Breach]:
    """Of all segments, by their index in the whole; without those about time unless ``timed``.

    ``accuracy``: ticks by which times may be wrong.
    """
    return [
        replace(one, index=one.index + segment.first)
        for segment in segments(trace)
        for one in judge_trace(segment.kind, segment.frames, lossless=lossless, accuracy=accuracy)
        if timed or one.clause not in DELAYS
    ]


def looked(trace: Sequence[Passed]) -> Looked:
    """Of all segments together."""
    each = [looked_at(segment.kind, segment.frames) for segment in segments(trace)]
    return Looked(
        *(sum(getattr(one, name) for one in each) for name in ("reader", "card", "before"))
    )
