"""A phone before its cards of type A and B: what it listens to, and where each type leads.

A controller listens to the types it is set to. ISO/IEC 14443-3, 5: it hears a request within 5 ms
of unmodulated field, also after one of the other type. An *exclusive* phone that has answered one
type is silent in the other until the field was off (the separate sleep states of NFC Forum
Activity). What is spoken leads to the element that the routing table names for its type.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum, unique
from random import Random

from reference_impl.contactless.answer_to_select import AnswerToSelect
from reference_impl.contactless.field import Coil
from reference_impl.contactless.frames import Frame
from reference_impl.contactless.picc_a import Answer, PiccA
from reference_impl.contactless.picc_b import AnswerToRequest, PiccB
from reference_impl.contactless.picc_blocks import Worked

READY = 67_800  # ticks: 5 ms
SOONEST = 0.2  # of them, after which a phone may hear already


@unique
class Endpoint(StrEnum):
    """Where a type leads."""

    GP_SE = "GP-SE"
    HOST = "host"
    UICC = "UICC"
    NOWHERE = "nowhere"


@dataclass(frozen=True)
class PhoneProfile:
    """A model: how it is set, what it tells, and its antenna. ``work``: ticks of each command."""

    name: str
    listen: str = "AB"
    exclusive: bool = True
    routes: Mapping[str, Endpoint] = field(
        default_factory=lambda: {"A": Endpoint.GP_SE, "B": Endpoint.GP_SE}
    )
    ready: int = READY
    uid_size: int = 4
    ats: AnswerToSelect = field(default_factory=AnswerToSelect)
    atqb: AnswerToRequest = field(default_factory=AnswerToRequest)
    work: int = 0
    coil: Coil = field(default_factory=lambda: Coil(15.0, 27.0))


@dataclass(frozen=True)
class Element:
    """The GP-SE as the contactless controller reaches it: power, and commands with their type."""

    power: Callable[[], object]
    transmit: Callable[[bytes, str], bytes]


@dataclass
class Routing:
    """The routing table of a phone: which application the blocks of a type reach."""

    profile: PhoneProfile
    element: Element
    _powered: bool = field(default=False, init=False)

    def application(self, kind: str) -> Callable[[bytes], Worked]:
        def answered(command: bytes) -> Worked:
            return Worked(self.answer(kind, command), self.profile.work)

        return answered

    def field_came(self) -> None:
        """Whatever was under way is over; the element is switched on with its first command."""
        self._powered = False

    def answer(self, kind: str, command: bytes) -> bytes:
        if self.route(kind) is not Endpoint.GP_SE:
            return elsewhere(command)
        if not self._powered:
            self.element.power()
            self._powered = True
        return self.element.transmit(command, kind)

    def route(self, kind: str) -> Endpoint:
        return self.profile.routes[kind]


Cards = Mapping[str, PiccA | PiccB]


@dataclass
class Phone:
    """One phone in the field of a reader."""

    profile: PhoneProfile
    routing: Routing
    cards: Cards
    chance: Random
    _hears: dict[str, int] = field(default_factory=dict, init=False)  # from which tick on
    _answered: str = field(default="", init=False)  # the types, since the field came

    def field_on(self, now: int) -> None:
        self._answered = ""
        self.routing.field_came()
        for kind, card in self.cards.items():
            card.field_on()
            self._hears[kind] = now + self.deaf(kind)

    def field_off(self) -> None:
        for card in self.cards.values():
            card.field_off()

    def deaf(self, kind: str) -> int:
        """Ticks from the field's coming until it hears this type."""
        return self.drawn()

    def dazed(self) -> int:
        """Ticks after a request of the other type."""
        return self.drawn()

    def drawn(self) -> int:
        """Anew each time."""
        return round(self.profile.ready * self.chance.uniform(SOONEST, 1.0))

    def received(self, kind: str, frame: Frame, now: int) -> Answer | None:
        """A frame of this type that ended at ``now``."""
        for other in self._hears:
            if other != kind:
                self._hears[other] = now + self.dazed()
        if not self.listens(kind) or self.silenced(kind) or now < self._hears[kind]:
            return None
        answer = self.cards[kind].received(frame, now)
        if answer is not None and kind not in self._answered:
            self._answered += kind
        return answer

    def listens(self, kind: str) -> bool:
        return kind in self.profile.listen

    def silenced(self, kind: str) -> bool:
        """Having answered the other type, with the field never off since."""
        return self.profile.exclusive and bool(self._answered.replace(kind, ""))


def elsewhere(command: bytes) -> bytes:
    """An element that has no such application, and nothing else selected."""
    return b"\x6a\x82" if command[1:2] == b"\xa4" else b"\x6d\x00"
