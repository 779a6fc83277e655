"""Which application a SELECT by name finds (GPCS 6.4.2.1.2, 6.4.3.1.2).

The search goes through the registry from its top, or from behind the application that is selected
on this very channel. Who is not ready, locked, or already busy elsewhere and cannot be twice, is
passed over.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

from reference_impl.applet.apdu import SW, Refused
from reference_impl.platform.channels import Channel, Channels
from reference_impl.platform.life_cycle import CardLifeCycle, ContentLifeCycle
from reference_impl.platform.privileges import Privilege, has
from reference_impl.platform.registry import Entry, Kind, Registry

SHORTEST_NAME, LONGEST_NAME = 5, 16  # bytes
CONTACT_IMPLICIT = 0x40  # b7 of CF; b5 to b1 are the channel (table 11-49)


@dataclass
class Selection:
    """The rules; nothing is selected here."""

    registry: Registry
    channels: Channels
    multi_selectable: Callable[[Entry], bool]
    card: CardLifeCycle
    content: ContentLifeCycle

    def candidates(self, name: bytes, number: int, after: Entry | None) -> list[Entry]:
        """Applications of this name that can be selected on this channel, in order."""
        named = map(self.registry.named, self.matching(self.searched(after), name))
        return [one for one in named if self.available(one) and not self.restricted(one, number)]

    def searched(self, after: Entry | None) -> tuple[bytes, ...]:
        """AIDs from the top, or from behind one; nothing where that one is gone."""
        aids = self.registry.aids()
        if after is None:
            return aids
        return aids[aids.index(after.aid) + 1 :] if after.aid in aids else ()

    def matching(self, aids: tuple[bytes, ...], name: bytes) -> tuple[bytes, ...]:
        """By the whole name or its beginning."""
        return beginning_with(aids, name)

    def available(self, entry: Entry) -> bool:
        """An application that is not only installed, and not locked."""
        if entry.kind is Kind.LOAD_FILE:
            return False
        return entry.kind is Kind.ISSUER or self.content.selectable(entry.state)

    def restricted(self, entry: Entry, number: int) -> bool:
        """Active on another channel, itself or one of its package, and not made for that."""
        active = any(self.together(entry, channel) for channel in self.channels.others(number))
        return active and not self.multi_selectable(entry)

    def together(self, entry: Entry, channel: Channel) -> bool:
        """The same application, or one of the same load file (one context of the runtime)."""
        if channel.entry.aid == entry.aid:
            return True
        return bool(entry.load_file) and channel.entry.load_file == entry.load_file

    def permitted(self, entry: Entry) -> int:
        """9000, or 6283 on a locked card. Raises Refused (6A81) where the card permits none."""
        final = has(entry.privileges, Privilege.FINAL_APPLICATION)
        sw = self.card.selection(self.registry.card_state, final=final)
        if sw == SW.FUNCTION_NOT_SUPPORTED:
            raise Refused(SW.FUNCTION_NOT_SUPPORTED)
        return sw

    def default(self, number: int) -> Entry:
        """What is selected on a channel that has just been opened (6.4.1.1)."""
        for aid in self.registry.aids():
            entry = self.registry.named(aid)
            if self.available(entry) and self.implied(entry, number):
                return entry
        return self.registry.issuer()

    def implied(self, entry: Entry, number: int) -> bool:
        """By Card Reset on the basic channel, or by an implicit selection parameter."""
        if number == 0 and entry.kind is Kind.APPLICATION:
            return has(entry.privileges, Privilege.CARD_RESET)
        return any(
            each & 0x1F == number and each & CONTACT_IMPLICIT and number for each in entry.implicit
        )


@lru_cache(maxsize=256)
def beginning_with(aids: tuple[bytes, ...], name: bytes) -> tuple[bytes, ...]:
    """In order; nothing for a name that is too short or too long."""
    if not SHORTEST_NAME <= len(name) <= LONGEST_NAME:
        return ()
    return tuple(aid for aid in aids if aid.startswith(name))
