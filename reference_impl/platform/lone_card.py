"""Security domains with keys and nothing else, as a program: what hosts try a secure channel on.

``python -m reference_impl.platform.lone_card CONFIGURATION`` speaks docs/exec_protocol.md on its
standard input and output. The configuration is a JSON object::

    {"domains": {"<AID>": {"i": 112, "keys": {"30": ["<ENC>", "<MAC>", "<DEK>"]},
                           "diversification": "<10 bytes>", "random": "<challenges to come>",
                           "counts": {"30": 0}}},
     "registry": [{"kind": 0, "aid": "<AID>", "state": 1, "domain": "<AID>",
                   "privileges": "9EFE80"}],
     "answers": {"<plain command>": "<answer with status word>"}}

with bytes in hex; "diversification", "random", "counts", "registry" and "answers" may be missing.
A domain is selected by its whole AID. PUT KEY works; where there is a registry, so do SET STATUS,
GET STATUS, DELETE of keys and GET DATA of key information, selection minds the states in it, and an
application in it may have keys of its own, as if it were a domain. Any other command is answered
from ``answers`` or by its own data: under 9000, or, for INS 40, under the status word in P1 P2
(0000 is 9000 too). All of that needs a session: 6982 says that there is none. INS 44 needs none.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, BinaryIO

from reference_impl.applet.apdu import INS, SW, Command, Refused, Response
from reference_impl.chip.drbg import RandomBytes
from reference_impl.chip.media import MemoryMedium
from reference_impl.chip.memory import PowerLost, Store
from reference_impl.platform.class_byte import ClassByte
from reference_impl.platform.key_commands import (
    DELETE,
    PUT_KEY,
    DeleteKeys,
    KeyInformation,
    PutKey,
)
from reference_impl.platform.key_sets import KeyId, KeySets
from reference_impl.platform.life_cycle import (
    GET_DATA,
    GET_STATUS,
    SELECTION_DISABLED,
    SET_STATUS,
    CardLifeCycle,
    ContentLifeCycle,
)
from reference_impl.platform.lone_domain import LoneDomain, Tape
from reference_impl.platform.privileges import Privilege, has, read_privileges
from reference_impl.platform.registry import Entry, Kind, Registry
from reference_impl.platform.scp03 import Options, SecureChannel
from reference_impl.platform.status import GetStatus, SetStatus

ATR = bytes.fromhex("3B00")
DEFAULT_CHANNELS = 20


@dataclass
class LoneCard:
    """All domains of a configuration, and which of them is selected on each logical channel."""

    configuration: dict[str, Any]
    _domains: dict[int, LoneDomain] = field(default_factory=dict, init=False)

    def __post_init__(self) -> None:
        self.renew()

    def renew(self) -> None:
        """As configured, whatever has happened since."""
        self._domains.clear()
        self._medium = MemoryMedium()
        self._store = Store(self._medium)
        self._store.open()
        for aid, told in self.configuration["domains"].items():
            self._install(KeySets(self._store, bytes.fromhex(aid)), told)
        self._registry = Registry(self._store)
        with self._store.transaction() as changes:
            for told in self.configuration.get("registry", ()):
                self._registry.add(changes, entry(told))

    def _install(self, held: KeySets, told: dict[str, Any]) -> None:
        with self._store.transaction() as changes:
            for version, values in told["keys"].items():
                named = zip(KeyId, map(bytes.fromhex, values), strict=True)
                held.put(changes, int(version, 16), dict(named))
            for version, count in told.get("counts", {}).items():
                changes[held.counter(int(version, 16))] = count.to_bytes(3, "big")

    def reset(self) -> bytes:
        self._domains.clear()
        self._medium.power_on()
        self._store.open()
        return ATR

    def pages_written(self, raw: bytes) -> int:
        """By the command, undisturbed."""
        before = self._medium.pages_written
        self.transmit(raw)
        return self._medium.pages_written - before

    def transmit_and_cut(self, after: int, raw: bytes) -> None:
        """The supply fails once ``after`` pages are written, at the end at the latest."""
        self._medium.cut_after(after)
        with suppress(PowerLost):
            self.transmit(raw)
        self._domains.clear()

    def transmit(self, raw: bytes) -> bytes:
        try:
            command = Command.parse(raw)
            found = ClassByte.parse(command.cla)
            if found is None or found.channel >= DEFAULT_CHANNELS:
                raise Refused(SW.CLA_NOT_SUPPORTED)
            if command.ins == INS.SELECT:
                return bytes(self._select(found.channel, command.data))
            if found.channel not in self._domains:
                raise Refused(SW.CONDITIONS_NOT_SATISFIED)
            return bytes(self._domains[found.channel].transmit(command))
        except Refused as refusal:
            return bytes(Response(refusal.sw))

    def _select(self, number: int, aid: bytes) -> Response:
        told = self.configuration["domains"].get(aid.hex().upper())
        if told is None:
            raise Refused(SW.FILE_NOT_FOUND)
        listed = self._registry.find(aid)
        sw = SW.OK if listed is None else self._selection(listed)
        if sw == SELECTION_DISABLED:
            return Response(sw)
        random: RandomBytes = Tape(bytes.fromhex(told.get("random", "")))
        keys = KeySets(self._store, aid)
        channel = SecureChannel(keys, random, Options(told["i"]), aid)
        channel.diversification = bytes.fromhex(told.get("diversification", "00" * 10))
        answers = self.configuration.get("answers", {})
        script = {bytes.fromhex(key): bytes.fromhex(value) for key, value in answers.items()}
        handlers = self._handlers(channel, keys, registered=listed is not None)
        self._domains[number] = LoneDomain(channel, script, handlers)
        return Response(sw)

    def _selection(self, listed: Entry) -> int:
        """9000, 6283, or 6A81 for none. Raises Refused (6A82) for what is passed over."""
        final = has(listed.privileges, Privilege.FINAL_APPLICATION)
        if listed.kind is not Kind.ISSUER and not ContentLifeCycle().selectable(listed.state):
            raise Refused(SW.FILE_NOT_FOUND)
        return CardLifeCycle().selection(self._registry.card_state, final=final)

    def _handlers(
        self, channel: SecureChannel, keys: KeySets, *, registered: bool
    ) -> dict[int, Callable[[Command], Response]]:
        handlers: dict[int, Callable[[Command], Response]] = {
            PUT_KEY: PutKey(keys, lambda: channel.dek),
        }
        if registered:
            handlers[SET_STATUS] = SetStatus(channel.aid, self._registry)
            handlers[GET_STATUS] = GetStatus(channel.aid, self._registry)
            handlers[DELETE] = DeleteKeys(keys)
            handlers[GET_DATA] = KeyInformation(keys)
        return handlers


def entry(told: dict[str, Any]) -> Entry:
    """One of the configuration's list."""
    return Entry(
        Kind(told["kind"]), bytes.fromhex(told["aid"]), told["state"],
        bytes.fromhex(told["domain"]), read_privileges(bytes.fromhex(told["privileges"])),
    )  # fmt: skip


def serve(card: LoneCard, source: BinaryIO, sink: BinaryIO) -> None:
    """Frames ``length(4) kind(1) content`` in and out, until the input ends."""
    while head := source.read(4):
        body = source.read(int.from_bytes(head, "big"))
        answer = answered(card, body[:1], body[1:])
        sink.write(len(answer).to_bytes(4, "big") + answer)
        sink.flush()


def answered(card: LoneCard, kind: bytes, content: bytes) -> bytes:
    if kind == b"R":
        return b"A" + card.reset()
    if kind == b"T":
        return b"A" + card.transmit(content)
    if kind == b"W":
        return b"A" + card.pages_written(content).to_bytes(4, "big")
    if kind == b"C":
        card.transmit_and_cut(int.from_bytes(content[:4], "big"), content[4:])
        return b"A"
    if kind == b"N":
        card.renew()
        return b"A"
    return b"U"


if __name__ == "__main__":
    serve(LoneCard(json.loads(sys.argv[1])), sys.stdin.buffer, sys.stdout.buffer)
