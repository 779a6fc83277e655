"""The keys of a security domain, by version and identifier, and a sequence counter for each set.

GPCS 7.5 and GPC Amendment D v1.1.1, 6.1 and 6.2.2.1. All of it is persistent. A set may lack keys
for a while, for PUT KEY brings them one by one if it likes; a secure channel needs all three.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import IntEnum, unique

from reference_impl.applet.apdu import SW, Refused
from reference_impl.chip.memory import Store, Transaction

FIRST_AVAILABLE = 0x00  # as a key version number
LAST_COUNT = 0xFF_FFFF


@unique
class KeyId(IntEnum):
    """Key identifiers within a set for secure channels (GPCS 11.8.2.2, Amendment D 7.2)."""

    ENC = 0x01
    MAC = 0x02
    DEK = 0x03


@dataclass(frozen=True)
class KeySet:
    """The three static keys that a secure channel is made of."""

    version: int
    enc: bytes = field(repr=False)
    mac: bytes = field(repr=False)
    dek: bytes = field(repr=False)


@dataclass
class KeySets:
    """What the security domain with the AID ``owner`` holds."""

    store: Store
    owner: bytes

    def versions(self) -> tuple[int, ...]:
        """In the order in which the sets were made."""
        return tuple(self.store.get(self._name("sets")))

    def key(self, version: int, identifier: int) -> bytes:
        """``b""`` where there is none."""
        return self.store.get(self._name("key", version, identifier))

    def named(self, version: int) -> KeySet:
        """Raises Refused (6A88) unless it is there with all its keys, and they are equally long."""
        if version == FIRST_AVAILABLE:
            version = self.first_available()
        enc, mac, dek = (self.key(version, identifier) for identifier in KeyId)
        if not self.complete(version):
            raise Refused(SW.REFERENCED_DATA_NOT_FOUND)
        return KeySet(version, enc, mac, dek)

    def complete(self, version: int) -> bool:
        sizes = {len(self.key(version, identifier)) for identifier in KeyId}
        return len(sizes) == 1 and sizes <= {16, 24, 32}

    def first_available(self) -> int:
        return next((v for v in self.versions() if self.complete(v)), FIRST_AVAILABLE)

    def identifiers(self, version: int) -> tuple[int, ...]:
        return tuple(self.store.get(self._name("ids", version)))

    def put(self, changes: Transaction, version: int, keys: Mapping[int, bytes]) -> None:
        """New keys, or other ones in their place; a set that is all new counts from zero."""
        listed, held = self._name("sets"), self._name("ids", version)
        present = self._seen(changes, listed)
        if version not in present or set(keys) >= set(KeyId):
            changes[self.counter(version)] = self.first_count()
        if version not in present:
            changes[listed] = present + bytes((version,))
        for identifier, key in keys.items():
            changes[self._name("key", version, identifier)] = key
        changes[held] = bytes(sorted({*self._seen(changes, held), *keys}))

    def first_count(self) -> bytes:
        return bytes(3)

    def remove(self, changes: Transaction, version: int, identifier: int) -> None:
        """One key, and with the last of it the version; should it come again, it counts anew."""
        listed, held = self._name("sets"), self._name("ids", version)
        left = bytes(other for other in self._seen(changes, held) if other != identifier)
        changes[self._name("key", version, identifier)] = self.erased()
        changes[held] = left
        if not left:
            present = self._seen(changes, listed)
            changes[listed] = bytes(other for other in present if other != version)

    def erased(self) -> bytes:
        """What is left of a key."""
        return b""

    def count(self, version: int) -> int:
        """The sequence counter, as the last challenge was made of it."""
        return int.from_bytes(self.store.get(self.counter(version)), "big")

    def next_count(self, version: int) -> int:
        """Counted on, and written down, before it is used.

        Raises Refused (6985) once the counter is at its end, where the set is worn out.
        """
        if self.count(version) >= LAST_COUNT:
            raise Refused(SW.CONDITIONS_NOT_SATISFIED)
        count = self.count(version) + 1
        with self.store.transaction() as changes:
            changes[self.counter(version)] = count.to_bytes(3, "big")
        return count

    def counter(self, version: int) -> str:
        """Its name in the store."""
        return self._name("count", version)

    def _seen(self, changes: Transaction, name: str) -> bytes:
        """As it will be when the transaction so far is done."""
        return changes.get(name, self.store.get(name))

    def _name(self, kind: str, *numbers: int) -> str:
        return "/".join((f"sd {self.owner.hex()}", kind, *(f"{n:02x}" for n in numbers)))
