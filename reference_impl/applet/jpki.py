"""The JPKI applet: its life on the platform, and which handler answers which instruction."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from reference_impl.applet.access_source import SourceWatch
from reference_impl.applet.apdu import SW, Command, Refused, Response
from reference_impl.applet.authenticate import Administrator
from reference_impl.applet.context import Context
from reference_impl.applet.files import Files
from reference_impl.applet.pin import Pins
from reference_impl.applet.profile import JPKI_AID
from reference_impl.applet.source_policy import SourcePolicy
from reference_impl.chip.memory import Store, Transaction

INSTALLED = "jpki"  # name in the store; the instance's AID, once the installation is complete
ADMINISTRATOR_KEY = 0x8101  # data grouping of STORE DATA; OUR DESIGN
ADMINISTRATOR_KEY_BYTES = 16

Handler = Callable[[Command], Response]
Handlers = dict[tuple[int, int], Handler]  # by CLA and INS


@dataclass
class JpkiApplet:
    """The applet as the platform sees it."""

    store: Store
    files: Files
    pins: Pins
    administrator: Administrator
    handlers: Handlers
    watch: SourceWatch
    policy: SourcePolicy
    aid: bytes = JPKI_AID

    @property
    def installed(self) -> bool:
        return bool(self.store.get(INSTALLED))

    def install(self, changes: Transaction, parameters: bytes) -> None:
        """Everything a fresh applet keeps; ``parameters``: the administrator key, or nothing yet.

        Raises Refused (6A80) for a key of a wrong length.
        """
        if len(parameters) not in (0, ADMINISTRATOR_KEY_BYTES):
            raise Refused(SW.INCORRECT_DATA)
        self.pins.user.install(changes)
        self.pins.password.install(changes)
        self.administrator.install(changes, parameters)
        changes[INSTALLED] = self.aid

    def store_data(self, changes: Transaction, tag: int, value: bytes) -> None:
        """The administrator key, while the card is personalised by its security domain.

        Raises Refused: 6A88 for another data grouping, 6A80 for another length.
        """
        if tag != ADMINISTRATOR_KEY:
            raise Refused(SW.REFERENCED_DATA_NOT_FOUND)
        if len(value) != ADMINISTRATOR_KEY_BYTES:
            raise Refused(SW.INCORRECT_DATA)
        self.administrator.install(changes, value)

    def power_on(self) -> None:
        """Cold reset: whatever was in RAM is gone."""
        self.watch.power_on()
        self.files.power_on()
        self.administrator.power_on()
        self.pins.user.power_on()
        self.pins.password.power_on()

    def select(self) -> None:
        """SELECT by name, also of an applet that is selected already."""
        self.files.application_selected()
        self.administrator.application_selected()
        self.pins.user.application_selected()
        self.pins.password.application_selected()

    def deselect(self) -> None:
        """Another applet was selected: the same states end."""
        self.select()

    def process(self, command: Command, context: Context) -> Response:
        """Answer one command; a refusal is an answer too."""
        source = self.watch.heard(context.protocol, command.cla)
        if self.watch.changed:
            self.end_session()
        if not self.policy.allows(command, source):
            return self.refused_by_source(command)
        handler = self.handlers.get((command.cla, command.ins))
        if handler is None:
            return self.unknown_instruction()
        try:
            return handler(command)
        except Refused as refusal:
            return Response(refusal.sw)

    def refused_by_source(self, command: Command) -> Response:
        """Before anything else is looked at, and at no cost."""
        return Response(SW.SECURITY_STATUS_NOT_SATISFIED)

    def end_session(self) -> None:
        """Somebody else speaks: what was proved by another source is not his (REQ-6-5-d)."""
        self.files.current = None
        self.pins.user.verified = self.pins.password.verified = False
        self.administrator.authenticated, self.administrator.challenge = False, b""

    def unknown_instruction(self) -> Response:
        return Response(SW.INS_NOT_SUPPORTED)


def always(sw: SW) -> Handler:
    """A command that is known and never granted."""
    return lambda command: Response(sw)
