"""Signatures of load files that security domains ask for: DAP blocks (GPCS 9.2.1, 11.6.2.3, C.3).

A domain with DAP Verification wants one for what is loaded into it, one with Mandated DAP for all
that is loaded onto the card. By an AES key (73/01 of the domain) a signature is the CMAC of the
hash that INSTALL [for load] announced (B.2.2). The status words are OUR READING.
"""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from dataclasses import dataclass

from reference_impl.applet.apdu import SW, Refused
from reference_impl.chip import aes
from reference_impl.chip.memory import Store
from reference_impl.platform.key_sets import KeySets
from reference_impl.platform.privileges import Privilege, has
from reference_impl.platform.registry import Entry, Registry

KEY_VERSION, IDENTIFIER = 0x73, 0x01
SHORTEST_HASH = 32  # bytes: SHA-256, the least for an AES key


@dataclass
class DapVerification:
    """Keys are those of the domain that a block names."""

    registry: Registry
    store: Store

    def verify(self, domain: bytes, digest: bytes, given: Mapping[bytes, bytes]) -> None:
        """Of a load file for this domain; ``given``: signatures by the AID of who verifies them.

        Raises Refused: 6985 where one is missing, or nobody can verify it; 6A80 where there is no
        hash to be signed; 6982 for a wrong one.
        """
        if not self.asked(domain) <= set(given):
            raise Refused(SW.CONDITIONS_NOT_SATISFIED)
        if given and len(digest) < SHORTEST_HASH:
            raise Refused(SW.INCORRECT_DATA)
        for aid, signature in given.items():
            if not self.believes(aes.mac(self.key(aid), digest), signature):
                raise Refused(SW.SECURITY_STATUS_NOT_SATISFIED)

    def asked(self, domain: bytes) -> set[bytes]:
        """Whose signatures there have to be."""
        return {entry.aid for entry in self.registry.entries() if self.asks(entry, domain)}

    def asks(self, entry: Entry, domain: bytes) -> bool:
        mine = entry.aid == domain and has(entry.privileges, Privilege.DAP_VERIFICATION)
        return mine or self.asks_always(entry)

    def asks_always(self, entry: Entry) -> bool:
        return has(entry.privileges, Privilege.MANDATED_DAP)

    def believes(self, right: bytes, given: bytes) -> bool:
        """Compared in constant time."""
        return hmac.compare_digest(right, given)

    def key(self, aid: bytes) -> bytes:
        """Raises Refused (6985) for who verifies no signatures, or has no key for it."""
        entry = self.registry.find(aid)
        verifies = entry is not None and has(entry.privileges, Privilege.DAP_VERIFICATION)
        key = KeySets(self.store, aid).key(KEY_VERSION, IDENTIFIER) if verifies else b""
        if not key:
            raise Refused(SW.CONDITIONS_NOT_SATISFIED)
        return key
