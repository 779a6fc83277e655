"""How the memory of the card is shared out (GPCS 9.7).

What is in use is computed from what is stored, so that no counter can go wrong: a refused or
interrupted change gives back everything by itself. The chip gives memory away by pages; sizes of
both memories OUR DESIGN. The registry itself lives in memory of the system.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from reference_impl.applet.apdu import SW, Refused
from reference_impl.chip.memory import REMOVED, Store, Transaction
from reference_impl.platform.allotment import Allotment
from reference_impl.platform.registry import NAMES, Entry, Kind, entry_name, names

PERSISTENT = 512 * 1_024  # bytes for applets and their data; OUR DESIGN
PAGE = 64  # bytes, which the chip gives away together
VOLATILE = 8_192  # bytes of RAM for applets; OUR DESIGN

Values = Mapping[str, bytes]


@dataclass
class Memory:
    """``owner``: whose a stored value is among all there are (an AID), None: the system's."""

    store: Store
    owner: Callable[[str, Values], bytes | None]
    persistent: int = PERSISTENT
    volatile: int = VOLATILE

    def free(self) -> int:
        """Bytes of persistent memory."""
        return self.free_in(self.store.values())

    def free_volatile(self) -> int:
        return self.free_volatile_in(self.store.values())

    def admit(self, changes: Transaction) -> None:
        """Before anything is written. Raises Refused (6A84): all of it or nothing."""
        if not self.grows(changes):
            return
        both = {**self.store.values(), **changes}
        after = {name: value for name, value in both.items() if value is not REMOVED}
        if self.free_in(after) < 0 or self.free_volatile_in(after) < 0:
            raise Refused(SW.NOT_ENOUGH_MEMORY)
        used = self.used_in(after)
        for entry in entries(after):
            if not self.within_quota(entry, used.get(entry.aid, 0)):
                raise Refused(SW.NOT_ENOUGH_MEMORY)

    def grows(self, changes: Transaction) -> bool:
        """Counters and flags keep their length, and deleting is always possible."""
        return any(
            len(value) > len(self.store.get(name)) or name not in self.store
            for name, value in changes.items()
            if name == NAMES or self.owner(name, changes) is not None
        )

    def within_quota(self, entry: Entry, used: int) -> bool:
        """Up to and with the last byte."""
        allotted = entry.allotment
        return used <= allotted.quota and allotted.volatile <= allotted.quota_volatile

    # --- sums --------------------------------------------------------------------------------

    def free_in(self, values: Values) -> int:
        used = self.used_in(values)
        return self.persistent - sum(
            in_pages(entry.allotment.code) + self.charge(entry.allotment, used.get(entry.aid, 0))
            for entry in entries(values)
        )

    def charge(self, allotted: Allotment, used: int) -> int:
        """What is reserved is taken at once, and used up before anything else is."""
        return max(in_pages(allotted.reserved), in_pages(used))

    def free_volatile_in(self, values: Values) -> int:
        return self.volatile - sum(
            max(entry.allotment.volatile, entry.allotment.reserved_volatile)
            for entry in entries(values)
        )

    def used_in(self, values: Values) -> dict[bytes, int]:
        """Bytes of persistent values, with their names, by AID."""
        used: dict[bytes, int] = {}
        for name, value in values.items():
            aid = self.owner(name, values)
            if aid is not None:
                used[aid] = used.get(aid, 0) + self.kept_for(name, value)
        return used

    def kept_for(self, name: str, value: bytes) -> int:
        """Bytes of a value, with its name."""
        return len(name) + len(value)


def entries(values: Values) -> list[Entry]:
    """The registry as these values have it, load files and applications."""
    listed = (Entry.read(values[entry_name(aid)]) for aid in names(values.get(NAMES, b"")))
    return [entry for entry in listed if entry.kind is not Kind.ISSUER]


def in_pages(size: int) -> int:
    return -(-size // PAGE) * PAGE
