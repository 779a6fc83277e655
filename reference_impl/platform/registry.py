"""The GlobalPlatform registry: what is on the card, in which state, and whose it is (GPCS 6.4, 9).

All persistent, and every change one transaction. The order is that of installation; SELECT looks
through it from the top (6.4.2.1).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import IntEnum, unique
from functools import lru_cache

from reference_impl.applet.apdu import SW, Refused
from reference_impl.chip.memory import REMOVED, Store, Transaction
from reference_impl.platform import tlv
from reference_impl.platform.allotment import Allotment
from reference_impl.platform.life_cycle import CARD_STATES, CardState
from reference_impl.platform.privileges import NO_PRIVILEGES, Privilege

NAMES = "registry"  # in the store: the AIDs, each behind its length
AID, STATE, PRIVILEGES, DOMAIN, LOAD_FILE = 0x4F, 0x9F70, 0xC5, 0xCC, 0xC4
VERSION, MODULE, IMPLICIT = 0xCE, 0x84, 0xCF
KIND, MEMORY = 0xDE, 0xDD  # ours
NOTHING = Allotment()


@unique
class Kind(IntEnum):
    """What an entry is of."""

    ISSUER = 0
    DOMAIN = 1
    APPLICATION = 2
    LOAD_FILE = 3


@dataclass(frozen=True)
class Entry:
    """One entry. The issuer's domain belongs to itself, and its state is the card's."""

    kind: Kind
    aid: bytes
    state: int
    domain: bytes
    privileges: Privilege = NO_PRIVILEGES
    load_file: bytes = b""
    modules: tuple[bytes, ...] = ()  # of a load file; of an application the one it is made of
    version: bytes = b""
    implicit: bytes = b""
    allotment: Allotment = NOTHING

    @property
    def is_domain(self) -> bool:
        return self.kind in (Kind.ISSUER, Kind.DOMAIN)

    def __bytes__(self) -> bytes:
        fields = (
            (KIND, bytes((self.kind,))), (AID, self.aid), (STATE, bytes((self.state,))),
            (DOMAIN, self.domain), (PRIVILEGES, self.privileges.to_bytes(3, "big")),
            (LOAD_FILE, self.load_file), (VERSION, self.version), (IMPLICIT, self.implicit),
            (MEMORY, bytes(self.allotment)),
            *((MODULE, module) for module in self.modules),
        )  # fmt: skip
        return b"".join(tlv.written(tag, value) for tag, value in fields)

    @classmethod
    @lru_cache(maxsize=256)
    def read(cls, raw: bytes) -> Entry:
        """What ``bytes`` wrote."""
        told = list(tlv.objects(raw))
        held = dict(told)
        return cls(
            Kind(held[KIND][0]), held[AID], held[STATE][0], held[DOMAIN],
            Privilege(int.from_bytes(held[PRIVILEGES], "big")), held[LOAD_FILE],
            tuple(value for tag, value in told if tag == MODULE), held[VERSION], held[IMPLICIT],
            Allotment.read(held[MEMORY]),
        )  # fmt: skip


@dataclass
class Registry:
    """Entries in the store."""

    store: Store

    def aids(self) -> tuple[bytes, ...]:
        """From the top."""
        return names(self.store.get(NAMES))

    def entries(self) -> Iterator[Entry]:
        """From the top."""
        for aid in self.aids():
            yield Entry.read(self.store[entry_name(aid)])

    def find(self, aid: bytes) -> Entry | None:
        raw = self.store.get(entry_name(aid))
        return Entry.read(raw) if raw else None

    def named(self, aid: bytes) -> Entry:
        """Raises Refused (6A88)."""
        entry = self.find(aid)
        if entry is None:
            raise Refused(SW.REFERENCED_DATA_NOT_FOUND)
        return entry

    def seen(self, changes: Transaction, aid: bytes) -> Entry:
        """As it will be when the transaction so far is done. Raises Refused (6A88)."""
        raw = changes.get(entry_name(aid))
        return Entry.read(raw) if raw else self.named(aid)

    def issuer(self) -> Entry:
        for aid in self.aids():
            entry = self.named(aid)
            if entry.kind is Kind.ISSUER:
                return entry
        raise LookupError("a card without an issuer's security domain")

    @property
    def card_state(self) -> CardState:
        return CARD_STATES[self.issuer().state]

    def add(self, changes: Transaction, entry: Entry) -> None:
        """At the end. Raises Refused (6A80) for a name that is taken."""
        if changes.get(entry_name(entry.aid)) or self.find(entry.aid) is not None:
            raise Refused(SW.INCORRECT_DATA)
        listed = changes.get(NAMES, self.store.get(NAMES))
        changes[NAMES] = listed + bytes((len(entry.aid),)) + entry.aid
        changes[entry_name(entry.aid)] = bytes(entry)

    def remove(self, changes: Transaction, aid: bytes) -> None:
        listed = names(changes.get(NAMES, self.store.get(NAMES)))
        left = (bytes((len(name),)) + name for name in listed if name != aid)
        changes[NAMES] = b"".join(left)
        changes[entry_name(aid)] = REMOVED

    def set_state(self, changes: Transaction, aid: bytes, state: int) -> None:
        self.update(changes, replace(self.named(aid), state=state))

    def update(self, changes: Transaction, entry: Entry) -> None:
        """Another content under the same name and in the same place."""
        changes[entry_name(entry.aid)] = bytes(entry)

    def belongs_to(self, entry: Entry, domain: bytes) -> bool:
        """Directly or by the domains between; the issuer's domain is above them all."""
        seen: set[bytes] = set()
        while entry.aid not in seen:
            if entry.domain == domain and entry.aid != domain:
                return True
            seen.add(entry.aid)
            above = self.find(entry.domain)
            if above is None:
                return False
            entry = above
        return False

    def sub_hierarchy(self, domain: bytes) -> Iterator[Entry]:
        """All that belongs to it, itself not among them."""
        return (entry for entry in self.entries() if self.belongs_to(entry, domain))


@lru_cache(maxsize=64)
def names(raw: bytes) -> tuple[bytes, ...]:
    """AIDs, each behind its length."""
    found, at = [], 0
    while at < len(raw):
        found.append(raw[at + 1 : at + 1 + raw[at]])
        at += 1 + raw[at]
    return tuple(found)


@lru_cache(maxsize=256)
def entry_name(aid: bytes) -> str:
    """In the store."""
    return f"entry {aid.hex()}"
