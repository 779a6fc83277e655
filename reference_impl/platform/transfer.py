"""Extradition and registry update (GPCS 9.4.1, 9.4.2, 11.5.2.3.4, 11.5.2.3.6)."""

from __future__ import annotations

from dataclasses import dataclass, replace

from reference_impl.applet.apdu import SW, Refused
from reference_impl.chip.memory import Transaction
from reference_impl.platform.allotment import IMPLICIT, ParameterCoding
from reference_impl.platform.authority import Authority
from reference_impl.platform.life_cycle import ContentLifeCycle
from reference_impl.platform.privileges import Privilege, PrivilegeRules, has, read_privileges
from reference_impl.platform.registry import Entry, Kind, Registry


@dataclass
class Transfer:
    """Of one session with a security domain."""

    registry: Registry
    authority: Authority
    rules: PrivilegeRules
    coding: ParameterCoding
    content: ContentLifeCycle

    def extradite(self, changes: Transaction, aid: bytes, domain: bytes) -> bytes:
        """The domain before. Raises Refused: 6A88 for no such thing, 6985 for what cannot be."""
        entry, target = self.registry.named(aid), self.registry.named(domain)
        if entry.kind is Kind.ISSUER or not self.authority.may_extradite(entry):
            raise Refused(SW.CONDITIONS_NOT_SATISFIED)
        if not self.accepts(target, entry):
            raise Refused(SW.CONDITIONS_NOT_SATISFIED)
        self.registry.update(changes, replace(entry, domain=domain))
        return entry.domain

    def accepts(self, target: Entry, entry: Entry) -> bool:
        """A domain that may own, and neither itself nor one below what is handed over.

        A load file does not go to one with DAP Verification.
        """
        ready = target.kind is Kind.ISSUER or (
            target.kind is Kind.DOMAIN and self.content.may_own(target.state)
        )
        below = target.aid == entry.aid or self.registry.belongs_to(target, entry.aid)
        checked = has(target.privileges, Privilege.DAP_VERIFICATION)
        return ready and not below and not (entry.kind is Kind.LOAD_FILE and checked)

    def update(
        self, changes: Transaction, aid: bytes, privileges: bytes, parameters: bytes
    ) -> None:
        """Other privileges, other implicit selection. Raises Refused."""
        entry = self.registry.seen(changes, aid)
        if entry.kind is Kind.LOAD_FILE or not self.authority.may_extradite(entry):
            raise Refused(SW.CONDITIONS_NOT_SATISFIED)
        held = read_privileges(privileges) if privileges else entry.privileges
        if not self.may_hold(entry, held):
            raise Refused(SW.INCORRECT_DATA)
        implicit = self.coding.amounts(parameters).get(IMPLICIT, entry.implicit)
        self.registry.update(changes, replace(entry, privileges=held, implicit=implicit))

    def may_hold(self, entry: Entry, held: Privilege) -> bool:
        """What goes together, what may be given, and nobody becomes a domain or ceases to be."""
        same = has(held, Privilege.SECURITY_DOMAIN) is entry.is_domain
        mine = self.authority.myself.privileges
        return same and self.rules.consistent(held) and self.rules.grantable(held, mine)
