"""Whether a chip may be asked where commands come from: the gate of REQ-6-5-c.

What ``getProtocol()`` says depends on the chip and its operating system, so each pair needs a
result of its own, and a fresh one (a year: OUR DESIGN). Without it the policy is off: the applet
takes every source for unverified, grants nobody what depends on the source, and says why. All
records here are SYNTHETIC.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from reference_impl.applet.access_source import Source, Table
from reference_impl.platform.media import ChipInUse, Product

FRESH_FOR = timedelta(days=365)


@dataclass(frozen=True)
class Verified:
    """One result: on this day the sources of this chip were these."""

    product: str
    os_version: str
    day: date
    sources: Table


DAY = date(2026, 11, 1)
RECORDS = (
    Verified("A", "A-1.0", DAY, {
        0x01: Source.DEVICE_WIRED, 0x00: Source.EXTERNAL_CONTACT,
        0x81: Source.EXTERNAL_A, 0x91: Source.EXTERNAL_B,
    }),
    Verified("B", "B-1.0", DAY, {
        0xB1: Source.DEVICE_HCI, 0x01: Source.EXTERNAL_CONTACT,
        0x81: Source.EXTERNAL_A, 0x91: Source.EXTERNAL_B,
    }),
    Verified("C", "C-2.1", DAY, {
        0xB0: Source.DEVICE_HCI, 0x01: Source.EXTERNAL_CONTACT,
        0x80: Source.EXTERNAL_A, 0x90: Source.EXTERNAL_B,
    }),
    Verified("D", "D-3.0", DAY, {
        0x00: Source.DEVICE_WIRED, 0x01: Source.EXTERNAL_CONTACT,
        0x81: Source.EXTERNAL_A, 0x91: Source.EXTERNAL_B, 0xB1: Source.EXTERNAL_F,
    }),
)  # fmt: skip


@dataclass
class SourceGate:
    """Looks for the record of a chip."""

    records: Sequence[Verified] = RECORDS

    def table(self, chip: ChipInUse) -> Table | None:
        """The sources by ``getProtocol()``; None where the policy is off."""
        fresh = (record for record in self._of(chip.product) if self.is_fresh(record, chip.today))
        return next((record.sources for record in fresh), None)

    def told(self, chip: ChipInUse) -> str:
        """Why the policy is off; empty where it is on."""
        if self.table(chip) is not None:
            return ""
        named = f"chip {chip.product.name}, operating system {chip.product.os_version}"
        found = [record.day.isoformat() for record in self._of(chip.product)]
        result = f"the result of {', '.join(found)} is not fresh" if found else "no result"
        return f"access-source policy disabled: {named}: {result} on {chip.today.isoformat()}"

    def is_of(self, record: Verified, product: Product) -> bool:
        """Chip and operating system: an update can change what the chip reports."""
        return (record.product, record.os_version) == (product.name, product.os_version)

    def is_fresh(self, record: Verified, today: date) -> bool:
        """Neither older than a year nor of a day to come."""
        return record.day <= today <= record.day + FRESH_FOR

    def _of(self, product: Product) -> Iterator[Verified]:
        return (record for record in self.records if self.is_of(record, product))
