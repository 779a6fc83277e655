"""The card's half of ISO/IEC 14443-4, rule by rule of 7.5, by blocks as bytes."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from suites.contactless.crc import closed
from suites.selfcheck.lone_contactless import LoneCard, into_protocol, lone_card

FWT_8 = 4_096 << 8


@pytest.fixture(params="AB", ids="type {}".format)
def card(request: pytest.FixtureRequest) -> Iterator[LoneCard]:
    with lone_card(request.param) as one:
        into_protocol(one)
        yield one


def answered(count: int, told: bytes) -> bytes:
    return count.to_bytes(4, "big") + told


def test_the_number_of_the_card_toggles_with_every_information_block(card: LoneCard):
    order = card.order(1, b"z")
    assert card.ask(b"\x02" + order) == b"\x02" + answered(1, b"z")
    assert card.ask(b"\x03" + order) == b"\x03" + answered(2, b"z")
    assert card.ask(b"\x03" + order) == b"\x02" + answered(3, b"z"), "rule D: whatever is told"


def test_rule_2_a_chained_block_is_acknowledged(card: LoneCard):
    order = card.order(3, b"abcdef")
    assert card.ask(b"\x12" + order[:2]) == b"\xa2"
    assert card.ask(b"\x13" + order[2:8]) == b"\xa3"
    assert card.ask(b"\x02" + order[8:]) == b"\x02" + answered(1, b"abc")


def test_rule_3_deselect_is_answered(card: LoneCard):
    assert card.ask(b"\xc2") == b"\xc2"
    assert card.ask(b"\x02" + card.order(1, b"z")) is None, "the card sleeps"


def test_rule_9_more_time_is_asked_for_and_given(card: LoneCard):
    """And rule 3 the other way round: the card wants its own WTXM back."""
    work = 5 * FWT_8 // 2
    wtx = card.ask(b"\x02" + card.order(2, b"ok", work))
    assert wtx is not None
    assert wtx[0] == 0xF2
    assert 2 <= wtx[1] <= 59
    assert card.ask(bytes((0xF2, wtx[1] ^ 1))) is None, "another WTXM"
    assert card.ask(b"\xb2") == wtx, "rule 11 holds for it too"
    assert card.ask(wtx) == b"\x02" + answered(1, b"ok")


def test_a_long_work_is_carried_by_many_extensions(card: LoneCard):
    """Each answer begins within the time that was agreed on: FWT, then WTXM times FWT."""
    begun = card.now
    heard = card.raw(closed(card.kind, b"\x02" + card.order(2, b"ok", 200 * FWT_8)))
    waiting, extensions = FWT_8, 0
    while heard is not None and heard.data[0] == 0xF2:
        assert heard.delay <= waiting
        waiting, extensions = heard.data[1] * FWT_8, extensions + 1
        heard = card.raw(closed(card.kind, heard.data[:2]))
    assert heard is not None
    assert heard.delay <= waiting
    assert heard.data[1:7] == answered(1, b"ok")
    assert card.now - begun >= 200 * FWT_8
    assert extensions >= 4


def test_rule_11_an_r_block_with_the_own_number_repeats(card: LoneCard):
    told = card.ask(b"\x02" + card.order(1, b"z"))
    assert card.ask(b"\xb2") == told
    assert card.ask(b"\xa2") == told
    assert card.ask(b"\x03" + card.order(1, b"z")) == b"\x03" + answered(2, b"z")


def test_rule_12_nak_with_another_number_is_acknowledged(card: LoneCard):
    """Nothing was heard yet: the number is still 1 (rule C)."""
    assert card.ask(b"\xb2") == b"\xa3"
    card.ask(b"\x02" + card.order(1, b"z"))
    assert card.ask(b"\xb3") == b"\xa2"


def test_rule_13_ack_with_another_number_continues(card: LoneCard):
    into_protocol(card, fsdi=0)  # 16 bytes: 13 of information
    first = card.ask(b"\x02" + card.order(30, b"abcdefghij"))
    assert first == b"\x12" + answered(1, b"abcdefghi")
    second = card.ask(b"\xa3")
    assert second == b"\x13" + b"jabcdefghijab"
    assert card.ask(b"\xa3") == second, "rule 11"
    assert card.ask(b"\xb3") == second, "rule 11"
    assert card.ask(b"\xa2") == b"\x02" + b"cdefghij"
    assert card.ask(b"\xa3") is None, "there is no more"


@pytest.mark.parametrize("fsdi", range(9))
def test_no_frame_is_longer_than_the_reader_takes(card: LoneCard, fsdi: int):
    size = (16, 24, 32, 40, 48, 64, 96, 128, 256)[fsdi]
    into_protocol(card, fsdi=fsdi, cid=5)
    told = card.ask(b"\x0a\x05" + card.order(600, b"payload"))
    whole, number = b"", 0
    while told is not None and told[0] & 0x10:
        assert len(told) + 2 == size
        whole, number = whole + told[2:], number ^ 1
        told = card.ask(bytes((0xAA | number, 0x05)))
    assert told is not None
    assert len(told) + 2 <= size
    assert whole + told[2:] == answered(1, (b"payload" * 86)[:600])


def test_only_blocks_with_its_cid_are_for_the_card(card: LoneCard):
    into_protocol(card, cid=5)
    assert card.ask(b"\x02" + card.order(1, b"z")) is None
    assert card.ask(b"\x0a\x06" + card.order(1, b"z")) is None
    assert card.ask(b"\x0a\x05" + card.order(1, b"z")) == b"\x0a\x05" + answered(1, b"z")
    assert card.ask(b"\xba\x05") == b"\x0a\x05" + answered(1, b"z")


def test_cid_0_may_be_left_out(card: LoneCard):
    assert card.ask(b"\x0a\x00" + card.order(1, b"z")) == b"\x0a\x00" + answered(1, b"z")
    assert card.ask(b"\x03" + card.order(1, b"z")) == b"\x03" + answered(2, b"z")
    assert card.ask(b"\xca\x00") == b"\xca\x00"


NO_BLOCKS = {
    "NAD": "06 00 0001 00000000",
    "b6 of an I-block": "22 0001 00000000",
    "b2 of an I-block": "00 0001 00000000",
    "class 01": "42",
    "an R-block with information": "A2 00",
    "an R-block with NAD": "A6 00",
    "b2 of an R-block": "A0",
    "a WTX without WTXM": "F2",
    "a WTX that was not asked for": "F2 01",
    "a DESELECT with information": "C2 00",
    "S(PARAMETERS)": "F0 00",
    "CID 15": "0A 0F 0001 00000000",
    "no CID after its flag": "0A",
}


@pytest.mark.parametrize("block", NO_BLOCKS.values(), ids=NO_BLOCKS)
def test_what_is_no_block_is_not_answered_and_changes_nothing(card: LoneCard, block: str):
    assert card.ask(bytes.fromhex(block)) is None
    assert card.ask(b"\x02" + card.order(1, b"z")) == b"\x02" + answered(1, b"z")


def test_a_frame_longer_than_the_card_takes_is_not_answered():
    with lone_card("A", fsci=0) as card:
        into_protocol(card)
        assert card.ask(b"\x02" + card.order(1, b"12345678")) is None
        assert card.ask(b"\x02" + card.order(1, b"1234567")) == b"\x02" + answered(1, b"1")


def test_an_empty_block_asks_for_presence(card: LoneCard):
    assert card.ask(b"\x02") == b"\x02"
    assert card.ask(b"\x03" + card.order(1, b"z")) == b"\x03" + answered(1, b"z")


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    frames=st.lists(
        st.tuples(
            st.one_of(
                st.binary(max_size=40),
                st.binary(min_size=250, max_size=4_200),
                st.sampled_from([b"\x26", b"\x52", b"\x93\x20", b"\xe0\x80", b"\x05\x00\x00"]),
                st.builds(
                    bytes.__add__, st.sampled_from([b"\x02", b"\x93\x70", b"\x1d"]), st.binary()
                ),
            ),
            st.integers(1, 8),
            st.booleans(),
        ),
        max_size=12,
    )
)
def test_no_frame_of_any_length_harms_the_card(
    card: LoneCard, frames: list[tuple[bytes, int, bool]]
):
    """It lives, and after the field has come anew it is as good as ever."""
    for data, last_bits, sealed in frames:
        card.raw(closed(card.kind, data) if sealed else data, last_bits)
    into_protocol(card)
    told = card.ask(b"\x02" + card.order(3, b"xyz"))
    assert told is not None
    assert told[:1] + told[5:] == b"\x02xyz"
