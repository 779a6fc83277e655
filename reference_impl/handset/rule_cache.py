"""The rules of one element, merged, and the search among them (AOSP ``AccessRuleCache``).

Order of the search: this application and this app; this application and another app, which shuts
out everybody else; this application and all apps; then the same for "all applications".
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from reference_impl.handset.access_rules import (
    NO_ACCESS,
    Access,
    Apdu,
    ApduFilter,
    Nfc,
    Rule,
)

EVERY_APPLICATION = EVERY_APP = b""


@dataclass
class RuleCache:
    """Access by application and app; ``refresh_tag`` is that of the rules that are here."""

    refresh_tag: bytes | None = None
    _held: dict[tuple[bytes | None, bytes], Access] = field(default_factory=dict, repr=False)

    def forget(self) -> None:
        self.refresh_tag = None
        self._held.clear()

    def is_current(self, tag: bytes) -> bool:
        """Whether the element's rules are still those that are here."""
        return tag == self.refresh_tag

    def renew(self, tag: bytes, rules: Iterable[Rule]) -> None:
        """Nothing of the old rules is left."""
        self._held.clear()
        for rule in rules:
            key = (rule.application, rule.device)
            known = self._held.get(key)
            self._held[key] = rule.access if known is None else self.merged(known, rule.access)
        self.refresh_tag = tag

    # --- two rules for the same pair -----------------------------------------------------------

    def merged(self, one: Access, other: Access) -> Access:
        apdu = self.stricter_apdu(one.apdu, other.apdu)
        filters = self.united(one, other) if apdu is Apdu.FILTER else ()
        return Access(apdu, self.stricter_nfc(one.nfc, other.nfc), filters)

    def stricter_apdu(self, one: Apdu, other: Apdu) -> Apdu:
        """NEVER before filters before ALWAYS before nothing said."""
        return max(one, other)

    def stricter_nfc(self, one: Nfc, other: Nfc) -> Nfc:
        return max(one, other)

    def united(self, one: Access, other: Access) -> tuple[ApduFilter, ...]:
        return one.filters + other.filters

    # --- the search ------------------------------------------------------------------------------

    def find(self, aid: bytes | None, hashes: Sequence[bytes]) -> Access:
        """What an app signed so may do with the application; ``aid=None``: the default one."""
        for application in self.searched(aid):
            found = self.own(application, hashes)
            if found is None and self.reserved_for_others(application):
                found = NO_ACCESS
            if found is None:
                found = self.general(application)
            if found is not None:
                return self.completed(found)
        return self.unmentioned()

    def searched(self, aid: bytes | None) -> tuple[bytes | None, ...]:
        """What is said of the application itself comes first."""
        return (aid, EVERY_APPLICATION)

    def own(self, application: bytes | None, hashes: Sequence[bytes]) -> Access | None:
        """The first of the app's hashes that has a rule."""
        known = (self._held.get((application, told)) for told in hashes)
        return next((access for access in known if access is not None), None)

    def reserved_for_others(self, application: bytes | None) -> bool:
        """A rule for one app is a NEVER for all that have none."""
        return any(named == application and device for named, device in self._held)

    def general(self, application: bytes | None) -> Access | None:
        return self._held.get((application, EVERY_APP))

    def unmentioned(self) -> Access:
        """No rule at all."""
        return NO_ACCESS

    def completed(self, found: Access) -> Access:
        """What is not said of events follows from what is said of commands."""
        if found.nfc is not Nfc.ABSENT:
            return found
        return replace(found, nfc=Nfc.ALWAYS if found.may_open else Nfc.NEVER)
