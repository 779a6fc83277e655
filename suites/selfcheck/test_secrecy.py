"""A secret is found in every form it can leak in, and a number that looks like one is not."""

from __future__ import annotations

import base64
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fixtures.secrecy import traces
from suites.selfcheck.by_hand import STEADY

PIN = b"8351"

secrets = st.text("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ", min_size=4, max_size=16).map(str.encode)
keys = st.binary(min_size=4, max_size=32)
neighbours = st.binary(max_size=40)
breaks = st.text(" \t,;:=-_/()[]<>'|", max_size=8)


@STEADY
@given(secret=secrets, before=breaks, after=breaks)
def test_a_secret_in_the_open_is_found(secret: bytes, before: str, after: str):
    assert "text" in traces(secret, f"{before}{secret.decode()}{after}")


@STEADY
@given(secret=keys, before=neighbours, after=neighbours, upper=st.booleans())
def test_a_secret_in_hex_is_found_among_any_bytes(
    secret: bytes, before: bytes, after: bytes, upper: bool
):
    told = (before + secret + after).hex()
    assert "hex" in traces(secret, f"sent {told.upper() if upper else told} and went on")


@STEADY
@given(secret=keys, before=neighbours, after=neighbours)
def test_a_secret_in_base64_is_found_among_any_bytes(secret: bytes, before: bytes, after: bytes):
    told = base64.b64encode(before + secret + after).decode()
    assert "base64" in traces(secret, f"body={told}")


@pytest.mark.parametrize("shift", [0, 1, 2])
def test_base64_is_found_at_each_of_its_three_alignments(shift: int):
    told = base64.b64encode(b"\xff" * shift + PIN + b"\xff").decode()
    assert traces(PIN, told) == ["base64"]


def test_base64_for_urls_is_base64_too():
    told = base64.urlsafe_b64encode(b"\xfb\xff" + PIN).decode()
    assert "-" in told
    assert traces(PIN, told) == ["base64"]


def test_a_few_characters_of_base64_are_no_trace():
    """Of four digits one alignment has but four characters of its own; many a text has those."""
    own = base64.b64encode(b"?" + PIN).decode()[2:6]
    assert traces(PIN, f"MIIC{'x' * 40}a{own}z{'y' * 40}") == []


@pytest.mark.parametrize(
    ("form", "told"), [("text", "8351"), ("hex", "38333531"), ("base64", "ODM1MQ==")]
)
@pytest.mark.parametrize("indent", [None, 1])
def test_a_string_anywhere_in_json_is_looked_at(form: str, told: str, indent: int | None):
    for value in ({"a": [1, {"b": told}]}, {told: 1}, [[told]], [{"a": f"PIN={told};"}]):
        assert traces(PIN, json.dumps(value, indent=indent)) == [form]


@pytest.mark.parametrize(
    "text",
    [
        '{"a": 1}\n{"pin": "8351"}\n',
        'progress 3 of 4\n{"pin": "8351"}',
        '{"pin": "8351", cut short',
        '{"pin": "8351", "pin": "withheld"}',
        r'{"pin": "\u0038351"}',
    ],
    ids=["JSON Lines", "mixed", "not JSON after all", "a key twice", "escaped"],
)
def test_a_secret_does_not_hide_behind_the_shape_of_a_line(text: str):
    assert traces(PIN, text) == ["text"]


@pytest.mark.parametrize("indent", [None, 1])
@pytest.mark.parametrize("value", [{"took_ns": 8351}, [8351, {"n": [8351]}], {"a": -8351, "b": 1}])
def test_a_number_in_json_is_no_secret(value: object, indent: int | None):
    assert traces(PIN, json.dumps(value, indent=indent)) == []
    assert traces(PIN, json.dumps(value, indent=indent) + "\n") == []


def test_in_a_transcript_hex_is_bytes_and_no_text():
    line = '{{"n": 1, ">": "{}", "<": "{}"}}'
    assert traces(PIN, line.format("8351", "9000")) == []
    assert traces(PIN, line.format("0020009804383335319000", "9000")) == ["hex"]
    assert traces(PIN, line.format("00200098", "383335319000")) == ["hex"]


@pytest.mark.parametrize(
    "text",
    ["18351", "83512", "0.8351", "A8351", "8351ms", "138333531", '{"t": "1795454147.8351"}'],
)
def test_a_part_of_a_longer_number_or_word_is_no_secret(text: str):
    assert traces(PIN, text) == []


@pytest.mark.parametrize(
    "text", ["", "{}", "[]\n", "00200098‹redacted 5 bytes #1›", "8 3 5 1", "{"]
)
def test_where_no_secret_is_none_is_found(text: str):
    assert traces(PIN, text) == []


def test_several_forms_are_told_in_order():
    assert traces(PIN, "ODM1MQ== 8351 38333531") == ["text", "hex", "base64"]


@pytest.mark.parametrize(
    "text",
    ["9314e43e-58a2-4835-8351-1125f7df0831", "8351-11-23T16:00:00"],
    ids=["a group of a UUID", "the year of a time stamp"],
)
def test_what_only_looks_like_a_secret_is_no_trace(text: str):
    assert traces(b"8351", text) == []


@pytest.mark.parametrize("around", [(0, 4), (4, 0), (2, 2), (1, 3), (20, 20)])
def test_four_digits_of_a_number_in_a_certificate_are_no_trace(around: tuple[int, int]):
    """A name of random letters and digits, as bytes, has any four digits sooner or later."""
    name = b"\x0c\x20" + b"a" * around[0] + PIN + b"F" * around[1] + b"\x30"
    assert traces(PIN, name.hex()) == []
    assert traces(PIN, base64.b64encode(name).decode()) == []


@pytest.mark.parametrize("around", [(0, 0), (3, 0), (0, 3), (1, 2)])
def test_four_digits_that_chance_put_beside_others_are_a_trace(around: tuple[int, int]):
    told = b"\x04" + b"a" * around[0] + PIN + b"F" * around[1] + b"\x90\x00"
    assert traces(PIN, told.hex()) == ["hex"]
    assert traces(PIN, base64.b64encode(told).decode()) == ["base64"]


def test_random_numbers_are_no_trace():
    """Any four digits stand somewhere in enough of them."""
    drawn = '{"n":1,">":"0084000008","<":"0138333531AA00009000"}'
    read = '{"n":1,">":"00B0000008","<":"0138333531AA00009000"}'
    assert traces(b"8351", drawn) == []
    assert traces(b"8351", read) == ["hex"]
