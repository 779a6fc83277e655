"""The secure channel of the issuer's domain (SCP03, Amendment D v1.1.1): no way in without keys.

No requirement names it. It is judged under REQ-6-3-a, because whoever can load, lock or delete
without keys harms everybody on the GP-SE.
"""

from __future__ import annotations

from dataclasses import replace

import pytest

from fixtures.bench import Bench
from fixtures.card.apdu import SW, Command, Response
from fixtures.card.global_platform import (
    delete_keys,
    get_data,
    get_status,
    key_block,
    put_key,
    put_key_set,
)
from fixtures.card.global_platform_answers import key_information
from fixtures.card.global_platform_values import Subset
from fixtures.card.platform import FULL, Platform
from fixtures.card.scp03 import LEVELS, ChannelError, InitializeUpdateAnswer, Level, Session
from fixtures.card.scp03_keys import StaticKeys, card_challenge
from fixtures.card.secure_channel import ChannelRefused, SecureChannel
from fixtures.outcome import Violation, expect
from suites.platform.secure_probes import OUTSIDER, REFUSALS, offered, readable, shut, tampered
from suites.platform.session import RULE, platform_of

ASKED = get_status(Subset.ISSUER_DOMAIN)
NEW, NEW_KEYS = 0x3F, StaticKeys(*(bytes(range(at, at + 16)) for at in (0x60, 0x70, 0x80)))
NEEDS = pytest.mark.needs("platform.registry")
pytestmark = [pytest.mark.requirement(RULE), NEEDS, pytest.mark.destructive]


@pytest.fixture
def platform(bench: Bench) -> Platform:
    return platform_of(bench)


def opened(
    platform: Platform, level: Level = FULL, number: int = 0, *,
    keys: StaticKeys | None = None, version: int = 0,
) -> SecureChannel:  # fmt: skip
    """A session; that there is none with the right keys is what is judged here."""
    try:
        return platform.session(level, number=number, keys=keys, key_version=version)
    except (ChannelError, ValueError) as broken:
        raise Violation(
            RULE, str(broken), "a session", f"the right keys, level {level:02X}"
        ) from None


def sent(channel: SecureChannel, command: Command, where: str) -> Response:
    """An answer that is protected as it must be."""
    try:
        return channel.send(command)
    except ChannelError as broken:
        raise Violation(RULE, str(broken), "an answer that is protected", where) from None


def half_open(platform: Platform) -> Session:
    """INITIALIZE UPDATE done, EXTERNAL AUTHENTICATE still to come."""
    assert platform.select().ok
    challenge, answer = platform.challenged()
    expect(RULE, answer.sw, SW.OK, "INITIALIZE UPDATE")
    try:
        return Session(platform.keys, challenge, InitializeUpdateAnswer.parse(answer.data))
    except (ChannelError, ValueError) as broken:
        raise Violation(RULE, str(broken), "a card cryptogram of the right keys") from None


def test_every_level_it_offers_protects_both_ways(platform: Platform):
    """The same question, three times each, gets the same answer at all levels."""
    told = set()
    for level in offered(platform):
        channel = opened(platform, level)
        for turn in range(3):
            answer = sent(channel, ASKED, f"GET STATUS {turn} at level {level:02X}")
            expect(RULE, answer.sw, SW.OK, f"GET STATUS at level {level:02X}")
            told.add(answer.data)
            sent(channel, Command(0x80, 0xCA, 0x00, 0xE0, le=256), "GET DATA without data")
    expect(RULE, len(told), 1, "GET STATUS at all levels")


def test_a_level_it_does_not_offer_opens_nothing(platform: Platform):
    for level in (*sorted(set(LEVELS) - set(offered(platform))), Level(0x02), Level(0x31)):
        with pytest.raises(ChannelRefused) as refused:
            platform.session(level)
        expect(RULE, refused.value.sw != SW.OK, True, f"level {level:02X}")
        shut(platform, f"level {level:02X} asked for")


@pytest.mark.parametrize(
    ("part", "sw"), [(0, SW.WRONG_CRYPTOGRAM), (1, SW.SECURITY_STATUS_NOT_SATISFIED)],
    ids=["cryptogram", "MAC"],
)  # fmt: skip
@pytest.mark.parametrize("bit", [0, 63], ids=["first bit", "last bit"])
def test_a_wrong_proof_opens_nothing(
    bench: Bench, platform: Platform, part: int, sw: int, bit: int
):
    """Host cryptogram (6300) and C-MAC (6982), each wrong in one bit."""
    bench.allow_a_failed_proof()
    half = half_open(platform)
    proof = half.external_authenticate(FULL)
    wrong = replace(proof, data=tampered(proof.data, 8 * part * half.mac_size + bit))
    expect(RULE, platform.send(wrong).sw, sw, "EXTERNAL AUTHENTICATE with one bit wrong")
    shut(platform, "a wrong proof")


