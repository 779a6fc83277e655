"""The ARA-M as an applet of the card: one object for each channel, over the same rules.

Anybody may select it and read. Changing is for its security domain, which hands STORE DATA on
(GPCS 7.3.3), or for who has opened a session with the ARA-M itself by that domain's keys.
"""

from __future__ import annotations

from dataclasses import dataclass

from reference_impl.applet.apdu import SW, Command, Refused, Response
from reference_impl.applet.context import Context
from reference_impl.chip.memory import Transaction
from reference_impl.platform.ara_m import RULES, TAG, TAG_SIZE, AraM
from reference_impl.platform.class_byte import PROPRIETARY

PACKAGE_AID = bytes.fromhex("A00000015141434C")  # of its load file
NAMES = (RULES, TAG)
"""What it keeps in the store."""


@dataclass
class AraApplet:
    """``ara`` answers for all channels; what is left of an answer it keeps by channel."""

    ara: AraM
    channel: int | None = None  # the one it was last spoken to on

    def install(self, changes: Transaction, parameters: bytes) -> None:
        """With the rules of ``parameters``: REF-AR-DO in a row. Raises Refused (6A80, 6A84)."""
        self.ara.put(changes, self.ara.coding.rules(parameters))

    def deliver(self, changes: Transaction) -> None:
        """As a card leaves the factory: no rule, and the first refresh tag."""
        changes[RULES], changes[TAG] = b"", bytes(TAG_SIZE)

    def store_data(self, changes: Transaction, tag: int, value: bytes) -> None:
        """F0, F1 or F2, handed on by the security domain. Raises Refused."""
        self.ara.change(changes, tag, value)

    def power_on(self) -> None:
        """Of its own channel; the others have objects of theirs."""
        self.deselect()

    def select(self) -> None:
        self.deselect()

    def deselect(self) -> None:
        if self.channel is not None:
            self.ara.deselect(self.channel)

    def process(self, command: Command, context: Context) -> Response:
        """The class byte has lost its channel by now."""
        self.channel = context.channel
        try:
            if not command.cla & PROPRIETARY:
                raise Refused(SW.CLA_NOT_SUPPORTED)
            return self.ara.answer(command, context.channel)
        except Refused as refusal:
            return Response(refusal.sw)
