"""The type that is spoken: the decision table row by row, and what must always hold."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fixtures.verdict import Verdict
from suites.contactless.atr_type import (
    PUBLISHED_B,
    Ats,
    Confidence,
    Identifier,
    TypeBAnswer,
    from_atr,
    historical_bytes,
    polled_only,
    with_ats,
    with_identifier,
)
from suites.contactless.negotiation import (
    TYPE_A_RISK,
    Endpoint,
    Link,
    Negotiated,
    OnSeveral,
    Phone,
    Reader,
    Technology,
    b_was_possible,
    judge_communication,
    judge_prediction,
    judge_type_a_risk,
    negotiate,
    wrong_endpoints,
)

A, B = Technology.A, Technology.B
CARD = Phone(frozenset({B}))
PHONE_A = Phone(frozenset({A}))
EXCLUSIVE = Phone(frozenset({A, B}), exclusive=True)
BOTH = Phone(frozenset({A, B}))
FULL = Reader((A, B), bail_out=False)

TABLE = {
    # reader: what a card (B), a phone (A), an exclusive phone and one of both types come to
    "A,B bail-out": (Reader((A, B)), "B", "A", "A", "A"),
    "A,B full scan, first": (FULL, "B", "A", "A", "A"),
    "A,B full scan, prefers B": (replace(FULL, on_several=OnSeveral.PREFER_B), "B", "A", "A", "B"),
    "A,B full scan, prefers B, field reset before B": (
        replace(FULL, on_several=OnSeveral.PREFER_B, field_reset=True), "B", "A", "B", "B",
    ),
    "A,B EMVCo": (
        replace(FULL, on_several=OnSeveral.COLLISION_ERROR), "B", "A", "A", "COLLISION",
    ),
    "B,A bail-out": (Reader((B, A)), "B", "A", "B", "B"),
    "B only": (Reader((B,)), "B", "NONE", "B", "B"),
    "A only": (Reader((A,)), "NONE", "A", "A", "A"),
    # with less silence than a phone needs, or a loop without a pause
    "A,B bail-out, 2 ms": (Reader((A, B), guard_ms=2), "B", "A", "A or B", "A or B"),
    "B,A bail-out, 2 ms": (Reader((B, A), guard_ms=2), "B", "A", "A or B", "A or B"),
    "A,B prefers B, 2 ms": (
        replace(FULL, on_several=OnSeveral.PREFER_B, guard_ms=2), "B", "A", "A or B", "B",
    ),
    "A,B EMVCo, 2 ms": (
        replace(FULL, on_several=OnSeveral.COLLISION_ERROR, guard_ms=2),
        "B", "A", "A or B", "B or COLLISION",
    ),
    "B only, 2 ms": (Reader((B,), guard_ms=2), "B", "NONE", "B", "B"),
    "alternating without a pause": (Reader((A, B), pauses=False), "B", "A", "A or B", "A or B"),
}  # fmt: skip

readers = st.builds(
    Reader,
    poll=st.sampled_from([(A,), (B,), (A, B), (B, A)]),
    bail_out=st.booleans(),
    on_several=st.sampled_from(OnSeveral),
    guard_ms=st.sampled_from([0.5, 5.0, 5.1]),
    field_reset=st.booleans(),
    pauses=st.booleans(),
)
phones = st.builds(
    Phone,
    listen=st.frozensets(st.sampled_from(Technology)),
    exclusive=st.booleans(),
    route_a=st.sampled_from(Endpoint),
    route_b=st.sampled_from(Endpoint),
    ready_ms=st.sampled_from([1.0, 5.0]),
)


@pytest.mark.parametrize("name", TABLE)
def test_the_decision_table_comes_out_row_by_row(name: str):
    reader, *expected = TABLE[name]
    came = [str(negotiate(reader, phone)) for phone in (CARD, PHONE_A, EXCLUSIVE, BOTH)]
    assert came == expected


def test_a_phone_that_is_ready_sooner_is_never_mixed():
    assert str(negotiate(Reader((A, B), guard_ms=2), replace(BOTH, ready_ms=1.5))) == "A"


# what must always hold


def mirrored(technology: Technology) -> Technology:
    return B if technology is A else A


def mirror_reader(reader: Reader) -> Reader:
    swapped = {OnSeveral.PREFER_A: OnSeveral.PREFER_B, OnSeveral.PREFER_B: OnSeveral.PREFER_A}
    return replace(
        reader,
        poll=tuple(map(mirrored, reader.poll)),
        on_several=swapped.get(reader.on_several, reader.on_several),
    )


@given(readers, phones)
def test_a_and_b_are_equal_in_rights(reader: Reader, phone: Phone):
    other = replace(phone, listen=frozenset(map(mirrored, phone.listen)))
    swapped = {Link.A: Link.B, Link.B: Link.A}
    turned = {swapped.get(link, link) for link in negotiate(reader, phone).links}
    assert negotiate(mirror_reader(reader), other).links == turned


@given(readers, phones)
def test_only_what_both_know_is_spoken(reader: Reader, phone: Phone):
    found = negotiate(reader, phone)
    common = phone.listen & set(reader.poll)
    assert found.spoken <= common
    assert (Link.NONE in found.links) == (not common)
    assert found.links


@given(readers, phones)
def test_a_phone_that_listens_to_more_is_never_heard_less(reader: Reader, phone: Phone):
    before = negotiate(reader, phone).links
    after = negotiate(reader, replace(phone, listen=frozenset(Technology))).links
    if Link.NONE not in before:
        assert Link.NONE not in after


@given(readers, phones)
def test_a_reader_that_only_probes_more_finds_no_fewer_phones(reader: Reader, phone: Phone):
    more = replace(reader, poll=(*reader.poll, *(t for t in Technology if t not in reader.poll)))
    if Link.NONE not in negotiate(reader, phone).links:
        assert Link.NONE not in negotiate(more, phone).links


@given(readers, phones)
def test_an_exclusive_phone_collides_only_where_the_field_was_reset(reader: Reader, phone: Phone):
    if Link.COLLISION in negotiate(reader, replace(phone, exclusive=True)).links:
        assert reader.field_reset


@given(readers, phones)
def test_enough_silence_and_a_pause_leave_one_outcome(reader: Reader, phone: Phone):
    calm = replace(reader, guard_ms=5.1, pauses=True)
    assert not negotiate(calm, phone).is_mixed
    hasty = negotiate(replace(reader, guard_ms=0.5, pauses=True), phone).links
    assert negotiate(calm, phone).links <= hasty


@given(readers, phones)
def test_a_phone_of_one_type_does_not_care_for_the_order(reader: Reader, phone: Phone):
    if len(phone.listen) == 1:
        turned = replace(reader, poll=tuple(reversed(reader.poll)))
        assert negotiate(turned, phone) == negotiate(reader, phone)


@given(readers, phones)
def test_the_risk_is_told_exactly_where_a_may_be_spoken_though_b_was_possible(
    reader: Reader, phone: Phone
):
    told = TYPE_A_RISK in judge_type_a_risk(reader, phone).reason
    risk = Technology.A in negotiate(reader, phone).spoken
    assert told == (risk and b_was_possible(reader, phone))


# findings


def test_a_risk_is_advice_until_the_application_insists_on_type_b():
    advice = judge_type_a_risk(Reader((A, B)), BOTH, "R x P")
    assert (advice.verdict, advice.requirement) == (Verdict.PASS, "REQ-6-6-d")
    assert advice.reason == "TYPE_A_RISK: A is spoken though both sides know Type B"
    insists = judge_type_a_risk(Reader((A, B), requires_b=True), BOTH)
    assert insists.verdict is Verdict.FAIL
    assert "the application insists on B" in insists.reason
    assert judge_type_a_risk(Reader((B, A), requires_b=True), BOTH).reason == ""
    alone = judge_type_a_risk(Reader((A, B), requires_b=True), PHONE_A)
    assert alone.verdict is Verdict.FAIL
    assert "no Type B in common" in alone.reason


def test_mixed_taps_are_a_risk_too():
    told = judge_type_a_risk(Reader((B, A), guard_ms=2), BOTH).reason
    assert told == "TYPE_A_RISK: A or B is spoken though both sides know Type B"


def test_no_link_is_no_type():
    assert judge_type_a_risk(Reader((A,)), CARD).verdict is Verdict.INCONCLUSIVE


def test_a_route_to_the_host_is_no_radio_failure():
    trapped = replace(BOTH, route_a=Endpoint.HOST)
    assert wrong_endpoints(Reader((A, B)), trapped) == {A: Endpoint.HOST}
    found = judge_communication(Reader((A, B)), trapped, "R x P")
    assert found.verdict is Verdict.FAIL
    assert found.reason == (
        "wrong endpoint, no radio failure: Type A leads to host, not to the GP-SE"
    )
    assert judge_communication(Reader((B, A)), trapped).verdict is Verdict.PASS
    sometimes = judge_communication(Reader((B, A), guard_ms=2), trapped)
    assert "Type A leads to host" in sometimes.reason


@pytest.mark.parametrize(
    ("reader", "phone", "told"),
    [
        (Reader((A,)), CARD, "every tap ends in NONE"),
        (replace(FULL, on_several=OnSeveral.COLLISION_ERROR), BOTH, "every tap ends in COLLISION"),
        (
            replace(FULL, on_several=OnSeveral.COLLISION_ERROR, guard_ms=2), BOTH,
            "some taps end in COLLISION",
        ),
    ],
)  # fmt: skip
def test_what_does_not_come_to_a_link_fails(reader: Reader, phone: Phone, told: str):
    found = judge_communication(reader, phone)
    assert (found.verdict, found.reason) == (Verdict.FAIL, told)


def test_what_was_seen_is_held_against_what_was_predicted():
    mixed = Negotiated(frozenset({Link.A, Link.B}))
    assert judge_prediction(mixed, frozenset({Link.B})).verdict is Verdict.PASS
    wrong = judge_prediction(Negotiated(frozenset({Link.A})), frozenset({Link.A, Link.B}))
    assert (wrong.verdict, wrong.reason) == (Verdict.FAIL, "B was seen, A was predicted")
    assert judge_prediction(mixed, frozenset()).verdict is Verdict.INCONCLUSIVE


@pytest.mark.parametrize("poll", [(), (A, A)])
def test_a_reader_without_a_loop_is_refused(poll: tuple[Technology, ...]):
    with pytest.raises(ValueError, match="probes each type once a round"):
        Reader(poll)


# the type behind an ATR


def part_3(historical: bytes) -> bytes:
    """The ATR of a contactless card, by the letter of PC/SC part 3."""
    body = bytes([0x80 | len(historical), 0x80, 0x01]) + historical
    check = 0
    for byte in body:
        check ^= byte
    return b"\x3b" + body + bytes([check])


@pytest.mark.parametrize(
    ("atr", "told"),
    [
        ("3B 88 80 01 00 00 05 E0 B3 81 A1 00 7F", "B (likely)"),  # My Number card
        ("3B 88 80 01 00 00 00 00 91 81 C1 00 D8", "B (likely)"),  # driving licence
        ("3B F5 91 00 FF 91 81 71 FE 40 00 42 00 01 B3 A1 15", "unknown"),  # old mapping
        ("3B E0 00 FF 81 31 FE 45 14", "unknown"),  # contact
        ("3B 88 80 01 00 00 05 E0 B3 81 A1 00 7E", "unknown"),  # its check byte is wrong
        ("", "unknown"),
    ],
)
def test_public_atrs_are_told(atr: str, told: str):
    assert str(from_atr(bytes.fromhex(atr))) == told


@pytest.mark.parametrize(
    ("historical", "told"),
    [
        ("", "A (certain)"),
        ("80 02 9C 3A", "A (certain)"),  # a Type A card seen on the air
        ("80 4F 0C A0 00 00 03 06 03 00 01 00 00 00 00", "unknown"),  # storage
        ("20 38 19 22 00 21 85 00", "B (likely)"),  # a Type B card seen on the air
        ("20 38 19 22 08 21 85 00", "A (likely)"),  # reserved bit of the rates
        ("20 38 19 22 00 29 85 00", "A (likely)"),  # reserved bit of the protocol type
        ("20 38 19 22 00 D1 85 00", "A (likely)"),  # FSCI 13
        ("20 38 19 22 00 21 F5 00", "A (likely)"),  # FWI 15
        ("20 38 19 22 00 21 85 01", "A (likely)"),  # a CID in the place of MBLI
        ("80 38 19 22 00 21 85 00", "unknown"),  # category indicator
        ("31 38 19 22 00 21 85 00", "unknown"),
        ("41 42 43 44 45 31 46 50", "unknown"),  # text
    ],
)
def test_the_shape_tells_no_more_than_it_can(historical: str, told: str):
    assert str(from_atr(part_3(bytes.fromhex(historical)))) == told


@given(st.binary(max_size=15) | st.binary(min_size=8, max_size=8))
def test_the_shape_alone_never_makes_a_certain_b(historical: bytes):
    atr = part_3(historical)
    assert historical_bytes(atr) == historical
    guess = from_atr(atr)
    assert (guess.technology, guess.confidence) != (B, Confidence.CERTAIN)
    assert (guess.technology is None) == (guess.confidence is Confidence.UNKNOWN)
    assert guess.evidence


@pytest.mark.parametrize("historical", ["80 02 9C 3A", "20 38 19 22 00 21 85 00"])
def test_a_damaged_atr_tells_nothing(historical: str):
    atr = part_3(bytes.fromhex(historical))
    assert str(from_atr(atr)) != "unknown"
    for damaged in (atr[:-1] + bytes([atr[-1] ^ 1]), atr[:-1], atr + b"\0"):
        assert str(from_atr(damaged)) == "unknown"


@given(st.binary(max_size=40))
def test_any_bytes_may_come_as_an_atr(atr: bytes):
    assert from_atr(atr).evidence


def test_a_reader_settles_what_the_shape_leaves_open():
    open_shape = from_atr(part_3(bytes.fromhex("80 38 19 22 00 21 85 00")))
    assert str(with_identifier(open_shape, Identifier(bytes(7)))) == "A (certain)"
    assert str(with_identifier(open_shape, Identifier(b"\x08abc"))) == "A (likely)"
    assert with_identifier(open_shape, Identifier(b"\x11abc")) == open_shape
    assert str(with_ats(open_shape, b"\x80", 0x9000)) == "A (certain)"
    assert str(with_ats(open_shape, b"", 0x6A81)) == "B (likely)"
    assert with_ats(open_shape, b"", 0x6300) == open_shape
    assert str(polled_only(open_shape, B)) == "B (certain)"


def test_hints_that_disagree_leave_it_unknown_and_keep_the_evidence():
    card = from_atr(next(iter(PUBLISHED_B)))
    both = with_identifier(card, Identifier(b"\x08abc"))
    assert str(both) == "unknown"
    assert len(both.evidence) == 2
    certain = with_ats(card, b"\x80", 0x9000)
    assert str(with_ats(certain, b"", 0x6A81)) == "A (certain)"


def test_the_protocol_information_of_the_my_number_card_is_read():
    read = TypeBAnswer.parse(bytes.fromhex("00 00 05 E0 B3 81 A1 00"))
    assert read == TypeBAnswer(bytes.fromhex("000005E0"), 0xB3, 0x81, 0xA1, 0)
    assert read.is_possible
    with pytest.raises(ValueError, match="8 bytes in its ATR, not 7"):
        TypeBAnswer.parse(bytes(7))


@pytest.mark.parametrize(
    ("ats", "read"),
    [
        ("06 75 77 81 02 80", Ats(5, 0x77, 0x81, 0x02, b"\x80")),
        ("04 58 80 02", Ats(8, 0x80, None, 0x02)),  # TA and TC, no TB: legal, and seen
        ("05 78 77 80 02", Ats(8, 0x77, 0x80, 0x02)),
        ("05 78 80 70 02", Ats(8, 0x80, 0x70, 0x02)),
        ("01", Ats()),
        ("02 08", Ats(8)),
        ("05 08 41 42 43", Ats(8, historical=b"ABC")),
    ],
)
def test_answers_to_select_seen_on_the_air_are_read(ats: str, read: Ats):
    assert Ats.parse(bytes.fromhex(ats)) == read


def test_what_an_ats_leaves_out_has_its_default():
    assert (Ats().fsci, Ats().fwi, Ats().supports_cid) == (2, 4, True)
    assert (Ats(tb=0x70).fwi, Ats(tb=0xF0).fwi) == (7, 4)
    assert not Ats(tc=0x00).supports_cid


@pytest.mark.parametrize(
    ("ats", "told"),
    [("", "is absent"), ("05 78", "says 5"), ("03 78 80", "announces 3 interface bytes and has 1")],
)
def test_a_damaged_ats_is_refused(ats: str, told: str):
    with pytest.raises(ValueError, match=told):
        Ats.parse(bytes.fromhex(ats))


def test_an_identifier_has_a_length_of_the_standard():
    assert Identifier(b"\x08abc").looks_random
    assert not Identifier(b"\x08abcdef").looks_random
    with pytest.raises(ValueError, match="5 bytes are no UID"):
        Identifier(bytes(5))
