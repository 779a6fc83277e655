"""PUT KEY and DELETE of keys on the reference, by our host and by yubikit's.

New keys are taken or refused as a whole, serve the next session, and begin to count at one.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from yubikit.core.smartcard import ApduError
from yubikit.core.smartcard.scp import KeyRef, Scp03KeyParams
from yubikit.core.smartcard.scp import StaticKeys as TheirKeys
from yubikit.securitydomain import SecurityDomainSession

from fixtures.card.apdu import SW, Command, Response
from fixtures.card.global_platform import (
    delete,
    delete_keys,
    get_data,
    key_block,
    put_key,
    put_key_set,
)
from fixtures.card.global_platform_answers import KeyInformation, key_information, keys_put
from fixtures.card.scp03 import (
    CardNotAuthenticated,
    InitializeUpdateAnswer,
    Level,
    initialize_update,
)
from fixtures.card.scp03_keys import StaticKeys, key_check_value
from fixtures.card.secure_channel import ChannelRefused, SecureChannel
from suites.selfcheck.lone_domain import Domain, LoneCard, lone_card
from suites.selfcheck.test_scp03_yubikit import Pipe

ISD = bytes.fromhex("A000000151000000")
OLD, NEW, OTHER = 0x30, 0x31, 0x32


def keys_of(size: int, seed: int) -> StaticKeys:
    return StaticKeys(*(bytes((seed * n + at) & 0xFF for at in range(size)) for n in (1, 7, 11)))


KEYS, FRESH = keys_of(16, 1), keys_of(16, 5)
ISSUER = {"kind": 0, "aid": ISD.hex(), "state": 1, "domain": ISD.hex(), "privileges": "9EFE80"}


@pytest.fixture(scope="module")
def running() -> Iterator[LoneCard]:
    held = {OLD: (KEYS.enc, KEYS.mac, KEYS.dek)}
    with lone_card([Domain(ISD, 0x70, held)], registry=[ISSUER]) as card:
        yield card


@pytest.fixture
def card(running: LoneCard) -> LoneCard:
    """As delivered: one key set."""
    running.renew()
    return running


def opened(card: LoneCard, keys: StaticKeys = KEYS, version: int = OLD) -> SecureChannel:
    card.select(ISD)
    return SecureChannel.open(card.transmit, keys, Level(0x33), bytes(8), key_version=version)


def held(card: LoneCard) -> dict[tuple[int, int], int]:
    """Identifier and version of every key, and its length, seen in a session of the first set."""
    channel = opened(card)
    told = key_information(channel.send(get_data(0xE0)).data)
    return {(key.identifier, key.version): key.components[0][1] for key in told}


def set_of(version: int, size: int = 16) -> dict[tuple[int, int], int]:
    return dict.fromkeys(((1, version), (2, version), (3, version)), size)


@pytest.mark.parametrize("size", [16, 24, 32])
def test_a_key_set_that_was_put_opens_the_next_session(card: LoneCard, size: int):
    """AES-256 under a Key-DEK of 128 bits too: that is advice, not a rule (6.1)."""
    fresh = keys_of(size, 5)
    answer = opened(card).send(put_key_set(NEW, fresh, KEYS))
    told = keys_put(answer.data)
    values = tuple(key_check_value(key) for key in (fresh.enc, fresh.mac, fresh.dek))
    assert (answer.sw, told.version, told.check_values) == (SW.OK, NEW, values)
    channel = opened(card, fresh, NEW)
    assert channel.send(Command(0x80, 0x40, 0, 0, b"new", 256)).data == b"new"
    assert held(card) == set_of(OLD) | set_of(NEW, size)


@pytest.mark.parametrize("inner_length", [True, False])
def test_a_card_takes_a_key_with_its_length_and_without(card: LoneCard, inner_length: bool):
    blocks = [
        key_block(key, KEYS, inner_length=inner_length) for key in (FRESH.enc, FRESH.mac, FRESH.dek)
    ]
    assert opened(card).send(put_key(NEW, blocks)).ok
    opened(card, FRESH, NEW)


def test_a_set_that_is_replaced_opens_nothing_and_the_session_goes_on(card: LoneCard):
    channel = opened(card)
    assert channel.send(put_key_set(NEW, FRESH, KEYS, replaces=OLD)).ok
    assert channel.send(Command(0x80, 0x40, 0, 0, b"goes on", 256)).data == b"goes on"
    with pytest.raises(ChannelRefused, match="6A88"):
        opened(card)
    assert opened(card, FRESH, 0x00).send(get_data(0xE0)).ok


def test_a_set_that_is_replaced_under_its_own_version_counts_from_one(card: LoneCard):
    channel = opened(card)
    for _ in range(3):
        counter(card)
    channel = opened(card)
    assert channel.send(put_key_set(OLD, FRESH, KEYS, replaces=OLD)).ok
    assert counter(card) == 1
    with pytest.raises(CardNotAuthenticated):
        opened(card)


def counter(card: LoneCard) -> int | None:
    card.select(ISD)
    return InitializeUpdateAnswer.parse(card.send(initialize_update(OLD, bytes(8))).data).counter


def test_one_key_alone_does_not_set_the_counter_back(card: LoneCard):
    before = counter(card)
    assert before is not None
    block = key_block(FRESH.dek, KEYS)
    assert opened(card).send(put_key(OLD, [block], replaces=OLD, first=3)).ok
    assert counter(card) == before + 2


def test_a_set_that_was_brought_key_by_key_opens_once_it_is_whole(card: LoneCard):
    for identifier, key in ((1, FRESH.enc), (2, FRESH.mac), (3, FRESH.dek)):
        with pytest.raises(ChannelRefused, match="INITIALIZE UPDATE is answered by 6A88"):
            opened(card, FRESH, NEW)
        put = put_key(NEW, [key_block(key, KEYS)], first=identifier)
        assert opened(card).send(put).ok
    opened(card, FRESH, NEW)


def with_check_value(command: Command, value: bytes) -> Command:
    """The last key's check value altered."""
    return Command(
        command.cla, command.ins, command.p1, command.p2, command.data[:-3] + value, command.le
    )


