"""The recorder writes down everything but secrets, and never calls a dead bench a bad card."""

from __future__ import annotations

import hashlib
import io
import json
from dataclasses import dataclass, field
from itertools import count
from typing import TYPE_CHECKING, Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fixtures.outcome import BenchError
from fixtures.recorder import RecordedChannel, Recorder, Redactor
from fixtures.secrecy import traces
from fixtures.targets.port import AccessPath
from suites.selfcheck.by_hand import STEADY

if TYPE_CHECKING:
    from pathlib import Path

OK = bytes.fromhex("9000")
PIN = b"7294"
READ = bytes.fromhex("00B0860001")
VERIFY, CHANGE = bytes.fromhex("00200098"), bytes.fromhex("00240198")

secret_instructions = st.sampled_from(bytes.fromhex("2021 2425 2628 2C2D 82"))
headers = st.builds(
    lambda cla, ins, p1, p2: bytes((cla, ins, p1, p2)),
    *(st.integers(0, 255), secret_instructions, st.integers(0, 255), st.integers(0, 255)),
)
data_fields = st.binary(min_size=1, max_size=255)
bodies = st.one_of(
    data_fields.map(lambda data: bytes((len(data),)) + data),
    data_fields.map(lambda data: bytes((len(data),)) + data + b"\x00"),
    data_fields.map(lambda data: b"\x00" + len(data).to_bytes(2, "big") + data),
    data_fields.map(lambda data: b"\x00" + len(data).to_bytes(2, "big") + data + b"\x00\x00"),
    st.binary(min_size=1, max_size=300),  # Lc missing, wrong, or of three bytes cut short
)


def short(header: bytes, data: bytes) -> bytes:
    return header + bytes((len(data),)) + data


@dataclass
class Card:
    """Answers each command in turn; an exception is raised instead."""

    answers: list[bytes | Exception] = field(default_factory=lambda: [OK])

    def reset(self) -> bytes:
        return self.transmit(b"")

    def transmit(self, _: bytes, /) -> bytes:
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        return answer


@dataclass
class Desk:
    """A recorder with a sheet of paper in place of a file, and a clock that ticks when read."""

    card: Card = field(default_factory=Card)
    sheet: io.BytesIO = field(default_factory=io.BytesIO)

    def __post_init__(self) -> None:
        file = cast("io.RawIOBase", self.sheet)
        self.recorder = Recorder(file, clock=count(1000, 10).__next__)
        self.channel = RecordedChannel(self.card, AccessPath.CONTACT, self.recorder)

    @property
    def text(self) -> str:
        return self.sheet.getvalue().decode()

    @property
    def lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.text.split("\n")[:-1]]


# --- secrets ------------------------------------------------------------------------------


@STEADY
@given(header=headers, body=bodies)
def test_of_a_command_with_reference_data_only_the_header_is_written(header: bytes, body: bytes):
    desk = Desk()
    desk.channel.transmit(header + body)
    (line,) = desk.lines
    assert line[">"] == f"{header.hex().upper()}‹redacted {len(body)} bytes #1›"
    assert line["<"] == "9000"


@STEADY
@given(header=headers, answer=st.binary(min_size=1, max_size=256))
def test_what_a_target_says_back_to_such_a_command_is_withheld(header: bytes, answer: bytes):
    desk = Desk(Card([answer + OK]))
    assert desk.channel.transmit(short(header, PIN)) == answer + OK
    assert desk.lines[0]["<"] == f"‹redacted {len(answer)} bytes #2›9000"


@pytest.mark.parametrize("dies", [False, True])
def test_a_secret_is_nowhere_in_the_file(dies: bool):
    desk = Desk(Card([OSError("unplugged") if dies else PIN + OK]))
    for command in (short(VERIFY, PIN), VERIFY + PIN, CHANGE + b"\x00\x00\x04" + PIN):
        if dies:
            with pytest.raises(BenchError):
                desk.channel.transmit(command)
        else:
            desk.channel.transmit(command)
        desk.recorder.cut(AccessPath.CONTACT, command, after=1)
    assert traces(PIN, desk.text) == []


@STEADY
@given(told=st.lists(bodies, min_size=1, max_size=8))
def test_equal_bodies_and_only_they_have_equal_ordinals(told: list[bytes]):
    redactor, numbers = Redactor(), []
    for n, body in enumerate(told):
        shown = redactor.command((VERIFY, CHANGE)[n % 2] + body)
        numbers.append(int(shown.rpartition("#")[2].rstrip("›")))
    for n, body in enumerate(told):
        assert [other == body for other in told] == [number == numbers[n] for number in numbers]


def unchained(line: dict[str, object]) -> dict[str, object]:
    return {key: value for key, value in line.items() if key != "c"}


def test_every_line_chains_to_the_one_before():
    """Restated: 16 hex digits of SHA-256 over the value before and the line up to its own."""
    desk = Desk(Card([b"\x90\x00", b"\x90\x00"]))
    for _ in range(2):
        desk.channel.transmit(READ)
    before = "0" * 16
    for raw in desk.sheet.getvalue().decode().splitlines():
        body, _, rest = raw.rpartition(',"c":"')
        before = hashlib.sha256((before + body).encode()).hexdigest()[:16]
        assert rest == before + '"}'


