"""`judge positions`: the command, its page, and what cannot be asked."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from fixtures.outcome import UsageError
from fixtures.verdict import Verdict
from reports import position_page
from reports.json_output import JsonOutput
from reports.verdicts import ExitStatus
from suites.contactless.campaign_file import read_campaign
from suites.contactless.position_files import Asked, judge_files
from suites.selfcheck.taps import HEAD, judge, judged, taps, written


def test_a_sound_campaign_passes_with_one_object(tmp_path: Path):
    done = judge(str(written(tmp_path, HEAD + taps("○" * 10))), "--json")
    told = json.loads(done.stdout)
    JsonOutput.model_validate(told)
    assert (done.returncode, told["verdict"]) == (0, "PASS"), done.stderr
    assert told["metrics"]["taps"] == 60
    assert told["metrics"]["fewest_tries_without_failure"] == {"0.9": 29, "0.95": 59, "0.99": 299}
    accepts = told["metrics"]["nine_of_ten_accepts"]
    assert {p: round(a, 3) for p, a in accepts.items()} == {
        "0.8": 0.376, "0.9": 0.736, "0.95": 0.914, "0.99": 0.996,
    }  # fmt: skip
    assert {f["requirement"] for f in told["findings"]} == {f"REQ-6-6-{c}" for c in "abdf"}
    assert [(m["class"], m["type"]) for m in told["matrix"]] == [("○", "B")]


def test_the_page_is_one_file_in_two_languages_and_its_numbers_a_table(tmp_path: Path):
    text = taps("○" * 10, "R$1$,1.0,端末") + taps("○△×" * 4, "R$1$,1.1,端末", spoken="A")
    done = judge(str(written(tmp_path, HEAD + text)), "--pictures", str(tmp_path / "p"))
    assert done.returncode == ExitStatus.FAIL, done.stderr
    assert "端末" in done.stdout
    page = (tmp_path / "p" / "index.html").read_text(encoding="utf-8")
    assert "default-src 'none'" in page
    assert "健全な" in page
    assert "A sound pair" in page
    drawn = sorted((tmp_path / "p").glob("*.svg"))
    assert page.count("<svg") == len(drawn) == 4
    assert "悪化" in page, "a regression, in Japanese too"
    assert (tmp_path / "p" / "1_changes.svg") in drawn
    for picture in drawn:
        ET.parse(picture)
    numbers = (tmp_path / "p" / "cells.csv").read_text(encoding="utf-8")
    rows = list(csv.DictReader(numbers.splitlines()))
    assert len(rows) == 12
    assert {(row["class"], row["n"], row["first"]) for row in rows} == {
        ("○", "10", "10"), ("×", "12", "4"),
    }  # fmt: skip


def test_types_that_are_guesses_are_counted(tmp_path: Path):
    text = taps("○" * 10).replace(",B\n", ",B,likely\n", 7).replace(",B\n", ",B,certain\n")
    found = judge_files([written(tmp_path, HEAD.strip() + ",type_sure\n" + text)], Asked())
    assert found.verdict is Verdict.PASS
    (told,) = [one.finding for one in found.judged if one.judge == "guesses"]
    assert told.reason.startswith("7 of 60 types are likely only")


def test_what_a_form_holds_is_text_and_never_markup(tmp_path: Path):
    found = judged(tmp_path, taps("○" * 9 + "×", "R<b>,1<b>,P<script>&"))
    page = position_page.write(found, tmp_path / "p").read_text(encoding="utf-8")
    assert "P&lt;script&gt;&amp;" in page
    assert "R<b>" not in page
    assert "P<script>" not in page
    for picture in (tmp_path / "p").glob("*.svg"):
        ET.parse(picture)


def test_the_same_taps_give_the_same_page(tmp_path: Path):
    found = judged(tmp_path, taps("○○△×" * 3, positions=("centre", "10/10/10")))
    pages = [position_page.write(found, tmp_path / name) for name in ("a", "b")]
    assert pages[0].read_bytes() == pages[1].read_bytes()


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "line 1: no column reader, firmware, phone, position, try, result; begin with"),
        ("reader,firmware,phone,position,try\n", "line 1: no column result"),
        (HEAD, "no taps after the first line"),
        (HEAD + "R,1,P,centre,1,maybe,A\n", "line 2: result 'maybe' is not one of ○, △, ×"),
        ("reader,reader\n", "two columns are called reader"),
        ("機種,端末\n", "two columns are called phone"),
    ],
)
def test_bad_input_is_one_line(tmp_path: Path, text: str, told: str):
    with pytest.raises(UsageError) as refused:
        judge_files([written(tmp_path, text)], Asked())
    assert told in str(refused.value)
    assert len(str(refused.value).splitlines()) == 1


def test_a_file_that_is_not_there_or_no_text_is_a_usage_error(tmp_path: Path):
    done = judge(str(tmp_path / "none.csv"))
    assert (done.returncode, len(done.stderr.strip().splitlines())) == (ExitStatus.USAGE, 1)
    assert "none.csv: cannot be read" in done.stderr
    (tmp_path / "sjis.csv").write_bytes((HEAD + "端末,1,P,centre,1,o,A\n").encode("cp932"))
    with pytest.raises(UsageError, match="is no UTF-8; save the table as CSV in UTF-8"):
        read_campaign(tmp_path / "sjis.csv")


@pytest.mark.parametrize(
    ("claim", "grid", "told"),
    [(1.0, None, "--claim 1 is no share"), (0.9, "all", "use deck, full, extended")],
)
def test_a_question_that_cannot_be_asked_is_refused(claim: float, grid: str | None, told: str):
    with pytest.raises(UsageError, match=told):
        Asked(claim, grid)
