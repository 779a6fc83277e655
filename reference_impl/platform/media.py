"""What a chip tells its applets of the way a command came in: ``APDU.getProtocol()``.

Rules REQ-6-5-a and -b. The high nibble is the medium, the low one the transmission protocol; the
constants are those of the Java Card API (javacard.framework.APDU). From 3.0.5 on two of them have
one value: ``PROTOCOL_MEDIA_HCI_APDU_GATE`` (an app in the phone, through the NFC controller) and
``PROTOCOL_MEDIA_CONTACTLESS_TYPE_F`` (a reader outside) are both B0. Which of the two a B0 is, and
what a wired secure element reports at all, differs from chip to chip: the four products below are
OUR DESIGN, and differ in just that.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

DEFAULT = 0x00  # PROTOCOL_MEDIA_DEFAULT: contacts, and on most chips the bus inside a phone
TYPE_A = 0x80  # PROTOCOL_MEDIA_CONTACTLESS_TYPE_A
TYPE_B = 0x90  # PROTOCOL_MEDIA_CONTACTLESS_TYPE_B
USB = 0xA0  # PROTOCOL_MEDIA_USB
HCI_OR_TYPE_F = 0xB0  # two constants of the API, one value
T0, T1 = 0x00, 0x01  # PROTOCOL_T0, PROTOCOL_T1


@dataclass(frozen=True)
class Product:
    """A chip with its operating system; ``protocol``: access path → ``getProtocol()``, 0 to 255."""

    name: str
    os_version: str
    protocol: Mapping[str, int]


class Products:
    """The four products of the reference."""

    def all(self) -> dict[str, Product]:
        return {product.name: product for product in (self.a(), self.b(), self.c(), self.d())}

    def a(self) -> Product:
        """Wired by SPI with T=1; the contacts of an evaluation sample speak T=0."""
        return _product("A", "A-1.0", internal=DEFAULT | T1, contact=DEFAULT | T0)

    def b(self) -> Product:
        """The app comes through the NFC controller: B1."""
        return _product("B", "B-1.0", internal=HCI_OR_TYPE_F | T1, contact=DEFAULT | T1)

    def c(self) -> Product:
        """As B, by an operating system that leaves the protocol nibble empty: B0."""
        return _product("C", "C-2.1", internal=HCI_OR_TYPE_F, contact=DEFAULT | T1, framing=T0)

    def d(self) -> Product:
        """Wired, and reports 00 for it; B1 are readers of type F, outside."""
        return _product("D", "D-3.0", internal=DEFAULT | T0, contact=DEFAULT | T1)


def _product(name: str, os: str, *, internal: int, contact: int, framing: int = T1) -> Product:
    air = {"contactless_a": TYPE_A | framing, "contactless_b": TYPE_B | framing}
    return Product(name, os, {"internal": internal, "contact": contact, **air})


@dataclass(frozen=True)
class ChipInUse:
    """A product, and the day on which it is used."""

    product: Product
    today: date


REFERENCE_DAY = date(2026, 11, 25)  # fixed, so that no record of the reference ever grows old
REFERENCE_CHIP = ChipInUse(Products().a(), REFERENCE_DAY)


@dataclass
class Interfaces:
    """What ``getProtocol()`` answers, and two things of a test mode.

    ``delivered``: what a bench makes it answer instead. ``taken_for``: what an applet made of it,
    as it says itself; the bench empties it before a command.
    """

    product: Product
    delivered: int | None = None
    taken_for: str = ""

    def protocol(self, path: str) -> int:
        if self.delivered is not None:
            return self.delivered
        return self.product.protocol[path]
