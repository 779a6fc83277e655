"""The types in which phones were spoken to, against what is declared and what was heard. Pure.

The type that is heard is the one told, none that the ATR rules out, and among those that the
declared settings lead to (REQ-6-6-d). What broke down before a type was spoken is REQ-6-6-a's.
An application that insists on type B is served in no other (REQ-6-6-e).
"""

from __future__ import annotations

from collections.abc import Sequence

from fixtures.targets.desk_port import DeskPhone, DeskReader, TouchAttempt
from fixtures.verdict import Finding, Verdict
from suites.contactless import on_air
from suites.contactless.atr_type import Confidence, from_atr
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
from suites.contactless.touches import SLACK, UNHEARD, Touch

TYPES, STANDARDS = "REQ-6-6-d", "REQ-6-6-e"


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
        if link is Link.NONE and attempt.spoken:
            told = f"no phone was heard, the reader tells of type {attempt.spoken}"
            return Finding(TYPES, Verdict.FAIL, told, subject)
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
