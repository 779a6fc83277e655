"""The worst finding wins, silence is never PASS, and the exit status says what happened."""

from __future__ import annotations

from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fixtures.catalogue.load import load_catalogue
from fixtures.verdict import BENCH, SEVERITY, Finding, Verdict, family_wise, worst
from reports.verdicts import (
    ExitStatus,
    RequirementVerdict,
    TestRecord,
    bench_fault,
    executed_tests,
    exit_status,
    judge_campaign,
    judge_requirement,
    voided,
)
from suites.selfcheck.by_hand import STEADY

RULE, OTHER, CONDITIONAL = "JPKI-J-01", "JPKI-J-02", "JPKI-REAL-01"
WORST_FIRST = (
    "FAIL", "ERROR", "INCONCLUSIVE", "NOT_RUN", "DEVIATION", "MANUAL_PENDING", "PASS",
    "NOT_APPLICABLE",
)  # fmt: skip
CATALOGUE = load_catalogue()

verdicts = st.sampled_from(list(Verdict))
findings = st.builds(Finding, st.sampled_from([RULE, OTHER]), verdicts, st.just("because"))
records = st.builds(
    lambda id_, found: record(*found, id_=id_),
    st.sampled_from(["a", "b", "c"]),
    st.lists(findings, max_size=3),
)


def found(verdict: Verdict, requirement: str = RULE, reason: str = "because") -> Finding:
    return Finding(requirement, verdict, reason)


def record(*told: Finding, id_: str = "a") -> TestRecord:
    return TestRecord(id_, (RULE,), told, 1.0, 2.0, None, 1)


def status(*told: Verdict, level_of: str = RULE, executed: int = 1) -> ExitStatus:
    """The exit status of a campaign in which one requirement got these verdicts, one by one."""
    judged = {
        f"{level_of} {n}": RequirementVerdict(level_of, verdict, "because", "a", 1, 1)
        for n, verdict in enumerate(told)
    }
    return exit_status(judged, CATALOGUE, executed)


# --- aggregation --------------------------------------------------------------------------


def test_every_verdict_has_its_place():
    assert [str(verdict) for verdict in SEVERITY] == list(WORST_FIRST)
    assert set(SEVERITY) == set(Verdict)


@pytest.mark.parametrize(("worse", "better"), list(combinations(WORST_FIRST, 2)))
def test_of_two_verdicts_the_worse_wins_in_either_order(worse: str, better: str):
    assert worst([Verdict(worse), Verdict(better)]) == worse
    assert worst([Verdict(better), Verdict(worse)]) == worse


@STEADY
@given(told=st.lists(verdicts, min_size=1, max_size=6))
def test_not_applicable_wins_only_where_all_are(told: list[Verdict]):
    everywhere = all(verdict is Verdict.NOT_APPLICABLE for verdict in told)
    assert (worst(told) is Verdict.NOT_APPLICABLE) == everywhere


@STEADY
@given(told=st.lists(verdicts, max_size=6))
def test_pass_needs_a_pass_and_nothing_worse(told: list[Verdict]):
    accepted = set(told) <= {Verdict.PASS, Verdict.NOT_APPLICABLE} and Verdict.PASS in told
    assert (worst(told) is Verdict.PASS) == accepted


def test_nothing_found_out_is_not_run():
    assert worst([]) is Verdict.NOT_RUN
    assert record().verdict is Verdict.NOT_RUN


@pytest.mark.parametrize("verdict", [v for v in Verdict if v is not Verdict.PASS])
def test_everything_but_pass_needs_a_reason(verdict: Verdict):
    with pytest.raises(ValueError, match=f"JPKI-J-01: {verdict} needs a reason"):
        Finding(RULE, verdict)


# --- requirements -------------------------------------------------------------------------


def test_a_requirement_nobody_tested_is_not_run():
    judged = judge_requirement(RULE, [])
    assert judged == RequirementVerdict(
        RULE, Verdict.NOT_RUN, "no test of it was executed", "", 0, 0
    )


def test_a_test_that_found_nothing_about_a_requirement_says_nothing_of_it():
    judged = judge_requirement(RULE, [record(found(Verdict.PASS, OTHER)), record(id_="b")])
    assert judged.verdict is Verdict.NOT_RUN
    assert judged.tests == 0


def test_the_reason_and_the_test_are_those_of_the_worst_finding():
    judged = judge_requirement(
        RULE,
        [
            record(found(Verdict.PASS), id_="a"),
            record(found(Verdict.INCONCLUSIVE, reason="too few"), id_="b"),
            record(found(Verdict.FAIL, reason="got 9000"), id_="c"),
            record(found(Verdict.FAIL, OTHER, "somebody else"), id_="d"),
        ],
    )
    assert judged == RequirementVerdict(RULE, Verdict.FAIL, "got 9000", "c", 3, 3)


def test_a_campaign_judges_what_was_selected_in_the_order_given():
    told = [record(found(Verdict.PASS, OTHER), found(Verdict.FAIL))]
    judged = judge_campaign([OTHER, CONDITIONAL], told)
    assert [(id_, v.verdict) for id_, v in judged.items()] == [
        (OTHER, Verdict.PASS),
        (CONDITIONAL, Verdict.NOT_RUN),
    ]


