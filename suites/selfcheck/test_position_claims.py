"""What so many taps can claim, and how they are counted."""

from __future__ import annotations

from pathlib import Path

import pytest

from fixtures.verdict import Verdict
from suites.contactless.position_files import Asked
from suites.contactless.positions import ResultClass
from suites.selfcheck.taps import judged, reasons, taps


def test_the_report_claims_no_more_than_the_sample_shows(tmp_path: Path):
    found = judged(tmp_path, taps("○" * 10), Asked(claim=0.75))
    told = reasons(found, "REQ-6-6-a", Verdict.INCONCLUSIVE)
    assert len(told) == 6
    assert "10 of 10 first attempts succeeded: shows at least 74.1 %, 75 % is asked for" in told[0]
    assert "11 tries with no more failures would show it" in told[0]
    assert judged(tmp_path, taps("○" * 11), Asked(claim=0.75)).verdict is Verdict.PASS


@pytest.mark.parametrize(("tries", "passes"), [(298, False), (299, True)])
def test_ninety_nine_percent_take_299_tries_without_a_failure(
    tmp_path: Path, tries: int, passes: bool
):
    found = judged(tmp_path, taps("○" * tries, positions=("centre",)), Asked(claim=0.99))
    assert bool(reasons(found, "REQ-6-6-a", Verdict.PASS)) == passes
    assert bool(reasons(found, "REQ-6-6-a", Verdict.INCONCLUSIVE)) != passes


def test_a_share_that_is_refuted_fails(tmp_path: Path):
    found = judged(tmp_path, taps("○○" + "×" * 8, positions=("+x",)) + taps("○" * 10, "Q,1,P"))
    told = reasons(found, "REQ-6-6-a", Verdict.FAIL)
    assert len(told) == 1
    assert told[0].startswith("R (1.0) × P @ +10 X: 2 of 10 first attempts succeeded: shows 50.7 %")


def test_positions_that_are_weak_each_fail_together(tmp_path: Path):
    found = judged(tmp_path, taps("○○○○○△△△△△"))
    assert reasons(found, "REQ-6-6-a", Verdict.FAIL) == [
        "R (1.0) × P: 30 of 60 first attempts succeeded: shows 61.3 % at most, 70 % is asked for"
    ]
    assert len(reasons(found, "REQ-6-6-a", Verdict.INCONCLUSIVE)) == 6


def test_one_pair_among_many_is_refuted_only_beyond_the_chance_of_all(tmp_path: Path):
    weak = taps("○○○○" + "△" * 6, positions=("centre",))
    alone = judged(tmp_path, weak)
    assert reasons(alone, "REQ-6-6-a", Verdict.FAIL)
    many = "".join(taps("○" * 10, f"R,1.0,{n}", ("centre",)) for n in range(40))
    assert not reasons(judged(tmp_path, weak + many), "REQ-6-6-a", Verdict.FAIL)


def test_a_pass_does_not_hide_a_tap_that_failed_twice(tmp_path: Path):
    found = judged(tmp_path, taps("○" * 99 + "×", positions=("centre",)))
    told = reasons(found, "REQ-6-6-a", Verdict.PASS)
    assert told == ["R (1.0) × P @ centre: class ×: 1 of 100 failed twice"]
    assert found.entries[0].worst is ResultClass.NEITHER
