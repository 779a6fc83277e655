"""OpenSC, unchanged and through the real PC/SC daemon, works with the target.

Its sources know the JPKI application from issued cards and share nothing with this suite, so
whatever both of us had misread in the same way would show here. The target is served as a
virtual card by a process of its own, fresh for every test, to a daemon that is ours alone.
"""

from __future__ import annotations

import socket
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from fixtures.bench import Bench
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
from fixtures.outcome import BenchError, Inconclusive, NotRun, Violation, expect, expect_sw
from fixtures.pcsc_daemon import DaemonUnavailable, private_daemon
from fixtures.targets.resolve import Resolved
from fixtures.vpcd import served
from fixtures.vpcd_dial import dial
from fixtures.vpcd_reader import INSERT_SECONDS, POWER_OFF, POWER_ON, RESET, VirtualReader

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from fixtures.ics.statement import Statement
    from fixtures.opensc import Token

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
def opensc(bench: Bench, resolved: Resolved) -> Iterator[OpenSc]:
    """OpenSC with the target in the only reader it can see; what it sends is recorded, guarded."""
    needs_the_device(resolved)
    try:
        with (
            private_daemon() as daemon,
            opensc_client(daemon) as client,
            served(bench.channel, dial(daemon)),
        ):
            client.wait_for_card()
            yield client
    except DaemonUnavailable as reason:
        raise NotRun(str(reason)) from reason


def needs_the_device(resolved: Resolved) -> None:
    if resolved.replayed is not None:
        raise NotRun("only the device can tell: a reader's own power control is not kept in order")


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
@pytest.mark.destructive
@pytest.mark.parametrize(
    "reset_by", [(POWER_OFF, POWER_ON), (RESET,)], ids=["power_off_and_on", "reset"]
)
def test_a_reset_by_the_reader_ends_pin_states_and_keeps_counters(
    bench: Bench, resolved: Resolved, reset_by: Sequence[bytes]
) -> None:
    """What a PC/SC reader does to a card, straight on the wire: no daemon in between."""
    needs_the_device(resolved)
    with VirtualReader(reset_by) as reader:
        slot = socket.create_connection(("127.0.0.1", reader.port))
        with served(bench.channel, slot):
            wait_for(reader.has_card)
            card = JpkiCard(reader)
            card.power_cycle()
            fill_counter(card, bench.password)
            before = tries_after_select_and_wrong_password(card, bench.password)
            card.verify(EF.USER_PIN, bench.user_pin)
            if card.sign(EF.USER_KEY, DIGEST_INFO).sw == NOT_SATISFIED:
                raise Inconclusive("the user PIN opens no key, so no PIN state is there to end")
            card.power_cycle()
            expect_sw(J_10, card.sign(EF.USER_KEY, DIGEST_INFO), NOT_SATISFIED, where="a reset")
            after = card.verify(EF.PASSWORD, another(bench.password)).sw
            fill_counter(card, bench.password)
            expect(J_10, after, before - 1, "a wrong password that followed a reset")
            reader.close()


def wait_for(inserted: Callable[[], bool]) -> None:
    end = time.monotonic() + INSERT_SECONDS
    while not inserted():
        if time.monotonic() > end:
            raise BenchError("the card does not reach the reader")
        time.sleep(0.01)


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
