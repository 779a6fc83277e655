"""What an installed applet takes of the chip's memory, and what is told of it.

Code is what is left of the load file once it is linked, data the persistent values of the applet.
What is told is the sum of both; what is free, with and without the applet, is for the memory of the
card to say, which hands it out by pages. OUR DESIGN, as are the figures.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from reference_impl.applet import authenticate, image, jpki
from reference_impl.applet.files import EF
from reference_impl.applet.image import LoadImage
from reference_impl.applet.profile import JPKI_AID, PASSWORD, USER_PIN
from reference_impl.chip.memory import Store, Transaction
from reference_impl.platform.life_cycle import ContentState
from reference_impl.platform.memory import Memory, Values
from reference_impl.platform.registry import Entry, Kind, Registry, entry_name

NAMES = (
    *(ef.key for ef in EF),
    *(name for kind in (USER_PIN, PASSWORD) for name in (kind.secret_key, kind.tries_key)),
    authenticate.KEY,
    jpki.INSTALLED,
)
"""Values of the JPKI applet in the store."""


@dataclass
class Installation:
    """The JPKI applet in the memory of a chip."""

    image: LoadImage
    store: Store
    memory: Memory

    def code(self) -> int:
        return self.image.kept()

    def data(self) -> int:
        """Bytes of persistent values, with their names."""
        return sum(len(name) + len(self.store.get(name)) for name in NAMES)

    def told(self) -> int:
        """The installed footprint as the data sheet has it."""
        return self.code() + self.data()

    def free_with(self) -> int:
        return self.memory.free_in(self.registered())

    def free_without(self) -> int:
        """As after the deletion of the applet and its load file."""
        own = {*NAMES, entry_name(JPKI_AID), entry_name(image.PACKAGE_AID)}
        changes: Transaction = dict(self.registered())
        registry = Registry(self.store)
        for aid in (JPKI_AID, image.PACKAGE_AID):
            registry.remove(changes, aid)
        return self.memory.free_in({name: v for name, v in changes.items() if name not in own})

    def registered(self) -> Values:
        """What is stored, with the code of this very image; the plastic card, which has no
        registry, as if it had one."""
        registry, values = Registry(self.store), dict(self.store.values())
        package = registry.find(image.PACKAGE_AID) or self.listed(registry, values)
        allotted = replace(package.allotment, code=self.code())
        registry.update(values, replace(package, allotment=allotted))
        return values

    def listed(self, registry: Registry, values: Transaction) -> Entry:
        """Package and application; the entry of the package."""
        name = image.PACKAGE_AID
        package = Entry(Kind.LOAD_FILE, name, ContentState.LOADED, name)
        registry.add(values, package)
        registry.add(values, Entry(Kind.APPLICATION, JPKI_AID, ContentState.SELECTABLE, name))
        return package
