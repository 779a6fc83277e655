"""Which object answers for an application on a channel."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, field

from reference_impl.platform.class_rules import ClassRules
from reference_impl.platform.programs import Programs
from reference_impl.platform.registry import Entry
from reference_impl.platform.session import AppletSession, Session


@dataclass
class Sessions:
    """Made when they are first needed, and kept as long as the application is on the card.

    ``domain`` makes that of a security domain, ``secured`` that of an applet with a secure channel.
    """

    programs: Programs
    classes: ClassRules
    domain: Callable[[Entry, int], Session]
    secured: Callable[[Entry, int], Session]
    _made: dict[tuple[bytes, int], Session] = field(default_factory=dict, init=False)

    def power_on(self, present: Collection[bytes]) -> None:
        """``present``: applications that are there; a deletion may have been cut off at its end."""
        for aid in {aid for aid, _ in self._made}.difference(present):
            self.forget(aid)
        for session in self._made.values():
            session.power_on()

    def of(self, entry: Entry, number: int) -> Session:
        session = self._made.get((entry.aid, number))
        if session is None:
            session = self._made[entry.aid, number] = self._make(entry, number)
        return session

    def forget(self, aid: bytes) -> None:
        """The application was deleted."""
        for named in [named for named in self._made if named[0] == aid]:
            del self._made[named]

    def _make(self, entry: Entry, number: int) -> Session:
        if entry.is_domain:
            return self.domain(entry, number)
        program = self.programs.of(entry)
        if program.secured:
            return self.secured(entry, number)
        applet = program.applet(entry.aid)
        applet.power_on()
        return AppletSession(applet, number, self.classes)
