"""Attempts of one phone on one reader, judged: what was delivered, and how often. Pure.

Rules:

1. an attempt succeeds when each command is answered as by the way the applet is known to work by;
   a reader that began again by itself, told or not, has failed at its first attempt;
2. frames are held against ISO/IEC 14443-3 and -4, whatever was delivered (``link_judge``);
3. another answer over sound frames is no radio failure: 6A82 on SELECT is a wrong endpoint;
4. what a reader retries by itself is told as often as it is heard (REQ-6-6-f), and is no more than
   its maker declares; a second attempt begins after 5 ms without a field.

The types are judged beside (``touch_types``).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from fixtures.targets.desk_port import DeskPhone, DeskReader, TouchAttempt
from fixtures.verdict import Finding, Verdict
from suites.contactless import on_air
from suites.contactless.link_judge import judge_trace
from suites.contactless.negotiation import Technology
from suites.contactless.positions import Pair, Position, ResultClass, Try

COMMUNICATES, STATISTICS = "REQ-6-6-a", "REQ-6-6-f"
LEAST_OFF = 5.0  # ms (NFC Forum Activity 2.2)
SLACK = 0.01  # ms, of a silence that is measured by frames
NOT_FOUND = b"\x6a\x82"
UNHEARD = "were not heard: the bench does not hear what passes on the air"


@dataclass(frozen=True)
class Touch:
    """One try: the first attempt, and the second where there was one."""

    reader: DeskReader
    phone: DeskPhone
    position: Position
    number: int
    attempts: tuple[TouchAttempt, ...]

    @property
    def pair(self) -> Pair:
        return Pair(self.reader.name, self.reader.firmware, self.phone.name)

    def __str__(self) -> str:
        return f"{self.pair} @ {self.position}, try {self.number}"


def succeeded(attempt: TouchAttempt, wanted: Sequence[bytes]) -> bool:
    """At once, and with every answer that is wanted."""
    again = max(attempt.retries, on_air.transactions(attempt.passed) - 1)
    return not attempt.why and again <= 0 and list(attempt.answers) == list(wanted)


def as_try(touch: Touch, wanted: Sequence[bytes]) -> Try:
    """Its class, and the type in which the applet was spoken to."""
    results = [succeeded(attempt, wanted) for attempt in touch.attempts]
    classes = list(ResultClass)
    result = classes[results.index(True)] if True in results else ResultClass.NEITHER
    told = {attempt.spoken for attempt in touch.attempts if attempt.answers}
    spoken = Technology(told.pop()) if len(told) == 1 else None
    return Try(touch.pair, touch.position, touch.number, result, spoken)


# --- what was delivered ---------------------------------------------------------------------


def judge_frames(touches: Sequence[Touch], *, lossless: bool = True) -> Finding:
    """REQ-6-6-a: all frames of a pair; the first breach is told, and how many there are."""
    if not any(attempt.passed for touch in touches for attempt in touch.attempts):
        return Finding(COMMUNICATES, Verdict.NOT_RUN, f"frames {UNHEARD}", str(touches[0].pair))
    told, breaches = "", 0
    for touch in touches:
        for attempt in touch.attempts:
            for kind, trace in on_air.traces(attempt.passed):
                for breach in judge_trace(kind, trace, lossless=lossless):
                    told = told or f"{touch}, type {kind}: {breach}"
                    breaches += 1
    verdict = Verdict.FAIL if breaches else Verdict.PASS
    told += f"; and {breaches - 1} more" if breaches > 1 else ""
    return Finding(COMMUNICATES, verdict, told, str(touches[0].pair), breaches, 0, "breaches")


def judge_answers(touches: Sequence[Touch], wanted: Sequence[bytes]) -> Finding:
    """REQ-6-6-a: whatever answer was delivered is the right one, in type A as in type B."""
    wrong = [one for touch in touches for one in _wrong(touch, wanted)]
    verdict = Verdict.FAIL if wrong else Verdict.PASS
    told = wrong[0] if wrong else ""
    return Finding(COMMUNICATES, verdict, told, str(touches[0].pair), len(wrong), 0, "answers")


def _wrong(touch: Touch, wanted: Sequence[bytes]) -> Iterator[str]:
    for attempt in touch.attempts:
        pairs = enumerate(zip(attempt.answers, wanted, strict=False))
        strange = [(at, got, want) for at, (got, want) in pairs if got != want]
        if strange:
            at, got, want = strange[0]
            yield f"{touch}, type {attempt.spoken}: {_strange(at, got, want)}"


def _strange(at: int, got: bytes, want: bytes) -> str:
    if at == 0 and got == NOT_FOUND:
        return "wrong endpoint, no radio failure: SELECT is answered 6A82"
    if got[-2:] != want[-2:]:
        return f"command {at + 1} is answered {got[-2:].hex().upper()}, not {want[-2:].hex()}"
    return f"command {at + 1} brings {len(got) - 2} bytes that are not the {len(want) - 2} there"


# --- statistics -----------------------------------------------------------------------------


def judge_attempts(touches: Sequence[Touch], wanted: Sequence[bytes]) -> Finding:
    """REQ-6-6-f: nothing that a reader retried is hidden in an attempt; with the figures."""
    hidden = [one for touch in touches for one in _hidden(touch)]
    verdict = Verdict.FAIL if hidden else Verdict.PASS
    told = hidden[0] if hidden else _figures(touches, wanted)
    if not hidden and not all(a.passed for touch in touches for a in touch.attempts):
        verdict, told = Verdict.NOT_RUN, f"attempts {UNHEARD}; by the reader's word {told}"
    return Finding(STATISTICS, verdict, told, str(touches[0].pair), len(hidden), 0, "attempts")


def _hidden(touch: Touch) -> Iterator[str]:
    for place, attempt in enumerate(touch.attempts, 1):
        heard = on_air.transactions(attempt.passed) - 1
        if heard > attempt.retries:
            told = f"began again {heard} times by itself and tells of {attempt.retries}"
            yield f"{touch}: in attempt {place} the reader {told}"
        elif attempt.retries > touch.reader.retries:
            told = f"began again {attempt.retries} times by itself, {touch.reader.retries} declared"
            yield f"{touch}: in attempt {place} the reader {told}"
    if len(touch.attempts) > 1:
        off = on_air.off_between(touch.attempts[0].passed, touch.attempts[1].passed)
        if off is not None and off < LEAST_OFF - SLACK:
            yield f"{touch}: the field was off for {off:.1f} ms before the second attempt"


def _figures(touches: Sequence[Touch], wanted: Sequence[bytes]) -> str:
    results = [as_try(touch, wanted).result for touch in touches]
    counts = ", ".join(f"{results.count(result)} {result}" for result in ResultClass)
    retries = sum(attempt.retries for touch in touches for attempt in touch.attempts)
    return f"{len(touches)} tries: {counts}; {retries} retries by the reader itself"
