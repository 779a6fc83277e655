"""Who speaks to the applet: a reader outside, or an app in the phone (REQ-6-5-a, -b).

The applet is told one byte (``platform.media``) and looks it up in the table of the chip it runs
on, medium and protocol apart, anew for every command. What the table does not have is UNKNOWN and
may the least; nothing is guessed from a range, a sign bit or the command itself. An app that
forwards the commands of somebody far away is an app in the phone and is taken for one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum, unique
from typing import Protocol

MEDIUM = 0xF0
FRAMING = 0x0F


@unique
class Source(StrEnum):
    """Where a command comes from."""

    EXTERNAL_A = "external_a"
    EXTERNAL_B = "external_b"
    EXTERNAL_F = "external_f"
    EXTERNAL_CONTACT = "external_contact"
    DEVICE_WIRED = "device_wired"  # an app, over the bus of the secure element
    DEVICE_HCI = "device_hci"  # an app, through the NFC controller
    UNKNOWN = "unknown"  # the chip said what the table does not have
    UNVERIFIED = "unverified"  # there is no table: this chip was not verified, or not lately


Table = Mapping[int, Source]


@dataclass
class AccessSources:
    """Reads the byte; ``table`` is None where the chip has no fresh result (``source_gate``)."""

    table: Table | None

    def of(self, protocol: int) -> Source:
        if self.table is None:
            return self.without_table()
        key = self.medium_of(protocol) | self.framing_of(protocol)
        return self.table.get(key) or self.without_entry(protocol)

    def medium_of(self, protocol: int) -> int:
        """The high nibble, all of it: B0 is no reader because bit 8 is set."""
        return protocol & MEDIUM

    def framing_of(self, protocol: int) -> int:
        """The low nibble: on some chips it alone tells contacts from the bus in the phone."""
        return protocol & FRAMING

    def without_entry(self, protocol: int) -> Source:
        return Source.UNKNOWN

    def without_table(self) -> Source:
        return Source.UNVERIFIED


class Ways(Protocol):
    """The chip's test mode, in which it tells a bench what an applet took a command for."""

    taken_for: str


@dataclass
class SourceWatch:
    """The source of the command under way, and whether it is another than before.

    Part of the volatile state of a selection.
    """

    sources: AccessSources
    ways: Ways
    source: Source | None = field(default=None, init=False)  # None: nothing was heard yet
    changed: bool = field(default=False, init=False)

    def power_on(self) -> None:
        self.source = None

    def heard(self, protocol: int, cla: int) -> Source:
        """The source of this command; it stays until the next one."""
        before, source = self.source, self.judged(protocol, cla)
        self.source, self.changed = source, before is not None and before is not source
        self.ways.taken_for = str(source)
        return source

    def judged(self, protocol: int, cla: int) -> Source:
        """Of every command anew, whatever its class byte says."""
        return self.sources.of(protocol)
