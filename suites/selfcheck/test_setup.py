"""The record of the set-up (REQ-3-1-j): a broken one is rejected, and a campaign has it."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from fixtures.ics.statement import REFERENCE_STATEMENT, Setup
from fixtures.targets.resolve import resolve
from fixtures.targets.turnaround_port import LANES, Run, SectionTime
from fixtures.verdict import Verdict, worst
from reports.campaign import RunOptions, write_run
from suites.turnaround.setup import WANTED, judge_setup

SECTIONS = ("F-ISS-1", "F-ISS-2", "F-ISS-5")
ASSUMED = {"F-ISS-1": 1.0, "F-ISS-5": 5.0}


def run(**jpki: float) -> Run:
    """Sections whose lanes are dashes but for the JPKI system's."""
    cells = {section: jpki.get(section, ASSUMED.get(section)) for section in SECTIONS}
    at = LANES.index("jpki")
    return tuple(
        SectionTime(section, 0.0, 1.0, tuple(cell if n == at else None for n in range(len(LANES))))
        for section, cell in cells.items()
    )


def verdict(told: dict[str, str], *runs: Run) -> Verdict:
    return worst(finding.verdict for finding in judge_setup(told, {"A": runs}))


def test_a_complete_record_with_constants_is_sound():
    assert verdict(WANTED, run(), run()) is Verdict.PASS


@pytest.mark.parametrize("party", WANTED)
@pytest.mark.parametrize("told", ["", "production", "real"])
def test_a_party_that_is_not_told_or_is_no_test_fails(party: str, told: str):
    assert verdict(WANTED | {party: told}, run(), run()) is Verdict.FAIL


def test_a_record_without_a_party_fails():
    assert verdict({"jpki": "simulated"}, run()) is Verdict.FAIL


def test_assumed_seconds_that_spread_fail_on_one_model_and_over_two():
    other = run(**{"F-ISS-5": 5.1})
    assert verdict(WANTED, run(), other) is Verdict.FAIL
    both = judge_setup(WANTED, {"A": [run()], "B": [other]})
    assert worst(finding.verdict for finding in both) is Verdict.FAIL


def test_a_dash_is_no_zero_and_nothing_at_all_is_inconclusive():
    dashes = tuple(replace(one, cells=(None,) * len(LANES)) for one in run())
    assert verdict(WANTED, run(), dashes) is Verdict.PASS
    assert verdict(WANTED, dashes) is Verdict.INCONCLUSIVE


def test_a_campaign_says_with_what_was_measured_and_what_was_assumed(tmp_path: Path):
    options = RunOptions("reference", None, (), 1, "distilled", (), True, 1, str(tmp_path))
    resolved = resolve("reference", REFERENCE_STATEMENT, seed=1)
    write_run(tmp_path, options, resolved, datetime(2026, 4, 1, tzinfo=UTC), shortest_command=0)
    told = json.loads((tmp_path / "run.json").read_text(encoding="utf-8"))["setup"]
    assert told == {**WANTED, "assumed": ["jpki"]}


def test_only_a_simulated_jpki_is_assumed():
    assert Setup().assumed() == Setup(jpki="real").assumed() == ()
