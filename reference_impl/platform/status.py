"""SET STATUS and GET STATUS, as one security domain or application carries them out (GPCS 11.4,
11.10). What may change into what is ``life_cycle.py``'s to say.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from reference_impl.applet.apdu import SW, Command, Refused, Response
from reference_impl.chip.memory import Transaction
from reference_impl.platform import registry as fields
from reference_impl.platform import tlv
from reference_impl.platform.life_cycle import (
    LOCKED,
    Actor,
    CardLifeCycle,
    CardState,
    ContentLifeCycle,
)
from reference_impl.platform.privileges import Privilege, has
from reference_impl.platform.registry import Entry, Kind, Registry

ISSUER, ONE, DOMAIN_AND_ALL = 0x80, 0x40, 0x60  # P1 of SET STATUS
SUBSETS = {
    0x80: (Kind.ISSUER,),
    0x40: (Kind.DOMAIN, Kind.APPLICATION),
    0x20: (Kind.LOAD_FILE,),
    0x10: (Kind.LOAD_FILE,),
}
"""P1 of GET STATUS; 10 shows the modules of load files too."""
WITH_MODULES = 0x10
MORE_DATA = 0x6310
LONGEST = 220  # bytes of one answer, so that it fits 256 under any protection
FIRST, NEXT = 0x02, 0x03  # P2 of GET STATUS; the format of before, b2 = 0, is deprecated


@dataclass
class SetStatus:
    """``80 F0 <what> <state> <AID>``, sent to the application ``aid``."""

    aid: bytes
    registry: Registry
    card: CardLifeCycle = field(default_factory=CardLifeCycle)
    content: ContentLifeCycle = field(default_factory=ContentLifeCycle)

    def __call__(self, command: Command) -> Response:
        if not self.card.permits(self.registry.card_state, command.ins):
            raise Refused(SW.CONDITIONS_NOT_SATISFIED)
        with self.registry.store.transaction() as changes:
            if command.p1 == ISSUER:
                self._card(changes, command.p2)
            elif command.p1 in (ONE, DOMAIN_AND_ALL):
                target = self.registry.named(command.data)
                self._content(changes, target, command)
            else:
                raise Refused(SW.INCORRECT_P1_P2)
        return Response(SW.OK)

    def _card(self, changes: Transaction, asked: int) -> None:
        issuer, myself = self.registry.issuer(), self.registry.named(self.aid)
        by_issuer = issuer.aid == self.aid
        state = self.card.moved(
            CardState(issuer.state), asked, myself.privileges, by_issuer=by_issuer
        )
        self.registry.set_state(changes, issuer.aid, state)

    def _content(self, changes: Transaction, target: Entry, command: Command) -> None:
        if target.kind in (Kind.ISSUER, Kind.LOAD_FILE):
            raise Refused(SW.CONDITIONS_NOT_SATISFIED)
        if command.p1 == DOMAIN_AND_ALL:
            self._hierarchy(changes, target, command.p2)
            return
        state = self.content.moved(
            target.state, command.p2, self.actor(target),
            domain=target.is_domain, final=self.is_final(target),
        )  # fmt: skip
        self.registry.set_state(changes, target.aid, state)

    def _hierarchy(self, changes: Transaction, domain: Entry, asked: int) -> None:
        """A domain and all that belongs to it; who is there already stays so (11.10.2.1)."""
        if not domain.is_domain:
            raise Refused(SW.INCORRECT_DATA)
        actor = self.actor(domain)
        if actor is Actor.STRANGER or (actor is Actor.ITSELF and not asked & LOCKED):
            raise Refused(SW.CONDITIONS_NOT_SATISFIED)
        for entry in (domain, *self.registry.sub_hierarchy(domain.aid)):
            if entry.kind is not Kind.LOAD_FILE and not self.is_final(entry):
                state = entry.state | LOCKED if asked & LOCKED else entry.state & ~LOCKED
                self.registry.set_state(changes, entry.aid, state)

    def actor(self, target: Entry) -> Actor:
        """What this one is to the other."""
        if target.aid == self.aid:
            return Actor.ITSELF
        if self.registry.belongs_to(target, self.aid):
            return Actor.DOMAIN
        myself = self.registry.named(self.aid)
        return Actor.GLOBAL if has(myself.privileges, Privilege.GLOBAL_LOCK) else Actor.STRANGER

    def is_final(self, entry: Entry) -> bool:
        return has(entry.privileges, Privilege.FINAL_APPLICATION)


@dataclass
class GetStatus:
    """``80 F2 <subset> 02 4F <AID> [5C <tags>] 00``, and with P2 03 for what did not fit."""

    aid: bytes
    registry: Registry
    card: CardLifeCycle = field(default_factory=CardLifeCycle)
    _left: list[bytes] = field(default_factory=list, init=False, repr=False)
    _subset: int = field(default=0, init=False)

    def __call__(self, command: Command) -> Response:
        left, self._left = self._left, []
        if not self.card.permits(self.registry.card_state, command.ins):
            raise Refused(SW.CONDITIONS_NOT_SATISFIED)
        if command.p1 not in SUBSETS or command.p2 not in (FIRST, NEXT):
            raise Refused(SW.INCORRECT_P1_P2)
        if command.p2 == NEXT:
            return self._piece(self._continued(command, left))
        told = [self._told(entry, command) for entry in self.found(command)]
        if not told:
            raise Refused(SW.REFERENCED_DATA_NOT_FOUND)
        self._subset = command.p1
        return self._piece(told)

    def _continued(self, command: Command, left: list[bytes]) -> list[bytes]:
        if SUBSETS[command.p1] == (Kind.ISSUER,):
            raise Refused(SW.INCORRECT_P1_P2)
        if not left or command.p1 != self._subset:
            raise Refused(SW.CONDITIONS_NOT_SATISFIED)
        return left

    def _piece(self, told: list[bytes]) -> Response:
        """As many whole entries as fit, at least one; 6310 when others are left."""
        size, count = len(told[0]), 1
        while count < len(told) and size + len(told[count]) <= LONGEST:
            size += len(told[count])
            count += 1
        self._left = told[count:]
        return Response(MORE_DATA if self._left else SW.OK, b"".join(told[:count]))

    def found(self, command: Command) -> Iterator[Entry]:
        """Raises Refused (6A80) for data that names nothing."""
        wanted = next((v for t, v in tlv.objects(command.data) if t == fields.AID), None)
        if wanted is None:
            raise Refused(SW.INCORRECT_DATA)
        kinds = SUBSETS[command.p1]
        return (e for e in self.scope() if e.kind in kinds and e.aid.startswith(wanted))

    def scope(self) -> Iterable[Entry]:
        """What this one may see: its own sub-hierarchy, or with Global Registry everything."""
        myself = self.registry.named(self.aid)
        if has(myself.privileges, Privilege.GLOBAL_REGISTRY) or myself.kind is Kind.ISSUER:
            return self.registry.entries()
        return self.registry.sub_hierarchy(self.aid)

    def _told(self, entry: Entry, command: Command) -> bytes:
        asked = next((v for t, v in tlv.objects(command.data) if t == 0x5C), b"")
        tags = tuple(self._tags(asked))
        shown = [
            (tag, value)
            for tag, value in self._fields(entry, command.p1)
            if not tags or tag in (fields.AID, *tags)
        ]
        return tlv.written(0xE3, b"".join(tlv.written(tag, value) for tag, value in shown))

    def _tags(self, raw: bytes) -> Iterator[int]:
        at = 0
        while at < len(raw):
            tag, at = tlv.read_tag(raw, at)
            yield tag

    def _fields(self, entry: Entry, subset: int) -> Iterator[tuple[int, bytes]]:
        yield fields.AID, entry.aid
        yield fields.STATE, bytes((entry.state,))
        if entry.kind is not Kind.LOAD_FILE:
            yield fields.PRIVILEGES, entry.privileges.to_bytes(3, "big")
            yield from ((fields.IMPLICIT, bytes((each,))) for each in entry.implicit)
            if entry.load_file:
                yield fields.LOAD_FILE, entry.load_file
        else:
            yield fields.VERSION, entry.version
            if subset == WITH_MODULES:
                yield from ((fields.MODULE, module) for module in entry.modules)
        yield fields.DOMAIN, entry.domain
