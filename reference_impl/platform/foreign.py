"""Neighbours of the JPKI applet: applets of other services on the same chip. OUR DESIGN, all three.

Small, and of the kinds one meets on a phone: a stored value that readers at a gate take from, a
payment applet with a PIN and a counter, and a ticket that is not made for two users at a time.
Every one keeps its values under its own AID.
"""

from __future__ import annotations

import hmac
from dataclasses import dataclass, field

from reference_impl.applet.apdu import SW, Command, Refused, Response, tries_left
from reference_impl.applet.context import Context
from reference_impl.chip import aes
from reference_impl.chip.memory import Store, Transaction

NUMBER, KEY, PIN = 0x0101, 0x0202, 0x0303  # data groupings of STORE DATA
GET_BALANCE, DEBIT, TOP_UP, READ_RECORD = 0x50, 0x54, 0x56, 0xB2
VERIFY, GENERATE_CRYPTOGRAM, GET_DATA = 0x20, 0xAE, 0xCA
STAMP, READ_STAMPS = 0x10, 0x12
MAC_BYTES, AMOUNT_BYTES, STAMP_BYTES = 8, 4, 8
TRIES = 3
WITHOUT_PIN = 10_000  # the largest amount that is paid without the PIN
RECORDS = 6


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
        journeys = (command.data + self.values.get("journeys"))[: RECORDS * AMOUNT_BYTES]
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


@dataclass
class Ticket(Foreign):
    """A ticket that is stamped; what was announced before is volatile, so it is for one at a time.

    ``80 10 00 00 08 <stamp>`` announces, ``80 10 01 00`` puts it on, ``80 12 00 00`` tells all.
    """

    announced: bytes = field(default=b"", init=False)

    def power_on(self) -> None:
        self.announced = b""

    def select(self) -> None:
        self.announced = b""

    def deselect(self) -> None:
        self.announced = b""

    def answer(self, command: Command) -> Response:
        if command.ins == READ_STAMPS:
            return Response(SW.OK, self.values.get("stamps"))
        if command.ins != STAMP:
            raise Refused(SW.INS_NOT_SUPPORTED)
        if command.p1 == 0:
            return self.announce(command.data)
        return self.stamp()

    def announce(self, stamp: bytes) -> Response:
        if len(stamp) != STAMP_BYTES:
            raise Refused(SW.WRONG_LENGTH)
        self.announced = stamp
        return Response(SW.OK)

    def stamp(self) -> Response:
        """The last six are kept."""
        if not self.announced:
            raise Refused(SW.CONDITIONS_NOT_SATISFIED)
        kept = (self.announced + self.values.get("stamps"))[: RECORDS * STAMP_BYTES]
        self.announced = b""
        with self.values.store.transaction() as changes:
            changes[self.values.name("stamps")] = kept
        return Response(SW.OK)
