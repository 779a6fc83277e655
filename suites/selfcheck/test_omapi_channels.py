"""Sessions and channels of the reference phone: opening, null, exceptions, select next, closing."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from hypothesis.stateful import run_state_machine_as_test as walk

from fixtures.card.apdu import SW, Response
from suites.access_control import cts
from suites.access_control.rules import ALWAYS, Rule
from suites.selfcheck.by_hand import STEADY
from suites.selfcheck.lone_phone import Phone, lone_phone

ONE, LONG, OTHER, MISSING = (cts.aid(last) for last in ("31", "32", "40", "FF"))
ARA_M = bytes.fromhex("A00000015141434C00")
CONFIGURATION: dict[str, Any] = {
    "apps": {
        "app": {"certificates": ["01"]},
        "another": {"certificates": ["02"]},
        "system": {"privileged": True},
    },
    "readers": {
        name: {"names": [aid.hex() for aid in (ONE, LONG, OTHER)], **more}
        for name, more in (
            ("SIM1", {}), ("eSE1", {"default": OTHER.hex()}), ("eSE2", {"channels": 4}),
        )
    },
}  # fmt: skip


@pytest.fixture(scope="module")
def running() -> Iterator[Phone]:
    with lone_phone(CONFIGURATION) as phone:
        yield phone


@pytest.fixture
def phone(running: Phone) -> Phone:
    renewed(running)
    return running


def renewed(phone: Phone) -> None:
    """With a rule that lets all apps do everything, on each element."""
    phone.renew()
    for reader in CONFIGURATION["readers"]:
        raw = bytes(Rule(b"", b"", ALWAYS))
        store = bytes((0x80, 0xE2, 0x90, 0x00, len(raw) + 2, 0xF0, len(raw))) + raw
        assert phone.do("ara", command=store.hex(), reader=reader) == "9000"


def test_readers_are_named_by_what_they_are(phone: Phone):
    assert phone.do("readers") == ["SIM1", "eSE1", "eSE2"]
    refused = phone.raised("open_session", app="app", reader="SD9")
    assert refused == "IllegalArgumentException"
    assert phone.do("atr", session=phone.session("app"))


@pytest.mark.parametrize("basic", [False, True])
@pytest.mark.parametrize(
    ("aid", "p2", "raised"),
    [
        (b"\xa0", 0x00, "IllegalArgumentException"),
        (b"\xa0" * 4, 0x00, "IllegalArgumentException"),
        (b"\xa0" * 17, 0x00, "IllegalArgumentException"),
        (MISSING, 0x00, "NoSuchElementException"),
        (ONE, 0x01, "UnsupportedOperationException"),
        (ONE, 0x02, "UnsupportedOperationException"),
        (ONE, 0x10, "UnsupportedOperationException"),
        (ONE, 0xF0, "UnsupportedOperationException"),
        (b"\xa0", 0xF0, "UnsupportedOperationException"),
        (ONE, 0x00, None),
        (ONE, 0x04, None),
        (ONE, 0x08, None),
        (ONE, 0x0C, None),
        (ONE[:5], 0x00, None),
    ],
)
def test_opening_by_name(phone: Phone, aid: bytes, p2: int, raised: str | None, basic: bool):
    what = "open_basic" if basic else "open_logical"
    session = phone.session("app")
    assert phone.raised(what, session=session, aid=aid.hex(), p2=p2) == raised


@pytest.mark.parametrize("p2", [0x00, 0x04, 0x08, 0x0C])
def test_p2_arrives_at_the_element(phone: Phone, p2: int):
    channel = phone.open(phone.session("app"), ONE, p2)
    assert phone.send(channel, bytes.fromhex("00F4000000")).data == bytes((p2,))


def test_an_element_that_does_not_know_a_p2_is_told_of(phone: Phone):
    phone.do("lie", answers={f"01A4040410{ONE.hex()}00".upper(): "6A86"})
    session = phone.session("app")
    raised = phone.raised("open_logical", session=session, aid=ONE.hex(), p2=0x04)
    assert raised == "UnsupportedOperationException"
    assert phone.do("wire")[-1] == "01708001", "the channel is closed again"


@pytest.mark.parametrize("sw", ["6283", "62FF", "6310", "9000", "9100"])
def test_a_warning_at_selection_is_a_success(phone: Phone, sw: str):
    phone.do("lie", answers={f"01A4040010{ONE.hex()}00".upper(): "6F00" + sw})
    channel = phone.open(phone.session("app"), ONE)
    assert phone.do("select_response", channel=channel) == ("6F00" + sw).lower()


@pytest.mark.parametrize("sw", ["6A82", "6999", "6985", "6D00", "6F00"])
def test_a_channel_on_which_nothing_was_selected_is_closed_again(phone: Phone, sw: str):
    phone.do("lie", answers={f"01A4040010{ONE.hex()}00".upper(): sw}, reader="eSE2")
    session = phone.session("app", "eSE2")
    for _ in range(5):
        refused = phone.raised("open_logical", session=session, aid=ONE.hex())
        assert refused == "NoSuchElementException"
    opened = [phone.open(session, LONG) for _ in range(3)]
    assert None not in opened[:2]


def test_the_answer_to_select_is_whole_however_long(phone: Phone):
    session = phone.session("app")
    answer = bytes.fromhex(phone.do("select_response", channel=phone.open(session, LONG)))
    assert (len(answer) > 200, answer[-2:]) == (True, b"\x90\x00")
    assert len(answer) == 3 + answer[2] + 2
    pieces = {f"02A4040010{ONE.hex()}00".upper(): "6F026102", "02C0000002": "84009000"}
    phone.do("lie", answers=pieces)
    assert phone.do("select_response", channel=phone.open(session, ONE)) == "6f0284009000"


def test_without_a_name_there_is_no_answer_to_select(phone: Phone):
    channel = phone.open(phone.session("app"), None)
    assert phone.do("select_response", channel=channel) is None
    assert phone.raised("select_next", channel=channel) == "UnsupportedOperationException"
    assert phone.open(phone.session("app"), b"") is not None, "an empty name is none"


@pytest.mark.parametrize("reader", ["eSE1", "SIM1"])
@pytest.mark.parametrize("aid", [None, ONE])
@pytest.mark.parametrize("basic", [False, True])
@pytest.mark.parametrize("app", ["app", "system"])
def test_the_operators_element_gives_apps_no_more_than_named_logical_channels(
    phone: Phone, reader: str, aid: bytes | None, basic: bool, app: str
):
    opened = phone.open(phone.session(app, reader), aid, basic=basic)
    refused = reader == "SIM1" and app == "app" and (basic or aid is None)
    assert (opened is None) is refused


def test_there_is_one_basic_channel_and_it_can_be_had_again(phone: Phone):
    session = phone.session("app")
    channel = phone.open(session, ONE, basic=True)
    assert phone.open(phone.session("another"), ONE, basic=True) is None
    phone.do("close", channel=channel)
    assert phone.open(phone.session("another"), ONE, basic=True) is not None


def test_who_names_nothing_gets_the_basic_channel_only_with_the_default_application(phone: Phone):
    session = phone.session("app")
    phone.do("close", channel=phone.open(session, ONE, basic=True))
    assert phone.open(session, None, basic=True) is None
    phone.do("close_session", session=session)
    assert phone.open(phone.session("app"), None, basic=True) is not None


def test_closing_the_basic_channel_leaves_nothing_selected_there(phone: Phone):
    """The default application by no name, or the ARA-M where there is none (SIM1)."""
    for app, reader, selected in (("app", "eSE1", "00A4040000"), ("system", "SIM1", ARA_M)):
        session = phone.session(app, reader)
        channel = phone.open(session, ONE, basic=True)
        phone.do("wire", reader=reader)
        phone.do("close", channel=channel)
        last = phone.do("wire", reader=reader)[-1]
        named = f"00A4040009{ARA_M.hex()}".upper()
        assert last == (selected if isinstance(selected, str) else named)


def test_when_no_channel_is_left_the_answer_is_null(phone: Phone):
    """Three logical channels; one of them has to be free for the rules to be read."""
    session = phone.session("system", "eSE2")
    opened = [phone.open(session, ONE) for _ in range(5)]
    assert [channel is None for channel in opened] == [False] * 3 + [True] * 2
    assert phone.open(phone.session("app", "eSE2"), ONE) is None
    phone.do("close", channel=opened[1])
    assert phone.open(session, ONE) is not None


@pytest.mark.parametrize("sw", ["6A81", "6881", "6D00", "9000", "00" + "9000", "14" + "9000"])
def test_a_channel_that_is_none_is_null(phone: Phone, sw: str):
    phone.do("lie", answers={"0070000001": sw})
    assert phone.open(phone.session("system"), ONE) is None


def test_what_is_closed_is_an_illegal_state(phone: Phone):
    session = phone.session("app")
    channel = phone.open(session, ONE)
    phone.do("close", channel=channel)
    phone.do("close", channel=channel)
    asked = {"channel": channel, "command": "00060000"}
    assert phone.raised("transmit", **asked) == "IllegalStateException"
    assert phone.raised("select_next", channel=channel) == "IllegalStateException"
    phone.do("close_session", session=session)
    for what in ("open_basic", "open_logical"):
        raised = phone.raised(what, session=session, aid=ONE.hex())
        assert raised == "IllegalStateException"


def test_an_element_that_is_away_is_an_io_exception_and_closes_all_channels(phone: Phone):
    session = phone.session("app")
    channel = phone.open(session, ONE)
    phone.do("state_changed", connected=False)
    assert phone.do("closed", channel=channel)
    assert phone.raised("open_logical", session=session, aid=ONE.hex()) == "IOException"
    assert phone.raised("open_session", app="app") == "IOException"
    phone.do("state_changed", connected=True)
    again = [phone.open(session, ONE) for _ in range(19)]
    assert None not in again[:18], "one is needed for the rules"


def test_a_broken_line_is_an_io_exception_and_the_channel_can_still_be_closed(phone: Phone):
    channel = phone.open(phone.session("app"), ONE)
    phone.do("break_line", broken=True)
    assert phone.raised("transmit", channel=channel, command="00060000") == "IOException"
    phone.do("close", channel=channel)
    assert phone.do("closed", channel=channel)


def test_a_process_that_dies_takes_its_own_channels_with_it(phone: Phone):
    mine, others = (phone.open(phone.session(app), ONE) for app in ("app", "another"))
    phone.do("process_died", app="app")
    assert phone.do("closed", channel=mine)
    assert not phone.do("closed", channel=others)
    assert phone.send(others, bytes.fromhex("00060000")).ok
    assert "01708001" in phone.do("wire")


def test_a_partial_name_leads_from_one_application_to_the_next(phone: Phone):
    """And then to none; who is selected stays so."""
    channel = phone.open(phone.session("app"), ONE[:-1])
    answers = [bytes.fromhex(phone.do("select_response", channel=channel))]
    for found in (True, True, False):
        assert phone.do("select_next", channel=channel) is found
        answers.append(bytes.fromhex(phone.do("select_response", channel=channel)))
    assert all(aid in told for aid, told in zip((ONE, LONG, OTHER, OTHER), answers, strict=True))
    assert phone.send(channel, bytes.fromhex("00F4000000")) == Response(b"\x02", SW.OK)


@pytest.mark.parametrize(
    ("sw", "then"),
    [("9000", True), ("6283", True), ("6310", True), ("9F10", True), ("6A82", False),
     ("6A86", False), ("6A81", False), ("6999", None), ("6D00", None), ("6985", None)],
)  # fmt: skip
def test_what_select_next_makes_of_status_words(phone: Phone, sw: str, then: bool | None):
    channel = phone.open(phone.session("app"), ONE)
    phone.do("lie", answers={f"01A4040210{ONE.hex()}".upper(): sw})
    if then is None:
        assert phone.raised("select_next", channel=channel) == "UnsupportedOperationException"
    else:
        assert phone.do("select_next", channel=channel) is then


class Channels(RuleBasedStateMachine):
    """Any order of opening and closing: as many channels as the element has, and no leak."""

    phone: Phone
    most = 3  # logical channels of eSE2

    def __init__(self) -> None:
        super().__init__()
        renewed(self.phone)
        self.session = self.phone.session("system", "eSE2")
        self.held: list[int] = []
        self.basic: int | None = None

    @rule(aid=st.sampled_from([ONE, LONG, None]))
    def opens_a_logical_channel(self, aid: bytes | None) -> None:
        channel = self.phone.open(self.session, aid)
        assert (channel is None) is (len(self.held) == self.most)
        self.held += [] if channel is None else [channel]

    @rule()
    def asks_for_what_is_not_there(self) -> None:
        asked = {"session": self.session, "aid": MISSING.hex()}
        full = len(self.held) == self.most
        assert self.phone.raised("open_logical", **asked) == (
            None if full else "NoSuchElementException"
        )

    @rule()
    def opens_the_basic_channel(self) -> None:
        channel = self.phone.open(self.session, ONE, basic=True)
        assert (channel is None) is (self.basic is not None)
        self.basic = self.basic if channel is None else channel

    @precondition(lambda self: self.basic is not None)
    @rule()
    def closes_the_basic_channel(self) -> None:
        self.phone.do("close", channel=self.basic)
        self.basic = None

    @precondition(lambda self: self.held)
    @rule(at=st.integers(0, most - 1))
    def closes_a_logical_channel(self, at: int) -> None:
        self.phone.do("close", channel=self.held.pop(at % len(self.held)))

    @rule()
    def the_process_dies_and_starts_again(self) -> None:
        self.phone.do("process_died", app="system")
        self.session = self.phone.session("system", "eSE2")
        self.held, self.basic = [], None

    @invariant()
    def each_has_a_channel_of_its_own(self) -> None:
        self.phone.do("wire", reader="eSE2")
        for channel in self.held:
            self.phone.send(channel, bytes.fromhex("00060000"))
        numbers = [int(sent[:2], 16) for sent in self.phone.do("wire", reader="eSE2")]
        assert len(set(numbers)) == len(self.held)
        assert set(numbers) <= {1, 2, 3}


def test_channels_are_neither_lost_nor_given_twice(running: Phone):
    machine = type("OfThisPhone", (Channels,), {"phone": running})
    walk(machine, settings=settings(STEADY, max_examples=40, stateful_step_count=25))
