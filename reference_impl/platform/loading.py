"""INSTALL [for load] and LOAD (GPCS 9.3.5, 11.5.2.3.1, 11.6).

Blocks are numbered 00 to FF and come in this order, so that 256 is the most there can be. Until the
last of them nothing is stored; what goes wrong on the way ends the loading, and it begins anew.
"""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass, field

from reference_impl.applet.apdu import SW, Command, Refused, Response
from reference_impl.chip.memory import Transaction
from reference_impl.platform.allotment import (
    CODE_MINIMUM,
    DATA_LIMIT,
    VOLATILE_LIMIT,
    Allotment,
    ParameterCoding,
)
from reference_impl.platform.dap import DapVerification
from reference_impl.platform.fields import field as listed
from reference_impl.platform.life_cycle import ContentLifeCycle, ContentState
from reference_impl.platform.memory import Memory
from reference_impl.platform.package import PackageReader
from reference_impl.platform.registry import Entry, Kind, Registry
from reference_impl.platform.tokens import NO_RECEIPT, Tokens

MORE_BLOCKS, LAST_BLOCK = 0x00, 0x80  # P1 of LOAD
HASHES = {20: "sha1", 32: "sha256", 48: "sha384", 64: "sha512"}  # by their length


@dataclass(frozen=True)
class Order:
    """What INSTALL [for load] says."""

    name: bytes
    domain: bytes
    digest: bytes
    parameters: bytes
    combined: bool = False  # load, install and make selectable in one
    receipt: bool = False  # one is due


@dataclass
class Underway:
    """A loading between INSTALL [for load] and its last block."""

    order: Order
    next_block: int = 0
    received: bytearray = field(default_factory=bytearray, repr=False)


@dataclass
class Loader:
    """Of one session with a security domain."""

    registry: Registry
    memory: Memory
    tokens: Tokens
    coding: ParameterCoding
    reader: PackageReader
    content: ContentLifeCycle
    dap: DapVerification
    _underway: Underway | None = field(default=None, init=False)
    _loaded: Entry | None = field(default=None, init=False)  # of a combined process

    def forget(self) -> None:
        """The session has ended."""
        self._underway = self._loaded = None

    # --- INSTALL [for load] ------------------------------------------------------------------

    def begin(self, order: Order) -> None:
        """Raises Refused: 6A80, 6A88 for no such domain, 6985 for one not ready, 6A84."""
        self.forget()
        if not 5 <= len(order.name) <= 16 or self.registry.find(order.name) is not None:
            raise Refused(SW.INCORRECT_DATA)
        if order.digest and len(order.digest) not in HASHES:
            raise Refused(SW.INCORRECT_DATA)
        if not self.accepts(self.registry.named(order.domain)):
            raise Refused(SW.CONDITIONS_NOT_SATISFIED)
        self.has_minimum(order.parameters)
        self._underway = Underway(order)

    def accepts(self, domain: Entry) -> bool:
        """The issuer's, or one that is personalised."""
        return domain.kind is Kind.ISSUER or (
            domain.kind is Kind.DOMAIN and self.content.may_own(domain.state)
        )

    def has_minimum(self, parameters: bytes) -> None:
        """What is asked for has to be there; it is not taken (9.7.2). Raises Refused (6A84)."""
        held = self.coding.amounts(parameters)
        wanted = sum(self.coding.amount(held, tag, 0) for tag in (CODE_MINIMUM, DATA_LIMIT))
        volatile = self.coding.amount(held, VOLATILE_LIMIT, 0)
        if wanted > self.memory.free() or volatile > self.memory.free_volatile():
            raise Refused(SW.NOT_ENOUGH_MEMORY)

    # --- LOAD --------------------------------------------------------------------------------

    def load(self, command: Command) -> Response:
        """``80 E8 <last> <number> <block>``."""
        underway, self._underway = self._underway, None
        if underway is None:
            raise Refused(SW.CONDITIONS_NOT_SATISFIED)
        if command.p1 not in (MORE_BLOCKS, LAST_BLOCK):
            raise Refused(SW.INCORRECT_P1_P2)
        if not self.in_order(command.p2, underway):
            raise Refused(SW.INCORRECT_P1_P2)
        if not command.data:
            raise Refused(SW.INCORRECT_DATA)
        underway.received += command.data
        underway.next_block += 1
        if not self.fits(underway):
            raise Refused(SW.NOT_ENOUGH_MEMORY)
        if command.p1 == LAST_BLOCK:
            return Response(SW.OK, self.finish(underway.order, bytes(underway.received)))
        self._underway = underway
        return Response(SW.OK, NO_RECEIPT)

    def in_order(self, number: int, underway: Underway) -> bool:
        """Strictly one after the other; behind FF there is none."""
        return number == underway.next_block

    def fits(self, underway: Underway) -> bool:
        """The card keeps all blocks until the package is linked."""
        return len(underway.received) <= self.memory.free()

    def finish(self, order: Order, received: bytes) -> bytes:
        """Raises Refused: 6A80 for no load file, another hash, or another package than announced,
        and as ``DapVerification``."""
        block = self.reader.block(received)
        if not self.hash_is_right(order.digest, block):
            raise Refused(SW.INCORRECT_DATA)
        self.dap.verify(order.domain, order.digest, self.reader.signatures(received))
        package = self.reader.package(block)
        if package.aid != order.name:
            raise Refused(SW.INCORRECT_DATA)
        entry = Entry(
            Kind.LOAD_FILE, package.aid, ContentState.LOADED, order.domain,
            modules=package.modules, version=package.version,
            allotment=Allotment(code=package.kept),
        )  # fmt: skip
        if order.combined:
            self._loaded = entry
            return NO_RECEIPT
        with self.registry.store.transaction() as changes:
            self.registry.add(changes, entry)
            return self.receipt(changes, order)

    def receipt(self, changes: Transaction, order: Order) -> bytes:
        if not order.receipt:
            return NO_RECEIPT
        return self.tokens.confirmation(changes, listed(order.name) + listed(order.domain))

    def hash_is_right(self, digest: bytes, block: bytes) -> bool:
        """Over the value of C4 alone (11.5.2.3.1); a length of 00 asks for none."""
        if not digest:
            return True
        return hmac.compare_digest(digest, hashlib.new(HASHES[len(digest)], block).digest())

    # --- the combined process ----------------------------------------------------------------

    def add_loaded(self, changes: Transaction, name: bytes) -> Entry:
        """Its last INSTALL. Raises Refused (6985) where nothing of this name waits for it."""
        loaded, self._loaded = self._loaded, None
        if loaded is None or loaded.aid != name:
            raise Refused(SW.CONDITIONS_NOT_SATISFIED)
        self.registry.add(changes, loaded)
        return loaded
