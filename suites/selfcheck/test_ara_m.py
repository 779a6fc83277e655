"""The reference's ARA-M by its commands: reading in pieces, changing, and what is refused."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fixtures.card.apdu import Command, Response
from fixtures.card.global_platform_values import tlv
from fixtures.card.tlv import find
from suites.access_control.rules import ALWAYS, NEVER, Rule, filters, parse_rules
from suites.selfcheck.by_hand import STEADY
from suites.selfcheck.lone_phone import Phone, lone_phone, store_data

WALLET, TICKETS = (bytes.fromhex("A00000047641") + name for name in (b"wallet", b"tickets"))
ISSUER, BANK = bytes(20), bytes(range(32))
MOST_PIECES = 200  # 32 KB in pieces of 256
RULES = (
    Rule(WALLET, ISSUER, ALWAYS, NEVER),
    Rule(WALLET, b"", filters(("80500000", "FCFF0000"))),
    Rule(None, BANK, NEVER),
    Rule(b"", BANK, None, ALWAYS),
    Rule(TICKETS, BANK, filters(*[("00A40000", "FFFF0000")] * 20)),
    Rule(b"\xff" * 6, ISSUER, None, None, b"jp.example.app", bytes(8)),
)


@pytest.fixture(scope="module")
def running() -> Iterator[Phone]:
    readers = {"eSE1": {}, "eSE2": {"entitled": False}}
    with lone_phone({"apps": {}, "readers": readers}) as phone:
        yield phone


@pytest.fixture
def phone(running: Phone) -> Phone:
    running.renew()
    return running


def get_data(tag: int, data: bytes = b"", le: int = 256, channel: int = 0) -> Command:
    return Command(0x80 | channel, 0xCA, tag >> 8, tag & 0xFF, data, le)


def refresh_tag(phone: Phone) -> bytes:
    answer = phone.ara(get_data(0xDF20))
    assert answer.ok
    value = find(answer.data, 0xDF20)
    assert answer.data == tlv(0xDF20, value)
    assert len(value) == 8
    return value


def told(phone: Phone) -> tuple[Rule, ...]:
    """All rules, however many pieces it takes."""
    answer = phone.ara(get_data(0xFF40))
    if answer.sw == 0x6A88:
        return ()
    held = answer.data
    for _ in range(MOST_PIECES):
        answer = phone.ara(get_data(0xFF60))
        held += answer.data
        if not answer.ok:
            break
    assert answer == Response(b"", 0x6985)
    value = find(held, 0xFF40)
    assert held == tlv(0xFF40, value)
    return parse_rules(value)


def test_rules_are_told_in_the_order_they_were_stored(phone: Phone):
    assert told(phone) == ()
    phone.store(*RULES)
    assert told(phone) == RULES


@pytest.mark.parametrize("le", [1, 2, 5, 100, 255, 256])
def test_an_answer_comes_in_pieces_as_long_as_asked_for(phone: Phone, le: int):
    """Without 61xx: the outer length tells how much there is."""
    phone.store(*RULES)
    whole = tlv(0xFF40, b"".join(map(bytes, RULES)))
    pieces = [phone.ara(get_data(0xFF40, le=le))]
    pieces += [phone.ara(get_data(0xFF60, le=le)) for _ in range((len(whole) - 1) // le)]
    assert b"".join(piece.data for piece in pieces) == whole
    assert {len(piece.data) for piece in pieces[:-1]} <= {le}
    assert phone.ara(get_data(0xFF60)).sw == 0x6985


def test_what_is_left_is_gone_after_another_command_or_on_another_channel(phone: Phone):
    phone.store(*RULES)
    assert phone.ara(get_data(0xFF40, le=10)).ok
    assert phone.ara(get_data(0xFF60, channel=1)).sw == 0x6985
    assert phone.ara(get_data(0xFF60, le=10)).ok
    assert phone.ara(get_data(0xDF20)).ok
    assert phone.ara(get_data(0xFF60)).sw == 0x6985
    assert phone.ara(get_data(0xFF40, le=10)).ok
    phone.do("state_changed", connected=True)
    assert phone.ara(get_data(0xFF60)).sw == 0x6985


def test_one_rule_is_asked_for_by_its_reference(phone: Phone):
    phone.store(*RULES)
    for rule in RULES:
        answer = phone.ara(get_data(0xFF50, rule.reference))
        assert answer == Response(tlv(0xFF50, tlv(0xE3, rule.access)), 0x9000)


def test_who_is_not_named_where_another_is_hears_never(phone: Phone):
    phone.store(*RULES)
    answer = phone.ara(get_data(0xFF50, Rule(WALLET, BANK).reference))
    assert find(find(find(answer.data, 0xFF50), 0xE3), 0xD0) == NEVER
    for unsaid in (Rule(TICKETS, b""), Rule(WALLET[:-1], ISSUER), Rule(None, b"")):
        assert phone.ara(get_data(0xFF50, unsaid.reference)).sw == 0x6A88


@pytest.mark.parametrize(
    ("command", "sw"),
    [
        (get_data(0xFF41), 0x6B00),
        (get_data(0x0066), 0x6B00),
        (Command(0x00, 0xCA, 0xFF, 0x40, le=256), 0x6E00),
        (Command(0x80, 0xCB, 0xFF, 0x40, le=256), 0x6D00),
        (get_data(0xFF40), 0x6A88),
        (get_data(0xFF60), 0x6985),
        (get_data(0xFF50), 0x6A80),
        (get_data(0xFF50, b"\xe1\x05\x4f\x00\xc1"), 0x6A80),
        (store_data(b""), 0x6A80),
        (store_data(tlv(0xF0, b"")), 0x6A80),
        (store_data(tlv(0xF9, b"")), 0x6A80),
        (store_data(tlv(0xF2, b"") * 2), 0x6A80),
        (Command(0x80, 0xE2, 0x10, 0x00, tlv(0xF2, b"")), 0x6A86),
        (Command(0x80, 0xE2, 0x90, 0x01, tlv(0xF2, b"")), 0x6A86),
    ],
)
def test_what_is_refused(phone: Phone, command: Command, sw: int):
    assert phone.ara(command) == Response(b"", sw)


@pytest.mark.parametrize(
    "rule",
    [
        Rule(b"four", b"", ALWAYS),
        Rule(bytes(17), b"", ALWAYS),
        Rule(WALLET, bytes(19), ALWAYS),
        Rule(WALLET, bytes(33), ALWAYS),
        Rule(WALLET, ISSUER, b"\x02"),
        Rule(WALLET, ISSUER, b""),
        Rule(WALLET, ISSUER, bytes(7)),
        Rule(WALLET, ISSUER, ALWAYS, b"\x01\x01"),
        Rule(WALLET, ISSUER),
        Rule(WALLET, ISSUER, ALWAYS, None, None, bytes(7)),
    ],
)
def test_a_rule_that_is_not_well_formed_is_not_stored(phone: Phone, rule: Rule):
    phone.store(RULES[0])
    before = refresh_tag(phone)
    assert phone.ara(store_data(tlv(0xF0, bytes(rule)))).sw == 0x6A80
    both = tlv(0xF0, bytes(RULES[1]) + bytes(rule))
    assert phone.ara(store_data(both)).sw == 0x6A80
    assert (told(phone), refresh_tag(phone)) == ((RULES[0],), before)


@pytest.mark.parametrize(
    ("content", "left"),
    [
        (b"", ()),
        (tlv(0x4F, WALLET), RULES[2:]),
        (tlv(0x4F, b""), RULES[:3] + RULES[4:]),
        (RULES[0].reference, RULES[1:]),
        (bytes(RULES[2]), RULES[:2] + RULES[3:]),
        (bytes(Rule(None, BANK, ALWAYS)), RULES),
    ],
)
def test_rules_are_deleted_by_what_is_named(phone: Phone, content: bytes, left: tuple[Rule, ...]):
    phone.store(*RULES)
    assert phone.ara(store_data(tlv(0xF1, content))).ok
    assert told(phone) == left


def test_every_change_gives_another_refresh_tag(phone: Phone):
    seen = [refresh_tag(phone)]
    deletion, renewal = (store_data(tlv(tag, b"")) for tag in (0xF1, 0xF2))
    for change in (*(store_data(tlv(0xF0, bytes(rule))) for rule in RULES), renewal, deletion):
        assert phone.ara(change).ok
        seen.append(refresh_tag(phone))
        assert refresh_tag(phone) == seen[-1], "reading changes nothing"
    assert len(set(seen)) == len(seen)


def test_a_power_cut_leaves_rules_and_tag_both_as_they_were_or_both_new(phone: Phone):
    """Else a phone would go on with rules that are no longer there."""
    changes = (tlv(0xF0, bytes(RULES[1])), tlv(0xF1, RULES[0].reference), tlv(0xF1, b""))
    for content in changes:
        sent = bytes(store_data(content)).hex()
        phone.renew()
        phone.store(RULES[0], RULES[2])
        pages = phone.do("ara_pages", command=sent)
        afterwards, seen = told(phone), set()
        for after in range(pages + 1):
            phone.renew()
            phone.store(RULES[0], RULES[2])
            before, tag = told(phone), refresh_tag(phone)
            phone.do("ara_cut", command=sent, after=after)
            assert told(phone) in (before, afterwards)
            assert (told(phone) == before) is (refresh_tag(phone) == tag)
            seen.add(told(phone))
        assert len(seen) == 2, "both outcomes were met"


def test_the_same_rule_is_not_there_twice(phone: Phone):
    phone.store(RULES[0], RULES[1], RULES[0])
    assert told(phone) == RULES[:2]


def test_there_is_an_end_to_room_and_nothing_is_lost_there(phone: Phone):
    """OUR DESIGN: 32 KB."""
    for count in range(32_768 // 200):
        rule = Rule(count.to_bytes(5, "big"), BANK, filters(*[("00A40000", "FFFF0000")] * 20))
        answer = phone.ara(store_data(tlv(0xF0, bytes(rule))))
        if not answer.ok:
            break
    assert answer.sw == 0x6A84
    assert len(told(phone)) == count > 100


def test_changing_takes_a_right_and_reading_does_not(phone: Phone):
    for content in (tlv(0xF0, bytes(RULES[0])), tlv(0xF1, b""), tlv(0xF4, b""), b""):
        sent = bytes(store_data(content)).hex()
        assert phone.do("ara", command=sent, reader="eSE2") == "6982"
    sent = bytes(get_data(0xDF20)).hex()
    assert phone.do("ara", command=sent, reader="eSE2").endswith("9000")


def test_who_may_change_may_read_by_store_data_too(phone: Phone):
    phone.store(*RULES)
    asked = Command(0x80, 0xE2, 0x90, 0x00, tlv(0xF4, b""), 256)
    rest = Command(0x80, 0xE2, 0x90, 0x00, tlv(0xF5, b""), 256)
    assert phone.ara(asked).data + phone.ara(rest).data == tlv(0xFF40, b"".join(map(bytes, RULES)))
    one = Command(0x80, 0xE2, 0x90, 0x00, tlv(0xF3, RULES[0].reference), 256)
    assert phone.ara(one) == phone.ara(get_data(0xFF50, RULES[0].reference))


spoiled = st.builds(
    lambda raw, at, byte: raw[: at % len(raw)] + bytes((byte,)) + raw[at % len(raw) + 1 :],
    st.sampled_from([tlv(0xF0, bytes(rule)) for rule in RULES]),
    st.integers(0, 300),
    st.integers(0, 255),
)


@settings(STEADY, max_examples=60)
@given(contents=st.lists(spoiled | st.binary(max_size=60), min_size=10, max_size=10))
def test_any_bytes_are_answered_and_never_leave_what_cannot_be_read(
    running: Phone, contents: list[bytes]
):
    """What was stored is read again, by a reader that was written apart."""
    running.renew()
    for content in contents:
        answer = running.ara(store_data(content))
        assert answer.data == b""
        assert answer.sw in (0x9000, 0x6A80, 0x6A84)
    told(running)