def test_a_challenge_serves_once(bench: Bench, platform: Platform):
    """The right proof after a wrong one, and after another challenge, comes too late."""
    bench.allow_a_failed_proof()
    proof = half_open(platform).external_authenticate(FULL)
    platform.send(replace(proof, data=tampered(proof.data, 0)))
    expect(RULE, platform.send(proof).sw != SW.OK, True, "the right proof, after a wrong one")
    stale = half_open(platform).external_authenticate(FULL)
    platform.challenged()
    expect(RULE, platform.send(stale).sw, SW.WRONG_CRYPTOGRAM, "a proof of the challenge before")
    shut(platform, "a proof that came too late")


@pytest.mark.parametrize("level", [Level.C_MAC, FULL], ids=["MAC", "all"])
@pytest.mark.parametrize("place", ["header", "first bit", "last bit"])
def test_a_command_that_was_touched_ends_the_session(platform: Platform, level: Level, place: str):
    """One bit of header, data or MAC; what was right before is refused afterwards."""
    channel = opened(platform, level)
    sent(channel, ASKED, "GET STATUS")
    good = channel.session.wrap(ASKED)
    bits = {"header": replace(good, p2=good.p2 ^ 0x01)}
    bits["first bit"] = replace(good, data=tampered(good.data, 0))
    bits["last bit"] = replace(good, data=tampered(good.data, 8 * len(good.data) - 1))
    answer = platform.send(bits[place])
    expect(RULE, answer, Response(b"", SW.SECURITY_STATUS_NOT_SATISFIED), f"{place} changed")
    expect(RULE, platform.send(good).sw, SW.SECURITY_STATUS_NOT_SATISFIED, "the right one after it")
    shut(platform, "a command that was touched")


def test_commands_come_once_and_in_order(platform: Platform):
    """Repeated, or sent before the one that was made first."""
    channel = opened(platform)
    wrapped = channel.session.wrap(ASKED)
    expect(RULE, platform.send(wrapped).sw, SW.OK, "GET STATUS")
    expect(RULE, platform.send(wrapped).sw, SW.SECURITY_STATUS_NOT_SATISFIED, "the same again")
    channel = opened(platform)
    channel.session.wrap(ASKED)
    later = channel.session.wrap(ASKED)
    told = platform.send(later).sw
    expect(RULE, told, SW.SECURITY_STATUS_NOT_SATISFIED, "the second command before the first")


def test_nothing_goes_below_the_level_of_the_session(platform: Platform):
    """In the clear where a MAC is due, and with a MAC alone where encryption is due."""
    for level in offered(platform):
        if level & Level.C_MAC:
            opened(platform, level)
            told = platform.send(ASKED).sw
            where = f"GET STATUS in the clear at level {level:02X}"
            expect(RULE, told, SW.SECURITY_STATUS_NOT_SATISFIED, where)
            shut(platform, where)
    if FULL in offered(platform):
        channel = opened(platform)
        channel.session.level = Level.C_MAC
        told = platform.send(channel.session.wrap(ASKED)).sw
        expect(RULE, told, SW.SECURITY_STATUS_NOT_SATISFIED, "MAC alone at level 33")


@pytest.mark.parametrize("end", ["selection", "power", "error"])
def test_a_session_ends_with_its_selection(bench: Bench, platform: Platform, end: str):
    """SELECT, a power cycle, and INITIALIZE UPDATE that asks for keys nobody has."""
    channel = opened(platform)
    if end == "selection":
        platform.select()
    elif end == "power":
        bench.channel.reset()
        platform.select()
    else:
        expect(RULE, platform.challenged(key_version=0x7E)[1].sw, 0x6A88, "unknown key version")
    told = platform.send(channel.session.wrap(ASKED)).sw
    expect(RULE, told, SW.SECURITY_STATUS_NOT_SATISFIED, f"a command of a session ended by {end}")
    shut(platform, end)


