"""The list of operational issues (REQ-6-3-d): its broken ones in place of a fault."""

from __future__ import annotations

import tomllib
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fixtures.ics.records import read_record
from fixtures.ics.statement import REFERENCE_STATEMENT
from fixtures.outcome import BenchError
from fixtures.verdict import Verdict
from suites.coexistence.issues import (
    TOPICS,
    Disposition,
    Issues,
    IssuesError,
    judge_issues,
    objections,
    read_issues,
)

TODAY = date(2026, 11, 26)
SHIPPED = read_record("shipped:reference_coexistence.toml", "coexistence_issues")
MODEL = tomllib.loads(REFERENCE_STATEMENT.read_text(encoding="utf-8"))["target"]["model"]
LIST = read_issues(SHIPPED)
LATER = date(2027, 3, 31)


def with_first(**change: Any) -> Issues:
    return replace(LIST, issues=(replace(LIST.issues[0], **change), *LIST.issues[1:]))


def verdict(told: Issues, model: str = MODEL, as_of: date = TODAY) -> Verdict:
    return judge_issues(told, model, as_of).verdict


def test_the_list_of_the_reference_holds_on_any_later_day():
    assert verdict(LIST) is Verdict.PASS
    assert verdict(LIST, as_of=date(2099, 1, 1)) is Verdict.PASS


@pytest.mark.parametrize("topic", TOPICS)
def test_a_topic_that_nobody_thought_of_is_missed(topic: str):
    left = tuple(one for one in LIST.issues if one.topic != topic)
    assert objections(replace(LIST, issues=left), MODEL, TODAY) == [f"no issue on {topic}"]
    assert verdict(replace(LIST, issues=left)) is Verdict.FAIL


def test_the_list_of_another_model_is_no_answer():
    told = objections(LIST, "Phone 1", TODAY)
    assert told == ["the list is of 'reference GP-SE', the statement of 'Phone 1'"]


def test_a_list_of_the_future_is_no_answer():
    assert verdict(LIST, as_of=LIST.date) is Verdict.PASS
    assert verdict(replace(LIST, date=date(2026, 11, 27))) is Verdict.FAIL


@pytest.mark.parametrize(
    ("as_of", "wanted"),
    [
        (TODAY, Verdict.INCONCLUSIVE),
        (LATER, Verdict.INCONCLUSIVE),
        (date(2027, 4, 1), Verdict.FAIL),
    ],
)
def test_what_is_open_is_waited_for_until_it_is_due(as_of: date, wanted: Verdict):
    told = with_first(disposition=Disposition.OPEN, due=LATER)
    assert verdict(told, as_of=as_of) is wanted
    assert "COEX-01" in judge_issues(told, MODEL, as_of).reason


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        ("model =", "modell =", "'modell' is not a key of the list; remove it"),
        ("date = 2026-11-25", 'date = "2026"', "date is '2026'; give a date as 2026-11-01"),
        ("date = 2026-11-25\n", "", "date is missing; add it"),
        ("[[issue]]", "[issue]", "not TOML: "),
        ('id = "COEX-02"', 'id = "COEX-01"', "issue 2: COEX-01 stands twice"),
        ('id = "COEX-02"', 'id = "2"', "issue 2: id is '2'; give letters and a number"),
        ('disposition = "avoided"', 'disposition = "wontfix"', "issue 1: disposition is 'wontfix'"),
        ('disposition = "avoided"', 'disposition = "open"', "issue 1: it is open without a day"),
        ('owner = "platform"', 'owner = "TBD"', "issue 1: owner is 'TBD', which says nothing"),
        ('owner = "platform"', "due = 2027-01-01", "issue 1: owner is missing; add it"),
        ('owner = "platform"', 'owner = "A"\ndue = 2027-01-01', "issue 1: it is avoided and still"),
        ('topic = "operation"', 'topic = "weather"', "issue 5: topic is 'weather'; say one of"),
        ('seen = "6A81"', "seen = 0x6A81", "issue 2: seen is 27265; give a text"),
        ('seen = "6A81"', 'seen = "6A81"\nlevel = 3', "issue 2: 'level' is not a key of the list"),
    ],
)
def test_a_broken_list_is_rejected_in_one_line(old: str, new: str, why: str):
    assert old in SHIPPED
    with pytest.raises(IssuesError) as refused:
        read_issues(SHIPPED.replace(old, new, 1))
    assert str(refused.value).startswith(why)
    assert len(str(refused.value).splitlines()) == 1


def test_an_issue_that_is_no_table_is_rejected():
    with pytest.raises(IssuesError, match=r"issue 1: 7 is no table; write \[\[issue\]\]"):
        read_issues('model = "m"\ndate = 2026-01-01\nissue = [7]')


@given(st.text(max_size=200))
def test_any_text_is_a_list_or_the_one_error(text: str):
    with pytest.raises(IssuesError):
        read_issues(text)


def test_a_file_that_cannot_be_read_is_the_benchs_fault():
    with pytest.raises(BenchError, match="coexistence_issues nowhere"):
        read_record("nowhere.toml", "coexistence_issues")
