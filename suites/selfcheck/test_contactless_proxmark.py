"""Trace files of a Proxmark3: read to the last byte, or refused; and what they hold is judged."""

from __future__ import annotations

import struct
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from suites.contactless.link_judge import judge_trace
from suites.contactless.proxmark import read_proxmark
from suites.contactless.trace import Event, Passed

# the 7-byte UID and ATS of a public trace; times ours
LINES = """
    > 52 | < 4403 | > 9320 | < 88048D2425 | > 937088048D24256ABA | < 24D836 | > 9520
    | < 32273B80AE | > 957032273B80AECAF4 | < 20FC70 | > E0803173 | < 06757781028002F0
"""


def recorded(tick: int, from_card: bool, data: bytes) -> bytes:
    head = struct.pack("<IHH", tick, 0, len(data) | (0x8000 if from_card else 0))
    return head + data + bytes((len(data) + 7) // 8)


def sample() -> bytes:
    file, now = b"", 1_000
    for line in LINES.split("|"):
        data, from_card = bytes.fromhex(line.strip()[1:]), line.strip()[0] == "<"
        file += recorded(now, from_card, data)
        bits = 7 if data == b"\x52" else 9 * len(data)
        now += 128 * (1 + bits) + (50_000 if from_card else 1_204)
    return file


def test_a_public_exchange_is_read_and_breaks_no_rule():
    trace = read_proxmark(sample())
    assert len(trace) == 12
    assert trace[0] == Passed(1_000, Event.READER, b"\x52", 7)
    assert judge_trace("A", trace) == []


def test_a_wrong_check_byte_in_a_file_is_found():
    file = sample().replace(bytes.fromhex("88048D2425"), bytes.fromhex("88048D2424"), 1)
    assert "BCC" in judge_trace("A", read_proxmark(file))[0].what


@pytest.mark.parametrize("end", range(1, 17))
def test_a_file_that_was_cut_is_refused(end: int):
    whole = sample()
    with pytest.raises(ValueError, match="the trace ends amid"):
        read_proxmark(whole[:-end])


@given(st.lists(st.tuples(st.integers(0, 2**32 - 1), st.booleans(), st.binary(max_size=40))))
def test_all_frames_are_read(frames: list[tuple[int, bool, bytes]]):
    trace = read_proxmark(b"".join(recorded(*frame) for frame in frames))
    assert [(p.tick, p.event is Event.CARD, p.data) for p in trace] == frames


@given(st.binary())
def test_any_file_is_read_or_refused(file: bytes):
    """A refusal is the only thing that may happen; anything else would end the test."""
    with suppress(ValueError):
        judge_trace("A", read_proxmark(file))
