"""What the tester's own rules, model and command rules do with any bytes."""

from __future__ import annotations

import ast
from itertools import permutations
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from suites.access_control import commands, model, rules
from suites.access_control.model import ALL, decide, matches
from suites.access_control.rules import ALWAYS, NEVER, Rule, filters, parse_rules
from suites.selfcheck.by_hand import STEADY

AID, APP = b"\xa0" * 6, b"\x01" * 20
ONE, TWO = filters(("00B00000", "FFFF0000")), filters(("80CA0000", "FFFF0000"))

any_rule = st.builds(
    Rule,
    st.none() | st.binary(max_size=17),
    st.binary(max_size=33),
    st.none() | st.binary(max_size=200),
    st.none() | st.binary(max_size=2),
    st.none() | st.binary(max_size=20),
    st.none() | st.binary(max_size=8),
)


@STEADY
@given(held=st.lists(any_rule, max_size=5))
def test_what_was_written_is_read_again(held: list[Rule]):
    assert parse_rules(b"".join(map(bytes, held))) == tuple(held)


@STEADY
@given(raw=st.binary(max_size=60), framed=st.booleans())
def test_any_bytes_are_rules_or_a_value_error(raw: bytes, framed: bool):
    whole = b"\xe2" + bytes((len(raw),)) + raw if framed else raw
    try:
        found = parse_rules(whole)
    except ValueError:
        return
    assert all(isinstance(rule, Rule) for rule in found)


@STEADY
@given(command=st.binary(min_size=4, max_size=6), told=st.binary(min_size=8, max_size=8))
def test_a_filter_matches_bit_by_bit(command: bytes, told: bytes):
    """Each bit of the header is as the filter's where the mask has a one, and the filter's is 0
    where it has none."""
    header, wanted, mask = (
        "".join(f"{byte:08b}" for byte in part) for part in (command[:4], told[:4], told[4:])
    )
    agree = [w == (h if m == "1" else "0") for h, w, m in zip(header, wanted, mask, strict=True)]
    assert matches(command, told) is all(agree)


@pytest.mark.parametrize(
    ("said", "opens", "passing"),
    [
        ([ALWAYS, NEVER], False, None),
        ([ONE, NEVER], False, None),
        ([ONE, ALWAYS], True, {ONE}),
        ([ONE, TWO], True, {ONE, TWO}),
        ([ONE, TWO, ALWAYS, None], True, {ONE, TWO}),
        ([ALWAYS, None], True, None),
        ([None], False, None),
    ],
)
def test_rules_for_the_same_pair_are_merged_in_any_order(
    said: list[bytes | None], opens: bool, passing: set[bytes] | None
):
    for order in permutations(said):
        decision = decide([Rule(AID, APP, apdu, ALWAYS) for apdu in order], AID, [APP])
        assert (decision.case, decision.open, decision.filters) == ("A", opens, passing)


@pytest.mark.parametrize(
    ("apdu", "nfc", "heard"),
    [(ALWAYS, None, True), (NEVER, None, False), (ONE, None, True), (None, None, False),
     (NEVER, ALWAYS, True), (ALWAYS, NEVER, False), (None, ALWAYS, True)],
)  # fmt: skip
def test_events_follow_commands_where_nothing_is_said(
    apdu: bytes | None, nfc: bytes | None, heard: bool
):
    assert decide([Rule(ALL, ALL, apdu, nfc)], AID, [APP]).nfc is heard


@pytest.mark.parametrize("judge", [rules, model, commands])
def test_what_judges_access_is_pure(judge: object):
    """The same judge serves a live phone and a re-judging."""
    source = Path(str(vars(judge)["__file__"])).read_text(encoding="utf-8")
    nodes = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.ImportFrom)]
    assert not any(isinstance(node, ast.Import) for node in ast.walk(ast.parse(source)))
    used = {str(node.module).split(".")[0] for node in nodes}
    assert used <= {"__future__", "collections", "dataclasses", "fixtures", "suites"}
