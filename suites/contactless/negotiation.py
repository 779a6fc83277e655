"""Which type a reader and a phone come to speak, predicted from how each is set. Pure.

ISO/IEC 14443-3, 5: a card in an unmodulated field accepts its own request within 5 ms, also after
one of the other type, so a reader leaves 5.1 ms of silence before each probe. The standard does not
say which type comes first; readers in the field probe A before B. A My Number card listens to B
only, a phone to A and mostly to B, so a loop that never mattered decides for phones.

Rules:

1. a reader probes in the order of ``poll``; with ``bail_out`` the first answer ends the round;
2. an ``exclusive`` phone that answered one type is silent in the other until the field was off;
3. of several answers the reader takes the first, the one it prefers, or none (collision);
4. a reader that is silent for less than a phone needs is missed at its first probe in some taps;
5. a reader whose loop never pauses is entered at any probe. Both come out mixed.

A type that is spoken but routed elsewhere than to the GP-SE is a wrong endpoint, no radio failure.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum, unique

from fixtures.verdict import Finding, Verdict

READY = 5.0  # ms of unmodulated field after which a card must hear (ISO/IEC 14443-3, 5)
GUARD = 5.1  # ms of silence before a request, what a reader should give (ibid.)
TYPE_A_RISK = "TYPE_A_RISK"


@unique
class Technology(StrEnum):
    """ISO/IEC 14443 Type A and Type B; readers and phones may know more, JPKI does not."""

    A = "A"
    B = "B"


@unique
class Link(StrEnum):
    """What a tap comes to."""

    A = "A"
    B = "B"
    NONE = "NONE"  # nobody answered
    COLLISION = "COLLISION"  # both types answered and the reader activates neither


@unique
class OnSeveral(StrEnum):
    """What a reader does when both types answered in one round."""

    FIRST = "first"
    PREFER_A = "prefer A"
    PREFER_B = "prefer B"
    COLLISION_ERROR = "collision error"  # EMVCo


@unique
class Endpoint(StrEnum):
    """Where a phone sends what it hears."""

    GP_SE = "GP-SE"
    HOST = "host"
    UICC = "UICC"
    NOWHERE = "nowhere"


@dataclass(frozen=True)
class Phone:
    """A phone, or a card: what it listens to, and where each type leads."""

    listen: frozenset[Technology]
    exclusive: bool = False  # silent in the other type until the field was off
    route_a: Endpoint = Endpoint.GP_SE
    route_b: Endpoint = Endpoint.GP_SE
    ready_ms: float = READY  # of silence it needs before it hears

    def route(self, technology: Technology) -> Endpoint:
        return self.route_a if technology is Technology.A else self.route_b


@dataclass(frozen=True)
class Reader:
    """A reader: its polling loop and what it makes of the answers."""

    poll: tuple[Technology, ...]
    bail_out: bool = True
    on_several: OnSeveral = OnSeveral.FIRST
    guard_ms: float = GUARD  # of silence before each probe
    field_reset: bool = False  # field off between the probes of a round
    pauses: bool = True  # field off between rounds, so that each tap meets the first probe
    requires_b: bool = False  # the application insists on Type B

    def __post_init__(self) -> None:
        if not self.poll or len(set(self.poll)) != len(self.poll):
            raise ValueError("a reader probes each type once a round, and at least one")


@dataclass(frozen=True)
class Negotiated:
    """All that a tap of this pair can come to; more than one is mixed."""

    links: frozenset[Link]

    @property
    def is_mixed(self) -> bool:
        return len(self.links) > 1

    @property
    def spoken(self) -> frozenset[Technology]:
        """Types in which some tap reaches an APDU."""
        return frozenset(t for t in Technology if Link(t) in self.links)

    def __str__(self) -> str:
        return " or ".join(sorted(self.links))


def negotiate(reader: Reader, phone: Phone) -> Negotiated:
    """What a tap comes to, by the rules above."""
    return Negotiated(frozenset(_tap(reader, phone, first) for first in _entries(reader, phone)))


def b_was_possible(reader: Reader, phone: Phone) -> bool:
    """Both know Type B."""
    return Technology.B in phone.listen and Technology.B in reader.poll


def wrong_endpoints(reader: Reader, phone: Phone) -> dict[Technology, Endpoint]:
    """The types that may be spoken but lead elsewhere than to the GP-SE."""
    spoken = negotiate(reader, phone).spoken
    return {t: phone.route(t) for t in sorted(spoken) if phone.route(t) is not Endpoint.GP_SE}


def judge_type_a_risk(
    reader: Reader, phone: Phone, subject: str = "", requirement: str = "REQ-6-6-d"
) -> Finding:
    """TYPE_A_RISK where some tap speaks A although both sides know B.

    A risk alone is advice, PASS with a reason: everything may well work under A. It fails where the
    application insists on Type B. Without any link there is no type to judge.
    """
    found = negotiate(reader, phone)
    if not found.spoken:
        told = f"no tap speaks a type: {found}"
        return Finding(requirement, Verdict.INCONCLUSIVE, told, subject)
    at_risk = Technology.A in found.spoken and b_was_possible(reader, phone)
    told = f"{TYPE_A_RISK}: {found} is spoken though both sides know Type B" if at_risk else ""
    if Technology.A in found.spoken and reader.requires_b:
        told = told or "Type A is spoken, and the two have no Type B in common"
        return Finding(
            requirement, Verdict.FAIL, f"{told}; the application insists on B", subject
        )  # fmt: skip
    return Finding(requirement, Verdict.PASS, told, subject)


def judge_communication(
    reader: Reader, phone: Phone, subject: str = "", requirement: str = "REQ-6-6-a"
) -> Finding:
    """Every tap reaches the GP-SE. Says whether the radio or the routing is to blame."""
    found = negotiate(reader, phone)
    broken = sorted(found.links & {Link.NONE, Link.COLLISION})
    if broken:
        often = "some taps end" if found.spoken else "every tap ends"
        return Finding(requirement, Verdict.FAIL, f"{often} in {broken[0]}", subject)
    if lost := wrong_endpoints(reader, phone):
        told = ", ".join(f"Type {t} leads to {endpoint}" for t, endpoint in lost.items())
        told = f"wrong endpoint, no radio failure: {told}, not to the GP-SE"
        return Finding(requirement, Verdict.FAIL, told, subject)
    return Finding(requirement, Verdict.PASS, "", subject)


def judge_prediction(
    predicted: Negotiated, seen: frozenset[Link], subject: str = "", requirement: str = "REQ-6-6-d"
) -> Finding:
    """What was seen on the wire is among what was predicted; one of several is enough."""
    if not seen:
        return Finding(requirement, Verdict.INCONCLUSIVE, "no tap was seen", subject)
    if strange := sorted(seen - predicted.links):
        told = f"{', '.join(strange)} was seen, {predicted} was predicted"
        return Finding(requirement, Verdict.FAIL, told, subject)
    return Finding(requirement, Verdict.PASS, "", subject)


def _entries(reader: Reader, phone: Phone) -> set[int]:
    """Places in the loop of the first probe that the phone can hear."""
    if not reader.pauses:
        return set(range(len(reader.poll)))
    if _misses_its_first_probe(reader, phone):
        return {0, 1 % len(reader.poll)}
    return {0}


def _misses_its_first_probe(reader: Reader, phone: Phone) -> bool:
    """In some taps, by how far the phone had come when the probe came."""
    return reader.guard_ms < phone.ready_ms


def _tap(reader: Reader, phone: Phone, first: int) -> Link:
    """The round that is entered at ``first``; a whole one after it if nobody answered."""
    answered = _round(reader, phone, reader.poll[first:])
    if not answered and first:
        answered = _round(reader, phone, reader.poll)
    return _chosen(reader, answered)


def _round(reader: Reader, phone: Phone, probes: tuple[Technology, ...]) -> list[Technology]:
    """The types that answer, in the order of the probes."""
    answered: list[Technology] = []
    for probe in probes:
        if probe in phone.listen and not _asleep(reader, phone, answered):
            answered.append(probe)
            if reader.bail_out:
                break
    return answered


def _asleep(reader: Reader, phone: Phone, answered: list[Technology]) -> bool:
    """Having answered one type, and with the field never off since."""
    return phone.exclusive and bool(answered) and not reader.field_reset


def _chosen(reader: Reader, answered: list[Technology]) -> Link:
    if not answered:
        return Link.NONE
    if len(answered) == 1:
        return Link(answered[0])
    if reader.on_several is OnSeveral.COLLISION_ERROR:
        return Link.COLLISION
    preferred = {OnSeveral.PREFER_A: Link.A, OnSeveral.PREFER_B: Link.B}
    return preferred.get(reader.on_several, Link(answered[0]))
