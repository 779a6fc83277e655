"""Before a real device: every byte that reaches a fake one is looked at."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fixtures.card.jpki import EF, JpkiCard
from fixtures.guard import Guard, GuardedChannel
from fixtures.outcome import NotRun
from fixtures.provenance import Origin, Provenance
from fixtures.recorder import RecordedChannel, Recorder
from fixtures.targets.port import AccessPath
from fixtures.wear import Specimen, WearBook

TEST = Provenance(Origin.TEST, "made for this test")
PRODUCTION = Provenance(Origin.PRODUCTION, "EF 000B bears the name of the production CA")
LIMITS = {"key_generations": 2, "challenges": 250, "failed_authentications": 1}


@dataclass
class FakeDevice:
    """Takes no PIN for right, and remembers every byte it got."""

    tries: int = 3
    answer: bytes = b""  # to everything, when it is not empty
    got: list[bytes] = field(default_factory=list)

    def reset(self) -> bytes:
        return b"\x3b\x00"

    def transmit(self, command: bytes, /) -> bytes:
        self.got.append(command)
        if command[1:2] == b"\x20" and len(command) > 4:
            self.tries = max(0, self.tries - 1)
        return self.answer or (0x63C0 | self.tries).to_bytes(2, "big")


def guarded(device: FakeDevice, guard: Guard | None = None) -> JpkiCard:
    recorded = RecordedChannel(device, AccessPath.CONTACT, Recorder())
    return JpkiCard(GuardedChannel(recorded, guard or Guard(TEST, may_destroy=False, wear=None)))


def book(folder: Path) -> WearBook:
    return WearBook(Specimen("ACME", "Phone 1", "GP-SE A", "0001"), LIMITS, folder)


# --- the last try -------------------------------------------------------------------------


def test_a_wrong_pin_in_a_statement_costs_two_tries_at_the_most():
    device = FakeDevice(tries=3)
    card = guarded(device)
    for _ in range(2):
        card.verify(EF.USER_PIN, b"0000")
    for _ in range(20):
        with pytest.raises(NotRun, match="would have blocked the PIN for good"):
            card.verify(EF.USER_PIN, b"0000")
    assert device.tries == 1
    assert sum(len(command) > 4 for command in device.got) == 2


def test_with_one_try_left_no_pin_byte_reaches_the_device():
    device = FakeDevice(tries=1)
    with pytest.raises(NotRun):
        guarded(device).verify_current(b"1234")
    assert device.got == [bytes.fromhex("00200080")]


@pytest.mark.parametrize("answer", ["6982", "6983", "6A88", "6D00", "63", ""])
def test_a_card_that_does_not_tell_its_tries_gets_no_pin(answer: str):
    """Whatever it answers: only a number of at least two, or 9000, opens the way."""
    device = FakeDevice(answer=bytes.fromhex(answer) or b"\x00")
    with pytest.raises(NotRun, match="VERIFY was not sent"):
        guarded(device).verify(EF.USER_PIN, b"0000")
    assert device.got == [bytes.fromhex("00200098")]


def test_a_pin_that_is_verified_already_may_be_presented():
    device = FakeDevice(answer=bytes.fromhex("9000"))
    guarded(device).verify(EF.USER_PIN, b"0000")
    assert len(device.got) == 2


def test_asking_passes_unhindered():
    device = FakeDevice(tries=0)
    assert guarded(device).tries_left(EF.PASSWORD).tries_left == 0
    assert device.got == [bytes.fromhex("0020009B")]


def test_who_may_destroy_is_not_held_up():
    device = FakeDevice(tries=1)
    guarded(device, Guard(TEST, may_destroy=True, wear=None)).verify(EF.USER_PIN, b"0000")
    assert device.tries == 0


@given(st.lists(st.sampled_from([EF.USER_PIN, EF.PASSWORD]), max_size=12), st.integers(0, 5))
def test_no_order_of_tests_spends_the_last_try(order: list[EF], tries: int):
    device = FakeDevice(tries)
    card = guarded(device)
    for ef in order:
        try:
            card.verify(ef, b"0000")
        except NotRun:
            continue
    assert device.tries >= min(tries, 1)


# --- somebody's card ----------------------------------------------------------------------

MUST_NOT = {
    "VERIFY": "0020009804 30303030",
    "COMPUTE DIGITAL SIGNATURE": "802A0080010100",
    "GENERATE ASYMMETRIC KEY PAIR": "00468000000000",
    "CHANGE REFERENCE DATA": "0024019804 31313131",
    "RESET RETRY COUNTER": "002C029804 31313131",
    "EXTERNAL AUTHENTICATE": "0082008110 00112233445566778899AABBCCDDEEFF",
    "UPDATE BINARY": "00D6000001 00",
    "GET CHALLENGE": "0084000008",
}


@pytest.mark.parametrize("name", MUST_NOT)
def test_a_production_card_gets_nothing_active_and_the_refusal_says_what_for(name: str):
    device = FakeDevice()
    channel = guarded(device, Guard(PRODUCTION, may_destroy=True, wear=None)).channel
    with pytest.raises(NotRun, match=f"^{name} was not sent: EF 000B bears .* would have"):
        channel.transmit(bytes.fromhex(MUST_NOT[name]))
    assert device.got == []


@given(st.binary(max_size=12))
def test_only_select_and_reading_reach_a_production_card(command: bytes):
    """The rule restated: at least a header, and one of A4, B0, B1, C0."""
    device = FakeDevice()
    channel = guarded(device, Guard(PRODUCTION, may_destroy=True, wear=None)).channel
    harmless = len(command) >= 4 and command[1] in (0xA4, 0xB0, 0xB1, 0xC0)
    try:
        channel.transmit(command)
    except NotRun:
        assert not harmless
    assert device.got == ([command] if harmless else [])


def test_an_unknown_origin_is_treated_like_production():
    device = FakeDevice()
    unknown = Provenance(Origin.UNKNOWN, "EF 0002 holds no CA certificate")
    with pytest.raises(NotRun):
        guarded(device, Guard(unknown, may_destroy=True, wear=None)).tries_left(EF.USER_PIN)
    assert device.got == []


# --- wear ---------------------------------------------------------------------------------


def test_key_pairs_are_counted_over_campaigns(tmp_path: Path):
    device = FakeDevice(answer=bytes.fromhex("9000"))
    for _ in range(2):
        guard = Guard(TEST, may_destroy=True, wear=book(tmp_path))
        guarded(device, guard).generate(EF.USER_KEY)
        guard.close()
    sent = len(device.got)
    card = guarded(device, Guard(TEST, may_destroy=True, wear=book(tmp_path)))
    with pytest.raises(
        NotRun, match="key generation 3 of specimen 0001, and the statement allows 2"
    ):
        card.generate(EF.USER_KEY)
    assert len(device.got) == sent + 1, "the SELECT before it, and no more"
    assert guarded(device).public_key_object(EF.USER_KEY).ok, "reading the key makes none"


def test_an_authentication_counts_only_when_it_fails(tmp_path: Path):
    device = FakeDevice(answer=bytes.fromhex("9000"))
    card = guarded(device, Guard(TEST, may_destroy=True, wear=book(tmp_path)))
    for _ in range(3):
        card.external_authenticate(bytes(16))
    device.answer = bytes.fromhex("6300")
    card.external_authenticate(bytes(16))
    with pytest.raises(NotRun, match=r"failed authentication 2 .* lock the card for good"):
        card.external_authenticate(bytes(16))
    assert len(device.got) == 4


@pytest.mark.parametrize("cla", [0x84, 0x85, 0xE0], ids="{:02X}".format)
def test_a_wrong_key_of_a_secure_channel_is_tried_once(tmp_path: Path, cla: int):
    """On any logical channel; the next attempt is not even begun by its second command."""
    device = FakeDevice(answer=bytes.fromhex("6300"))
    recorded = RecordedChannel(device, AccessPath.CONTACT, Recorder())
    guard = Guard(TEST, may_destroy=True, wear=book(tmp_path))
    channel = GuardedChannel(recorded, guard)
    external_authenticate = bytes((cla, 0x82, 0x33, 0x00, 0x10)) + bytes(16)
    channel.transmit(external_authenticate)
    with pytest.raises(NotRun, match=r"has had|failed authentication 2"):
        channel.transmit(external_authenticate)
    assert device.got == [external_authenticate]


def test_challenges_are_counted_and_what_was_not_used_is_given_back(tmp_path: Path):
    device = FakeDevice(answer=bytes(8) + b"\x90\x00")
    guard = Guard(TEST, may_destroy=False, wear=book(tmp_path))
    card = guarded(device, guard)
    for _ in range(130):
        card.challenge()
    assert book(tmp_path).counts()["challenges"] == 200, "charged by the hundred"
    guard.close()
    assert book(tmp_path).counts()["challenges"] == 130
