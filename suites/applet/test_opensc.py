"""OpenSC, unchanged and through the real PC/SC daemon, works with the target.

Its sources know the JPKI application from issued cards and share nothing with this suite, so
whatever both of us had misread in the same way would show here. The target is served as a
virtual card by a process of its own, fresh for every test, to a daemon that is ours alone.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from fixtures.bench import expect_sw
from fixtures.card.apdu import SW
from fixtures.card.jpki import EF, JpkiCard
from fixtures.opensc import (
    CA_CERTIFICATES,
    CERTIFICATE,
    PIN,
    PRIVATE_KEY,
    PUBLIC_KEY,
    SIGNATURE_TOKEN,
    USER_TOKEN,
    OpenSc,
    OpenScError,
    opensc_client,
)
from fixtures.outcome import BenchError, Inconclusive, NotRun, Violation, expect
from fixtures.pcsc_daemon import DaemonUnavailable, private_daemon
from fixtures.recorder import RecordedChannel
from fixtures.targets.port import AccessPath
from fixtures.vpcd_reader import POWER_OFF, POWER_ON, RESET, VirtualReader, card_process

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from fixtures.ics.statement import Statement
    from fixtures.opensc import Token
    from fixtures.recorder import Recorder

REAL = "JPKI-REAL-01"
J_10 = "JPKI-J-10"
ALL_OBJECTS = {PIN: 2, PRIVATE_KEY: 2, PUBLIC_KEY: 2, CERTIFICATE: 4}
USER_PIN_LABEL = "User Authentication PIN"
LOCKED = {"gpse": "CKR_PIN_LOCKED", "card": "CKR_GENERAL_ERROR"}  # from 6983 and 6984
PEM = b"-----BEGIN CERTIFICATE-----"
MESSAGE = b"signed by a card that OpenSC has found by itself\n"
NOT_SATISFIED = SW.SECURITY_STATUS_NOT_SATISFIED
DIGEST_INFO = bytes.fromhex("3031300D060960864801650304020105000420") + bytes(32)


@pytest.fixture
def opensc(serve_card_command: Callable[[int], list[str]]) -> Iterator[OpenSc]:
    """OpenSC with the target in the only reader it can see."""
    try:
        with private_daemon() as daemon, opensc_client(daemon) as client:
            served = daemon.command(serve_card_command(daemon.port))
            with card_process(served, daemon.has_card):
                client.wait_for_card()
                yield client
    except DaemonUnavailable as reason:
        raise NotRun(str(reason)) from reason


@contextmanager
def must(succeed_in: str) -> Iterator[None]:
    """Where OpenSC gives up, the target has not been one it can work with."""
    try:
        yield
    except OpenScError as error:
        raise Violation(REAL, str(error), succeed_in) from error


@pytest.mark.requirement(REAL)
@pytest.mark.needs("client.opensc")
def test_opensc_recognises_the_card_and_lists_its_objects(opensc: OpenSc) -> None:
    """The name alone may come from the ATR; the list takes SELECT, retry query and READ."""
    with must("the driver's name"):
        expect(REAL, opensc.driver_name(), "jpki")
    with must("a list of objects"):
        expect(REAL, opensc.dump().counts, ALL_OBJECTS, "pkcs15-tool --dump")
    with must("the CA certificates, which no PIN guards"):
        read = [opensc.read_certificate(object_id) for object_id in CA_CERTIFICATES]
    expect(REAL, all(PEM in certificate for certificate in read), True, "--read-certificate")


@pytest.mark.requirement(REAL)
@pytest.mark.needs("client.opensc", "pin.auth")
def test_a_signature_by_the_user_key_verifies(opensc: OpenSc, statement: Statement) -> None:
    """PKCS#11 login with the user PIN, sign, verify by OpenSSL with the card's certificate."""
    sign_and_verify(opensc, USER_TOKEN, statement.secret("user_pin"))


@pytest.mark.requirement(REAL)
@pytest.mark.needs("client.opensc", "pin.sign")
def test_a_signature_by_the_signature_key_verifies(opensc: OpenSc, statement: Statement) -> None:
    """As with the user key; OpenSC presents the password twice (CKA_ALWAYS_AUTHENTICATE)."""
    sign_and_verify(opensc, SIGNATURE_TOKEN, statement.secret("password"))


