"""A new firmware against the old one, by positions."""

from __future__ import annotations

from pathlib import Path

import pytest

from fixtures.verdict import Verdict
from suites.contactless import position_terminal
from suites.contactless.position_files import Asked, JudgedPositions, judge_files
from suites.selfcheck.taps import HEAD, judged, reasons, taps, written


def changes(found: JudgedPositions) -> list[str]:
    return [str(one.change) for one in found.comparisons]


@pytest.mark.parametrize(
    ("before", "after", "change", "verdict"),
    [
        ("×" * 10, "○" * 10, "cured", Verdict.PASS),
        ("△" * 10, "○" * 10, "better", Verdict.PASS),
        ("△" * 10, "△" * 10, "same", Verdict.PASS),
        ("×" * 10, "×" * 10, "still fails", Verdict.FAIL),
        ("×" * 10, "○" * 9 + "×", "still fails", Verdict.INCONCLUSIVE),
        ("○" * 10, "○" * 9 + "△", "regression", Verdict.INCONCLUSIVE),
        ("○" * 10, "△" * 10, "regression", Verdict.FAIL),
        ("△" * 10, "×" * 10, "regression", Verdict.FAIL),
        ("○" * 9 + "×", "×" * 10, "still fails", Verdict.FAIL),
    ],
)
def test_a_new_firmware_is_compared_with_the_old(
    tmp_path: Path, before: str, after: str, change: str, verdict: Verdict
):
    text = taps(before, positions=("centre",)) + taps(after, "R,1.1,P", ("centre",))
    found = judged(tmp_path, text)
    assert changes(found) == [change]
    (told,) = reasons(found, "REQ-6-6-c", verdict)
    assert "R (1.0 → 1.1) × P @ centre" in told


def test_a_regression_by_chance_is_settled_by_fresh_taps(tmp_path: Path):
    """10 of 10 against 5 of 10: 0.033 at one position, nothing among thirty."""
    calm = "".join(
        taps("○" * 10, f"R,{fw},{n}", ("centre",)) for fw in ("1.0", "1.1") for n in range(30)
    )
    worse = taps("○" * 10, positions=("centre",)) + taps("○△" * 5, "R,1.1,P", ("centre",))
    alarm = judged(tmp_path, worse + calm)
    (told,) = reasons(alarm, "REQ-6-6-c", Verdict.INCONCLUSIVE)
    assert "regression: class ○ before, △ after; p = 0.033 by chance alone: try again" in told
    assert reasons(judged(tmp_path, worse + calm, Asked(repeated=True)), "REQ-6-6-c", Verdict.FAIL)
    lucky = taps("○" * 10, positions=("centre",)) + taps("○" * 9 + "△", "R,1.1,P", ("centre",))
    again = judged(tmp_path, lucky, Asked(repeated=True))
    (told,) = reasons(again, "REQ-6-6-c", Verdict.PASS)
    assert "regression: class ○ before, △ after; p = 1 by chance alone" in told


def test_a_little_worse_everywhere_is_a_regression_of_the_pair(tmp_path: Path):
    found = judged(tmp_path, taps("○" * 10) + taps("○" * 7 + "△" * 3, "R,1.1,P"))
    assert len(reasons(found, "REQ-6-6-c", Verdict.INCONCLUSIVE)) == 6
    (told,) = reasons(found, "REQ-6-6-c", Verdict.FAIL)
    assert told.startswith(
        "R (1.0 → 1.1) × P: regression: 60 of 60 first attempts succeeded before, 42 of 60 after, "
        "over 6 positions; p = "
    )


def test_what_failed_is_tried_again_and_unknown_firmware_settles_nothing(tmp_path: Path):
    failed = taps("×" * 10, positions=("centre",), spoken="")
    (told,) = reasons(judged(tmp_path, failed), "REQ-6-6-c", Verdict.INCONCLUSIVE)
    assert "was not tried under another firmware" in told
    unknown = judged(tmp_path, failed + taps("○" * 10, "R,unknown,P", ("centre",)))
    told_of = reasons(unknown, "REQ-6-6-c", Verdict.INCONCLUSIVE)
    assert len(told_of) == 2
    assert "the firmware is not known" in told_of[1]
    assert changes(unknown) == []


def test_firmware_is_ordered_by_day_where_all_days_are_known(tmp_path: Path):
    head = HEAD.strip() + ",date\n"
    new = [f"{line},2026-04-02" for line in taps("○" * 10, "R,2,P").splitlines()]
    old = [f"{line},2026-04-01" for line in taps("×" * 10, "R,1,P").splitlines()]
    found = judge_files([written(tmp_path, head + "\n".join(new + old))], Asked())
    assert found.firmwares == (("R", "1"), ("R", "2"))
    assert set(changes(found)) == {"cured"}
    undated = "\n".join(new + old).replace(",2026-04-01", ",", 1)
    found = judge_files([written(tmp_path, head + undated)], Asked())
    assert found.firmwares == (("R", "2"), ("R", "1"))


def test_failures_that_persist_are_told_from_bad_luck(tmp_path: Path):
    persistent, by_luck = "○" * 12 + "×" * 8, "○" * 12 + "△△△△△×××"
    found = judged(tmp_path, taps(persistent) + taps(by_luck, "Q,1,P"))
    luck, fault = (entry.persistence for entry in found.entries)
    assert fault < 1e-6
    assert luck > 0.5


def test_tables_and_lines_can_be_shown_of_many_pairs(tmp_path: Path):
    text = "".join(taps("○" * 9, f"R,1.0,{n}") for n in range(30))
    found = judged(tmp_path, text)
    assert position_terminal.cell_table(found).row_count == position_terminal.SHOWN_CELLS + 1
    assert str(list(position_terminal.lines(found))[-1]).endswith("--json lists them all")


def test_what_a_new_firmware_cured_fails_no_more(tmp_path: Path):
    cured = taps("×" * 10) + taps("○" * 10, "R,1.1,P")
    assert judged(tmp_path, cured).verdict is Verdict.PASS
    elsewhere = judged(tmp_path, taps("×" * 10, "R,1.0,Q") + cured)
    failed = reasons(elsewhere, "REQ-6-6-a", Verdict.FAIL)
    assert {told.split(" @ ")[0].split(":")[0] for told in failed} == {"R (1.0) × Q"}
