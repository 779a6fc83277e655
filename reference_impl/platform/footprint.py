"""What an installed applet takes of the chip's memory, and what is told of it.

Code is what is left of the load file once it is linked, data the persistent values of the applet;
the chip gives memory away by pages. OUR DESIGN, as are the figures.
"""

from __future__ import annotations

from dataclasses import dataclass

from reference_impl.applet import authenticate, jpki
from reference_impl.applet.files import EF
from reference_impl.applet.image import LoadImage
from reference_impl.applet.profile import PASSWORD, USER_PIN
from reference_impl.chip.memory import Store

MEMORY = 512 * 1_024  # bytes for applets and their data
PAGE = 64  # bytes

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

    def code(self) -> int:
        return self.image.kept()

    def data(self) -> int:
        """Bytes of persistent values, with their names."""
        return sum(len(name) + len(self.store.get(name)) for name in NAMES)

    def told(self) -> int:
        """The installed footprint as the data sheet has it."""
        return self.code() + self.data()

    def free_without(self) -> int:
        return MEMORY

    def free_with(self) -> int:
        return MEMORY - in_pages(self.code()) - in_pages(self.data())


def in_pages(size: int) -> int:
    return -(-size // PAGE) * PAGE
