"""DELETE of applications, security domains and load files (GPCS 9.5, 11.2).

What is in use, referred to, or owns something, stays. Deleting is one transaction with all that is
related, so that an interrupted one has not begun.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass

from reference_impl.applet.apdu import SW, Command, Refused, Response
from reference_impl.chip.memory import REMOVED, Transaction
from reference_impl.platform import tlv
from reference_impl.platform.authority import Authority
from reference_impl.platform.channels import Channels
from reference_impl.platform.fields import field
from reference_impl.platform.memory import Memory
from reference_impl.platform.registry import AID, Entry, Kind, Registry
from reference_impl.platform.sessions import Sessions
from reference_impl.platform.tokens import NO_RECEIPT

OBJECT, WITH_RELATED = 0x00, 0x80  # P2
CONTROL_REFERENCE, TOKEN = 0xB6, 0x9E


@dataclass
class DeleteContent:
    """``80 E4 00 <related> 4F <AID> [B6 …] [9E <token>]``."""

    registry: Registry
    memory: Memory
    authority: Authority
    channels: Channels
    sessions: Sessions
    delete_keys: Callable[[Command], Response]

    def __call__(self, command: Command) -> Response:
        named = list(tlv.objects(command.data))
        held = dict(named)
        if AID not in held:
            return self.delete_keys(command)
        if command.p1 or command.p2 not in (OBJECT, WITH_RELATED):
            raise Refused(SW.INCORRECT_P1_P2)
        if not set(held) <= {AID, CONTROL_REFERENCE, TOKEN} or len(held) != len(named):
            raise Refused(SW.INCORRECT_DATA)
        token = held.get(TOKEN, b"")
        covered = b"".join(tlv.written(tag, value) for tag, value in named if tag != TOKEN)
        receipt = self.authority.authorise(command, token, covered)
        target = self.registry.named(held[AID])
        doomed = self.doomed(target, related=command.p2 == WITH_RELATED)
        for entry in doomed:
            self.admit(entry, doomed)
        return Response(SW.OK, self.carry_out(doomed, receipt=receipt))

    def doomed(self, target: Entry, *, related: bool) -> list[Entry]:
        """The target last; related to a load file is what was made of it."""
        if target.kind is Kind.LOAD_FILE and related:
            return [*self.made_of(target), target]
        return [target]

    def made_of(self, load_file: Entry) -> list[Entry]:
        return [entry for entry in self.registry.entries() if entry.load_file == load_file.aid]

    def admit(self, entry: Entry, doomed: list[Entry]) -> None:
        """Raises Refused (6985) for what cannot go."""
        leaving = {each.aid for each in doomed}
        allowed = entry.kind is not Kind.ISSUER and self.authority.may_delete(entry)
        if not allowed or self.in_use(entry) or self.referred_to(entry, leaving):
            raise Refused(SW.CONDITIONS_NOT_SATISFIED)
        if self.owns_something(entry, leaving):
            raise Refused(SW.CONDITIONS_NOT_SATISFIED)

    def in_use(self, entry: Entry) -> bool:
        """Selected on any channel, also on this one: a domain does not delete itself."""
        return bool(self.channels.using(entry.aid))

    def referred_to(self, entry: Entry, leaving: set[bytes]) -> bool:
        """A load file of which something is made that stays."""
        return any(made.aid not in leaving for made in self.made_of(entry))

    def owns_something(self, entry: Entry, leaving: set[bytes]) -> bool:
        """A domain to which something belongs that stays."""
        return entry.is_domain and any(
            each.domain == entry.aid and each.aid not in leaving for each in self.registry.entries()
        )

    def carry_out(self, doomed: list[Entry], *, receipt: bool) -> bytes:
        confirmed = NO_RECEIPT
        with self.erasing() as changes:
            for entry in doomed:
                self.registry.remove(changes, entry.aid)
                self.erase(changes, entry)
            if receipt:
                told = field(doomed[-1].aid)
                confirmed = self.authority.tokens.confirmation(changes, told)
        for entry in doomed:
            self.sessions.forget(entry.aid)
        return confirmed

    def erasing(self) -> AbstractContextManager[Transaction]:
        """Nothing that was deleted stays in memory that is free."""
        return self.registry.store.erasing()

    def erase(self, changes: Transaction, entry: Entry) -> None:
        """Whatever it kept: data, keys, reference data."""
        values = self.registry.store.values()
        for name in values:
            if self.memory.owner(name, values) == entry.aid:
                changes[name] = REMOVED