@pytest.mark.needs("platform.channels")
def test_a_session_belongs_to_its_channel(platform: Platform):
    """The domain on another channel knows nothing of it, and it ends with the channel."""
    number = platform.new_channel()
    channel = opened(platform, number=0)
    expect(RULE, platform.select(number=number).sw, SW.OK, f"SELECT on channel {number}")
    expect(RULE, readable(platform, number), False, "GET STATUS on a channel without session")
    where = f"the domain was selected on channel {number}"
    expect(RULE, sent(channel, ASKED, where).sw, SW.OK, where)
    elsewhere = platform.send(replace(channel.session.wrap(ASKED), cla=0x84), number)
    expect(RULE, elsewhere.sw, SW.SECURITY_STATUS_NOT_SATISFIED, "a command on another channel")
    channel = opened(platform, number=number)
    platform.close_channel(number)
    expect(RULE, platform.new_channel(), number, "MANAGE CHANNEL")
    platform.select(number=number)
    expect(RULE, readable(platform, number), False, "GET STATUS after the channel was closed")


def test_challenges_never_come_again(bench: Bench, platform: Platform):
    """Over selections and a power cycle; a counter goes on by one, the challenge is made of it."""
    told = []
    for turn in range(6):
        if turn == 3:
            bench.channel.reset()
        assert platform.select().ok
        raw = platform.challenged()[1]
        expect(RULE, raw.sw, SW.OK, "INITIALIZE UPDATE")
        told.append(InitializeUpdateAnswer.parse(raw.data))
    expect(RULE, len({one.challenge for one in told}), len(told), "INITIALIZE UPDATE six times")
    counters = [one.counter for one in told]
    if None not in counters:
        began = told[0].counter or 0
        expect(RULE, counters, list(range(began, began + len(told))), "six sequence counters")
        aid = platform.issuer()
        for one in told:
            made = card_challenge(platform.keys.enc, one.counter or 0, aid, len(one.challenge))
            expect(RULE, one.challenge, made, f"challenge of counter {one.counter}")


@pytest.mark.parametrize("name", OUTSIDER)
def test_an_outsider_changes_nothing(platform: Platform, name: str):
    """Content management in the clear, without a session."""
    assert platform.select().ok
    before = sent(opened(platform), ASKED, "GET STATUS").data
    platform.select()
    answer = platform.send(OUTSIDER[name])
    refused = answer.sw in REFUSALS and not answer.data
    expect(RULE, refused, True, f"{name} without a session ({answer.sw:04X})")
    expect(RULE, sent(opened(platform), ASKED, "GET STATUS").data, before, f"{name} of an outsider")


def test_keys_that_were_deleted_open_nothing(platform: Platform):
    """A second key set comes, opens a session, goes, and is gone; the first one is as it was."""
    channel = opened(platform)
    expect(RULE, sent(channel, put_key_set(NEW, NEW_KEYS, platform.keys), "PUT KEY").sw, SW.OK)
    again = opened(platform, keys=NEW_KEYS, version=NEW)
    answer = sent(again, delete_keys(version=NEW), "DELETE of keys under themselves")
    if not answer.ok:
        answer = sent(opened(platform), delete_keys(version=NEW), "DELETE of keys")
    expect(RULE, answer.sw, SW.OK, "DELETE of keys")
    platform.select()
    told = platform.challenged(key_version=NEW)[1].sw
    expect(RULE, told, SW.REFERENCED_DATA_NOT_FOUND, "INITIALIZE UPDATE with keys that are gone")
    opened(platform)


@pytest.mark.parametrize("wrong", [0, 2], ids=["first key", "last key"])
def test_a_key_set_is_stored_as_a_whole_or_not(platform: Platform, wrong: int):
    """One wrong check value of three: 6982, and no key of the set is there."""
    blocks = [key_block(key, platform.keys) for key in (NEW_KEYS.enc, NEW_KEYS.mac, NEW_KEYS.dek)]
    blocks[wrong] = tampered(blocks[wrong], 8 * len(blocks[wrong]) - 1)
    answer = sent(opened(platform), put_key(NEW, blocks), "PUT KEY")
    expect(RULE, answer.sw, SW.SECURITY_STATUS_NOT_SATISFIED, "PUT KEY, a check value wrong")
    information = sent(opened(platform), get_data(0x00E0), "GET DATA of keys").data
    told = {key.version for key in key_information(information)}
    expect(RULE, NEW in told, False, "PUT KEY, a check value wrong")