BLOCK = key_block(FRESH.enc, KEYS)
WHOLE = put_key_set(NEW, FRESH, KEYS)
REFUSED = {
    "a wrong check value": (with_check_value(WHOLE, b"\x00\x00\x00"), 0x6982),
    "a key of another type": (put_key(NEW, [b"\x80" + BLOCK[1:]]), 0x6A80),
    "a key that is cut off": (put_key(NEW, [BLOCK[:-1]]), 0x6A80),
    "a check value of two bytes": (put_key(NEW, [BLOCK[:-4] + b"\x02" + BLOCK[-3:-1]]), 0x6A80),
    "a key of 15 bytes": (put_key(NEW, [b"\x88\x0f" + bytes(15) + b"\x00"]), 0x6A80),
    "a length that is not the key's": (put_key(NEW, [b"\x88\x11\x18" + bytes(17)]), 0x6A80),
    "no key": (put_key(NEW, []), 0x6A80),
    "no data": (Command(0x80, 0xD8, 0, 1, b"", 256), 0x6A80),
    "version 00": (put_key(0x00, [BLOCK]), 0x6A80),
    "version 80": (put_key(0x80, [BLOCK]), 0x6A80),
    "an identifier beyond 7F": (put_key(NEW, [BLOCK, BLOCK], first=0x7F), 0x6A80),
    "a version that is there": (put_key_set(OLD, FRESH, KEYS), 0x6A80),
    "nothing to replace": (put_key_set(NEW, FRESH, KEYS, replaces=OTHER), 0x6A88),
    "one of them not there": (put_key(NEW, [BLOCK, BLOCK], replaces=OLD, first=3), 0x6A88),
    "another size": (put_key_set(NEW, keys_of(32, 5), KEYS, replaces=OLD), 0x6A80),
    "several keys, and P2 of one": (Command(0x80, 0xD8, 0, 0x01, WHOLE.data, 256), 0x6A86),
    "one key, and P2 of several": (Command(0x80, 0xD8, 0, 0x81, b"\x31" + BLOCK, 256), 0x6A86),
}


