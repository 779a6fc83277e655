"""The reader of the reference, rule by rule, against a card that is spoken by hand."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from suites.contactless.crc import closed, content
from suites.selfcheck.lone_contactless import Done, LoneReader, Lost, Sent, lone_reader


@pytest.fixture(params="AB", ids="type {}".format)
def reader(request: pytest.FixtureRequest) -> Iterator[LoneReader]:
    with lone_reader(request.param) as one:
        activated(one)
        yield one


def activated(reader: LoneReader, fsci: int = 8, fwi: int = 4) -> None:
    """By a card of a fixed identifier; FWI 4 and 256 bytes unless asked otherwise."""
    sent = reader.begin("select")
    if reader.kind == "B":
        assert asked(reader, sent) == bytes.fromhex("050000")
        protocol = bytes((0x80, fsci << 4 | 1, fwi << 4 | 1))
        sent = reader.told(bytes.fromhex("50 11223344 00000000") + protocol)
        assert asked(reader, sent) == bytes.fromhex("1D 11223344 00080100")
        assert reader.told(b"\x00") == Done(bytes.fromhex("11223344"))
        return
    assert (frame(sent).data, frame(sent).last_bits) == (b"\x26", 7)
    assert frame(reader.hear(b"\x04\x00")).data == b"\x93\x20"
    sent = reader.hear(bytes.fromhex("08A1B2C3D8"))
    assert asked(reader, sent) == bytes.fromhex("937008A1B2C3D8")
    assert asked(reader, reader.told(b"\x20")) == b"\xe0\x80"
    ats = bytes((5, 0x70 | fsci, 0x80, fwi << 4, 0x02))
    assert reader.told(ats) == Done(bytes.fromhex("08A1B2C3"))


def asked(reader: LoneReader, sent: Sent | Done | Lost) -> bytes:
    """The content of what the reader sends."""
    data = content(reader.kind, frame(sent).data)
    assert data is not None, "the CRC is right"
    return data


def frame(sent: Sent | Done | Lost) -> Sent:
    assert isinstance(sent, Sent), sent
    return sent


def test_numbers_begin_at_0_and_toggle(reader: LoneReader):
    for number in (0, 1, 0):
        sent = reader.begin("exchange", b"hello")
        assert asked(reader, sent) == bytes((2 | number,)) + b"hello"
        assert reader.told(bytes((2 | number,)) + b"world") == Done(b"world")


def test_rule_4_an_error_or_silence_is_answered_by_nak(reader: LoneReader):
    reader.begin("exchange", b"hello")
    assert asked(reader, reader.hear(None)) == b"\xb2"
    assert asked(reader, reader.hear(b"\x02world??")) == b"\xb2"
    assert reader.told(b"\x02world") == Done(b"world")


def test_after_all_tries_the_link_is_lost_and_stays_so(reader: LoneReader):
    reader.begin("exchange", b"hello")
    reader.hear(None)
    reader.hear(None)
    assert isinstance(reader.hear(None), Lost)
    assert isinstance(reader.begin("exchange", b"hello"), Lost)
    activated(reader)
    assert isinstance(reader.begin("exchange", b"hello"), Sent)


def test_rule_5_while_the_card_chains_an_error_is_answered_by_ack(reader: LoneReader):
    reader.begin("exchange", b"hello")
    assert asked(reader, reader.told(b"\x12wor")) == b"\xa3"
    assert asked(reader, reader.hear(None)) == b"\xa3"
    assert asked(reader, reader.hear(b"\x03ld!!")) == b"\xa3"
    assert reader.told(b"\x03ld") == Done(b"world")
    assert asked(reader, reader.begin("exchange", b"x"))[0] == 0x02


def test_a_piece_that_was_had_already_is_not_taken_twice(reader: LoneReader):
    reader.begin("exchange", b"hello")
    reader.told(b"\x12wor")
    assert asked(reader, reader.told(b"\x12wor")) == b"\xa3"
    assert reader.told(b"\x03ld") == Done(b"world")


def test_rule_6_ack_of_another_number_brings_the_block_again(reader: LoneReader):
    reader.begin("exchange", b"hello")
    reader.hear(None)
    assert asked(reader, reader.told(b"\xa3")) == b"\x02hello"
    assert reader.told(b"\x02world") == Done(b"world")


def test_rule_6_holds_twice_at_most(reader: LoneReader):
    reader.begin("exchange", b"hello")
    reader.told(b"\xa3")
    reader.told(b"\xa3")
    assert isinstance(reader.told(b"\xa3"), Lost)


@pytest.mark.parametrize("fsci", range(9))
def test_rule_7_a_long_command_goes_in_pieces_that_the_card_takes(fsci: int):
    size = (16, 24, 32, 40, 48, 64, 96, 128, 256)[fsci]
    command = bytes(range(256)) * 2
    with lone_reader("A") as reader:
        activated(reader, fsci)
        sent, whole, number = reader.begin("exchange", command), b"", 0
        while (block := asked(reader, sent))[0] & 0x10:
            assert len(frame(sent).data) == size
            assert block[0] & 1 == number
            whole, sent = whole + block[1:], reader.told(bytes((0xA2 | number,)))
            number ^= 1
        assert len(frame(sent).data) <= size
        assert whole + block[1:] == command
        assert reader.told(bytes((2 | number,)) + b"ok") == Done(b"ok")


def test_a_chained_block_wants_its_acknowledgement(reader: LoneReader):
    sent = reader.begin("exchange", bytes(300))
    assert asked(reader, sent)[0] == 0x12
    assert asked(reader, reader.told(b"\x02early")) == b"\xb2", "no answer before the end"
    assert asked(reader, reader.told(b"\xa2"))[0] == 0x03


def test_time_is_given_when_asked_for(reader: LoneReader):
    first = reader.begin("exchange", b"hello")
    assert frame(first).patience == (4_096 << 4) + 49_152
    granted = reader.told(b"\xf2\x05")
    assert asked(reader, granted) == b"\xf2\x05"
    assert frame(granted).patience == 5 * (4_096 << 4) + 49_152
    assert reader.told(b"\x02world") == Done(b"world")


@pytest.mark.parametrize("wtxm", [0, 60, 63])
def test_an_extension_by_a_reserved_factor_is_an_error(reader: LoneReader, wtxm: int):
    reader.begin("exchange", b"hello")
    assert asked(reader, reader.told(bytes((0xF2, wtxm)))) == b"\xb2"


def test_the_power_level_is_not_sent_back(reader: LoneReader):
    reader.begin("exchange", b"hello")
    assert asked(reader, reader.told(b"\xf2\xc5")) == b"\xf2\x05"


def test_time_without_end_is_given_up(reader: LoneReader):
    sent = reader.begin("exchange", b"hello")
    given_ = 0
    while isinstance(sent, Sent):
        sent, given_ = reader.told(b"\xf2\x01"), given_ + 1
    assert 100 < given_ < 2_000


@pytest.mark.parametrize(
    "block",
    ["03 00", "22 00", "0A 00 00", "06 00 00", "42", "B2", "A2", "C2", "F0 00", "", "E2"],
)
def test_what_is_no_answer_is_not_taken_for_one(reader: LoneReader, block: str):
    reader.begin("exchange", b"hello")
    assert asked(reader, reader.told(bytes.fromhex(block))) == b"\xb2"


def test_rule_8_deselect_is_repeated_and_then_let_be(reader: LoneReader):
    assert asked(reader, reader.begin("deselect")) == b"\xc2"
    assert asked(reader, reader.hear(None)) == b"\xc2"
    assert reader.told(b"\xc2") == Done(b"\x01")
    activated(reader)
    reader.begin("deselect")
    reader.hear(None)
    reader.hear(None)
    assert reader.hear(None) == Done(b"\x00")


def test_a_cid_is_told_and_wanted():
    with lone_reader("B", cid=3) as reader:
        reader.begin("select")
        sent = reader.told(bytes.fromhex("50 11223344 00000000 808141"))
        assert asked(reader, sent)[-1] == 3
        assert isinstance(reader.told(b"\x03"), Done)
        assert asked(reader, reader.begin("exchange", b"hi")) == b"\x0a\x03hi"
        assert asked(reader, reader.told(b"\x02ho")) == b"\xba\x03", "without CID"
        assert asked(reader, reader.told(b"\x0a\x04ho")) == b"\xba\x03", "of another card"
        assert reader.told(b"\x0a\x03ho") == Done(b"ho")


@pytest.mark.parametrize(
    ("answer", "why"),
    [("08A1B2C3D9", "the check byte"), ("08A1B2C3", "a byte is missing"), ("", "nothing")],
)
def test_an_identifier_that_is_wrong_is_not_selected(answer: str, why: str):
    with lone_reader("A") as reader:
        reader.begin("select")
        reader.hear(b"\x04\x00")
        assert isinstance(reader.hear(bytes.fromhex(answer)), Lost), why


@pytest.mark.parametrize(("ats", "size", "fwi"), [
    ("01", 32, 4), ("0208", 256, 4), ("0458 80 02", 256, 4), ("0328 70", 256, 7),
    ("0348 02", 256, 4), ("067577810280", 64, 8),
])  # fmt: skip
def test_an_ats_may_leave_bytes_out(ats: str, size: int, fwi: int):
    with lone_reader("A") as reader:
        reader.begin("select")
        reader.hear(b"\x04\x00")
        reader.hear(bytes.fromhex("08A1B2C3D8"))
        reader.told(b"\x20")
        assert isinstance(reader.told(bytes.fromhex(ats)), Done)
        sent = reader.begin("exchange", bytes(300))
        assert (len(frame(sent).data), frame(sent).patience) == (size, (4_096 << fwi) + 49_152)


@pytest.mark.parametrize("broken", ["0578", "0278", "00", "0670 80"])
def test_an_ats_that_is_broken_is_no_activation(broken: str):
    with lone_reader("A") as reader:
        reader.begin("select")
        reader.hear(b"\x04\x00")
        reader.hear(bytes.fromhex("08A1B2C3D8"))
        reader.told(b"\x20")
        assert isinstance(reader.told(bytes.fromhex(broken)), Lost)


@pytest.mark.parametrize(("protocol", "attrib", "why"), [
    ("808041", "00", "no 14443-4"), ("808941", "00", "a reserved bit"), ("808141", "01", "the CID"),
])  # fmt: skip
def test_a_card_of_type_b_that_is_wrong_is_not_activated(protocol: str, attrib: str, why: str):
    with lone_reader("B") as reader:
        reader.begin("select")
        said = reader.told(bytes.fromhex("50 11223344 00000000" + protocol))
        if isinstance(said, Sent):
            said = reader.told(bytes.fromhex(attrib))
        assert isinstance(said, Lost), why


def test_cards_that_collide_are_asked_in_more_slots():
    with lone_reader("B") as reader:
        reader.begin("select")
        assert asked(reader, reader.hear(b"\x50", collision=3)) == bytes.fromhex("050001")
        assert asked(reader, reader.hear(b"\x50", collision=3)) == b"\x15"
        sent = reader.told(bytes.fromhex("50 11223344 00000000 808141"))
        assert asked(reader, sent)[:5] == bytes.fromhex("1D11223344")


ANSWERS = st.tuples(
    st.one_of(st.none(), st.binary(max_size=20), st.binary(min_size=250, max_size=4_200)),
    st.integers(1, 8), st.sampled_from([0xFFFF, 0, 7, 300]), st.booleans(),
)  # fmt: skip


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(words=st.sampled_from(["select", "exchange", "deselect"]), answers=st.lists(ANSWERS))
def test_no_frame_of_any_length_harms_the_reader(
    reader: LoneReader, words: str, answers: list[tuple[bytes | None, int, int, bool]]
):
    reader.begin(words, b"hello")
    for data, bits, collision, sealed in answers:
        frame = closed(reader.kind, data) if sealed and data is not None else data
        reader.hear(frame, bits, collision)
    activated(reader)
    reader.begin("exchange", b"hello")
    assert reader.told(b"\x02world") == Done(b"world")
