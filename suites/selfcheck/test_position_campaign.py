"""The campaign that is shipped says what is true of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from fixtures.verdict import Verdict
from suites.contactless import synthetic
from suites.contactless.position_files import Asked, judge_files
from suites.contactless.positions import ResultClass
from suites.selfcheck.taps import reasons, written


def test_the_synthetic_campaign_is_what_its_truth_makes():
    assert synthetic.FILE.read_text(encoding="utf-8").splitlines() == list(synthetic.lines())


def test_what_is_true_of_the_synthetic_campaign_is_found():
    found = judge_files([synthetic.FILE], Asked(criteria=synthetic.STANDARDS))
    assert [(e.pair.reader, e.pair.firmware, e.pair.phone, e.glyph) for e in found.entries] == [
        ("SYN-R1", "1.0", "SYN-CARD", "B"), ("SYN-R1", "1.0", "SYN-P1", "A"),
        ("SYN-R1", "1.0", "SYN-P2", "A"), ("SYN-R1", "1.1", "SYN-CARD", "B"),
        ("SYN-R1", "1.1", "SYN-P1", "A"), ("SYN-R1", "1.1", "SYN-P2", "A"),
        ("SYN-R2", "7.0", "SYN-CARD", "B"), ("SYN-R2", "7.0", "SYN-P1", "B"),
        ("SYN-R2", "7.0", "SYN-P2", "B"),
    ]  # fmt: skip
    failed = [str(e.pair) for e in found.entries if e.worst is ResultClass.NEITHER]
    assert failed == ["SYN-R1 (1.0) × SYN-P2"]
    assert [c.subject.split(" @ ")[0] for c in found.comparisons if c.change == "cured"] == (
        ["SYN-R1 (1.0 → 1.1) × SYN-P2"] * 6
    )
    at_risk = [told for told in reasons(found, "REQ-6-6-d", Verdict.PASS) if "RISK" in told]
    assert [told.split(":")[0] for told in at_risk] == [
        "SYN-R1 (1.1) × SYN-P1", "SYN-R1 (1.1) × SYN-P2",
    ]  # fmt: skip
    assert {one.finding.verdict for one in found.judged} == {Verdict.PASS, Verdict.INCONCLUSIVE}
    (undecided,) = reasons(found, "REQ-6-6-a", Verdict.INCONCLUSIVE)
    assert undecided.startswith("SYN-R1 (1.1) × SYN-P2 @ +10 Z: 9 of 10 first attempts")


@pytest.mark.parametrize(
    ("old", "new", "requirement", "verdict"),
    [
        # a × of the old firmware carried over, a position left out, a try left out, a hidden retry
        (",○,B,AB,AB,0,", ",×,,AB,AB,0,20", "REQ-6-6-a", Verdict.FAIL),
        ("SYN-R2,7.0,SYN-P1,+10 Z,", "SYN-R2,7.0,SYN-P1,centre,1", "REQ-6-6-b",
         Verdict.INCONCLUSIVE),
        ("SYN-R1,1.1,SYN-P2", "SYN-R1,1.1,SYN-P3", "REQ-6-6-c", Verdict.INCONCLUSIVE),
        ("SYN-R1,1.1,SYN-P2,centre,", "SYN-R1,1.1,SYN-P2,centre,1", "REQ-6-6-f",
         Verdict.INCONCLUSIVE),
        (",○,A,AB,AB,0,", ",○,A,AB,AB,1,", "BENCH", Verdict.INCONCLUSIVE),
        (",○,A,AB,AB,0,", ",○,?,AB,AB,0,", "REQ-6-6-d", Verdict.INCONCLUSIVE),
        ("SYN-R2,7.0,SYN-P1", "SYN-R2,7.0,SYN-P9", "REQ-6-6-e", Verdict.INCONCLUSIVE),
    ],
)  # fmt: skip
def test_a_broken_record_is_rejected(
    tmp_path: Path, old: str, new: str, requirement: str, verdict: Verdict
):
    """For each requirement a damage of the shipped campaign that turns it, and it was not so."""
    text = synthetic.FILE.read_text(encoding="utf-8")
    assert old in text
    asked = Asked(criteria=synthetic.STANDARDS)
    before = reasons(judge_files([synthetic.FILE], asked), requirement, verdict)
    broken = judge_files([written(tmp_path, text.replace(old, new))], asked)
    assert len(reasons(broken, requirement, verdict)) > len(before)
