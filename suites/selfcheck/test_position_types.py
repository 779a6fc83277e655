"""Types of taps: A where B was possible, mixed, or not recorded."""

from __future__ import annotations

from pathlib import Path

import pytest

from fixtures.verdict import Verdict
from suites.contactless.position_files import Asked, judge_files
from suites.selfcheck.taps import HEAD, judged, reasons, taps, written


def test_type_a_is_a_risk_where_both_were_heard_in_type_b(tmp_path: Path):
    heard = taps("○" * 10, "R,1.0,card") + taps("○" * 10, "Q,1,P") + taps("○" * 10, spoken="A")
    found = judged(tmp_path, heard)
    assert found.verdict is Verdict.PASS
    assert [told for told in reasons(found, "REQ-6-6-d", Verdict.PASS) if "RISK" in told] == [
        "R (1.0) × P: TYPE_A_RISK: Type A in 60 of 60 taps, though both sides know Type B"
    ]


@pytest.mark.parametrize(
    ("reader", "phone", "verdict", "told"),
    [
        ("AB", "AB", Verdict.PASS, "TYPE_A_RISK"),
        ("A/B", "A", Verdict.PASS, ""),
        ("A", "AB", Verdict.PASS, ""),
        ("AB", "", Verdict.INCONCLUSIVE, "nothing tells whether both sides know Type B"),
        ("", "", Verdict.INCONCLUSIVE, "state reader_types, phone_types"),
    ],
)
def test_type_a_is_judged_by_what_both_sides_state(
    tmp_path: Path, reader: str, phone: str, verdict: Verdict, told: str
):
    head = HEAD.strip() + ",reader_types,phone_types\n"
    lines = [f"{line},{reader},{phone}" for line in taps("○" * 10, spoken="A").splitlines()]
    found = judge_files([written(tmp_path, head + "\n".join(lines))], Asked())
    (reason,) = reasons(found, "REQ-6-6-d", verdict)
    assert told in reason


def test_taps_that_come_out_mixed_are_told(tmp_path: Path):
    text = taps("○" * 10, spoken="B", positions=("centre",))
    text += taps("○" * 10, spoken="A", positions=("+x",)) + taps("○" * 10, "R,1.0,card")
    found = judged(tmp_path, text)
    (told,) = [r for r in reasons(found, "REQ-6-6-d", Verdict.PASS) if "RISK" in r]
    assert "Type A in 10 of 20 taps, mixed, though both sides know Type B" in told
    assert [entry.glyph for entry in found.entries] == ["M", "B"]


def test_a_pair_that_never_spoke_has_no_type(tmp_path: Path):
    found = judged(tmp_path, taps("×" * 10, spoken=""))
    (told,) = reasons(found, "REQ-6-6-d", Verdict.INCONCLUSIVE)
    assert "no tap was answered" in told
    assert found.entries[0].glyph == "?"


def test_a_type_that_was_not_recorded_is_not_guessed(tmp_path: Path):
    found = judged(tmp_path, taps("○" * 9 + "×", spoken="?"))
    (told,) = reasons(found, "REQ-6-6-d", Verdict.INCONCLUSIVE)
    assert "the type is not known of 54 of 54 taps that were answered" in told
    assert found.entries[0].glyph == "?"
