"""What detection leaves out is what a fault cannot reach."""

from __future__ import annotations

from dataclasses import replace

import pytest

from fixtures.ics.statement import REFERENCE_STATEMENT, load_statement
from fixtures.targets.port import AccessPath
from fixtures.targets.reference import factory, known_faults, watching
from reports.reach import Reach

SELECT = bytes.fromhex("00A4040C0AD392F000260100000001")
SELECT_PIN = bytes.fromhex("00A4020C020018")
TRIES = bytes.fromhex("00200080")
FAULT = next(fault for fault in known_faults().values() if fault.breaks == "JPKI-J-10")
RULE = ("Pin", "spend")
SEEN = Reach(
    {RULE: frozenset({"t::calls"}), ("Pin", "other"): frozenset({"t::other"})},
    {"t::own": ("JPKI-J-10",), "t::calls": ("JPKI-J-01",), "t::other": ("JPKI-J-02",)},
)


def test_a_fault_is_searched_by_its_own_tests_and_those_that_call_its_rule():
    fault = replace(FAULT, rules=frozenset({RULE}))
    assert SEEN.of(fault) == frozenset({"t::own", "t::calls"})


def test_a_rule_nobody_calls_leaves_its_own_tests():
    assert SEEN.of(replace(FAULT, rules=frozenset({("Pin", "never")}))) == frozenset({"t::own"})


@pytest.mark.parametrize("change", [{"rules": None}, {"breaks": "JPKI-REAL-01"}])
def test_what_cannot_be_seen_is_searched_in_full(change: dict[str, object]):
    """No methods; or a requirement that was not among the watched."""
    fault = replace(FAULT, **({"rules": frozenset({RULE})} | change))  # type: ignore[arg-type]
    assert SEEN.of(fault) is None


def test_the_requirements_are_those_of_the_tests():
    assert SEEN.requirements_of(frozenset({"t::own", "t::other"})) == ("JPKI-J-02", "JPKI-J-10")


def test_a_reference_that_is_watched_tells_each_rule_it_follows():
    told: set[tuple[str, str]] = set()
    statement = load_statement(REFERENCE_STATEMENT, literals=True)
    with watching(lambda *rule: told.add(rule)), factory()(statement) as reference:
        channel = reference.open(AccessPath.INTERNAL)
        channel.transmit(SELECT)
        channel.transmit(SELECT_PIN)
        selecting = set(told)
        assert channel.transmit(TRIES) == bytes.fromhex("63C3")
    fault = next(f for f in known_faults().values() if f.name == "pin.query_costs_a_try")
    assert fault.rules is not None
    assert fault.rules <= told
    assert not fault.rules & selecting


def test_an_unwatched_one_tells_nothing():
    told: set[tuple[str, str]] = set()
    statement = load_statement(REFERENCE_STATEMENT, literals=True)
    with watching(lambda *rule: told.add(rule)):
        pass
    with factory()(statement) as reference:
        reference.open(AccessPath.INTERNAL).transmit(SELECT)
    assert told == set()
