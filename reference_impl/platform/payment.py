"""A payment applet with a PIN and a counter: a neighbour of the JPKI applet. OUR DESIGN."""

from __future__ import annotations

import hmac
from dataclasses import dataclass, field

from reference_impl.applet.apdu import SW, Command, Refused, Response, tries_left
from reference_impl.chip.memory import Transaction
from reference_impl.platform.foreign import AMOUNT_BYTES, Foreign

VERIFY, GENERATE_CRYPTOGRAM, GET_DATA = 0x20, 0xAE, 0xCA
TRIES = 3
WITHOUT_PIN = 10_000  # the largest amount that is paid without the PIN


@dataclass
class Payment(Foreign):
    """A PIN with three tries, and a transaction counter under every cryptogram."""

    verified: bool = field(default=False, init=False)

    def install(self, changes: Transaction, parameters: bytes) -> None:
        super().install(changes, parameters)
        changes[self.values.name("tries")] = bytes((TRIES,))
        changes[self.values.name("transactions")] = bytes(2)

    def power_on(self) -> None:
        self.verified = False

    def select(self) -> None:
        self.verified = False

    def deselect(self) -> None:
        self.verified = False

    def answer(self, command: Command) -> Response:
        if command.ins == VERIFY:
            return self.verify(command)
        if command.ins == GENERATE_CRYPTOGRAM:
            return self.cryptogram(command)
        if command.ins == GET_DATA:
            return self.data(command.p1 << 8 | command.p2)
        raise Refused(SW.INS_NOT_SUPPORTED)

    def verify(self, command: Command) -> Response:
        """``00 20 00 80 <PIN>``; the try is paid before the PIN is looked at."""
        pin, tries = self.values.get("pin"), self.values.number("tries")
        if not pin or not tries:
            raise Refused(SW.AUTHENTICATION_METHOD_BLOCKED)
        self._write_tries(tries - 1)
        self.verified = hmac.compare_digest(pin, command.data)
        if not self.verified:
            return Response(tries_left(tries - 1))
        self._write_tries(TRIES)
        return Response(SW.OK)

    def cryptogram(self, command: Command) -> Response:
        """``80 AE 00 00 04 <amount>``: counter and MAC; large amounts want the PIN."""
        if len(command.data) != AMOUNT_BYTES:
            raise Refused(SW.WRONG_LENGTH)
        if int.from_bytes(command.data, "big") > WITHOUT_PIN and not self.verified:
            raise Refused(SW.SECURITY_STATUS_NOT_SATISFIED)
        count = self.values.number("transactions") + 1
        if count > 0xFFFF:
            raise Refused(SW.CONDITIONS_NOT_SATISFIED)
        counted = count.to_bytes(2, "big")
        mac = self.mac(counted, command.data)
        with self.values.store.transaction() as changes:
            changes[self.values.name("transactions")] = counted
        return Response(SW.OK, counted + mac)

    def data(self, tag: int) -> Response:
        """Transaction counter (9F36) and tries of the PIN (9F17)."""
        kinds = {0x9F36: "transactions", 0x9F17: "tries"}
        if tag not in kinds:
            raise Refused(SW.REFERENCED_DATA_NOT_FOUND)
        value = self.values.get(kinds[tag])
        return Response(SW.OK, tag.to_bytes(2, "big") + bytes((len(value),)) + value)

    def _write_tries(self, tries: int) -> None:
        with self.values.store.transaction() as changes:
            changes[self.values.name("tries")] = bytes((tries,))