def sign_and_verify(opensc: OpenSc, token: Token, pin: bytes) -> None:
    with must("a certificate"):
        certificate = opensc.read_certificate(token.object_id, pin)
    with must("a signature"):
        signature = opensc.sign(token, pin, MESSAGE)
    verifies = opensc.verifies(certificate, MESSAGE, signature)
    expect(REAL, verifies, True, f"openssl dgst -verify of {len(signature)} bytes")


@pytest.mark.requirement(REAL)
@pytest.mark.needs("client.opensc", "pin.auth", "pin.sign")
@pytest.mark.destructive
def test_a_locked_user_pin_is_told_as_locked(opensc: OpenSc, statement: Statement) -> None:
    """The card stays usable: OpenSC still binds to it, and the other key still signs."""
    right = statement.secret("user_pin")
    wrong = another(right)
    with must("a list of objects"):
        tries = opensc.dump().tries_left[USER_PIN_LABEL]
    with must("the refusal of a PIN by name"):
        answers = [opensc.login(USER_TOKEN, wrong) for _ in range(tries)]
        expect(REAL, answers, ["CKR_PIN_INCORRECT"] * tries, "wrong PINs")
        locked = opensc.login(USER_TOKEN, right)
    expect(REAL, locked, LOCKED[statement.pixit.profile], "the right PIN, once blocked")
    with must("a list of objects of a card with a blocked PIN"):
        dump = opensc.dump()
    expect(REAL, (dump.counts, dump.tries_left[USER_PIN_LABEL]), (ALL_OBJECTS, 0))
    sign_and_verify(opensc, SIGNATURE_TOKEN, statement.secret("password"))


@pytest.mark.requirement(J_10)
@pytest.mark.needs("client.opensc", "pin.auth", "pin.sign")
@pytest.mark.parametrize(
    "reset_by", [(POWER_OFF, POWER_ON), (RESET,)], ids=["power_off_and_on", "reset"]
)
def test_a_reset_by_the_reader_ends_pin_states_and_keeps_counters(
    reset_by: Sequence[bytes],
    serve_card_command: Callable[[int], list[str]],
    statement: Statement,
    recorder: Recorder,
) -> None:
    """What a PC/SC reader does to a card, straight on the wire: no daemon in between."""
    with VirtualReader(reset_by) as reader:  # noqa: SIM117  the port is known inside
        with card_process(serve_card_command(reader.port), reader.has_card):
            card = JpkiCard(RecordedChannel(reader, AccessPath.CONTACT, recorder))
            card.power_cycle()
            password = statement.secret("password")
            fill_counter(card, password)
            before = tries_after_select_and_wrong_password(card, password)
            card.verify(EF.USER_PIN, statement.secret("user_pin"))
            if card.sign(EF.USER_KEY, DIGEST_INFO).sw == NOT_SATISFIED:
                raise Inconclusive("the user PIN opens no key, so no PIN state is there to end")
            card.power_cycle()
            expect_sw(J_10, card.sign(EF.USER_KEY, DIGEST_INFO), NOT_SATISFIED, where="a reset")
            after = card.verify(EF.PASSWORD, another(password)).sw
            fill_counter(card, password)
            expect(J_10, after, before - 1, "a wrong password that followed a reset")


def tries_after_select_and_wrong_password(card: JpkiCard, password: bytes) -> int:
    """The status word 63Cx, once SELECT alone is known to leave the counter as it is."""
    first = card.verify(EF.PASSWORD, another(password)).sw
    card.select_ap()
    second = card.verify(EF.PASSWORD, another(password)).sw
    if not 0x63C2 <= second == first - 1:
        fill_counter(card, password)
        raise Inconclusive(f"wrong passwords answer {first:04X}, {second:04X} without a reset")
    return second


def another(secret: bytes) -> bytes:
    """A well-formed value that differs in its last character."""
    return secret[:-1] + (b"1" if secret[-1:] == b"0" else b"0")


def fill_counter(card: JpkiCard, password: bytes) -> None:
    """Full counter first: the wrong password that follows must never be the last one."""
    if not card.verify(EF.PASSWORD, password).ok:
        raise BenchError("the statement's password is refused; no wrong one is tried on top")
