"""Commands of an app through the reference phone: Android's 91, what is forbidden, class bytes."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fixtures.card.apdu import Response
from suites.access_control import cts
from suites.access_control.commands import FORBIDDEN, ILLEGAL, class_on, refusal
from suites.access_control.rules import ALWAYS, Rule
from suites.selfcheck.by_hand import STEADY
from suites.selfcheck.lone_phone import Phone, Raised, lone_phone

AID = cts.aid("31")
TOLD = cts.TOLD["transmit"]
CONFIGURATION = {
    "apps": {"app": {"certificates": ["01"]}, "system": {"privileged": True}},
    "readers": {"eSE1": {"names": [AID.hex()]}},
}


@pytest.fixture(scope="module")
def phone() -> Iterator[Phone]:
    with lone_phone(CONFIGURATION) as running:
        running.store(Rule(AID, b"", ALWAYS))
        yield running


@pytest.fixture(scope="module")
def channel(phone: Phone) -> int:
    number = phone.open(phone.session("app"), AID)
    assert isinstance(number, int)
    return number


@pytest.fixture(scope="module")
def on_every_number(phone: Phone, channel: int) -> dict[int, int]:
    """All other channels by the number they have on the element; this app needs no rules."""
    assert channel == 0
    session = phone.session("system")
    opened: dict[int, int] = {}
    for another in (phone.open(session, AID) for _ in range(19)):
        if another is None:
            return opened
        phone.do("wire")
        phone.send(another, bytes.fromhex("80060000"))
        (sent,) = phone.do("wire")
        cla = int(sent[:2], 16)
        opened[4 + (cla & 0x0F) if cla & 0x40 else cla & 0x03] = another
    raise AssertionError("more channels than an element can have")


def test_the_table_has_91_commands():
    plain = commands("without_data") + commands("with_256_bytes")
    alone = [*TOLD["forbidden"], *TOLD["segmented"], "00F4000000"]
    assert len(plain) + 4 * len(TOLD["warnings"]) + len(alone) == 91


def commands(kind: str) -> list[bytes]:
    return [bytes.fromhex(cla + rest) for cla in TOLD["classes"] for rest in TOLD[kind]]


@pytest.mark.parametrize("command", [*map(bytes.fromhex, TOLD["forbidden"])], ids=bytes.hex)
def test_forbidden_commands_do_not_reach_the_element(phone: Phone, channel: int, command: bytes):
    phone.do("wire")
    assert phone.raised("transmit", channel=channel, command=command.hex()) == FORBIDDEN
    assert phone.do("wire") == []


@pytest.mark.parametrize("command", commands("without_data"), ids=bytes.hex)
def test_answers_without_data(phone: Phone, channel: int, command: bytes):
    assert phone.send(channel, command) == Response(b"", 0x9000)


@pytest.mark.parametrize("command", commands("with_256_bytes"), ids=bytes.hex)
def test_answers_of_256_bytes(phone: Phone, channel: int, command: bytes):
    answer = phone.send(channel, command)
    assert (len(answer.data), answer.sw) == (256, 0x9000)


@pytest.mark.parametrize(("at", "sw"), [*enumerate(TOLD["warnings"], 1)])
def test_warnings_arrive_with_what_came_before_them(phone: Phone, channel: int, at: int, sw: str):
    sent = f"00F3{at:02X}"
    answers = [phone.send(channel, bytes.fromhex(sent + rest)) for rest in ("06", "0A01AA", "0800")]
    assert [answer.sw for answer in answers] == [int(sw, 16)] * 3
    assert [bool(answer.data) for answer in answers] == [False, False, True]
    echo = bytes.fromhex(sent + "0C01AA00")
    answer = phone.send(channel, echo)
    assert (answer.data[1:], answer.sw) == (echo[1:], int(sw, 16))


@pytest.mark.parametrize("command", [*map(bytes.fromhex, TOLD["segmented"])], ids=bytes.hex)
def test_an_answer_in_pieces_arrives_whole(phone: Phone, channel: int, command: bytes):
    """By 61xx and GET RESPONSE with the class of the command; after 6Cxx too."""
    phone.do("wire")
    answer = phone.send(channel, command)
    assert (len(answer.data), answer.sw) == (int.from_bytes(command[2:4], "big"), 0x9000)
    assert answer.data[-1] == 0xFF
    first, *others = phone.do("wire")
    assert len(others) >= 7
    assert {one[:4] for one in others} <= {first[:2] + "C0", first[:4]}


def test_select_was_sent_with_p2_00(phone: Phone, channel: int):
    assert phone.send(channel, bytes.fromhex("00F4000000")) == Response(b"\x00", 0x9000)


def test_le_is_corrected_once_also_where_there_was_none(phone: Phone, channel: int):
    phone.do("lie", answers={"01F8000001AA": "6C10", "01F8000001AA10": "6C11"})
    assert phone.send(channel, bytes.fromhex("00F8000001AA")) == Response(b"", 0x6C11)
    phone.do("lie", answers={"01F80000": "6C02", "01F8000002": "AABB9000"})
    assert phone.send(channel, bytes.fromhex("00F80000")).data == b"\xaa\xbb"
    phone.do("lie", answers={})


def test_an_answer_that_never_ends_is_a_broken_line(phone: Phone, channel: int):
    phone.do("lie", answers={"01F80000": "6101", "01C0000001": "AA6101"})
    assert phone.raised("transmit", channel=channel, command="00F80000") == "IOException"
    phone.do("lie", answers={})


def test_files_may_be_selected_and_proprietary_commands_are_not_looked_into(
    phone: Phone, channel: int
):
    """``80 70`` and ``80 A4 04`` only look like what is forbidden."""
    for command in ("00A40000023F00", "00A4080C023F00", "80700000", "80A4040000", "20700000"):
        assert phone.send(channel, bytes.fromhex(command)).sw == 0x6D00


@pytest.mark.parametrize("rest", ["700000", "708001", "A4040001AA", "A40400", "A40000"])
def test_what_is_forbidden_is_so_in_every_interindustry_class(
    phone: Phone, channel: int, rest: str
):
    sent = [bytes((cla,)) + bytes.fromhex(rest) for cla in range(0x100)]
    told = phone.many([
        {"do": "transmit", "channel": channel, "command": one.hex()} for one in sent
    ])  # fmt: skip
    got = [one.name if isinstance(one, Raised) else None for one in told]
    assert got == [refusal(one) for one in sent]


def test_a_privileged_app_may_select_by_name_but_not_manage_channels(
    phone: Phone, on_every_number: dict[int, int]
):
    channel = on_every_number[2]
    assert phone.send(channel, bytes.fromhex("00A4040010") + AID).ok
    assert phone.raised("transmit", channel=channel, command="00700000") == FORBIDDEN


def test_there_are_nineteen_channels_and_then_null(on_every_number: dict[int, int]):
    """One of them is the other app's."""
    assert sorted(on_every_number) == list(range(2, 20))


