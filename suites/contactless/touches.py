"""Attempts of one phone on one reader, judged: what was delivered, how often, in which type. Pure.

Rules:

1. an attempt succeeds when each command is answered as by the way the applet is known to work by;
   a reader that began again by itself, told or not, has failed at its first attempt;
2. frames are held against ISO/IEC 14443-3 and -4, whatever was delivered (``link_judge``);
3. another answer over sound frames is no radio failure: 6A82 on SELECT is a wrong endpoint;
4. what a reader retries by itself is told as often as it is heard (REQ-6-6-f), and is no more than
   its maker declares; a second attempt begins after 5 ms without a field;
5. the type that is heard is the one told, none that the ATR rules out, and among those that the
   declared settings lead to (REQ-6-6-d). What broke down before a type was spoken is REQ-6-6-a's.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from fixtures.targets.desk_port import DeskPhone, DeskReader, TouchAttempt
from fixtures.verdict import Finding, Verdict
from suites.contactless import on_air
from suites.contactless.atr_type import Confidence, from_atr
from suites.contactless.link_judge import judge_trace
from suites.contactless.negotiation import (
    TYPE_A_RISK,
    Endpoint,
    Link,
    OnSeveral,
    Phone,
    Reader,
    Technology,
    b_was_possible,
    judge_prediction,
    judge_type_a_risk,
    negotiate,
)
from suites.contactless.positions import Pair, Position, ResultClass, Try

COMMUNICATES, TYPES, STATISTICS, STANDARDS = "REQ-6-6-a", "REQ-6-6-d", "REQ-6-6-f", "REQ-6-6-e"
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


# --- types ----------------------------------------------------------------------------------


def as_reader(reader: DeskReader) -> Reader:
    loop = reader.loop
    return Reader(
        tuple(map(Technology, loop.order)), loop.bail_out, OnSeveral(loop.on_several),
        loop.guard_ms, loop.field_reset, loop.pauses, reader.requires_b,
    )  # fmt: skip


def as_phone(phone: DeskPhone) -> Phone:
    routes = {f"route_{kind.lower()}": Endpoint(to) for kind, to in phone.routes.items()}
    listen = frozenset(map(Technology, phone.listen))
    return Phone(listen, phone.exclusive, ready_ms=phone.ready_ms, **routes)


def judge_types(touches: Sequence[Touch]) -> list[Finding]:
    """REQ-6-6-d: the types of a pair that was touched under one loop of the reader.

    NOT_RUN where the air was not heard: then the reader's word is all there is.
    """
    reader, phone = as_reader(touches[0].reader), as_phone(touches[0].phone)
    subject = f"{touches[0].pair}, loop {touches[0].reader.loop.order}"
    attempts = [attempt for touch in touches for attempt in touch.attempts]
    if not any(attempt.passed for attempt in attempts):
        return [Finding(TYPES, Verdict.NOT_RUN, f"types {UNHEARD}", subject)]
    links = [on_air.link(attempt.passed) for attempt in attempts]
    found = [_predicted(reader, phone, links, subject), _told_right(attempts, links, subject)]
    found.append(_guarded(touches[0].reader, attempts, subject))
    if shares_b(reader, phone) and negotiate(reader, phone).spoken:
        found.append(_at_risk(reader, phone, links, subject))
    return found


def shares_b(reader: Reader, phone: Phone) -> bool:
    """Whether there is a type that this reader's application takes and the phone knows."""
    common = set(reader.poll) & phone.listen
    return bool(common) and (Technology.B in common or not reader.requires_b)


def _predicted(
    reader: Reader, phone: Phone, links: Sequence[Link | None], subject: str
) -> Finding:  # fmt: skip
    clear = frozenset(one for one in links if one is not None)
    if not clear:
        told = "every attempt broke down before a type was spoken: REQ-6-6-a is responsible"
        return Finding(TYPES, Verdict.INCONCLUSIVE, told, subject)
    return judge_prediction(negotiate(reader, phone), clear, subject, TYPES)


def _at_risk(
    reader: Reader, phone: Phone, links: Sequence[Link | None], subject: str
) -> Finding:  # fmt: skip
    """The declared settings' risk, and what was heard of it."""
    found = judge_type_a_risk(reader, phone, subject, TYPES)
    heard = [one for one in links if one in (Link.A, Link.B)]
    if not heard:
        told = "no type was heard: whether type A is met in place of B cannot be told"
        return Finding(TYPES, Verdict.INCONCLUSIVE, told, subject)
    of_a = heard.count(Link.A)
    told = found.reason
    if told or (of_a and b_was_possible(reader, phone)):
        told = f"{told or TYPE_A_RISK}; type A in {of_a} of {len(heard)} attempts heard"
    return Finding(TYPES, found.verdict, told, subject)


def _told_right(
    attempts: Sequence[TouchAttempt], links: Sequence[Link | None], subject: str
) -> Finding:
    """What the reader tells, and its ATR, against what was heard."""
    for attempt, link in zip(attempts, links, strict=True):
        heard = str(link) if link in (Link.A, Link.B) else ""
        if heard and attempt.spoken != heard:
            told = f"type {heard} was spoken, the reader tells of {attempt.spoken or 'none'}"
            return Finding(TYPES, Verdict.FAIL, told, subject)
        guess = from_atr(attempt.atr)
        if heard and guess.technology not in (None, Technology(heard)):
            sure = guess.confidence is Confidence.CERTAIN
            told = f"type {heard} was spoken, the ATR {attempt.atr.hex().upper()} is of {guess}"
            verdict = Verdict.FAIL if sure else Verdict.INCONCLUSIVE
            return Finding(TYPES, verdict, told, subject)
    if all(link is None for link in links):
        told = "no attempt came to a type that what is told could be held against"
        return Finding(TYPES, Verdict.INCONCLUSIVE, told, subject)
    return Finding(TYPES, Verdict.PASS, "", subject)


def _guarded(reader: DeskReader, attempts: Sequence[TouchAttempt], subject: str) -> Finding:
    """The silence before each request is the one declared."""
    silences = [ms for attempt in attempts for ms in on_air.guards(attempt.passed)]
    if not silences:
        told = "no request was heard"
        return Finding(TYPES, Verdict.INCONCLUSIVE, told, subject)
    least, bound = min(silences), reader.loop.guard_ms
    short = least < bound - SLACK
    told = f"{least:.2f} ms of silence before a request, {bound:g} ms are declared" if short else ""
    verdict = Verdict.FAIL if short else Verdict.PASS
    return Finding(TYPES, verdict, told, subject, least, bound, "ms")


def judge_insistence(touches: Sequence[Touch]) -> Finding:
    """REQ-6-6-e: an application that insists on type B exchanges nothing in type A."""
    served = [
        touch for touch in touches
        if any(_in_type_a(attempt) and attempt.answers for attempt in touch.attempts)
    ]  # fmt: skip
    told = f"{served[0]}: served in type A, though its application insists on B" if served else ""
    verdict = Verdict.FAIL if served else Verdict.PASS
    return Finding(STANDARDS, verdict, told, f"reader {touches[0].reader.name}")


def _in_type_a(attempt: TouchAttempt) -> bool:
    """By the reader's word, or by what was heard."""
    return attempt.spoken == "A" or on_air.link(attempt.passed) is Link.A
