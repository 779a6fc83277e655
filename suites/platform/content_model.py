"""What content management must do to a card, written down a second time. Pure.

GlobalPlatform Card Specification v2.3.1, 5.2, 5.3, 6.4 and 9, as far as one security domain that
may do everything goes. A rule says which status words are right and what the card holds afterwards;
where the text names no word, the set holds those that say it (OUR READING), and never 9000.
Of memory it knows one law only: what is free depends on what is there, and on nothing else.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

DONE = frozenset({0x9000})
TAKEN = frozenset({0x6A80, 0x6985})  # a name that is there already (11.5.3.2)
UNKNOWN = frozenset({0x6A88, 0x6A82, 0x6A80})  # no such load file, module or application
NOT_NOW = frozenset({0x6985})  # the life cycle has no such way, or something hangs on it
OUT_OF_ORDER = frozenset({0x6985, 0x6A86, 0x6A80})  # a block that is not the next one
NOT_THE_FILE = frozenset({0x6A80, 0x6985, 0x6400})  # another hash, or cut short
NOT_FOUND = frozenset({0x6A82})  # SELECT

LOADED, INSTALLED, SELECTABLE, LOCKED = 0x01, 0x03, 0x07, 0x80


@dataclass(frozen=True)
class Application:
    """What came of a module; ``personal``: it was personalised."""

    load_file: bytes
    state: int
    personal: bool = False


@dataclass(frozen=True)
class Content:
    """Load files and applications that a test brought onto the card, by their AIDs."""

    files: frozenset[bytes] = frozenset()
    applications: Mapping[bytes, Application] = field(default_factory=dict)

    def key(self) -> tuple[object, ...]:
        """What memory depends on."""
        return tuple(sorted(self.files)), tuple(sorted(
            (aid, one.load_file, one.personal) for aid, one in self.applications.items()
        ))  # fmt: skip

    def listed(self) -> dict[bytes, int]:
        """AID → life cycle state, as GET STATUS must tell it."""
        states = {aid: one.state for aid, one in self.applications.items()}
        return states | dict.fromkeys(self.files, LOADED)

    def with_application(self, aid: bytes, one: Application) -> Content:
        return replace(self, applications={**self.applications, aid: one})


Answer = tuple[frozenset[int], Content]
"""The words that are right, and what is on the card afterwards."""


def load(content: Content, package: bytes) -> Answer:
    """INSTALL [for load] and every LOAD."""
    if package in content.files:
        return TAKEN, content
    return DONE, replace(content, files=content.files | {package})


def load_wrongly(content: Content, package: bytes, why: frozenset[int]) -> Answer:
    """A block out of order, another hash, or less than announced: nothing stays (9.3.5)."""
    return (TAKEN if package in content.files else why), content


def install(content: Content, package: bytes, instance: bytes, *, selectable: bool) -> Answer:
    """INSTALL [for install], with or without "make selectable"."""
    if package not in content.files:
        return UNKNOWN, content
    if instance in content.applications:
        return TAKEN, content
    state = SELECTABLE if selectable else INSTALLED
    return DONE, content.with_application(instance, Application(package, state))


def make_selectable(content: Content, instance: bytes) -> Answer:
    """INSTALL [for make selectable]: once, and only from INSTALLED (5.3.1)."""
    one = content.applications.get(instance)
    if one is None:
        return UNKNOWN, content
    if one.state != INSTALLED:
        return NOT_NOW | TAKEN, content
    return DONE, content.with_application(instance, replace(one, state=SELECTABLE))


def lock(content: Content, instance: bytes) -> Answer:
    """SET STATUS by its domain: bit 8 over the state it has."""
    one = content.applications.get(instance)
    if one is None:
        return UNKNOWN, content
    if one.state & LOCKED:
        return NOT_NOW, content
    return DONE, content.with_application(instance, replace(one, state=one.state | LOCKED))


def unlock(content: Content, instance: bytes) -> Answer:
    """Back to exactly the state before."""
    one = content.applications.get(instance)
    if one is None:
        return UNKNOWN, content
    if not one.state & LOCKED:
        return NOT_NOW, content
    return DONE, content.with_application(instance, replace(one, state=one.state & ~LOCKED))


def select(content: Content, instance: bytes) -> Answer:
    """By name: INSTALLED and LOCKED ones are passed over."""
    one = content.applications.get(instance)
    ready = one is not None and one.state != INSTALLED and not one.state & LOCKED
    return (DONE if ready else NOT_FOUND), content


def delete_application(content: Content, instance: bytes) -> Answer:
    if instance not in content.applications:
        return UNKNOWN, content
    left = {aid: one for aid, one in content.applications.items() if aid != instance}
    return DONE, replace(content, applications=left)


def delete_file(content: Content, package: bytes, *, related: bool) -> Answer:
    """Alone it is refused while something came of it; with all related objects all of it goes."""
    if package not in content.files:
        return UNKNOWN, content
    of_it = {aid for aid, one in content.applications.items() if one.load_file == package}
    if of_it and not related:
        return NOT_NOW, content
    left = {aid: one for aid, one in content.applications.items() if aid not in of_it}
    return DONE, Content(content.files - {package}, left)
