"""Interruptions are counted by flow and place, and each mistake is found; the command prints it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fixtures.outcome import UsageError
from fixtures.targets.resolve import resolve
from fixtures.verdict import Verdict
from reports.cut_run import to_json, try_all
from reports.json_output import JsonOutput
from suites.selfcheck.by_hand import STEADY
from suites.services.cut_table import COMPLETED, DECLARED, Count, Tried, by_place, counted, judged

ROOT = Path(__file__).resolve().parents[2]
PLACES = ("app-tsm", "reader-se", "sp-tsm")

tries = st.lists(
    st.builds(
        Tried,
        flow=st.sampled_from(("issuance", "renewal")),
        place=st.sampled_from(PLACES),
        interruption=st.just("somewhere"),
        interrupted=st.booleans(),
        resumed=st.booleans(),
        wrong=st.sampled_from(((), ("a certificate twice",))),
        misplaced=st.sampled_from(((), ("went on at F-ISS-9",))),
    ),
    max_size=20,
)


@STEADY
@given(tries)
def test_each_try_is_counted_in_one_cell(of: list[Tried]):
    cells = [count for places in by_place(of).values() for count in places.values()]
    assert sum(cell.tried for cell in cells) == len(of)
    assert sum(cell.resumed for cell in cells) == len([one for one in of if one.resumed])
    bad = [one for one in of if one.wrong + one.misplaced]
    assert sum(cell.wrong for cell in cells) == len(bad) == counted(of).wrong


@STEADY
@given(tries)
def test_what_is_wrong_fails_its_requirement_and_nothing_else_does(of: list[Tried]):
    findings = judged(of)
    failed = {f.requirement for f in findings if f.verdict is Verdict.FAIL}
    assert (COMPLETED in failed) == any(one.wrong for one in of)
    assert (DECLARED in failed) == any(one.misplaced for one in of)


def test_a_cut_that_did_not_happen_shows_nothing():
    one = Tried("issuance", "app-tsm", "app-tsm cut before message 99", False, True, (), ())
    assert Verdict.INCONCLUSIVE in {finding.verdict for finding in judged([one])}


def test_where_nothing_was_tried_nothing_is_shown():
    assert {finding.verdict for finding in judged([])} == {Verdict.NOT_RUN}
    assert by_place([]) == {}
    assert counted([]) == Count(0, 0, 0)


def cuts(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "reports.command_line", "cuts", *words],
        cwd=ROOT, capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip


def test_the_command_prints_flow_by_link():
    done = cuts("--flow", "suspension", "--flow", "change of PIN", "--most", "1")
    assert done.returncode == 0, done.stderr
    assert "tsm-jpki" in done.stdout
    assert "1 / 1 / 0" in done.stdout
    assert "2 interruptions tried, 2 completed afterwards, 0 wrong" in done.stdout


def test_a_flow_that_is_not_completed_is_a_failure_with_the_place():
    resolved = resolve("reference", None, faults=("flows.deletion_begun_once_only",), seed=1)
    found = try_all(resolved, ("remote deletion",), 4)
    told = JsonOutput.model_validate(to_json(found))
    assert told.verdict is Verdict.FAIL
    assert any(one.subject.startswith("remote deletion: tsm-se cut") for one in told.findings)
    assert told.metrics["wrong"] > 0


def test_a_flow_nobody_knows_is_usage():
    with pytest.raises(UsageError, match=r"teleport.*remote deletion"):
        try_all(resolve("reference", None), ("teleport",), 1)
