"""`judge access`: who reaches the JPKI application by a set of rules, and what is odd there."""

from __future__ import annotations

import json
import subprocess
import sys
from itertools import product
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fixtures.card.global_platform_values import tlv
from fixtures.card.jpki import JPKI_AP
from fixtures.outcome import UsageError
from fixtures.verdict import Verdict
from reports.json_output import JsonOutput
from suites.access_control import cts
from suites.access_control.dump import judge_dump, lines, remarks
from suites.access_control.dump_files import judge_file, named_apps, rules_in
from suites.access_control.model import decide
from suites.access_control.rules import ALWAYS, NEVER, Rule, filters
from suites.selfcheck.by_hand import STEADY

APP, OTHER = bytes(range(32)), bytes(range(1, 33))
GOOD = (Rule(JPKI_AP, APP, ALWAYS), Rule(JPKI_AP, b"", NEVER))
ELSEWHERE = b"\xa0\x00\x00\x00\x03\x10\x10"


@pytest.mark.parametrize(
    ("rules", "reason"),
    [
        (GOOD, ""),
        ((Rule(JPKI_AP, APP, ALWAYS),), ""),
        ((*GOOD, Rule(ELSEWHERE, b"", ALWAYS)), ""),
        ((), "no app opens"),
        ((Rule(JPKI_AP, b"", NEVER),), "no app opens"),
        ((Rule(JPKI_AP, b"", ALWAYS),), "no rule names opens D392F000260100000001 by its name"),
        ((Rule(b"", b"", ALWAYS),), "by its name"),
        ((*GOOD, Rule(b"", b"", ALWAYS)), "by the first 9 bytes of it"),
        ((*GOOD, Rule(JPKI_AP[:6], b"", ALWAYS)), "by the first 6 bytes of it"),
    ],
)
def test_who_must_not_reach_the_application_and_who_must(rules: tuple[Rule, ...], reason: str):
    found = judge_dump(rules, "element")
    assert found.verdict is (Verdict.FAIL if reason else Verdict.PASS)
    assert reason in found.reason


def told(*rules: Rule) -> list[tuple[int, str]]:
    return [(remark.rule, remark.said) for remark in remarks(rules)]


def test_what_is_odd_about_rules():
    assert told(*GOOD) == [(2, "changes nothing: without it every app may do the same")]
    assert told(Rule(JPKI_AP, APP, ALWAYS)) == []
    assert told(Rule(JPKI_AP, bytes(20), ALWAYS))[0][1].startswith("names its app by SHA-1")
    beyond = filters(("00B00001", "FFFF0000"))
    assert "matches no command" in told(Rule(JPKI_AP, APP, beyond))[0][1]
    assert told(Rule(None, b"", ALWAYS))[-1] == (
        0, "whatever is selected by default is open to every app",
    )  # fmt: skip


hashes = st.sampled_from([b"", APP, OTHER])
applications = st.sampled_from([JPKI_AP, ELSEWHERE, b"", None])
access = st.sampled_from([ALWAYS, NEVER, filters(("00B00000", "FFFF0000"))])
any_rules = st.lists(st.builds(Rule, applications, hashes, access), max_size=5)


@STEADY
@given(rules=any_rules, app=st.binary(min_size=20, max_size=20), aid=st.binary(min_size=5))
def test_what_the_table_says_of_any_other_holds_for_any_other(
    rules: list[Rule], app: bytes, aid: bytes
):
    """Names drawn at random, which no rule has."""
    told = [line for line in lines(rules) if line.app is None]
    (other,) = [line.decision for line in told if line.other]
    held = {line.application: line.decision for line in told} | {aid: other}
    for application in (JPKI_AP, None, aid):
        assert decide(rules, application, [app]) == held[application]


@STEADY
@given(rules=any_rules)
def test_a_rule_that_changes_nothing_can_be_left_out(rules: list[Rule]):
    for remark in remarks(rules):
        if "changes nothing" in remark.said:
            rest = [rule for at, rule in enumerate(rules, 1) if at != remark.rule]
            for aid, app in product((JPKI_AP, ELSEWHERE, JPKI_AP[:5], None), ([APP], [OTHER], [])):
                one, other = decide(rules, aid, app), decide(rest, aid, app)
                assert (one.open, one.filters, one.nfc) == (other.open, other.filters, other.nfc)


def test_android_s_rules_are_read_raw_in_hex_and_as_the_element_answers(tmp_path: Path):
    rules = tuple(cts.rules())
    raw = b"".join(map(bytes, rules))
    spaced = "\n".join(bytes(rule).hex(" ").upper() for rule in rules).encode()
    for content in (raw, tlv(0xFF40, raw), raw.hex().encode(), spaced):
        assert rules_in(content) == rules
    file = tmp_path / "rules.bin"
    file.write_bytes(raw)
    found = judge_file(file, cts.aid("42"))
    assert (found.finding.verdict, len(found.rules)) == (Verdict.PASS, 39)
    assert sum("SHA-1" in remark.said for remark in found.remarks) == 23


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"\xe2\x05", "announced"),
        (b"\x30\x00", "30 among access rules"),
        (tlv(0xFF40, b"") + b"\x90\x00", ""),
        (bytes(Rule(b"four", APP, ALWAYS)), "rule 1 names an AID of 4 bytes"),
        (bytes(GOOD[0]) + bytes(Rule(JPKI_AP, bytes(21), ALWAYS)), "rule 2 names an app by 21"),
        (bytes(Rule(JPKI_AP, APP, bytes(9))), "9 bytes of APDU filters"),
        (bytes(Rule(JPKI_AP, APP, None, b"")), "0 bytes on events"),
    ],
)
def test_rules_that_no_phone_can_read_are_a_fail(tmp_path: Path, content: bytes, reason: str):
    file = tmp_path / "rules.bin"
    file.write_bytes(content)
    found = judge_file(file).finding
    assert found.verdict is Verdict.FAIL
    assert reason in found.reason


def test_what_is_no_file_of_rules_is_the_caller_s_mistake(tmp_path: Path):
    (tmp_path / "empty").write_bytes(b"")
    for name, line in (("empty", "0 bytes are no access rules"), ("none", "cannot be read")):
        with pytest.raises(UsageError, match=line):
            judge_file(tmp_path / name)
    for told in ("app", "app=12", "=" + "00" * 20, "app=" + "GG" * 20):
        with pytest.raises(UsageError, match="give NAME=HASH"):
            named_apps([told])


def run(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "reports.command_line", "judge", "access", *words],
        capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip


def test_the_command_prints_a_table_or_one_object(tmp_path: Path):
    file = tmp_path / "ese.hex"
    file.write_text(b"".join(map(bytes, GOOD)).hex())
    shown = run(str(file), "--app", f"JPKI app={APP.hex()}")
    assert shown.returncode == 0
    assert "JPKI app" in shown.stdout
    assert "verdict  PASS" in shown.stdout
    file.write_text(bytes(Rule(b"", b"", ALWAYS)).hex())
    told = run(str(file), "--json")
    assert told.returncode == 1
    output = JsonOutput.model_validate_json(told.stdout)
    assert (output.verdict, json.loads(told.stdout)["metrics"]["rules"]) == (Verdict.FAIL, 1)
    wrong = run(str(file), "--aid", "00")
    assert (wrong.returncode, len(wrong.stderr.strip().splitlines())) == (4, 1)
