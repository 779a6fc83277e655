"""What passed on the air in one attempt, read: fields, traces by type, what was spoken. Pure.

A *field* goes from the field's coming to its going. A reader that polls on, because nobody has
answered yet, makes several; selecting or attaching a card begins a *transaction*, and more than
one of them in an attempt means that the reader began again by itself.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from fixtures.targets.desk_port import AirEvent
from suites.contactless.negotiation import Link
from suites.contactless.observed import duration
from suites.contactless.trace import FC, Event, Passed

REQUESTS_A = (b"\x26", b"\x52")
SELECTS = (b"\x93", b"\x95", b"\x97")
APF, ATTRIB, RATS = b"\x05", b"\x1d", b"\xe0"


def fields(passed: Sequence[AirEvent]) -> list[list[AirEvent]]:
    """The frames of each field, in order."""
    found: list[list[AirEvent]] = []
    for event in passed:
        if event.event == Event.FIELD_ON:
            found.append([])
        elif event.event != Event.FIELD_OFF and found:
            found[-1].append(event)
    return found


def traces(passed: Sequence[AirEvent]) -> Iterator[tuple[str, list[Passed]]]:
    """What the judge of frames takes: the frames of one type in one field, with that type."""
    for field in fields(passed):
        for kind in ("A", "B"):
            own = [as_passed(event) for event in field if event.kind == kind]
            if own:
                yield kind, [Passed(own[0].tick, Event.FIELD_ON), *own]


def as_passed(event: AirEvent) -> Passed:
    return Passed(event.tick, Event(event.event), event.data, event.last_bits)


def link(passed: Sequence[AirEvent]) -> Link | None:
    """What the attempt came to; None where it was not heard or broke down before a type was."""
    if not passed:
        return None
    if not any(event.event == Event.CARD for event in passed):
        return Link.NONE
    kinds: set[str] = set()
    spoken: str | None = None
    touched = False
    for asked, answer in exchanges(passed):
        touched = touched or is_of_transaction(asked)
        if answer is not None and is_request(asked) and speaks_on(answer):
            kinds.add(asked.kind)
        if answer is not None and is_activation(asked):
            spoken = asked.kind
    if spoken is not None:
        return Link(spoken)
    return Link.COLLISION if len(kinds) > 1 and not touched else None


def transactions(passed: Sequence[AirEvent]) -> int:
    """How often a card was selected or attached: once in a field, unless the reader went on to the
    protocol and then asked and selected again, without the field ever going."""
    return sum(_transactions_of(field) for field in fields(passed))


def _transactions_of(field: Sequence[AirEvent]) -> int:
    found, settled, asked = 0, False, False
    for event in field:
        if event.event != Event.READER:
            continue
        if is_of_transaction(event):
            if not found or (settled and asked):
                found, settled = found + 1, False
            settled, asked = settled or is_activation(event), False
        elif is_request(event):
            asked = True
    return found


def exchanges(passed: Sequence[AirEvent]) -> Iterator[tuple[AirEvent, AirEvent | None]]:
    """Each frame of the reader, and its answer if there was one."""
    for place, event in enumerate(passed):
        if event.event == Event.READER:
            after = passed[place + 1] if place + 1 < len(passed) else None
            yield event, after if after is not None and after.event == Event.CARD else None


def speaks_on(answer: AirEvent) -> bool:
    """An ATQB that tells of no ISO/IEC 14443-4 is an answer that no reader goes on from."""
    return answer.kind == "A" or (len(answer.data) > 10 and bool(answer.data[10] & 0x01))


def is_request(event: AirEvent) -> bool:
    """REQA, WUPA, REQB or WUPB."""
    if event.kind == "A":
        return event.last_bits == 7 and event.data[:1] in REQUESTS_A
    return event.data[:1] == APF and len(event.data) == 5


def is_activation(event: AirEvent) -> bool:
    """RATS or ATTRIB: after the answer the protocol is spoken."""
    if event.kind == "A":
        return event.data[:1] == RATS and len(event.data) == 4
    return event.data[:1] == ATTRIB and len(event.data) >= 11


def is_of_transaction(event: AirEvent) -> bool:
    if event.event != Event.READER:
        return False
    return is_activation(event) or (event.kind == "A" and event.data[:1] in SELECTS)


def guards(passed: Sequence[AirEvent]) -> Iterator[float]:
    """Milliseconds of unmodulated field before each request of a type that was not spoken before.

    Counted from the field's coming, or from the last frame of the other type.
    """
    free, kind = 0, ""
    for event in passed:
        if event.event == Event.FIELD_ON:
            free, kind = event.tick, ""
        elif event.event in (Event.READER, Event.CARD):
            if event.event == Event.READER and event.kind != kind and is_request(event):
                yield (event.tick - free) / FC * 1_000
            free, kind = event.tick + duration(event.kind, as_passed(event)), event.kind


def off_between(first: Sequence[AirEvent], second: Sequence[AirEvent]) -> float | None:
    """Milliseconds without a field between two attempts; None where that was not heard."""
    if not first or not second:
        return None
    gone, came = first[-1], second[0]
    if gone.event != Event.FIELD_OFF or came.event != Event.FIELD_ON:
        return None
    return (came.tick - gone.tick) / FC * 1_000
