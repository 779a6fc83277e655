"""What runs when a module is installed.

The reference is no Java Card: what a module does is not in the bytes that are loaded, but in a
class that stands for it. A module nobody stands for can be loaded, installed and selected all the
same, and knows no instruction.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from reference_impl.applet.apdu import SW, Command, Refused, Response
from reference_impl.applet.context import Context
from reference_impl.chip.memory import Transaction
from reference_impl.platform.registry import Entry
from reference_impl.platform.session import Applet


@dataclass(frozen=True)
class Program:
    """``applet``: a new object for the application of this AID, over what is stored of it.

    ``multi_selectable``: may be selected on several channels at a time. ``volatile``: bytes of RAM
    that it takes while it is installed. ``single``: there can be one application of it.
    ``secured``: it is spoken to through a secure channel with its security domain, if one is open.
    """

    applet: Callable[[bytes], Applet]
    multi_selectable: bool = False
    volatile: int = 0
    single: bool = False
    secured: bool = False


class Blank:
    """An applet that knows nothing."""

    def install(self, changes: Transaction, parameters: bytes) -> None:
        """It keeps nothing."""

    def power_on(self) -> None:
        """Nothing to forget."""

    def select(self) -> None:
        """As it likes."""

    def deselect(self) -> None:
        """As it likes."""

    def store_data(self, changes: Transaction, tag: int, value: bytes) -> None:
        """Nothing can be personalised."""
        raise Refused(SW.REFERENCED_DATA_NOT_FOUND)

    def process(self, command: Command, context: Context) -> Response:
        return Response(SW.INS_NOT_SUPPORTED)


BLANK = Program(lambda aid: Blank(), multi_selectable=True)


@dataclass
class Programs:
    """By the AID of their module."""

    known: dict[bytes, Program]

    def named(self, module: bytes) -> Program:
        return self.known.get(module, BLANK)

    def of(self, entry: Entry) -> Program:
        """Of an installed application."""
        return self.named(entry.modules[0]) if entry.modules else BLANK

    def multi_selectable(self, entry: Entry) -> bool:
        """Security domains always are."""
        return entry.is_domain or self.of(entry).multi_selectable
