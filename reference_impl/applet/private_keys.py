"""The two private keys in their EFs."""

from __future__ import annotations

from contextlib import AbstractContextManager
from dataclasses import dataclass

from reference_impl.applet.files import CERTIFICATE_OF, EF
from reference_impl.chip.memory import Store, Transaction
from reference_impl.chip.rsa import KeyPair


@dataclass
class PrivateKeys:
    """Key pairs by their EF; nothing outside the applet sees one."""

    store: Store

    def find(self, ef: EF) -> KeyPair | None:
        """None where none was generated yet."""
        return KeyPair.decode(self.store[ef.key]) if ef.key in self.store else None

    def erasing(self) -> AbstractContextManager[Transaction]:
        """Nothing of the former key stays in the memory."""
        return self.store.erasing()

    def replace(self, ef: EF, pair: KeyPair) -> None:
        """A certificate of the old key says nothing of the new one: both go together, for good."""
        with self.erasing() as changes:
            changes[ef.key] = pair.encode()
            changes[CERTIFICATE_OF[ef].key] = b""
