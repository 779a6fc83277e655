"""Security domains with keys and nothing else, as a program: what hosts try a secure channel on.

``python -m reference_impl.platform.lone_domain CONFIGURATION`` speaks docs/exec_protocol.md on its
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
import os
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, BinaryIO

from reference_impl.applet.apdu import INS, SW, Command, Refused, Response
from reference_impl.chip.drbg import RandomBytes
from reference_impl.chip.media import MemoryMedium
from reference_impl.chip.memory import Store
from reference_impl.platform.class_byte import ClassByte, Messaging
from reference_impl.platform.command_chain import CommandChain
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
from reference_impl.platform.long_answer import LongAnswer
from reference_impl.platform.privileges import Privilege, has, read_privileges
from reference_impl.platform.registry import Entry, Kind, Registry
from reference_impl.platform.scp03 import Options, SecureChannel
from reference_impl.platform.status import GetStatus, SetStatus

INITIALIZE_UPDATE, EXTERNAL_AUTHENTICATE, ECHO, FREE = 0x50, 0x82, 0x40, 0x44
ATR = bytes.fromhex("3B00")
DEFAULT_CHANNELS = 20


@dataclass
class Tape:
    """Random bytes that were settled beforehand; the operating system's after that."""

    left: bytes

    def generate(self, size: int) -> bytes:
        taken, self.left = self.left[:size], self.left[size:]
        return taken + os.urandom(size - len(taken))


@dataclass
class LoneDomain:
    """One logical channel of one domain."""

    channel: SecureChannel
    answers: dict[bytes, bytes]
    handlers: dict[int, Callable[[Command], Response]]
    chain: CommandChain = field(default_factory=CommandChain)
    answer: LongAnswer = field(default_factory=LongAnswer)

    def transmit(self, command: Command) -> Response:
        try:
            if command.ins == INS.GET_RESPONSE and not secured(command):
                return self.answer.next(command)
            self.answer.forget()
            whole = self.chain.taken(command)
            if whole is None:
                return Response(SW.OK)
            return self.answer.first(self._answered(whole), whole.le)
        except Refused as refusal:
            return Response(refusal.sw)

    def _answered(self, command: Command) -> Response:
        if command.ins == INITIALIZE_UPDATE and not secured(command):
            return self.channel.initialize_update(command)
        if command.ins == EXTERNAL_AUTHENTICATE:
            return self.channel.external_authenticate(command)
        plain = self.channel.received(command)
        if not self.channel.authenticated and plain.ins != FREE:
            raise Refused(SW.SECURITY_STATUS_NOT_SATISFIED)
        try:
            return self.channel.answered(self._content(plain))
        except Refused as refusal:
            return self.channel.answered(Response(refusal.sw))

    def _content(self, plain: Command) -> Response:
        if plain.ins in self.handlers:
            return self.handlers[plain.ins](plain)
        told = self.answers.get(written(plain))
        if told is not None:
            return Response(int.from_bytes(told[-2:], "big"), told[:-2])
        sw = plain.p1 << 8 | plain.p2 if plain.ins == ECHO else 0
        return Response(sw or SW.OK, plain.data)


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
        self._store = Store(MemoryMedium())
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
        return ATR

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
        channel = SecureChannel(KeySets(self._store, aid), random, Options(told["i"]), aid)
        channel.diversification = bytes.fromhex(told.get("diversification", "00" * 10))
        answers = self.configuration.get("answers", {})
        script = {bytes.fromhex(key): bytes.fromhex(value) for key, value in answers.items()}
        handlers = self._handlers(aid, channel, registered=listed is not None)
        self._domains[number] = LoneDomain(channel, script, handlers)
        return Response(sw)

    def _selection(self, listed: Entry) -> int:
        """9000, 6283, or 6A81 for none. Raises Refused (6A82) for what is passed over."""
        final = has(listed.privileges, Privilege.FINAL_APPLICATION)
        if listed.kind is not Kind.ISSUER and not ContentLifeCycle().selectable(listed.state):
            raise Refused(SW.FILE_NOT_FOUND)
        return CardLifeCycle().selection(self._registry.card_state, final=final)

    def _handlers(
        self, aid: bytes, channel: SecureChannel, *, registered: bool
    ) -> dict[int, Callable[[Command], Response]]:
        handlers: dict[int, Callable[[Command], Response]] = {
            PUT_KEY: PutKey(channel.keys, lambda: channel.dek),
        }
        if registered:
            handlers[SET_STATUS] = SetStatus(aid, self._registry)
            handlers[GET_STATUS] = GetStatus(aid, self._registry)
            handlers[DELETE] = DeleteKeys(channel.keys)
            handlers[GET_DATA] = KeyInformation(channel.keys)
        return handlers


def entry(told: dict[str, Any]) -> Entry:
    """One of the configuration's list."""
    return Entry(
        Kind(told["kind"]), bytes.fromhex(told["aid"]), told["state"],
        bytes.fromhex(told["domain"]), read_privileges(bytes.fromhex(told["privileges"])),
    )  # fmt: skip


def secured(command: Command) -> bool:
    """A command that claims protection is judged by that first, whatever it asks for."""
    found = ClassByte.parse(command.cla)
    return found is not None and found.messaging is not Messaging.NONE


def written(command: Command) -> bytes:
    """A short command as bytes again."""
    body = bytes((len(command.data) & 0xFF,)) + command.data if command.data else b""
    le = b"" if command.le is None else bytes((command.le & 0xFF,))
    return bytes((command.cla, command.ins, command.p1, command.p2)) + body + le


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
    if kind == b"N":
        card.renew()
        return b"A"
    return b"U"


if __name__ == "__main__":
    serve(LoneCard(json.loads(sys.argv[1])), sys.stdin.buffer, sys.stdout.buffer)
