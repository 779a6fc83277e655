"""Taps taken elsewhere: lines and forms are read, or named by number."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fixtures.outcome import UsageError
from fixtures.verdict import Verdict
from suites.contactless.campaign_file import read_campaign
from suites.contactless.negotiation import Technology
from suites.contactless.position_files import Asked, judge_files
from suites.contactless.positions import Position, ResultClass
from suites.selfcheck.taps import DECK, HEAD, judged, reasons, taps, written

BROKEN = [
    ("R,1,P,centre,1", "5 cells, result is missing"),
    (",1,P,centre,1,○,A,,,", "reader is empty"),
    ("R,,P,centre,1,○,A,,,", "firmware is empty; write unknown if it cannot be read"),
    ("R,1,P,up,1,○,A,,,", "'up' is no position"),
    ("R,1,P,-z,1,○,A,,,", "cannot lie below the surface"),
    ("R,1,P,centre,0,○,A,,,", "try '0' is no number from 1"),
    ("R,1,P,centre,1.5,○,A,,,", "try '1.5' is no number from 1"),
    ("R,1,P,centre,1,◎,A,,,", "result '◎' is not one of"),
    ("R,1,P,centre,1,○,C,,,", "type 'C' is not A, B or unknown"),
    ("R,1,P,centre,1,○,A,1,,", "○ though the reader retried 1 times within the first attempt"),
    ("R,1,P,centre,1,○,A,x,,", "retries 'x' is no number"),
    ("R,1,P,centre,1,△,A,0,4.9,", "off for 4.9 ms before the second attempt: below 5 ms it is a"),
    ("R,1,P,centre,1,△,A,0,nan,", "off for nan ms before the second attempt"),
    ("R,1,P,centre,1111111,○,A,,,", "try '1111111' is no number from 1"),
    ("R,1,P,centre,1,×,A,0,,", "off_ms '' is no number of milliseconds, nor removed"),
    ("R,1,P,centre,1,○,A,0,,1.4.2026", "date '1.4.2026' is no day"),
]


def test_broken_lines_are_named_by_number_and_the_rest_is_judged(tmp_path: Path):
    head = HEAD.strip() + ",retries,off_ms,date\n"
    good = [line + ",0,removed," for line in taps("○△" * 5).splitlines()]
    lines = [*good[:5], *(line for line, _ in BROKEN), *good[5:]]
    taken = read_campaign(written(tmp_path, head + "\n".join(lines) + "\n\n"))
    assert len(taken.rows) == 60
    assert len(taken.troubles) == len(BROKEN)
    for number, (trouble, (_, told)) in enumerate(zip(taken.troubles, BROKEN, strict=True), 7):
        assert trouble.startswith(f"line {number}: ")
        assert told in trouble
    found = judge_files([taken.file], Asked())
    assert len(reasons(found, "BENCH", Verdict.INCONCLUSIVE)) == len(BROKEN)
    assert len(found.cells) == 6


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_forms_of_all_kinds_are_read(tmp_path: Path, separator: str):
    text = "\ufeffリーダ,ファームウェア,端末,位置,試行,結果,タイプ,備考\r\n"
    text += "R,1,P,中心,1,〇,Type B,x\r\nR,1,P,-10 Y mm,2,ng,?,\r\nR,1,P,10/-10/20,3,2nd,a,\r\n"
    rows = read_campaign(written(tmp_path, text.replace(",", separator))).rows
    assert [(r.tap.position, r.tap.result, r.tap.spoken) for r in rows] == [
        (Position(0, 0, 0), ResultClass.FIRST, Technology.B),
        (Position(0, -10, 0), ResultClass.NEITHER, None),
        (Position(10, -10, 20), ResultClass.SECOND, Technology.A),
    ]


def test_a_tap_counts_once_in_whatever_file_it_stands(tmp_path: Path):
    once = written(tmp_path, HEAD + taps("○" * 10), "a.csv")
    again = written(tmp_path, HEAD + taps("○" * 11, positions=("centre",)), "b.csv")
    found = judge_files([once, again], Asked())
    told = reasons(found, "BENCH", Verdict.INCONCLUSIVE)
    assert len(told) == 10
    assert "line 2: try 1 of R (1.0) × P @ centre is in a.csv, line 2 already" in told[0]
    assert sum(map(len, found.cells)) == 61
    copy = written(tmp_path, once.read_text(encoding="utf-8"), "c.csv")
    with pytest.raises(UsageError, match=r"c\.csv: the same taps are in another file"):
        judge_files([once, copy], Asked())


def test_nine_tries_or_one_left_out_decide_nothing(tmp_path: Path):
    few = reasons(judged(tmp_path, taps("○" * 9)), "REQ-6-6-f", Verdict.INCONCLUSIVE)
    assert "insufficient data: 9 tries, at least 10 are needed" in few[0]
    lines = taps("○" * 12).replace("R,1.0,P,centre,4,○,B\n", "")
    gap = reasons(judged(tmp_path, lines), "REQ-6-6-f", Verdict.INCONCLUSIVE)
    assert gap == ["R (1.0) × P @ centre: try 4 is missing; none may be left out"]
    far = "R,1.0,P,centre,999999,○,B\n"
    told = reasons(judged(tmp_path, taps("○" * 12) + far), "REQ-6-6-f", Verdict.INCONCLUSIVE)
    assert "try 13, 14, 15, 16, 17, … is missing" in told[0]


@given(st.text(max_size=60) | st.text(alphabet='R1P,○△×+xyzcentreAB\n"', max_size=200))
def test_no_line_whatever_breaks_the_reading(text: str):
    with TemporaryDirectory() as folder:
        file = written(Path(folder), HEAD + taps("○", positions=("centre",)) + text)
        assert len(read_campaign(file).rows) >= 1


@pytest.mark.parametrize("missing", range(6))
def test_a_grid_that_is_not_complete_is_inconclusive(tmp_path: Path, missing: int):
    positions = DECK[:missing] + DECK[missing + 1 :]
    found = judged(tmp_path, taps("○" * 10, positions=positions))
    assert found.verdict is Verdict.INCONCLUSIVE
    told = reasons(found, "REQ-6-6-b", Verdict.INCONCLUSIVE)
    assert told == [f"R (1.0) × P: not tried: {Position.parse(DECK[missing])}"]


def test_the_grid_is_the_smallest_that_has_all_positions(tmp_path: Path):
    assert judged(tmp_path, taps("○" * 10)).grid == "deck"
    corner = judged(tmp_path, taps("○" * 10, positions=("10/10/0",)))
    assert corner.grid == "full"
    assert len(reasons(corner, "REQ-6-6-b", Verdict.INCONCLUSIVE)[0].split(", ")) == 17
    assert judged(tmp_path, taps("○" * 10, positions=("0/0/20",))).grid == "extended"
    asked = judged(tmp_path, taps("○" * 10), Asked(grid="full"))
    assert asked.verdict is Verdict.INCONCLUSIVE
    all_18 = [f"{x}/{y}/{z}" for x in (-10, 0, 10) for y in (-10, 0, 10) for z in (0, 10)]
    assert judged(tmp_path, taps("○" * 10, positions=all_18)).verdict is Verdict.PASS
