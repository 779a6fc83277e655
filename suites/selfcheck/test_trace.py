"""The trace matrix: every requirement has its test, every test its requirement."""

from __future__ import annotations

import pytest

from fixtures.catalogue.load import load_catalogue
from fixtures.outcome import NotRun, expect
from fixtures.pytest_bed import requirements_of
from suites.selfcheck.trace import untraced

ROOMS = ("suites/applet/", "suites/selfcheck/")


@pytest.mark.requirement("REQ-0-b")
def test_every_requirement_has_a_test_and_every_test_a_requirement(all_items: list[pytest.Item]):
    """Over everything that is collected, whatever this run selects of it."""
    rooms = {room for room in ROOMS for item in all_items if item.nodeid.startswith(room)}
    if len(rooms) < len(ROOMS):
        raise NotRun("only a part of the suites was collected; run all of them")
    tests = {item.nodeid: requirements_of(item) for item in all_items}
    expect("REQ-0-b", untraced(load_catalogue(), tests), [])


TRACED = {f"suites/applet/test_x.py::{id_}": (id_,) for id_ in load_catalogue().automated}


def test_a_complete_matrix_is_accepted():
    assert untraced(load_catalogue(), TRACED) == []


def test_a_requirement_without_a_test_is_named():
    tests = {name: ids for name, ids in TRACED.items() if ids != ("JPKI-J-05",)}
    assert untraced(load_catalogue(), tests) == ["JPKI-J-05 is automated, but no test carries it"]


def test_a_test_without_a_requirement_is_named():
    tests = {**TRACED, "suites/applet/test_x.py::test_lost": ()}
    assert untraced(load_catalogue(), tests) == [
        "suites/applet/test_x.py::test_lost judges a target, but carries no requirement"
    ]


def test_a_test_of_something_planned_is_named():
    tests = {**TRACED, "suites/applet/test_x.py::test_early": ("REQ-1-2-f",)}
    assert untraced(load_catalogue(), tests) == [
        "REQ-1-2-f has a test (suites/applet/test_x.py::test_early), but is planned"
    ]


def test_an_unknown_requirement_is_named():
    tests = {**TRACED, "suites/applet/test_x.py::test_typo": ("REQ-9-9-z",)}
    assert untraced(load_catalogue(), tests) == [
        "REQ-9-9-z is not in the catalogue (suites/applet/test_x.py::test_typo)"
    ]