@pytest.mark.parametrize("case", REFUSED)
def test_put_key_refuses_and_changes_nothing_for(card: LoneCard, case: str):
    command, sw = REFUSED[case]
    assert opened(card).send(command) == Response(b"", sw)
    assert held(card) == set_of(OLD)


def test_a_key_without_a_check_value_is_taken(card: LoneCard):
    unchecked = BLOCK[:-4] + b"\x00"
    answer = opened(card).send(put_key(NEW, [unchecked]))
    assert answer == Response(bytes((NEW,)), SW.OK)


def test_put_key_needs_a_session(card: LoneCard):
    card.select(ISD)
    assert card.send(WHOLE) == Response(b"", SW.SECURITY_STATUS_NOT_SATISFIED)


def test_a_long_put_key_goes_in_pieces(card: LoneCard):
    """Eight keys of 256 bits are 312 bytes, more than one command holds."""
    blocks = [key_block(bytes((n,)) * 32, KEYS) for n in range(8)]
    assert opened(card).send(put_key(OTHER, blocks, first=0x10)).ok
    assert held(card) == set_of(OLD) | {(0x10 + n, OTHER): 32 for n in range(8)}


# --- DELETE and GET DATA ------------------------------------------------------------------------


def test_keys_are_deleted_by_version_by_identifier_or_by_both(card: LoneCard):
    for version in (NEW, OTHER):
        assert opened(card).send(put_key_set(version, FRESH, KEYS)).ok
    assert opened(card).send(delete_keys(identifier=3, version=NEW)) == Response(b"\x00", SW.OK)
    assert held(card) == set_of(OLD) | set_of(OTHER) | {(1, NEW): 16, (2, NEW): 16}
    assert opened(card).send(delete_keys(version=OTHER)).ok
    assert opened(card).send(delete_keys(identifier=2, version=NEW)).ok
    assert held(card) == set_of(OLD) | {(1, NEW): 16}


def test_a_version_that_was_deleted_begins_anew(card: LoneCard):
    """Whether it comes again as a whole or key by key."""
    blocks = [key_block(key, KEYS) for key in (FRESH.enc, FRESH.mac, FRESH.dek)]
    one_by_one = [put_key(NEW, [block], first=1 + at) for at, block in enumerate(blocks)]
    for series in ([put_key(NEW, blocks)], one_by_one, [put_key(NEW, blocks)]):
        assert all(opened(card).send(put).ok for put in series)
        card.select(ISD)
        answer = card.send(initialize_update(NEW, bytes(8)))
        assert InitializeUpdateAnswer.parse(answer.data).counter == 1
        assert opened(card).send(delete_keys(version=NEW)).ok
        assert card.send(initialize_update(NEW, bytes(8))).sw == SW.REFERENCED_DATA_NOT_FOUND


@pytest.mark.parametrize(
    ("command", "sw"),
    [
        (delete_keys(version=NEW), SW.REFERENCED_DATA_NOT_FOUND),
        (delete_keys(version=OLD), SW.CONDITIONS_NOT_SATISFIED),
        (delete_keys(identifier=2), SW.CONDITIONS_NOT_SATISFIED),
        (delete_keys(), SW.WRONG_DATA),
        (delete(ISD), SW.WRONG_DATA),
    ],
)
def test_delete_is_refused_and_the_way_in_stays(card: LoneCard, command: Command, sw: SW):
    assert opened(card).send(command) == Response(b"", sw)
    assert held(card) == set_of(OLD)


