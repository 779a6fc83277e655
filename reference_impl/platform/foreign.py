"""Neighbours of the JPKI applet: applets of other services on the same chip. OUR DESIGN.

Small, and of the kinds one meets on a phone: a stored value that readers at a gate take from
(``transit.py``), a payment applet with a PIN and a counter (``payment.py``), and a ticket that is
not made for two users at a time (``ticket.py``). What they have in common is here.
"""

from __future__ import annotations

from dataclasses import dataclass

from reference_impl.applet.apdu import SW, Command, Refused, Response
from reference_impl.applet.context import Context
from reference_impl.chip import aes
from reference_impl.chip.memory import Store, Transaction

NUMBER, KEY, PIN = 0x0101, 0x0202, 0x0303  # data groupings of STORE DATA
AMOUNT_BYTES = 4
MAC_BYTES = 8


@dataclass
class Values:
    """What one application keeps."""

    store: Store
    aid: bytes

    def name(self, kind: str) -> str:
        return f"app {self.aid.hex()}/{kind}"

    def get(self, kind: str) -> bytes:
        return self.store.get(self.name(kind))

    def number(self, kind: str) -> int:
        return int.from_bytes(self.get(kind), "big")


@dataclass
class Foreign:
    """What all three have in common; a command is a method by its instruction."""

    values: Values

    def install(self, changes: Transaction, parameters: bytes) -> None:
        """``parameters``: its number, if it is to have one from the beginning."""
        changes[self.values.name("number")] = parameters

    def store_data(self, changes: Transaction, tag: int, value: bytes) -> None:
        """Number, key and PIN. Raises Refused (6A88) for anything else."""
        kinds = {NUMBER: "number", KEY: "key", PIN: "pin"}
        if tag not in kinds:
            raise Refused(SW.REFERENCED_DATA_NOT_FOUND)
        if tag == KEY and len(value) != aes.BLOCK_BYTES:
            raise Refused(SW.INCORRECT_DATA)
        changes[self.values.name(kinds[tag])] = value

    def power_on(self) -> None:
        """Nothing volatile."""

    def select(self) -> None:
        """Nothing volatile."""

    def deselect(self) -> None:
        """Nothing volatile."""

    def process(self, command: Command, context: Context) -> Response:
        try:
            return self.answer(command)
        except Refused as refusal:
            return Response(refusal.sw)

    def answer(self, command: Command) -> Response:
        raise Refused(SW.INS_NOT_SUPPORTED)

    def mac(self, *parts: bytes) -> bytes:
        """Raises Refused (6985) before there is a key."""
        key = self.values.get("key")
        if not key:
            raise Refused(SW.CONDITIONS_NOT_SATISFIED)
        return aes.mac(key, *parts)[:MAC_BYTES]
