"""Interruptions are counted by flow and place, and each mistake is found; the command prints it."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fixtures.bench import Bench
from fixtures.effort import EFFORTS
from fixtures.outcome import BenchError, Inconclusive, NotRun, UsageError
from fixtures.recorder import Recorder
from fixtures.services.world import World
from fixtures.targets.resolve import resolve
from fixtures.verdict import Verdict
from reports.cut_run import to_json, try_all
from reports.json_output import JsonOutput
from suites.selfcheck.by_hand import STEADY
from suites.services import errands, interruptions, test_interruption
from suites.services.cut_table import COMPLETED, DECLARED, Count, Tried, by_place, counted, judged

if TYPE_CHECKING:
    from collections.abc import Iterator

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


@pytest.fixture
def idle(monkeypatch: pytest.MonkeyPatch) -> Iterator[Bench]:
    """A bench that says yes to every cut and every end, and does nothing."""
    monkeypatch.setattr(World, "cut", lambda *_, **__: None)
    monkeypatch.setattr(World, "kill", lambda *_, **__: None)
    resolved = resolve("reference", None)
    with resolved.open() as target:
        paths = resolved.statement.pixit.paths
        yield Bench(target, resolved.statement, Recorder(), paths[0])


def test_a_flow_that_nobody_cut_does_not_pass(idle: Bench):
    once = replace(EFFORTS["distilled"], flow_cuts=1)
    with pytest.raises(Inconclusive, match="was not interrupted"):
        test_interruption.test_an_interrupted_flow_goes_on_at_the_declared_step(
            idle, once, "revocation"
        )


def test_a_server_that_nobody_ended_is_seen(idle: Bench):
    end = interruptions.Kill("sp-tsm", "F-REV-1 kept")
    assert not interruptions.interrupt(idle, "revocation", end).interrupted


@pytest.mark.parametrize("name", ["suspension", "change of PIN"])
def test_what_nobody_cut_is_not_completed_after_a_cut(idle: Bench, name: str):
    once = replace(EFFORTS["distilled"], flow_cuts=1)
    with pytest.raises(Inconclusive, match="was not interrupted"):
        test_interruption.test_a_deletion_a_suspension_and_a_new_value_are_completed_too(
            idle, once, name
        )


def test_where_there_is_no_place_to_interrupt_nothing_is_chosen():
    assert interruptions.some_cuts([], 3) == []
    assert interruptions.some_kills([], 3) == []
    unknown = [interruptions.Kill("sp-tsm", "somewhere")]
    assert interruptions.some_kills(unknown, 3) == unknown


class Breaks:
    """An errand is cut twice; the third time something breaks."""

    def __init__(self, error: Exception) -> None:
        self.error, self.tries = error, 0

    def __call__(self, _: Bench, name: str, where: interruptions.Cut) -> Tried:
        self.tries += 1
        if self.tries == 3:
            raise self.error
        return Tried(name, where.place, str(where), True, True, ("a certificate twice",), ())


@pytest.mark.parametrize(
    ("error", "verdict"),
    [
        (Inconclusive("it fails"), Verdict.INCONCLUSIVE),
        (AssertionError("after 50 rounds something still waits"), Verdict.FAIL),
        (ValueError("no verb 'cut'"), Verdict.ERROR),
        (BenchError("the line is dead"), Verdict.ERROR),
        (NotRun("its servers end by no order"), Verdict.NOT_RUN),
    ],
)
def test_what_was_tried_before_something_broke_is_kept(
    monkeypatch: pytest.MonkeyPatch, error: Exception, verdict: Verdict
):
    monkeypatch.setattr(errands, "cut_short", Breaks(error))
    found = try_all(resolve("reference", None), ("change of PIN",), 6)
    assert len(found.tries) == 2
    assert (verdict, "change of PIN") in {(one.verdict, one.subject) for one in found.findings}
    assert [one.reason for one in found.findings].count("a certificate twice") == 2
