"""A stored value, as gates of railways take from it: a neighbour of the JPKI applet. OUR DESIGN."""

from __future__ import annotations

import hmac
from dataclasses import dataclass

from reference_impl.applet.apdu import SW, Command, Refused, Response
from reference_impl.platform.foreign import AMOUNT_BYTES, MAC_BYTES, Foreign

GET_BALANCE, DEBIT, TOP_UP, READ_RECORD = 0x50, 0x54, 0x56, 0xB2
JOURNEYS = 6  # that are kept


@dataclass
class Transit(Foreign):
    """Stored value: balance, debit at a gate, top-up under a MAC, the last journeys."""

    def answer(self, command: Command) -> Response:
        if command.ins == GET_BALANCE:
            return Response(SW.OK, self.values.number("balance").to_bytes(AMOUNT_BYTES, "big"))
        if command.ins == DEBIT:
            return self.debit(command)
        if command.ins == TOP_UP:
            return self.top_up(command)
        if command.ins == READ_RECORD:
            return self.record(command.p1)
        raise Refused(SW.INS_NOT_SUPPORTED)

    def debit(self, command: Command) -> Response:
        """``80 54 00 00 04 <amount>``; balance and journey in one transaction."""
        if len(command.data) != AMOUNT_BYTES:
            raise Refused(SW.WRONG_LENGTH)
        left = self.values.number("balance") - int.from_bytes(command.data, "big")
        if left < 0:
            raise Refused(SW.CONDITIONS_NOT_SATISFIED)
        journeys = (command.data + self.values.get("journeys"))[: JOURNEYS * AMOUNT_BYTES]
        with self.values.store.transaction() as changes:
            changes[self.values.name("balance")] = left.to_bytes(AMOUNT_BYTES, "big")
            changes[self.values.name("journeys")] = journeys
        return Response(SW.OK, left.to_bytes(AMOUNT_BYTES, "big"))

    def top_up(self, command: Command) -> Response:
        """``80 56 00 00 0C <amount> <MAC over count and amount>``; each MAC serves once."""
        if len(command.data) != AMOUNT_BYTES + MAC_BYTES:
            raise Refused(SW.WRONG_LENGTH)
        amount, given = command.data[:AMOUNT_BYTES], command.data[AMOUNT_BYTES:]
        count = self.values.number("count")
        if not hmac.compare_digest(self.mac(count.to_bytes(AMOUNT_BYTES, "big"), amount), given):
            raise Refused(SW.SECURITY_STATUS_NOT_SATISFIED)
        total = self.values.number("balance") + int.from_bytes(amount, "big")
        if total >> 8 * AMOUNT_BYTES:
            raise Refused(SW.CONDITIONS_NOT_SATISFIED)
        with self.values.store.transaction() as changes:
            changes[self.values.name("balance")] = total.to_bytes(AMOUNT_BYTES, "big")
            changes[self.values.name("count")] = (count + 1).to_bytes(AMOUNT_BYTES, "big")
        return Response(SW.OK)

    def record(self, number: int) -> Response:
        """``00 B2 <number> 0C``: a journey, the last one first."""
        kept = self.values.get("journeys")
        found = kept[(number - 1) * AMOUNT_BYTES : number * AMOUNT_BYTES] if number else b""
        if not found:
            raise Refused(SW.RECORD_NOT_FOUND)
        return Response(SW.OK, found)
