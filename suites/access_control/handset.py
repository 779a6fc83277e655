"""A phone under test, with its rules in the tester's hands: what an app gets is found by doing it.

All of it speaks of REQ-2-1-m. A phone that lacks what the port asks for ends ``BenchError``, for
then nothing is learnt about access control.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace

from fixtures.bench import Bench
from fixtures.card.apdu import SW, Command, Response
from fixtures.card.global_platform_values import tlv
from fixtures.outcome import BenchError, Violation, expect_sw
from fixtures.phone import Phone
from fixtures.targets.omapi import Raised, SignedApp
from suites.access_control.cts import aid as test_applet
from suites.access_control.model import Decision
from suites.access_control.rules import ALWAYS, Rule, content_of, parse_rules

RULE = "REQ-2-1-m"
SECURITY = Raised("SecurityException")
PLAIN, LONG, MISSING = test_applet("31"), test_applet("32"), test_applet("FF")
ARA_M = bytes.fromhex("A00000015141434C00")
ALL_RULES, SPECIFIC, NEXT_PIECE, REFRESH_TAG = 0xFF40, 0xFF50, 0xFF60, 0xDF20
STORE, DELETE, UPDATE_TAG = 0xF0, 0xF1, 0xF2
MOST_PIECES = 300


@dataclass(frozen=True)
class Seen:
    """What an app got: whether a channel opened, and which of the commands went through."""

    opens: bool
    sends: tuple[bool, ...] = ()


def expected(decision: Decision, commands: Sequence[bytes]) -> Seen:
    """What a decision of the model means for these commands."""
    if not decision.open:
        return Seen(opens=False)
    return Seen(opens=True, sends=tuple(decision.sends(command) for command in commands))


@dataclass(frozen=True)
class Handset:
    """``reader``: of the element that is spoken of."""

    phone: Phone
    reader: str
    apps: tuple[SignedApp, ...]

    @property
    def of_one_signer(self) -> tuple[SignedApp, ...]:
        return tuple(app for app in self.apps if len(app.hashes) <= 2)

    @property
    def of_two_signers(self) -> SignedApp | None:
        return next((app for app in self.apps if len(app.hashes) > 2), None)

    @contextmanager
    def kept(self, *, renewed: bool) -> Iterator[None]:
        """Afterwards the rules are there that are there now; not needed where all is new then."""
        before = () if renewed else self.rules()
        try:
            yield
        finally:
            if not renewed:
                self.set_rules(before)

    def has(self, aid: bytes) -> bool:
        """Whether the element has this application, found out with a rule that lets everybody in.

        Leaves no rule.
        """
        self.set_rules([Rule(b"", b"", ALWAYS)])
        session = self.session(self.apps[0])
        opened = self.phone.open(session, aid)
        self.phone.close_session(session)
        self.set_rules([])
        if opened == SECURITY:
            raise Violation(RULE, shown(opened), "a channel", "a rule lets all apps in everywhere")
        return isinstance(opened, int)

    # --- rules ---------------------------------------------------------------------------------

    def set_rules(self, rules: Iterable[Rule]) -> None:
        """These, and no others."""
        self.changed(DELETE, b"")
        self.store(*rules)

    def store(self, *rules: Rule) -> None:
        """Add to those that are there."""
        for rule in rules:
            self.changed(STORE, bytes(rule))

    def changed(self, tag: int, content: bytes) -> None:
        answer = self.phone.ara_m(self.reader, store_data(tag, content))
        expect_sw(RULE, answer, SW.OK, where=f"STORE DATA {tag:X} by the rules' owner")

    def get_data(self, tag: int, data: bytes = b"", le: int = 256) -> Response:
        return self.phone.ara_m(self.reader, get_data(tag, data, le))

    def rules(self) -> tuple[Rule, ...]:
        """All that the ARA-M tells, put together from its pieces."""
        return told_rules(self.get_data)

    # --- as an app -----------------------------------------------------------------------------

    def session(self, app: SignedApp) -> int:
        opened = self.phone.session(app.name, self.reader)
        if isinstance(opened, Raised):
            raise Violation(RULE, opened.name, "a session", f"{app.name} opens one")
        return opened

    def channel(
        self, app: SignedApp, aid: bytes | None, p2: int = 0, *, basic: bool = False
    ) -> int:
        """In a session of its own; ``Violation`` where there is none to be had."""
        opened = self.phone.open(self.session(app), aid, p2, basic=basic)
        if not isinstance(opened, int):
            raise Violation(RULE, shown(opened), "a channel", f"{app.name} opens {named(aid)}")
        return opened

    def seen(
        self, app: SignedApp, aid: bytes | None, commands: Sequence[bytes], *, basic: bool = False
    ) -> Seen:
        """Try it, and leave nothing open."""
        session = self.session(app)
        try:
            channel = self.phone.open(session, aid, basic=basic)
            if channel == SECURITY:
                return Seen(opens=False)
            if not isinstance(channel, int):
                where = f"{app.name} opens {named(aid)}"
                raise Violation(RULE, shown(channel), "a channel or SecurityException", where)
            return Seen(True, tuple(self._sends(channel, command) for command in commands))
        finally:
            self.phone.close_session(session)

    def _sends(self, channel: int, command: bytes) -> bool:
        answer = self.phone.transmit(channel, command)
        if isinstance(answer, Raised) and answer != SECURITY:
            where = command.hex().upper()
            raise Violation(RULE, answer.name, "an answer or SecurityException", where)
        return answer != SECURITY


@contextmanager
def handset_with(bench: Bench, aid: bytes) -> Iterator[Handset]:
    """The phone, with the reader of the element that has this application.

    A specimen that cannot be renewed gets the rules back that were there. ``BenchError`` where no
    element has the application, or apps are missing.
    """
    phone = Phone(bench)
    apps = phone.apps()
    made = Handset(phone, "", apps)
    if len(made.of_one_signer) < 3 or made.of_two_signers is None:
        raise BenchError("platform.omapi_access: needs three apps of one signer and one of two")
    readers = phone.readers(apps[0].name)
    names = () if isinstance(readers, Raised) else readers
    for reader in (one for one in names if one.startswith("eSE")):
        found = replace(made, reader=reader)
        with found.kept(renewed=bench.statement.has("specimen.renew")):
            if found.has(aid):
                yield found
                return
    raise BenchError(f"no element of {', '.join(names) or 'no reader'} has {aid.hex().upper()}")


def store_data(tag: int, content: bytes) -> Command:
    """One command of the rules' owner (STORE DATA, last block, BER-TLV)."""
    return Command(0x80, 0xE2, 0x90, 0x00, tlv(tag, content))


def get_data(tag: int, data: bytes = b"", le: int = 256) -> Command:
    return Command(0x80, 0xCA, tag >> 8, tag & 0xFF, data, le)


def told_rules(ask: Callable[[int], Response]) -> tuple[Rule, ...]:
    """FF40, then FF60 until 6985; 6A88 for no rules. ``Violation`` for anything else."""
    answer = ask(ALL_RULES)
    if answer.sw == SW.REFERENCED_DATA_NOT_FOUND:
        return ()
    held = b""
    for _ in range(MOST_PIECES):
        if not answer.ok:
            break
        held += answer.data
        answer = ask(NEXT_PIECE)
    expect_sw(RULE, answer, SW.CONDITIONS_NOT_SATISFIED, where="the rules were told")
    try:
        return parse_rules(content_of(held, ALL_RULES))
    except ValueError as error:
        raise Violation(RULE, str(error), "rules", "GET DATA FF40") from None


def shown(answer: object) -> str:
    """What an app got, in a word."""
    return answer.name if isinstance(answer, Raised) else "null" if answer is None else str(answer)


def named(aid: bytes | None) -> str:
    return "the default application" if aid is None else aid.hex().upper()
