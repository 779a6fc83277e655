"""The access rule application master: who in the phone may talk to whom on the card.

GPD_SPE_013 v1.1. Anybody may read the rules (``80 CA``): FF40 all of them, FF60 the rest of them,
FF50 the one for a REF-DO, DF20 the refresh tag. Changing them (``80 E2 90 00``: F0 store, F1
delete, F2 new refresh tag; F3 to F5 read) takes ``entitled``, which the platform says of a session
with this application's security domain. All of it is persistent, and a change is one transaction.
Parameters and class bytes that are not known are answered as by AOSP's test applet.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from reference_impl.applet.apdu import SHORT_MAXIMUM, SW, Command, Refused, Response
from reference_impl.chip.drbg import RandomBytes
from reference_impl.chip.memory import Store, Transaction
from reference_impl.platform import tlv
from reference_impl.platform.ara_rules import (
    AID_REF,
    AR_DO,
    NEVER,
    REF_AR_DO,
    REF_DO,
    Reference,
    RuleCoding,
    StoredRule,
)
from reference_impl.platform.class_byte import ClassByte

ARA_M_AID = bytes.fromhex("A00000015141434C00")
GET_DATA, STORE_DATA = 0xCA, 0xE2
ALL, SPECIFIC, NEXT, REFRESH_TAG = 0xFF40, 0xFF50, 0xFF60, 0xDF20
STORE, DELETE, UPDATE_TAG, GET, GET_ALL, GET_NEXT = 0xF0, 0xF1, 0xF2, 0xF3, 0xF4, 0xF5
ONE_BER_BLOCK = (0x90, 0x00)  # P1 and P2 of STORE DATA
RULES, TAG = "access rules", "access refresh tag"  # in the store
TAG_SIZE = 8
ROOM = 32_768  # bytes of rules; OUR DESIGN


@dataclass
class AraM:
    """One ARA-M; what is left of a long answer belongs to the channel it was asked on."""

    store: Store
    random: RandomBytes
    coding: RuleCoding = field(default_factory=RuleCoding)
    entitled: Callable[[], bool] = lambda: False
    _rest: dict[int, bytes] = field(default_factory=dict, init=False, repr=False)

    def install(self) -> None:
        """Without a rule."""
        with self.store.transaction() as changes:
            self.put(changes, ())

    @property
    def installed(self) -> bool:
        return TAG in self.store

    def power_on(self) -> None:
        """Nothing of an answer is left."""
        self._rest.clear()

    def deselect(self, channel: int = 0) -> None:
        self._rest.pop(channel, None)

    def process(self, command: Command) -> Response:
        try:
            return self._answer(command)
        except Refused as refusal:
            return Response(refusal.sw)

    def _answer(self, command: Command) -> Response:
        found = ClassByte.parse(command.cla)
        if found is None or not found.proprietary:
            raise Refused(SW.CLA_NOT_SUPPORTED)
        return self.answer(command, found.channel)

    def answer(self, command: Command, channel: int) -> Response:
        """A command of a proprietary class. Raises Refused."""
        if command.ins == GET_DATA:
            return self.get_data(command, channel)
        if command.ins == STORE_DATA:
            return self.store_data(command, channel)
        raise Refused(SW.INS_NOT_SUPPORTED)

    # --- reading -----------------------------------------------------------------------------

    def get_data(self, command: Command, channel: int) -> Response:
        wanted = command.p1 << 8 | command.p2
        size = min(command.le or SHORT_MAXIMUM, SHORT_MAXIMUM)
        if wanted == NEXT:
            return self.following(channel, size)
        self._rest.pop(channel, None)
        if wanted == ALL:
            return self.first(channel, self.all_rules(), size)
        if wanted == SPECIFIC:
            return self.first(channel, self.specific(command.data), size)
        if wanted == REFRESH_TAG:
            return Response(SW.OK, tlv.written(REFRESH_TAG, self.store[TAG]))
        raise Refused(SW.WRONG_OFFSET)

    def first(self, channel: int, answer: bytes, size: int) -> Response:
        """Its outer length tells how much there is to come."""
        self._rest[channel] = answer
        return self.following(channel, size)

    def following(self, channel: int, size: int) -> Response:
        """Raises Refused (6985) with nothing left."""
        rest = self._rest.pop(channel, b"")
        if not rest:
            raise Refused(SW.CONDITIONS_NOT_SATISFIED)
        if rest[size:]:
            self._rest[channel] = rest[size:]
        return Response(SW.OK, rest[:size])

    def all_rules(self) -> bytes:
        """Response-ALL-REF-AR-DO. Raises Refused (6A88) where there is none."""
        raw = self.store[RULES]
        if not raw:
            raise Refused(SW.REFERENCED_DATA_NOT_FOUND)
        return tlv.written(ALL, raw)

    def specific(self, data: bytes) -> bytes:
        """Response-AR-DO for one REF-DO. Raises Refused (6A88) where nothing is said of it."""
        found = list(tlv.objects(data))
        if [tag for tag, _ in found] != [REF_DO]:
            raise Refused(SW.INCORRECT_DATA)
        wanted = self.coding.reference(found[0][1])
        own = [rule.access for rule in self.rules() if self.concerns(rule, wanted)]
        if not own and self.reserved(wanted):
            own = [NEVER]
        if not own:
            raise Refused(SW.REFERENCED_DATA_NOT_FOUND)
        return tlv.written(SPECIFIC, b"".join(tlv.written(AR_DO, access) for access in own))

    def concerns(self, rule: StoredRule, wanted: Reference) -> bool:
        """The very same application and the very same app."""
        told = rule.reference
        return (told.application, told.device) == (wanted.application, wanted.device)

    def reserved(self, wanted: Reference) -> bool:
        """A rule for some app shuts out all others it says nothing of (3.2.1)."""
        named = (rule.reference for rule in self.rules() if rule.reference.device)
        return bool(wanted.device) and any(told.application == wanted.application for told in named)

    def rules(self) -> tuple[StoredRule, ...]:
        """In the order they were stored."""
        return self.coding.rules(self.store[RULES])

    # --- changing ----------------------------------------------------------------------------

    def store_data(self, command: Command, channel: int) -> Response:
        """One command data object, alone in the data field."""
        self.admit_change()
        if (command.p1, command.p2) != ONE_BER_BLOCK:
            raise Refused(SW.INCORRECT_P1_P2)
        found = list(tlv.objects(command.data))
        if len(found) != 1:
            raise Refused(SW.INCORRECT_DATA)
        (asked, content), size = found[0], command.le or SHORT_MAXIMUM
        if asked in (GET, GET_ALL):
            answer = self.all_rules() if asked == GET_ALL else self.specific(content)
            return self.first(channel, answer, size)
        if asked == GET_NEXT:
            return self.following(channel, size)
        with self.store.transaction() as changes:
            self.change(changes, asked, content)
        return Response(SW.OK)

    def change(self, changes: Transaction, asked: int, content: bytes) -> None:
        """F0, F1 or F2, by whoever may. Raises Refused (6A80 and 6A84)."""
        if asked not in (STORE, DELETE, UPDATE_TAG):
            raise Refused(SW.INCORRECT_DATA)
        self._rest.clear()
        self.put(changes, tuple(self.changed(asked, content)))

    def admit_change(self) -> None:
        """Raises Refused (6982) for anybody but its security domain."""
        if not self.entitled():
            raise Refused(SW.SECURITY_STATUS_NOT_SATISFIED)

    def changed(self, asked: int, content: bytes) -> Iterator[StoredRule]:
        """All rules afterwards."""
        kept = self.rules()
        if asked == DELETE:
            yield from (rule for rule in kept if not self.deleted(rule, content))
            return
        yield from kept
        if asked == STORE:
            yield from self.new(content, kept)

    def new(self, content: bytes, kept: tuple[StoredRule, ...]) -> Iterator[StoredRule]:
        """What is there already is not stored twice."""
        told = self.coding.rules(content)
        if not told:
            raise Refused(SW.INCORRECT_DATA)
        yield from (rule for rule in dict.fromkeys(told) if rule not in kept)

    def deleted(self, rule: StoredRule, content: bytes) -> bool:
        """By AID, by reference, or the very rule; nothing named means all of them."""
        named = list(tlv.objects(content))
        for tag, value in named:
            if tag == AID_REF and rule.reference.application == value:
                return True
            if tag == REF_DO and self.concerns(rule, self.coding.reference(value)):
                return True
            if tag == REF_AR_DO and rule == self.coding.rule(value):
                return True
            if tag not in (AID_REF, REF_DO, REF_AR_DO):
                raise Refused(SW.INCORRECT_DATA)
        return not named

    def put(self, changes: Transaction, rules: tuple[StoredRule, ...]) -> None:
        """Rules and refresh tag together, or neither. Raises Refused (6A84)."""
        raw = b"".join(map(bytes, rules))
        if len(raw) > ROOM:
            raise Refused(SW.NOT_ENOUGH_MEMORY)
        changes[RULES] = raw
        changes[TAG] = self.next_tag()

    def next_tag(self) -> bytes:
        """Another one than before, so that every cache of the rules knows it is stale."""
        drawn = self.random.generate(TAG_SIZE)
        if drawn != self.store.get(TAG):
            return drawn
        return bytes(byte ^ 0xFF for byte in drawn)