@pytest.mark.parametrize("number", [2, 3, 4, 5, 19])
def test_every_class_byte_says_the_channel_whatever_the_app_wrote(
    phone: Phone, on_every_number: dict[int, int], number: int
):
    sent = [bytes((cla, 0xE0, 0x00, 0x00)) for cla in range(0xFF)]
    phone.do("wire")
    phone.many([
        {"do": "transmit", "channel": on_every_number[number], "command": one.hex()}
        for one in sent
    ])  # fmt: skip
    seen = [int(one[:2], 16) for one in phone.do("wire")]
    assert seen == [class_on(cla, number) for cla in range(0xFF)]


def test_examples_of_class_bytes():
    """GPCS tables 11-11 and 11-12: 00 on channels 3, 4 and 19, and 84 there."""
    assert [class_on(0x00, number) for number in (0, 3, 4, 19)] == [0x00, 0x03, 0x40, 0x4F]
    assert [class_on(0x84, number) for number in (0, 3, 4, 19)] == [0x84, 0x87, 0xE0, 0xEF]


@pytest.mark.parametrize(
    "command",
    ["", "00", "00B000", "FFB00000", "00600000", "006F0000", "00900000", "009F0000",
     "00B0000002AA", "00B0000001AABBCC", "00B00000000000AA", "00B0000000000200", "00B000000001"],
)  # fmt: skip
def test_what_is_no_command_is_an_illegal_argument(phone: Phone, channel: int, command: str):
    assert refusal(bytes.fromhex(command)) == ILLEGAL
    assert phone.raised("transmit", channel=channel, command=command) == ILLEGAL


def test_no_command_at_all_is_a_null_pointer(phone: Phone, channel: int):
    assert phone.raised("transmit", channel=channel, command=None) == "NullPointerException"


headers = st.tuples(
    st.integers(0, 255),
    st.sampled_from([0x70, 0xA4, 0x60, 0x9F, 0xB0]) | st.integers(0, 255),
    st.sampled_from([0x04, 0x00, 0x80]) | st.integers(0, 255),
    st.integers(0, 255),
).map(bytes)
bodies = st.one_of(
    st.just(b""),
    st.binary(min_size=1, max_size=1),
    st.binary(min_size=1, max_size=40).map(lambda data: bytes((len(data),)) + data),
    st.binary(min_size=1, max_size=40).map(lambda data: bytes((len(data),)) + data + b"\x00"),
    st.binary(max_size=9).map(lambda rest: b"\x00" + rest),
    st.binary(max_size=12),
)


@settings(STEADY, max_examples=500)
@given(sent=st.builds(bytes.__add__, headers, bodies))
def test_any_command_is_let_through_or_refused_as_the_model_says(
    phone: Phone, channel: int, sent: bytes
):
    """And reaches the element as it is, but for the class byte, or not at all."""
    phone.do("wire")
    assert phone.raised("transmit", channel=channel, command=sent.hex()) == refusal(sent)
    through = [class_on(sent[0], 1).to_bytes(1, "big") + sent[1:]] if not refusal(sent) else []
    assert phone.do("wire")[:1] == [one.hex().upper() for one in through]
