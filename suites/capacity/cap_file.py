"""What a Java Card package is, read from its components. Pure.

Java Card Virtual Machine Specification, chapter 6 (CAP file format 2.1 to 2.3, compact): every
component is ``u1 tag, u2 size, u1 info[size]``. Looked into are the components that say what the
package is (Header 6.4, Directory 6.5, Applet 6.6, Import 6.7); of all others the size alone counts.
What is deliberately not checked here: bytecode, references, tokens, which is a verifier's work.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from enum import IntEnum, StrEnum, unique
from typing import TypeVar

MAGIC = bytes.fromhex("DECAFFED")
MAJOR, LATEST_MINOR = 2, 3
FLAG_APPLET, FLAG_EXTENDED = 0x04, 0x08
AID_BYTES = range(5, 17)  # ISO/IEC 7816-5
FIRST_CUSTOM = 128  # tags of components that others define (6.1.2)
COMPONENT_HEAD = 3  # bytes: tag and size
DIRECTORY_ENTRIES = {1: (11,), 2: (12,), 3: (12, 13)}  # sizes in a Directory, by minor version


class CapError(ValueError):
    """The bytes are no CAP file or load file, or one that is damaged; one line says where."""


@unique
class Tag(IntEnum):
    """Components (table 6-1; Static Resources: Java Card 3.1)."""

    HEADER = 1
    DIRECTORY = 2
    APPLET = 3
    IMPORT = 4
    CONSTANT_POOL = 5
    CLASS = 6
    METHOD = 7
    STATIC_FIELD = 8
    REFERENCE_LOCATION = 9
    EXPORT = 10
    DESCRIPTOR = 11
    DEBUG = 12
    STATIC_RESOURCES = 13


REQUIRED = frozenset(
    {
        Tag.HEADER, Tag.DIRECTORY, Tag.IMPORT, Tag.CONSTANT_POOL, Tag.CLASS, Tag.METHOD,
        Tag.STATIC_FIELD, Tag.REFERENCE_LOCATION,
    }
)  # fmt: skip
STRIPPED = frozenset({Tag.DESCRIPTOR, Tag.DEBUG})
"""May be left out of what is loaded, although the Directory still counts them."""


@unique
class Form(StrEnum):
    """What holds the components."""

    ARCHIVE = "CAP file"  # a ZIP (JAR), one file a component
    PLAIN = "components in a row"  # IJC: as they are loaded
    LOAD_FILE = "load file"  # of GlobalPlatform: components in a C4, DAP blocks (E2) before it


@dataclass(frozen=True)
class Package:
    """A package by its name on the card, and its version."""

    aid: bytes
    major: int
    minor: int

    def __str__(self) -> str:
        return f"{self.aid.hex().upper()} {self.major}.{self.minor}"


@dataclass(frozen=True)
class Component:
    """A tag and what is behind it; 128 and above is a component that others define."""

    tag: int
    info: bytes = field(repr=False)

    @property
    def name(self) -> str:
        known = self.tag in set(Tag)
        return Tag(self.tag).name.replace("_", " ").title() if known else f"custom {self.tag}"

    @property
    def size(self) -> int:
        """Bytes it takes in a load file."""
        return COMPONENT_HEAD + len(self.info)


@dataclass(frozen=True)
class CapFile:
    """A package: what it says of itself, and what it consists of."""

    form: Form
    version: tuple[int, int]  # of the CAP file format
    package: Package
    name: str  # of the package, empty where it is not told
    applets: tuple[bytes, ...]  # AIDs
    imports: tuple[Package, ...]
    components: tuple[Component, ...]
    dap_bytes: int = 0  # DAP blocks that travel before the components

    def size_of(self, *tags: Tag) -> int:
        """Bytes of these components; 0 for what is not there."""
        return sum(one.size for one in self.components if one.tag in tags)


class _Reader:
    """The info of one component, from the front."""

    def __init__(self, component: Component) -> None:
        self._name, self._info, self._at = component.name, component.info, 0

    def take(self, size: int) -> bytes:
        taken = self._info[self._at : self._at + size]
        if len(taken) < size:
            raise CapError(f"{self._name} component ends at byte {len(self._info)}, within an item")
        self._at += size
        return taken

    def u1(self) -> int:
        return self.take(1)[0]

    def u2(self) -> int:
        return int.from_bytes(self.take(2), "big")

    def aid(self) -> bytes:
        size = self.u1()
        if size not in AID_BYTES:
            raise CapError(f"{self._name} component: an AID of {size} bytes; 5 to 16 are allowed")
        return self.take(size)

    def package(self) -> Package:
        minor, major = self.u1(), self.u1()
        return Package(self.aid(), major, minor)

    @property
    def left(self) -> int:
        return len(self._info) - self._at

    def end(self) -> None:
        if self.left:
            raise CapError(f"{self._name} component: {self.left} bytes behind its last item")


Item = TypeVar("Item")


def _list(component: Component, item: Callable[[_Reader], Item]) -> tuple[Item, ...]:
    """A count of one byte and so many items, to the end."""
    reader = _Reader(component)
    found = tuple(item(reader) for _ in range(reader.u1()))
    reader.end()
    return found


def decoded(form: Form, components: Sequence[Component], dap_bytes: int = 0) -> CapFile:
    """The package that these components are. Raises CapError."""
    held = {one.tag: one for one in components}
    if len(held) < len(components):
        raise CapError("a component is there twice")
    if missing := sorted(tag for tag in REQUIRED if tag not in held):
        raise CapError(f"no {Component(missing[0], b'').name} component")
    version, flags, package, name = _header(held[Tag.HEADER])
    imports = _list(held[Tag.IMPORT], _Reader.package)
    applets = _list(held[Tag.APPLET], _applet) if Tag.APPLET in held else ()
    if bool(applets) != bool(flags & FLAG_APPLET):
        raise CapError(
            "the flag for applets in the Header does not agree with the Applet component"
        )
    _check_directory(held, version[1], len(imports), len(applets))
    return CapFile(form, version, package, name, applets, imports, tuple(components), dap_bytes)


def _header(component: Component) -> tuple[tuple[int, int], int, Package, str]:
    """Format version, flags, package and its name (6.4)."""
    reader = _Reader(component)
    if reader.take(4) != MAGIC:
        raise CapError("the Header component does not begin with DECAFFED")
    minor, major, flags = reader.u1(), reader.u1(), reader.u1()
    if flags & FLAG_EXTENDED:
        raise CapError("extended CAP format (Java Card 3.1); only the compact one can be read here")
    if major != MAJOR or minor not in DIRECTORY_ENTRIES:
        raise CapError(f"CAP file format {major}.{minor}; 2.1 to 2.{LATEST_MINOR} can be read here")
    package = reader.package()
    name = reader.take(reader.u1()).decode("utf-8", "replace") if reader.left else ""
    reader.end()
    shown = "".join(letter if letter.isprintable() else "?" for letter in name)
    return (major, minor), flags, package, shown.replace("/", ".")


def _applet(reader: _Reader) -> bytes:
    aid = reader.aid()
    reader.u2()  # where its install method is
    return aid


def _check_directory(
    held: dict[int, Component], minor: int, import_count: int, applet_count: int
) -> None:
    """The sizes and counts of the Directory are those of the components (6.5)."""
    for entries in DIRECTORY_ENTRIES[minor]:
        sizes, *counts = _directory(held[Tag.DIRECTORY], entries)
        if sizes is not None:
            break
    else:
        raise CapError("the Directory component is not as long as what it lists")
    if counts != [import_count, applet_count]:
        raise CapError(f"the Directory counts {counts[0]} imports and {counts[1]} applets, "
                       f"there are {import_count} and {applet_count}")  # fmt: skip
    for tag, size in sizes.items():
        there = len(held[tag].info) if tag in held else 0
        if size != there and (there or tag not in STRIPPED):
            name = Component(tag, b"").name
            raise CapError(f"the Directory gives the {name} component {size} bytes, it has {there}")


def _directory(component: Component, entries: int) -> tuple[dict[int, int] | None, int, int]:
    """Sizes by tag, count of imports and of applets; no sizes where the length does not fit."""
    reader = _Reader(component)
    sizes = {tag: reader.u2() for tag in range(1, entries + 1)}
    reader.take(6)  # of the static field image
    imports, applets, customs = reader.u1(), reader.u1(), reader.u1()
    try:
        for _ in range(customs):
            reader.take(3)
            reader.aid()
    except CapError:
        return None, 0, 0
    return (None if reader.left else sizes), imports, applets
