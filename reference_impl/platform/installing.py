"""INSTALL [for install] and [for make selectable] (GPCS 9.3.6, 9.3.7, 11.5.2.3.2, 11.5.2.3.3).

Registry, reserved memory and what the application keeps are one transaction.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from reference_impl.applet.apdu import SW, Refused
from reference_impl.chip.memory import Transaction
from reference_impl.platform import tlv
from reference_impl.platform.allotment import IMPLICIT, ParameterCoding
from reference_impl.platform.authority import Authority
from reference_impl.platform.life_cycle import ContentLifeCycle, ContentState
from reference_impl.platform.privileges import (
    Privilege,
    PrivilegeRules,
    has,
    read_privileges,
)
from reference_impl.platform.programs import Programs
from reference_impl.platform.registry import Entry, Kind, Registry

OWN_PARAMETERS = 0xC9


@dataclass(frozen=True)
class Instance:
    """What INSTALL [for install] says."""

    load_file: bytes
    module: bytes
    aid: bytes
    privileges: bytes
    parameters: bytes
    selectable: bool


@dataclass
class Installer:
    """Of one session with a security domain; ``is_domain`` tells modules that make domains."""

    registry: Registry
    programs: Programs
    authority: Authority
    rules: PrivilegeRules
    coding: ParameterCoding
    content: ContentLifeCycle
    is_domain: Callable[[bytes], bool]

    def install(self, changes: Transaction, wanted: Instance, load_file: Entry) -> None:
        """Raises Refused: 6A80, 6A88 for no such module, 6985, 6A84 (when it is committed)."""
        if not self.authority.may_use(load_file) or load_file.kind is not Kind.LOAD_FILE:
            raise Refused(SW.CONDITIONS_NOT_SATISFIED)
        if wanted.module not in load_file.modules:
            raise Refused(SW.REFERENCED_DATA_NOT_FOUND)
        entry = self.entry(wanted, load_file)
        own = self.own_parameters(wanted.parameters)
        self.registry.add(changes, entry)
        self.give_privileges(changes, entry)
        if not entry.is_domain:
            self.programs.of(entry).applet(entry.aid).install(changes, own)

    def entry(self, wanted: Instance, load_file: Entry) -> Entry:
        if not 5 <= len(wanted.aid) <= 16:
            raise Refused(SW.INCORRECT_DATA)
        held = read_privileges(wanted.privileges)
        kind = self.kind(wanted.module, held)
        self.admit_privileges(held, selectable=wanted.selectable)
        program = self.programs.named(wanted.module)
        if program.single and self.exists(wanted.module):
            raise Refused(SW.CONDITIONS_NOT_SATISFIED)
        amounts = self.coding.amounts(wanted.parameters)
        state = ContentState.SELECTABLE if wanted.selectable else ContentState.INSTALLED
        return Entry(
            kind, wanted.aid, state, self.owner(load_file), held, load_file.aid,
            (wanted.module,), implicit=amounts.get(IMPLICIT, b""),
            allotment=self.coding.for_install(wanted.parameters, program.volatile),
        )  # fmt: skip

    def owner(self, load_file: Entry) -> bytes:
        """The domain of the load file; what the issuer has for all belongs to who installs it."""
        mine = load_file.domain == self.authority.aid
        shared = load_file.domain == self.registry.issuer().aid
        return self.authority.aid if shared or mine else load_file.domain

    def kind(self, module: bytes, held: Privilege) -> Kind:
        """The privilege makes a security domain, and only a module made for that can be one."""
        if has(held, Privilege.SECURITY_DOMAIN) is not self.is_domain(module):
            raise Refused(SW.INCORRECT_DATA)
        return Kind.DOMAIN if self.is_domain(module) else Kind.APPLICATION

    def exists(self, module: bytes) -> bool:
        return any(
            entry.kind is Kind.APPLICATION and module in entry.modules
            for entry in self.registry.entries()
        )

    def admit_privileges(self, held: Privilege, *, selectable: bool) -> None:
        """Raises Refused (6A80): what goes together, who may give it, and Card Reset too early."""
        if not self.rules.consistent(held) or not self.rules.grantable(
            held, self.authority.myself.privileges
        ):
            raise Refused(SW.INCORRECT_DATA)
        if has(held, Privilege.CARD_RESET) and not selectable:
            raise Refused(SW.INCORRECT_DATA)

    def give_privileges(self, changes: Transaction, entry: Entry) -> None:
        """What only one may have is taken from whoever had it (6.6.2)."""
        for single in self.rules.unique(entry.privileges):
            for other in self.registry.entries():
                if other.aid != entry.aid and has(other.privileges, single):
                    left = replace(other, privileges=other.privileges & ~single)
                    self.registry.update(changes, left)

    def own_parameters(self, parameters: bytes) -> bytes:
        """The value of C9, which has to be there. Raises Refused (6A80)."""
        found = dict(tlv.objects(parameters))
        if OWN_PARAMETERS not in found:
            raise Refused(SW.INCORRECT_DATA)
        return found[OWN_PARAMETERS]

    # --- make selectable ---------------------------------------------------------------------

    def make_selectable(self, changes: Transaction, aid: bytes, privileges: bytes) -> None:
        """Raises Refused: 6A88, 6985 for a stranger's or one that is not INSTALLED, 6A80."""
        entry = self.registry.named(aid)
        if not self.authority.owns(entry) or entry.kind not in (Kind.APPLICATION, Kind.DOMAIN):
            raise Refused(SW.CONDITIONS_NOT_SATISFIED)
        state = self.content.made_selectable(entry.state)
        held = read_privileges(privileges) if privileges else Privilege(0)
        changed = replace(entry, state=state, privileges=entry.privileges | self.late(held))
        self.registry.update(changes, changed)
        self.give_privileges(changes, changed)

    def late(self, held: Privilege) -> Privilege:
        """What is still given here: Card Reset alone."""
        return held & Privilege.CARD_RESET
