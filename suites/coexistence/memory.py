"""A card whose memory is filled up to a wanted rest, and errands that then find too little.

Memory is taken by reserving it for applications that need none of it (tag D8 of INSTALL): nothing
is worn, and deleting them gives it back (Card Specification v2.3.1, 9.7).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from fixtures.card.content_management import (
    Applet,
    installing,
    loading,
    personalising,
    removing,
)
from fixtures.card.global_platform_values import system_parameters
from fixtures.outcome import Inconclusive
from suites.platform.session import Session, opened

if TYPE_CHECKING:
    from fixtures.card.apdu import Command, Response
    from fixtures.card.platform import Platform

RULE = "REQ-6-3-c"
MARGIN = 1_024  # bytes: pages, heads of objects, and what the card keeps of its own
COARSE = 256  # bytes by which a reservation that was refused is made smaller
MOST_FILLERS = 12


@dataclass(frozen=True)
class Errand:
    """Commands that together do one thing: all of it, or none."""

    name: str
    commands: tuple[Command, ...]


def errands(applet: Applet, room: int) -> list[Errand]:
    """Loading, installing, and what is stored of it, each on its own."""
    found = [
        Errand("load", tuple(loading(applet, room))),
        Errand("install", (installing(applet),)),
    ]
    stored = tuple(personalising(applet))
    return [*found, Errand("personalise", stored)] if stored else found


@dataclass
class Chip:
    """One card under test, with what fills it."""

    platform: Platform
    filler: Applet

    def session(self) -> Session:
        return opened(self.platform)

    def free(self) -> int:
        """Bytes of non-volatile memory, as the issuer's domain tells them."""
        self.platform.select()
        try:
            return self.platform.resources().free_data
        except ValueError as error:
            raise Inconclusive(f"the free memory is not told: {error}") from None

    def remove(self, applet: Applet) -> None:
        """``Inconclusive`` where something of it stays listed."""
        session = self.session()
        session.send(removing(applet))
        if any(entry.aid.startswith(applet.package) for entry in session.registry()):
            raise Inconclusive(f"{applet.name} cannot be deleted; see REQ-6-3-a")

    def done(self, some: Sequence[Errand]) -> None:
        """``Inconclusive`` where a card with room refuses."""
        session = self.session()
        for errand in some:
            answer = session.carry_out(errand.commands)
            if not answer.ok:
                raise Inconclusive(f"{errand.name} is refused on a card with room: {answer.sw:04X}")

    def attempt(self, errand: Errand) -> Response:
        return self.session().carry_out(errand.commands)

    def listed(self, applet: Applet) -> dict[bytes, int]:
        """States of load file and application, where they are there."""
        wanted = (applet.package, applet.instance)
        return {e.aid: e.life_cycle for e in self.session().registry() if e.aid in wanted}

    def fill(self, leave: int) -> int:
        """Reserve all but ``leave`` bytes, or a little more than that; what is free then."""
        session = self.session()
        session.send(removing(self.filler))
        if not session.carry_out(loading(self.filler, session.room)).ok:
            raise Inconclusive("what fills the memory cannot be loaded")
        free = self.free()
        for number in range(MOST_FILLERS):
            if free <= leave or (taken := self._reserve(number, free - leave)) == 0:
                break
            free -= taken
        return free

    def empty(self) -> None:
        """Give it all back."""
        self.remove(self.filler)

    def _reserve(self, number: int, size: int) -> int:
        """Up to so many bytes for one application; what it took."""
        before, session = self.free(), self.session()
        aid = self.filler.module + bytes((0xF0, number))
        while size > 0:
            command = installing(
                self.filler, instance=aid, make_selectable=False,
                parameters=system_parameters(reserved_data=size),
            )  # fmt: skip
            if session.send(command).ok:
                return before - self.free()
            size -= COARSE
        return 0