@STEADY
@given(told=st.lists(records, max_size=5))
def test_a_campaign_says_of_each_what_is_said_of_it_alone(told: list[TestRecord]):
    assert judge_campaign([RULE, OTHER], told) == {
        id_: judge_requirement(id_, told) for id_ in (RULE, OTHER)
    }


@STEADY
@given(told=st.lists(records, max_size=5))
def test_the_order_of_arrival_changes_no_verdict(told: list[TestRecord]):
    forward, backward = (judge_campaign([RULE, OTHER], order) for order in (told, told[::-1]))
    assert [v.verdict for v in forward.values()] == [v.verdict for v in backward.values()]


# --- exit status --------------------------------------------------------------------------


def test_the_numbers_of_the_exit_status_are_a_promise():
    assert {status.name: int(status) for status in ExitStatus} == {
        "PASS": 0, "FAIL": 1, "INCONCLUSIVE": 2, "ERROR": 3, "USAGE": 4,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("told", "want"),
    [
        (["PASS"], "PASS"),
        (["PASS", "NOT_APPLICABLE"], "PASS"),
        (["PASS", "DEVIATION", "MANUAL_PENDING"], "PASS"),
        (["PASS", "NOT_RUN"], "INCONCLUSIVE"),
        (["PASS", "INCONCLUSIVE"], "INCONCLUSIVE"),
        (["PASS", "INCONCLUSIVE", "ERROR"], "ERROR"),
        (["ERROR", "FAIL", "NOT_RUN"], "FAIL"),
    ],
)
def test_the_exit_status_tells_the_worst_of_a_campaign(told: list[str], want: str):
    assert status(*map(Verdict, told)) is ExitStatus[want]


def test_a_conditional_requirement_that_was_not_run_changes_nothing():
    assert CATALOGUE.requirements[CONDITIONAL].level == "conditional"
    assert status(Verdict.NOT_RUN, level_of=CONDITIONAL) is ExitStatus.PASS


@pytest.mark.parametrize("verdict", ["FAIL", "ERROR", "INCONCLUSIVE"])
def test_a_conditional_requirement_that_was_run_counts(verdict: str):
    assert status(Verdict(verdict), level_of=CONDITIONAL) is ExitStatus[verdict]


@pytest.mark.parametrize("verdict", [Verdict.PASS, Verdict.NOT_APPLICABLE])
def test_zero_executed_tests_are_never_success(verdict: Verdict):
    assert status(verdict, executed=0) is ExitStatus.INCONCLUSIVE
    assert status(executed=0) is ExitStatus.INCONCLUSIVE


def test_zero_executed_tests_do_not_hide_a_failure():
    assert status(Verdict.FAIL, executed=0) is ExitStatus.FAIL


def test_a_test_counts_as_executed_only_when_it_ran():
    told = [record(found(verdict), id_=verdict) for verdict in Verdict]
    assert executed_tests([*told, record()]) == len(Verdict) - len({"NOT_RUN", "NOT_APPLICABLE"})


# --- the bench itself ---------------------------------------------------------------------


def bench_record(verdict: Verdict) -> TestRecord:
    finding = Finding(BENCH, verdict, "" if verdict is Verdict.PASS else "the target was damaged")
    return TestRecord("bench", (BENCH,), (finding,), 0.0, 0.0, None, 1)


@pytest.mark.parametrize(
    ("verdict", "void"),
    [
        (Verdict.PASS, False),
        (Verdict.NOT_RUN, False),  # interrupted: the requirements show that themselves
        (Verdict.ERROR, True),
        (Verdict.FAIL, True),  # a judge that fails its own vectors
        (Verdict.INCONCLUSIVE, True),
    ],
)
def test_a_run_is_void_when_a_check_of_the_bench_fails(verdict: Verdict, void: bool):
    assert bool(bench_fault([bench_record(Verdict.PASS), bench_record(verdict)])) == void


def test_a_void_run_says_nothing_but_what_had_been_found():
    judged = {
        "R-1": RequirementVerdict("R-1", Verdict.FAIL, "wrong", "t", 1, 1),
        "R-2": RequirementVerdict("R-2", Verdict.PASS, "", "t", 1, 1),
    }
    void = voided(judged, "the target was damaged")
    assert {one.verdict for one in void.values()} == {Verdict.ERROR}
    assert "the run is void: the target was damaged (found before: FAIL)" in void["R-1"].reason


def test_checks_of_the_bench_are_no_executed_tests():
    assert executed_tests([bench_record(Verdict.PASS)]) == 0


# --- chance -------------------------------------------------------------------------------


def test_the_probability_of_any_false_alarm_is_that_of_independent_tests():
    def finding(alarm: float | None) -> Finding:
        return Finding("REQ-1-2-a", Verdict.PASS, false_alarm=alarm)

    assert family_wise([]) is None
    assert family_wise([finding(None)]) is None
    assert family_wise([finding(0.5), finding(None), finding(0.5)]) == pytest.approx(0.75)
    assert family_wise([finding(1e-18)] * 10) == pytest.approx(1e-17)