def test_ordinals_start_anew_in_every_transcript():
    first, second = Desk(), Desk()
    first.channel.transmit(short(VERIFY, b"0000"))
    first.channel.transmit(short(VERIFY, PIN))
    second.channel.transmit(short(VERIFY, PIN))
    assert [line[">"][-2:] for line in first.lines + second.lines] == ["1›", "2›", "1›"]


def test_a_retry_query_has_nothing_to_withhold():
    desk = Desk(Card([bytes.fromhex("63C3")]))
    desk.channel.transmit(VERIFY)
    assert (desk.lines[0][">"], desk.lines[0]["<"]) == ("00200098", "63C3")


@pytest.mark.parametrize(
    "command", [b"", b"\x00", VERIFY[:2], READ, bytes.fromhex("802A0097") + PIN]
)
def test_other_commands_are_written_in_full(command: bytes):
    desk = Desk(Card([b"\x30" + OK]))
    desk.channel.transmit(command)
    assert (desk.lines[0][">"], desk.lines[0]["<"]) == (command.hex().upper(), "309000")


# --- lines --------------------------------------------------------------------------------


@STEADY
@given(
    told=st.lists(st.tuples(st.binary(max_size=300), st.binary(max_size=300)), max_size=4),
    path=st.sampled_from(AccessPath),
)
def test_every_exchange_is_one_line_of_json_in_order(
    told: list[tuple[bytes, bytes]], path: AccessPath
):
    desk = Desk(Card([*(answer for _, answer in told), OK]))
    channel = RecordedChannel(desk.card, path, desk.recorder)
    assert [channel.transmit(command) for command, _ in told] == [answer for _, answer in told]
    assert [line["n"] for line in desk.lines] == list(range(len(told)))
    assert {line["path"] for line in desk.lines} <= {path}
    assert all(set(line) == {"n", "path", "t_ns", "took_ns", ">", "<", "c"} for line in desk.lines)


def test_a_line_has_the_time_of_sending_and_of_the_whole_exchange():
    desk = Desk()
    desk.channel.transmit(READ)
    desk.channel.transmit(READ)
    assert [unchained(line) for line in desk.lines] == [
        {"n": 0, "path": "contact", "t_ns": 1000, "took_ns": 10, ">": "00B0860001", "<": "9000"},
        {"n": 1, "path": "contact", "t_ns": 1020, "took_ns": 10, ">": "00B0860001", "<": "9000"},
    ]


def test_a_reset_is_written_with_its_atr():
    desk = Desk(Card([b"\x3b\x00"]))
    assert desk.channel.reset() == b"\x3b\x00"
    assert [unchained(line) for line in desk.lines] == [
        {"n": 0, "path": "contact", "t_ns": 1000, "took_ns": 10, "reset": True, "<": "3B00"}
    ]


def test_a_command_that_lost_its_power_is_written_with_the_place():
    desk = Desk()
    desk.recorder.cut(AccessPath.CONTACT, READ, after=2)
    assert (desk.lines[0][">"], desk.lines[0]["cut_after"]) == ("00B0860001", 2)


def test_a_line_is_on_paper_before_the_next_command(tmp_path: Path):
    recorder = Recorder.to_file(tmp_path / "apdu" / "test.jsonl")
    channel = RecordedChannel(Card(), AccessPath.CONTACT, recorder)
    for told in range(1, 4):
        channel.transmit(READ)
        assert (tmp_path / "apdu" / "test.jsonl").read_bytes().count(b"\n") == told
    recorder.close()


def test_without_a_file_exchanges_are_only_counted():
    recorder = Recorder()
    channel = RecordedChannel(Card(), AccessPath.CONTACT, recorder)
    channel.reset()
    channel.transmit(READ)
    recorder.cut(AccessPath.CONTACT, READ, after=0)
    recorder.close()
    assert recorder.exchanges == 3


# --- a bench that dies --------------------------------------------------------------------


def test_an_adapter_that_raises_is_the_benchs_fault_in_one_line():
    desk = Desk(Card([OSError("reader\n  unplugged")]))
    with pytest.raises(BenchError) as caught:
        desk.channel.transmit(READ)
    assert str(caught.value) == "the target died on transmit: OSError: reader unplugged"
    with pytest.raises(BenchError) as caught:
        desk.channel.reset()
    assert str(caught.value) == "the target died on reset: OSError: reader unplugged"


def test_an_exception_without_words_is_named():
    with pytest.raises(BenchError, match=r"^the target died on transmit: TimeoutError$"):
        Desk(Card([TimeoutError()])).channel.transmit(READ)


def test_an_answer_that_is_no_bytes_is_the_benchs_fault():
    desk = Desk(Card(cast("list[bytes | Exception]", [None])))
    with pytest.raises(BenchError, match="died on transmit: TypeError"):
        desk.channel.transmit(READ)


def test_the_exchange_that_died_is_kept_and_counted():
    desk = Desk(Card([OK, OSError("unplugged"), OSError("unplugged"), OK]))
    desk.channel.transmit(READ)
    with pytest.raises(BenchError):
        desk.channel.transmit(READ)
    with pytest.raises(BenchError):
        desk.channel.reset()
    desk.channel.transmit(READ)
    assert [line["n"] for line in desk.lines] == [0, 1, 2, 3]
    assert [line.get("died", False) for line in desk.lines] == [False, True, True, False]
    assert desk.lines[1][">"] == "00B0860001"
    assert desk.lines[2]["reset"] is True