def test_key_information_is_an_object_or_its_value_by_the_class(card: LoneCard):
    channel = opened(card)
    whole = channel.send(get_data(0xE0)).data
    value = channel.send(get_data(0xE0, cla=0x00)).data
    assert whole == bytes((0xE0, len(value))) + value
    assert key_information(whole)[0] == KeyInformation(1, OLD, ((0x88, 16),))


# --- power cuts ---------------------------------------------------------------------------------

INTERRUPTED = {
    "a new set": put_key_set(NEW, FRESH, KEYS),
    "another set in place of the old one": put_key_set(NEW, FRESH, KEYS, replaces=OLD),
    "a deleted set": delete_keys(version=OTHER),
}


@pytest.mark.parametrize("case", INTERRUPTED)
def test_wherever_the_power_fails_all_keys_are_old_or_all_are_new(card: LoneCard, case: str):
    def begin() -> bytes:
        card.renew()
        assert opened(card).send(put_key_set(OTHER, FRESH, KEYS)).ok
        return bytes(opened(card).session.wrap(INTERRUPTED[case]))

    pages = card.writes(begin())
    after = shown(card)
    assert pages > 0
    card.renew()
    assert opened(card).send(put_key_set(OTHER, FRESH, KEYS)).ok
    before = shown(card)
    for page in range(pages + 1):
        card.cut(begin(), page)
        card.reset()
        assert shown(card) == (after if page == pages else before)


def shown(card: LoneCard) -> list[KeyInformation]:
    """All keys, seen through whichever set opens the domain; each set must open it."""
    seen = []
    for version, keys in ((OLD, KEYS), (NEW, FRESH), (OTHER, FRESH)):
        try:
            channel = opened(card, keys, version)
        except ChannelRefused:
            continue
        seen.append(key_information(channel.send(get_data(0xE0)).data))
    assert seen
    assert all(each == seen[0] for each in seen)
    assert {key.version for key in seen[0]} == {key.version for each in seen for key in each}
    return [*seen[0]]


def test_wherever_the_power_fails_no_challenge_comes_again(card: LoneCard):
    """The counter is written before the answer exists: a cut may waste a number, not repeat one."""
    sent = bytes(initialize_update(OLD, bytes(8)))
    card.select(ISD)
    pages = card.writes(sent)
    assert pages > 0
    last = counter(card) or 0
    for page in [*range(pages + 1)] * 3:
        card.select(ISD)
        card.cut(sent, page)
        card.reset()
        now = counter(card) or 0
        assert now == last + (2 if page == pages else 1)
        last = now


# --- yubikit ------------------------------------------------------------------------------------


def theirs(keys: StaticKeys) -> TheirKeys:
    return TheirKeys(keys.enc, keys.mac, keys.dek)


def session(card: LoneCard, keys: StaticKeys = KEYS, version: int = OLD) -> SecurityDomainSession:
    opened = SecurityDomainSession(Pipe(card))
    opened.authenticate(Scp03KeyParams(KeyRef(1, version), theirs(keys)))
    return opened


def test_yubikit_rotates_the_keys_of_the_domain(card: LoneCard):
    session(card).put_key(KeyRef(1, NEW), theirs(FRESH), replace_kvn=OLD)
    told = session(card, FRESH, NEW).get_key_information()
    assert told == {KeyRef(n, NEW): {0x88: 16} for n in (1, 2, 3)}
    assert opened(card, FRESH, NEW).send(get_data(0xE0)).ok
    with pytest.raises(ValueError, match="Incorrect SCP parameters"):
        session(card)


def test_yubikit_adds_and_deletes_a_key_set(card: LoneCard):
    session(card).put_key(KeyRef(1, NEW), theirs(FRESH))
    session(card, FRESH, NEW).delete_key(kvn=OLD)
    assert set(session(card, FRESH, NEW).get_key_information()) == {
        KeyRef(n, NEW) for n in (1, 2, 3)
    }
    with pytest.raises(ApduError) as refused:
        session(card, FRESH, NEW).delete_key(kvn=NEW)
    assert refused.value.sw == SW.CONDITIONS_NOT_SATISFIED
