"""Tokens that permit delegated management, and receipts that confirm it (GPCS 9.2, C.4 to C.6).

AES keys: the token is a CMAC under key 70/01 of the domain with Token Verification, the receipt one
under key 71/01 of the domain with Receipt Generation (GPC Amendment D v1.1.1, 8.2 and 8.3). The
confirmation counter is persistent and ends at 32,767.
"""

from __future__ import annotations

import hmac
from dataclasses import dataclass

from reference_impl.applet.apdu import SW, Command, Refused
from reference_impl.chip import aes
from reference_impl.chip.memory import Store, Transaction
from reference_impl.platform.fields import field
from reference_impl.platform.key_sets import KeySets
from reference_impl.platform.privileges import Privilege, has
from reference_impl.platform.registry import Registry

TOKEN_VERSION, RECEIPT_VERSION, IDENTIFIER = 0x70, 0x71, 0x01
COUNTER = "confirmations"  # in the store
LAST_COUNT = 0x7FFF
NO_RECEIPT = b"\x00"
ISSUER_NUMBER, CARD_NUMBER = 0x42, 0x45  # IIN and CIN: the unique data of the domain


@dataclass
class Tokens:
    """Keys are found by privilege, whoever holds it."""

    registry: Registry
    store: Store

    def verify(self, command: Command, token: bytes, covered: bytes) -> None:
        """Raises Refused: 6985 without a key for it, 6982 for a wrong token."""
        key = self.key(Privilege.TOKEN_VERIFICATION, TOKEN_VERSION)
        if not key:
            raise Refused(SW.CONDITIONS_NOT_SATISFIED)
        if not self.believes(aes.mac(key, self.signed(command, covered)), token):
            raise Refused(SW.SECURITY_STATUS_NOT_SATISFIED)

    def believes(self, right: bytes, given: bytes) -> bool:
        """Compared in constant time."""
        return hmac.compare_digest(right, given)

    def signed(self, command: Command, covered: bytes) -> bytes:
        """P1, P2, the length without the token, and the fields before it (C.4.1)."""
        size = len(covered)
        length = bytes((size,)) if size <= 0xFF else b"\x00" + size.to_bytes(2, "big")
        return bytes((command.p1, command.p2)) + length + covered

    # --- receipts ----------------------------------------------------------------------------

    def confirmation(self, changes: Transaction, told: bytes) -> bytes:
        """Receipt and what it is over (table 11-13), counted on in the same transaction.

        ``told``: fields of the operation. 00 where nobody can make receipts. Raises Refused.
        """
        key = self.key(Privilege.RECEIPT_GENERATION, RECEIPT_VERSION)
        if not key:
            return NO_RECEIPT
        count = self.next_count()
        changes[COUNTER] = count
        counted = field(count) + field(self.unique_data())
        return field(aes.mac(key, counted, told)) + counted

    def next_count(self) -> bytes:
        """Raises Refused (6985) once the counter is at its end."""
        if self.count() >= LAST_COUNT:
            raise Refused(SW.CONDITIONS_NOT_SATISFIED)
        return (self.count() + 1).to_bytes(2, "big")

    def count(self) -> int:
        return int.from_bytes(self.store.get(COUNTER), "big")

    def unique_data(self) -> bytes:
        issuer = self.registry.issuer().aid
        return b"".join(
            self.store.get(data_name(issuer, tag)) for tag in (ISSUER_NUMBER, CARD_NUMBER)
        )

    def key(self, privilege: Privilege, version: int) -> bytes:
        """Of the domain with this privilege; nothing where there is none."""
        for entry in self.registry.entries():
            if entry.is_domain and has(entry.privileges, privilege):
                return KeySets(self.store, entry.aid).key(version, IDENTIFIER)
        return b""


def data_name(aid: bytes, tag: int) -> str:
    """Where a security domain keeps a data object."""
    return f"sd {aid.hex()}/data/{tag:04x}"
