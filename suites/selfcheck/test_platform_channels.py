"""The phone's chip around the applet: channels, selection by name, and SCP03 through all of it."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

from fixtures.card.apdu import SW, Command
from fixtures.card.global_platform import (
    close_channel,
    get_data,
    get_status,
    open_channel,
    put_key_set,
    select,
    set_status,
)
from fixtures.card.global_platform_answers import key_information
from fixtures.card.global_platform_values import Kind, Subset
from fixtures.card.scp03_keys import StaticKeys
from fixtures.card.secure_channel import ChannelRefused
from fixtures.card.tlv import find
from suites.selfcheck.phone_card import (
    CARD_LOCKED,
    ISSUER,
    JPKI,
    KEYS,
    STATEMENT,
    PhoneCard,
    entries,
    phone_card,
)

READ = Command(0x00, 0xB0, 0x86, 0x00, le=32)
READ_USER_CERTIFICATE = Command(0x00, 0xB0, 0x8A, 0x00, le=1)
NONE_FREE = 0x6A81
ALREADY_CLOSED = 0x6200


@pytest.fixture(scope="module")
def reference() -> Iterator[PhoneCard]:
    with phone_card() as card:
        yield card


@pytest.fixture
def card(reference: PhoneCard) -> PhoneCard:
    reference.target.renew()
    reference.reset()
    return reference


def test_after_a_reset_the_issuer_is_there_and_tells_its_name(card: PhoneCard):
    assert [key.version for key in key_information(card.send(get_data(0xE0)).data)] == [0x30] * 3
    for name in (b"", ISSUER, ISSUER[:5]):
        answer = card.select(name)
        assert (answer.sw, find(find(answer.data, 0x6F), 0x84)) == (SW.OK, ISSUER)
        assert find(find(find(answer.data, 0x6F), 0xA5), 0x9F65) == b"\xff"


def test_what_is_on_the_card_as_issued(card: PhoneCard):
    channel = card.domain(level=0x33)
    (issuer,) = entries(channel, Subset.ISSUER_DOMAIN)
    assert (issuer.aid, issuer.life_cycle) == (ISSUER, 0x0F)
    listed = {entry.aid: entry for entry in entries(channel, Subset.APPLICATIONS)}
    provider = listed[JPKI].domain
    assert provider is not None
    assert listed[JPKI].life_cycle == 0x07
    assert listed[provider].life_cycle == 0x0F
    files = {entry.aid: entry for entry in entries(channel, Subset.LOAD_FILES_AND_MODULES)}
    assert JPKI in files[listed[JPKI].load_file or b""].modules


@pytest.mark.parametrize("number", [0, 1, 3, 4, 19])
@pytest.mark.parametrize("level", [0x01, 0x03, 0x11, 0x13, 0x33])
def test_a_secure_channel_opens_on_every_logical_channel(card: PhoneCard, number: int, level: int):
    for _ in range(number):
        card.open()
    channel = card.domain(level=level, number=number)
    assert channel.send(get_status(Subset.ISSUER_DOMAIN)).ok


@pytest.mark.parametrize("size", [16, 24, 32])
def test_key_sets_of_all_sizes_open_it(card: PhoneCard, size: int):
    new = StaticKeys(bytes(range(size)), bytes(range(1, size + 1)), bytes(range(2, size + 2)))
    assert card.domain(level=0x33).send(put_key_set(0x31, new, KEYS)).ok
    assert card.domain(keys=new, level=0x33, version=0x31).send(get_status(Subset.ISSUER_DOMAIN)).ok
    assert card.domain().send(get_status(Subset.ISSUER_DOMAIN)).ok, "the first set serves too"


def test_a_wrong_key_opens_nothing(card: PhoneCard):
    card.select(ISSUER)
    wrong = StaticKeys(KEYS.enc, bytes(16), KEYS.dek)
    with pytest.raises(Exception, match="cryptogram"):
        card.domain(keys=wrong)
    assert card.send(get_status(Subset.ISSUER_DOMAIN)).sw == SW.SECURITY_STATUS_NOT_SATISFIED


def test_a_session_ends_with_selection_and_with_its_channel(card: PhoneCard):
    number = card.open()
    channel = card.domain(number=number)
    card.select(ISSUER, number)
    assert channel.send(get_status(Subset.ISSUER_DOMAIN)).sw == SW.SECURITY_STATUS_NOT_SATISFIED
    channel = card.domain(number=number)
    card.close(number)
    assert card.open() == number
    assert channel.send(get_status(Subset.ISSUER_DOMAIN)).sw == SW.SECURITY_STATUS_NOT_SATISFIED


def test_sessions_on_two_channels_know_nothing_of_each_other(card: PhoneCard):
    one, two = card.domain(), card.domain(number=card.open())
    for _ in range(3):
        assert one.send(get_status(Subset.ISSUER_DOMAIN)).ok
        assert two.send(get_status(Subset.APPLICATIONS)).ok
    card.select(ISSUER)
    assert two.send(get_status(Subset.ISSUER_DOMAIN)).ok


# --- MANAGE CHANNEL --------------------------------------------------------------------------


def test_nineteen_further_channels_and_no_more(card: PhoneCard):
    assert [card.open() for _ in range(19)] == list(range(1, 20))
    assert card.send(open_channel()).sw == NONE_FREE
    card.close(7)
    assert card.open() == 7


def test_a_channel_that_is_not_open_carries_nothing(card: PhoneCard):
    for number in (1, 4, 19):
        assert card.select(JPKI, number).sw == SW.LOGICAL_CHANNEL_NOT_SUPPORTED
        assert card.send(close_channel(number)).sw == ALREADY_CLOSED


@pytest.mark.parametrize(
    ("command", "sw"),
    [
        (Command(0x00, 0x70, 0x00, 0x01, le=1), SW.WRONG_P1_P2),
        (Command(0x00, 0x70, 0x01, 0x00, le=1), SW.WRONG_P1_P2),
        (Command(0x00, 0x70, 0x80, 0x00), SW.WRONG_P1_P2),  # the basic channel
        (Command(0x00, 0x70, 0x80, 20), SW.WRONG_P1_P2),
        (Command(0x00, 0x70, 0x00, 0x00), SW.WRONG_LENGTH),
        (Command(0x00, 0x70, 0x00, 0x00, b"\x01", le=1), SW.WRONG_LENGTH),
    ],
)
def test_manage_channel_refuses_what_it_does_not_know(card: PhoneCard, command: Command, sw: int):
    assert card.send(command).sw == sw
    assert card.open() == 1


def test_a_reset_closes_all(card: PhoneCard):
    card.select(JPKI, card.open())
    card.reset()
    assert card.send(READ, 1).sw == SW.LOGICAL_CHANNEL_NOT_SUPPORTED
    assert card.select(JPKI).ok


# --- selection -------------------------------------------------------------------------------


def test_the_applet_is_selected_on_one_channel_at_a_time(card: PhoneCard):
    """It is not made for several; whoever comes second does not find it."""
    number = card.open()
    assert card.select(JPKI).ok
    assert card.select(JPKI, number).sw == SW.FILE_NOT_FOUND
    assert card.send(get_data(0xE0), number).ok, "the issuer's domain is selected there still"
    assert card.send(READ).ok
    card.select(ISSUER)
    assert card.select(JPKI, number).ok
    assert card.send(READ, number).ok


def test_a_channel_opened_from_the_applet_cannot_have_it_too(card: PhoneCard):
    number = card.open()
    card.select(JPKI, number)
    assert card.send(open_channel(), number).sw == SW.CONDITIONS_NOT_SATISFIED
    assert card.open() == 2, "from the basic channel the default application is there"


def test_an_unknown_name_leaves_the_selection_as_it_was(card: PhoneCard):
    card.select(JPKI)
    for aid in (bytes.fromhex("A00000999999"), JPKI + b"\x00", bytes(17), JPKI[:4]):
        assert card.select(aid).sw == SW.FILE_NOT_FOUND
        assert card.send(READ).ok


def test_a_partial_name_finds_the_first_and_then_the_next(card: PhoneCard):
    name, found = JPKI[:5], []
    answer = card.select(name)
    while answer.ok:
        found.append("applet" if card.send(READ).ok else "domain")
        answer = card.send(select(name, following=True))
    assert found == ["domain", "applet"]
    assert answer.sw == SW.FILE_NOT_FOUND
    assert card.send(READ).ok, "the last one is still selected"


def test_what_the_holder_proved_belongs_to_the_channel(card: PhoneCard):
    card.select(JPKI)
    assert card.send(Command(0x00, 0x20, 0x00, 0x98, STATEMENT.secret("user_pin"))).ok
    number = card.open()
    assert card.send(READ_USER_CERTIFICATE).ok
    card.select(ISSUER)
    card.select(JPKI, number)
    assert card.send(READ_USER_CERTIFICATE, number).sw == SW.SECURITY_STATUS_NOT_SATISFIED


# --- life cycle of the card ------------------------------------------------------------------


def test_on_a_locked_card_only_the_final_application_is_left(card: PhoneCard):
    channel = card.domain()
    assert channel.send(set_status(Kind.ISSUER_DOMAIN, 0x7F)).ok
    assert card.select(JPKI).sw == NONE_FREE
    assert card.send(open_channel()).sw == NONE_FREE
    assert card.select(b"").sw == CARD_LOCKED
    assert card.domain().send(set_status(Kind.ISSUER_DOMAIN, 0x0F)).ok
    assert card.select(JPKI).ok


def test_a_dead_card_tells_its_data_and_nothing_else(card: PhoneCard):
    assert card.domain().send(set_status(Kind.ISSUER_DOMAIN, 0xFF)).ok
    card.reset()
    assert card.send(get_data(0xE0)).ok
    assert card.select(JPKI).sw == NONE_FREE
    card.send(get_data(0xE0))
    with pytest.raises(ChannelRefused, match="6985"):
        card.authenticated()


def test_a_locked_applet_is_passed_over(card: PhoneCard):
    channel = card.domain()
    number = card.open()
    card.select(JPKI, number)
    assert channel.send(set_status(Kind.APPLICATION, 0x80, JPKI)).ok
    assert card.send(READ, number).ok, "a session that is open goes on"
    card.select(b"", number)
    assert card.select(JPKI, number).sw == SW.FILE_NOT_FOUND
    assert channel.send(set_status(Kind.APPLICATION, 0x07, JPKI)).ok
    assert card.select(JPKI, number).ok


# --- speed -----------------------------------------------------------------------------------


def test_protected_exchanges_are_fast_enough(card: PhoneCard):
    """The goal is 2,000 a second for card and host together; a loaded machine is given slack."""
    channel = card.domain(level=0x33)
    begun, count = time.process_time(), 200
    for _ in range(count):
        assert channel.send(get_status(Subset.ISSUER_DOMAIN)).ok
    assert count / (time.process_time() - begun) > 500
