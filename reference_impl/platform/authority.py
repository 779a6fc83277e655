"""Who may manage content, and of whom (GPCS 6.6, 9.1, 9.2).

A domain with Authorized Management decides for itself, one with Delegated Management needs a token
for every step, and without either a domain only personalises what belongs to it.
"""

from __future__ import annotations

from dataclasses import dataclass

from reference_impl.applet.apdu import SW, Command, Refused
from reference_impl.platform.privileges import Privilege, has
from reference_impl.platform.registry import Entry, Kind, Registry
from reference_impl.platform.tokens import Tokens


@dataclass
class Authority:
    """Of the security domain ``aid``."""

    aid: bytes
    registry: Registry
    tokens: Tokens

    @property
    def myself(self) -> Entry:
        return self.registry.named(self.aid)

    def authorise(self, command: Command, token: bytes, covered: bytes) -> bool:
        """Whether a receipt is due for it; ``covered``: the fields that a token speaks of.

        Raises Refused: 6985 without the privilege, 6A80 for a token where none belongs, 6982 for
        a wrong one.
        """
        if self.authorised():
            if token:
                raise Refused(SW.INCORRECT_DATA)
            return False
        if not self.delegated():
            raise Refused(SW.CONDITIONS_NOT_SATISFIED)
        self.tokens.verify(command, token, covered)
        return True

    def authorised(self) -> bool:
        return has(self.myself.privileges, Privilege.AUTHORIZED_MANAGEMENT)

    def delegated(self) -> bool:
        return has(self.myself.privileges, Privilege.DELEGATED_MANAGEMENT)

    def owns(self, entry: Entry) -> bool:
        """Directly or through domains below; the issuer's domain is above all."""
        return self.registry.belongs_to(entry, self.aid) or self.myself.kind is Kind.ISSUER

    def may_use(self, load_file: Entry) -> bool:
        """To make applications of it: its own, or what the issuer has for all."""
        return self.owns(load_file) or load_file.domain == self.registry.issuer().aid

    def may_delete(self, entry: Entry) -> bool:
        """Its own, or anybody's with Global Delete (9.5)."""
        return self.owns(entry) or has(self.myself.privileges, Privilege.GLOBAL_DELETE)

    def may_extradite(self, entry: Entry) -> bool:
        return self.owns(entry)
