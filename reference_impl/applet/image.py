"""The load file of the JPKI applet: shaped like a Java Card package, of a declared size.

The reference is no Java Card, so there is no bytecode to load: components are those of the Java
Card Virtual Machine Specification (chapter 6, compact format 2.2), and what is long in them is
zeros. Sizes OUR DESIGN: like those of an applet of its kind, below the 30 KB of the deck (p.34).
"""

from __future__ import annotations

from enum import IntEnum, unique

from reference_impl.applet.profile import JPKI_AID

SIZE = 28_112  # bytes of all that is loaded
PACKAGE_AID = JPKI_AID[:8]
PACKAGE_NAME = b"jpki/reference/applet"
JAVACARD_FRAMEWORK, JAVACARDX_CRYPTO, JAVA_LANG = (
    bytes.fromhex(aid) for aid in ("A0000000620101", "A0000000620201", "A0000000620001")
)
HAS_APPLET = 0x04  # of the flags in the Header
ENTRIES = 12  # of the Directory


@unique
class Part(IntEnum):
    """Components by their tags."""

    HEADER = 1
    DIRECTORY = 2
    APPLET = 3
    IMPORT = 4
    CONSTANT_POOL = 5
    CLASS = 6
    METHOD = 7
    STATIC_FIELD = 8
    REFERENCE_LOCATION = 9
    DESCRIPTOR = 11
    DEBUG = 12


ORDER = (
    Part.HEADER, Part.DIRECTORY, Part.IMPORT, Part.APPLET, Part.CLASS, Part.METHOD,
    Part.STATIC_FIELD, Part.CONSTANT_POOL, Part.REFERENCE_LOCATION, Part.DESCRIPTOR,
)  # fmt: skip
"""In which they are loaded (6.3)."""

FILLED = {
    Part.CONSTANT_POOL: 1_402, Part.CLASS: 684, Part.STATIC_FIELD: 210,
    Part.REFERENCE_LOCATION: 962, Part.DESCRIPTOR: 2_740, Part.DEBUG: 9_310,
}  # fmt: skip
"""Bytes of components that hold zeros."""

KEPT = (Part.APPLET, Part.CONSTANT_POOL, Part.CLASS, Part.METHOD, Part.STATIC_FIELD)
"""What a card keeps once the package is linked."""


class LoadImage:
    """What the converter made of the applet."""

    def size(self) -> int:
        """Bytes of all that is loaded but Debug; the methods take what the others leave."""
        return SIZE

    def order(self) -> tuple[Part, ...]:
        """What is loaded, and in which order: Debug is not."""
        return ORDER

    def load_file(self) -> bytes:
        """As handed to the card: the components in a ``C4`` (Card Specification 11.6.2.3)."""
        infos = self.infos()
        data = b"".join(component(part, infos[part]) for part in self.order())
        width = 2 if len(data) < 1 << 16 else 3
        return bytes((0xC4, 0x80 | width)) + len(data).to_bytes(width, "big") + data

    def kept(self) -> int:
        """Bytes of code on the card once it is installed."""
        infos = self.infos()
        return sum(len(infos[part]) for part in KEPT)

    def infos(self) -> dict[Part, bytes]:
        """What stands in each component behind tag and size."""
        found = {part: bytes(size) for part, size in FILLED.items()}
        found[Part.HEADER] = header()
        found[Part.IMPORT] = imports(JAVACARD_FRAMEWORK, JAVACARDX_CRYPTO, JAVA_LANG)
        found[Part.APPLET] = b"\x01" + named(JPKI_AID) + (8).to_bytes(2, "big")
        found[Part.METHOD] = b""
        found[Part.DIRECTORY] = directory(found)
        others = sum(len(component(part, found[part])) for part in ORDER)
        found[Part.METHOD] = bytes(self.size() - others)
        return found | {Part.DIRECTORY: directory(found)}


def component(part: Part, info: bytes) -> bytes:
    return bytes((part,)) + len(info).to_bytes(2, "big") + info


def named(name: bytes) -> bytes:
    return bytes((len(name),)) + name


def header() -> bytes:
    """6.4: mark, format 2.2, flags, version 1.0 of the package, AID and name."""
    begin = bytes.fromhex("DECAFFED 02 02") + bytes((HAS_APPLET,))
    return begin + b"\x00\x01" + named(PACKAGE_AID) + named(PACKAGE_NAME)


def imports(*aids: bytes) -> bytes:
    """6.7: packages of the platform, version 1.6."""
    return bytes((len(aids),)) + b"".join(b"\x06\x01" + named(aid) for aid in aids)


def directory(infos: dict[Part, bytes]) -> bytes:
    """6.5: size of each component, static fields, and how much is imported and defined."""
    own = 2 * ENTRIES + 6 + 3
    sizes = {part.value: len(info) for part, info in infos.items()} | {Part.DIRECTORY: own}
    table = b"".join(sizes.get(tag, 0).to_bytes(2, "big") for tag in range(1, ENTRIES + 1))
    return table + bytes(6) + bytes((infos[Part.IMPORT][0], infos[Part.APPLET][0], 0))
