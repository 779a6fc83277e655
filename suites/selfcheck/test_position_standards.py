"""Phones and readers, each against a standard of its own."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest

from fixtures.outcome import UsageError
from fixtures.verdict import Verdict
from suites.contactless.position_files import Asked, judge_files
from suites.selfcheck.taps import HEAD, judge, judged, taps, written

ALPHA = '[phone."P"]\nworst = "△"\n'
STANDARDS = ALPHA + '[reader."*"]\nfirst_try = 0.7\n'


def against(folder: Path, standards: str, text: str) -> dict[str, tuple[Verdict, str]]:
    """What is said of each device."""
    asked = Asked(criteria=written(folder, standards, "standards.toml"))
    findings = [one.finding for one in judged(folder, text, asked).judged]
    return {f.subject: (f.verdict, f.reason) for f in findings if f.requirement == "REQ-6-6-e"}


def test_each_device_is_judged_against_its_own_standard(tmp_path: Path):
    told = against(tmp_path, STANDARDS, taps("○" * 5 + "△" * 5))
    assert told["phone P"] == (Verdict.PASS, "")
    verdict, why = told["reader R"]
    assert verdict is Verdict.FAIL
    assert why == (
        "R (1.0) × P: 30 of 60 first attempts succeeded: shows 61.3 % at most, 70 % is asked for; "
        "and 6 more of its cells"
    )


@pytest.mark.parametrize(
    ("standard", "text", "verdict", "reason"),
    [
        ('worst = "○"', taps("○" * 9 + "△"), Verdict.FAIL, "class △, ○ is the worst allowed"),
        ('worst = "△"', taps("○" * 9 + "△"), Verdict.PASS, ""),
        ("first_try = 0.7", taps("○" * 10), Verdict.PASS, ""),
        ("first_try = 0.9", taps("○" * 10), Verdict.INCONCLUSIVE, "29 tries with no more"),
        ("first_try = 0.9", taps("△" * 10), Verdict.FAIL, "0 of 10 first attempts"),
        ("requires_b = true", taps("○" * 10), Verdict.PASS, ""),
        ("requires_b = true", taps("○" * 10, spoken="A"), Verdict.FAIL, "insists on B"),
        ("requires_b = false", taps("○" * 10, spoken="A"), Verdict.PASS, ""),
        (
            'worst = "○"\npositions = ["centre"]',
            taps("○", positions=("centre",)) + taps("×", positions=("+x",)), Verdict.PASS, "",
        ),
        (
            'worst = "○"\npositions = ["centre", "-x"]', taps("○", positions=("centre",)),
            Verdict.INCONCLUSIVE, "not tried: -10 X",
        ),
        (
            'worst = "○"\npartners = ["Q"]', taps("×") + taps("○", "Q,1,P"), Verdict.PASS, "",
        ),
        ('worst = "○"\npartners = ["Q"]', taps("○"), Verdict.INCONCLUSIVE, "with its partners"),
    ],
)  # fmt: skip
def test_a_standard_asks_what_it_says(
    tmp_path: Path, standard: str, text: str, verdict: Verdict, reason: str
):
    found, why = against(tmp_path, f'[phone."P"]\n{standard}\n', text)["phone P"]
    assert (found, reason in why) == (verdict, True)
    assert (why == "") == (verdict is Verdict.PASS)


def test_a_device_without_a_standard_is_not_decided(tmp_path: Path):
    told = against(tmp_path, ALPHA, taps("○" * 10))
    assert told["reader R"] == (Verdict.INCONCLUSIVE, "has no standard of its own; set one")


@pytest.mark.parametrize(
    ("standards", "told"),
    [
        ("", "no standard in it"),
        ("[phone", "not TOML"),
        ("[card.X]\nworst = '○'", "'card' is no side; write [phone.NAME]"),
        ("phone = 3", "[phone] holds something else"),
        ("[phone.P]\nworse = '○'", "phone P: 'worse' is not a key; use first_try, worst"),
        ("[phone.P]\npartners = []", "asks nothing"),
        ("[phone.P]\nworst = '◎'", "worst is '◎'; give one of ○, △, ×"),
        ("[phone.P]\nfirst_try = 90", "first_try is 90; give a share between 0 and 1"),
        ("[phone.P]\nfirst_try = 1.0", "give a share between 0 and 1"),
        ("[phone.P]\nfirst_try = true", "give a share between 0 and 1"),
        ("[phone.P]\nrequires_b = 'yes'", "requires_b is 'yes'; give true or false"),
        ("[phone.P]\nworst = '○'\npositions = ['up']", "give a list of positions"),
        ("[phone.P]\nworst = '○'\npositions = 'centre'", "give a list of positions"),
        ("[phone.P]\nworst = '○'\npartners = [1]", "give a list of names"),
    ],
)
def test_standards_that_cannot_be_read_are_one_line(tmp_path: Path, standards: str, told: str):
    with pytest.raises(UsageError) as refused:
        against(tmp_path, standards, taps("○"))
    assert told in str(refused.value)
    assert len(str(refused.value).splitlines()) == 1


def test_standards_that_are_not_there_or_no_text_are_a_usage_error(tmp_path: Path):
    taken = written(tmp_path, HEAD + taps("○"))
    with pytest.raises(UsageError, match=r"none\.toml: cannot be read"):
        judge_files([taken], Asked(criteria=tmp_path / "none.toml"))
    (tmp_path / "sjis.toml").write_bytes("[phone.端末]".encode("cp932"))
    with pytest.raises(UsageError, match=r"sjis\.toml: is no UTF-8"):
        judge_files([taken], Asked(criteria=tmp_path / "sjis.toml"))


def test_the_standards_are_in_the_one_object(tmp_path: Path):
    standards = written(tmp_path, STANDARDS, "standards.toml")
    taken = written(tmp_path, HEAD + taps("○" * 10))
    done = judge(str(taken), "--criteria", str(standards), "--json")
    told = json.loads(done.stdout)
    assert (done.returncode, told["asked"]["criteria"]) == (0, "standards.toml"), done.stderr
    assert [one["name"] for one in told["inputs"]] == ["taps.csv", "standards.toml"]
    assert told["inputs"][1]["sha256"] == hashlib.sha256(standards.read_bytes()).hexdigest()
    assert {f["subject"] for f in told["findings"] if f["requirement"] == "REQ-6-6-e"} == {
        "phone P", "reader R",
    }  # fmt: skip
