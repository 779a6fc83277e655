"""A phone: its SE, its network, what its apps have stored, and the card its user holds against it.

A factory reset wipes what apps have stored. The SE is a chip of its own and keeps everything
(JPKI-LIFE-04).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Protocol

from reference_impl.handset.network import Link, Network
from reference_impl.handset.user import User
from reference_impl.web.clock import Clock

HEADER = 4  # bytes of a command: CLA, INS, P1, P2


class Element(Protocol):
    """A card or SE."""

    def reset(self) -> bytes: ...

    def transmit(self, raw: bytes, media: str = ...) -> bytes: ...


@dataclass(frozen=True)
class Entry:
    """A step that the phone took part in."""

    flow: str
    step: str
    at: str


@dataclass
class Phone:
    """One phone, switched on."""

    name: str
    se_id: str
    element: Element
    network: Network
    clock: Clock
    user: User
    register: Callable[[str], str] = field(repr=False)  # at the push service; returns a token
    unregister: Callable[[str], None] = field(repr=False)
    card: Element | None = None  # the My Number Card that is held against it
    storage: dict[str, Any] = field(default_factory=dict)  # of the app
    journal: list[Entry] = field(default_factory=list)
    online: bool = True
    trace: list[str] = field(default_factory=list)  # headers of the APDUs sent, hexadecimal
    _numbers: int = 0

    def by_tsm(self, apdu: bytes) -> bytes:
        """An APDU of a TSM to the SE."""
        return self._carried(Link.TSM_SE, self.element, apdu, "internal")

    def by_app(self, apdu: bytes) -> bytes:
        """An APDU of the app itself to the SE."""
        return self._carried(Link.APP_SE, self.element, apdu, "internal")

    def by_radio(self, apdu: bytes) -> bytes:
        """An APDU to the card that is held against the phone."""
        assert self.card is not None
        return self._carried(Link.READER_SE, self.card, apdu, "contactless_b")

    def _carried(self, link: Link, chip: Element, apdu: bytes, media: str) -> bytes:
        self.trace.append(apdu[:HEADER].hex().upper())
        return self.network.carry(link, lambda: chip.transmit(apdu, media))

    def close(self) -> None:
        """No app has a channel to the SE any more: it loses its power."""
        self.element.reset()

    def number(self) -> str:
        """A number that no phone has used before."""
        self._numbers += 1
        return f"{self.se_id}-{self._numbers}"

    def note(self, flow: str, step: str) -> None:
        self.journal.append(Entry(flow, step, self.clock.now().isoformat()))

    def reboot(self) -> None:
        """RAM is gone, in the SE too; what is stored stays."""
        self.element.reset()

    def new_token(self) -> str:
        """The push service gives the app a token; the one before is dead."""
        token = self.storage["token"] = self.register(self.se_id)
        return token

    def factory_reset(self) -> None:
        """As delivered, for whoever has it next; the SE is not the system's to wipe."""
        self.unregister(self.se_id)
        self.storage = self.kept_over_factory_reset()
        self.after_factory_reset()

    def kept_over_factory_reset(self) -> dict[str, Any]:
        """Of the app's storage: nothing."""
        return {}

    def after_factory_reset(self) -> None:
        """What else is done: the phone starts again."""
        self.reboot()
