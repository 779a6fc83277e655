"""One secure element in the phone, with its channels (AOSP ``Terminal``).

``None`` in place of a channel means: not now, or not to you; it is no error. An element whose name
begins with SIM belongs to the operator: its basic channel, and channels to whatever is selected
there, are for privileged apps only.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from reference_impl.handset.access_rules import FULL_ACCESS, Access
from reference_impl.handset.apdu import select
from reference_impl.handset.apps import App, Signers
from reference_impl.handset.channel import Channel
from reference_impl.handset.driver import Driver, Opened
from reference_impl.handset.enforcer import Enforcer
from reference_impl.handset.exceptions import Kind, NoFreeChannel, OmapiError
from reference_impl.handset.rule_source import ARA_M_AID

UICC = "SIM"


@dataclass
class Terminal:
    """``channel``: the class channels are made of."""

    name: str
    driver: Driver
    enforcer: Enforcer
    signers: Signers
    atr: bytes
    channel: Callable[..., Channel] = Channel
    connected: bool = True
    channels: dict[int, Channel] = field(default_factory=dict, init=False)
    default_selected: bool = field(default=True, init=False)  # on the basic channel

    @property
    def is_uicc(self) -> bool:
        return self.name.startswith(UICC)

    def state_changed(self, *, connected: bool) -> None:
        """The element went away or came back; no channel survives that, and no rule."""
        self.connected = connected
        for open_channel in list(self.channels.values()):
            open_channel.closed = True
        self.channels.clear()
        self.enforcer.reset()
        self.default_selected = True

    def open_basic(self, app: App, aid: bytes | None, p2: int) -> Channel | None:
        aid = self.admitted_aid(aid)
        if self.is_uicc and not app.privileged:
            return None
        try:
            access = self.access(app, aid)
        except NoFreeChannel:
            return None
        if self.basic_taken(aid):
            return None
        opened = self.driver.open_basic(aid, p2)
        self.default_selected = self.default_selected and aid is None
        return self._new(app, aid, access, opened)

    def open_logical(self, app: App, aid: bytes | None, p2: int) -> Channel | None:
        aid = self.admitted_aid(aid)
        if aid is None and self.is_uicc and not app.privileged:
            return None
        try:
            return self._new(app, aid, self.access(app, aid), self.driver.open_logical(aid, p2))
        except NoFreeChannel:
            return None

    def admitted_aid(self, aid: bytes | None) -> bytes | None:
        """Raises IllegalArgumentException and IOException; an empty AID is none."""
        if aid and not self.is_aid(aid):
            raise OmapiError(Kind.ILLEGAL_ARGUMENT, f"an AID of {len(aid)} bytes")
        if not self.connected:
            raise OmapiError(Kind.IO, "the secure element is not connected")
        return aid or None

    def is_aid(self, aid: bytes) -> bool:
        """Five to sixteen bytes (ISO/IEC 7816-4 12.2.3)."""
        return 5 <= len(aid) <= 16

    def access(self, app: App, aid: bytes | None) -> Access:
        if app.privileged:
            return FULL_ACCESS
        return self.enforcer.access(aid, self.signers.hashes(app))

    def listeners(self, apps: Iterable[App], aid: bytes) -> tuple[App, ...]:
        """Those that are told of a transaction of this application; none while rules are unread."""
        try:
            return tuple(a for a in apps if self.enforcer.hears(aid, self.signers.hashes(a)))
        except (OmapiError, NoFreeChannel):
            return ()

    def basic_taken(self, aid: bytes | None) -> bool:
        """One app at a time; and who names nothing gets the default application or nothing."""
        return 0 in self.channels or (aid is None and not self.default_selected)

    def _new(self, app: App, aid: bytes | None, access: Access, opened: Opened) -> Channel:
        made = self.channel(
            app, opened.number, aid, access, self.driver, self.enforcer, self.release,
            opened.answer,
        )  # fmt: skip
        self.channels[opened.number] = made
        return made

    def release(self, channel: Channel) -> None:
        """Whatever the element says to it, the channel is closed."""
        self.channels.pop(channel.number, None)
        if not self.connected:
            return
        try:
            if channel.basic:
                self.select_default()
            self.driver.close(channel.number)
        except OmapiError:
            return

    def select_default(self) -> None:
        """So that the next app does not find the applet of this one; else the ARA-M."""
        answer = self.driver.exchange(select(0x00, 0x00, b""))
        if answer[-2:] != b"\x90\x00":
            self.driver.exchange(select(0x00, 0x00, ARA_M_AID))
