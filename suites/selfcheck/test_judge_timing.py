"""`judge timing`: times that were taken elsewhere, with a status, a table and one object."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree as ET

import numpy as np
import pytest

from fixtures.outcome import UsageError
from fixtures.verdict import Verdict
from reports.json_output import JsonOutput
from reports.verdicts import ExitStatus
from suites.timing import pictures, terminal
from suites.timing.breakdown import Parts
from suites.timing.files import read_times
from suites.timing.judged import Asked, JudgedTimes, judge_files
from suites.timing.products import ADVICE
from suites.timing.series import Series

HEAD = "product,operation,seconds\n"
COUNT = 30
PARTS = "product,operation,seconds,applet,transport,omapi,tsm\n"


def judge(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "reports.command_line", "judge", "timing", *words],
        capture_output=True, text=True, check=False, timeout=200,
    )  # fmt: skip


def written(folder: Path, text: str, name: str = "times.csv") -> Path:
    file = folder / name
    file.write_text(text, encoding="utf-8")
    return file


def lines(product: str, operation: str, times: np.ndarray) -> str:
    return "".join(f"{product},{operation},{t:.6f}\n" for t in times)


def four_products() -> list[str]:
    """Three close to 2 s and one wide, as in the deck; signing of 60 ms."""
    generator = np.random.default_rng(1)
    found = []
    for product, constant, scale in (("A", 1.6, 0.2), ("B", 1.5, 0.25), ("C", 1.7, 0.15),
                                     ("D", 0.2, 1.3)):  # fmt: skip
        keygen = constant + scale * generator.standard_gamma(2, COUNT)
        sign = 0.06 + 0.0004 * generator.standard_normal(COUNT)
        found.append(lines(product, "keygen", keygen) + lines(product, "signing", sign))
    return found


def judged(file: Path, asked: Asked | None = None) -> JudgedTimes:
    return judge_files([file], asked or Asked())


def reasons(found: JudgedTimes, verdict: Verdict) -> list[str]:
    return [
        f"{one.finding.subject}: {one.finding.reason}"
        for one in found.judged
        if one.finding.verdict is verdict
    ]


# the command


def test_the_findings_of_the_deck_come_out_with_one_object(tmp_path: Path):
    file = written(tmp_path, HEAD + "".join(four_products()))
    done = judge(str(file), "--json")
    told = json.loads(done.stdout)
    JsonOutput.model_validate(told)
    assert (done.returncode, told["verdict"]) == (0, "PASS"), done.stderr
    assert [f["subject"] for f in told["findings"] if ADVICE in f["reason"]] == ["D keygen"]
    assert told["metrics"]["times"] == 8 * COUNT
    assert {s["n"] for s in told["series"]} == {COUNT}
    assert {f["requirement"] for f in told["findings"]} == {f"REQ-1-1-{c}" for c in "bcdef"}


def test_the_page_is_one_file_in_two_languages(tmp_path: Path):
    file = written(tmp_path, HEAD + lines("チップ$A$", "keygen", np.linspace(1, 3, 20)))
    done = judge(str(file), "--pictures", str(tmp_path / "p"))
    assert done.returncode in {0, ExitStatus.INCONCLUSIVE}, done.stderr
    assert "チップ$A$" in done.stdout
    page = (tmp_path / "p" / "index.html").read_text(encoding="utf-8")
    assert "default-src 'none'" in page
    assert "健全な" in page
    assert "A sound" in page
    drawn = sorted((tmp_path / "p").glob("*.svg"))
    assert page.count("<svg") == 3 == len(drawn)
    for picture in drawn:
        ET.parse(picture)


def test_a_slow_product_fails_and_few_times_decide_nothing(tmp_path: Path):
    slow = written(tmp_path, HEAD + lines("X", "keygen", np.linspace(6, 40, 20)))
    done = judge(str(slow))
    assert done.returncode == ExitStatus.FAIL
    assert "FAIL         REQ-1-1-b X keygen: mean 23.00 s" in done.stdout
    few = written(tmp_path, HEAD + lines("X", "keygen", np.linspace(1, 3, 9)))
    done = judge(str(few))
    assert done.returncode == ExitStatus.INCONCLUSIVE
    assert "insufficient data: 9 times" in done.stdout


@pytest.mark.parametrize(
    ("text", "words", "told"),
    [
        ("", (), "line 1: no column product and seconds; begin with"),
        ("product,operation\nA,keygen\n", (), "line 1: no column seconds"),
        (HEAD, (), "no times after the first line"),
        (HEAD + "A,keygen,x\n", (), "line 2: seconds 'x' is no number of seconds"),
        ("product,seconds\nA,1\n", (), "no column operation; add it (keygen, signing) or say"),
        ("product,seconds,seconds\nA,1,1\n", (), "two columns are called seconds"),
        ("product,operation,seconds,applet\n", (), "no column transport, omapi, tsm"),
        (HEAD + "A,keygen,1\n", ("--kind", "x"), "--kind 'x' is not known"),
        (HEAD + "A,keygen,1\n", ("--kind", "signing"), "no operation of that kind"),
        (HEAD + "A,keygen,1\n", ("--kind", "leakage"), "no column class"),
        (HEAD + "A,keygen,1\n", ("--resolution", "0"), "--resolution 0 is no resolution"),
    ],
)
def test_bad_input_is_one_line(tmp_path: Path, text: str, words: tuple[str, ...], told: str):
    kind, resolution = None, 0.001
    if words:
        kind = words[1] if words[0] == "--kind" else None
        resolution = float(words[1]) if words[0] == "--resolution" else resolution
    with pytest.raises(UsageError) as refused:
        judged(written(tmp_path, text), Asked(kind, resolution))
    assert told in str(refused.value)
    assert len(str(refused.value).splitlines()) == 1


def test_a_file_that_is_not_there_or_no_text_is_a_usage_error(tmp_path: Path):
    done = judge(str(tmp_path / "none.csv"))
    assert (done.returncode, len(done.stderr.strip().splitlines())) == (ExitStatus.USAGE, 1)
    assert "none.csv: cannot be read" in done.stderr
    (tmp_path / "sjis.csv").write_bytes((HEAD + "端末,keygen,1\n").encode("cp932"))
    with pytest.raises(UsageError, match="byte 27 is no UTF-8; save the table as CSV in UTF-8"):
        read_times(tmp_path / "sjis.csv")


def test_the_same_times_do_not_count_twice(tmp_path: Path):
    files = [written(tmp_path, HEAD + "A,keygen,1\n", name) for name in ("a.csv", "b.csv")]
    with pytest.raises(UsageError, match=r"b\.csv: the same times are in another file"):
        judge_files(files, Asked())


# lines


def test_broken_lines_are_named_by_number_and_the_rest_is_judged(tmp_path: Path):
    broken = ["A,keygen,-0.046", "A,keygen,abc", "A,keygen", ",keygen,1", "A,,1", "A,keygen,nan",
              "A,keygen,1_0", "A,keygen,inf", "A,keygen,"]  # fmt: skip
    good = lines("A", "keygen", np.linspace(1, 3, 20)).splitlines()
    file = written(tmp_path, HEAD + "\n".join([*good[:5], *broken, *good[5:]]) + "\n\n")
    taken = read_times(file)
    assert len(taken.rows) == 20
    assert [one.split(":")[0] for one in taken.troubles] == [f"line {n}" for n in range(7, 16)]
    assert "line 7: seconds '-0.046' is no duration" in taken.troubles[0]
    found = judged(file)
    assert found.verdict is Verdict.INCONCLUSIVE
    assert sum(one.finding.requirement == "BENCH" for one in found.judged) == len(broken)
    assert any(one.finding.requirement == "REQ-1-1-b" for one in found.judged)


def test_a_quoted_cell_over_two_lines_does_not_shift_the_numbers(tmp_path: Path):
    text = 'product,operation,seconds,note\nA,keygen,1,"two\nlines"\nA,keygen,x,\n'
    assert read_times(written(tmp_path, text)).troubles[0].startswith("line 4:")


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_tables_of_all_kinds_are_read(tmp_path: Path, separator: str):
    text = "\ufeffSeconds, PRODUCT ,Operation,note\r\n1.5,チップA,KeyGen,x\r\n.5,B,keygen,\r\n"
    taken = read_times(written(tmp_path, text.replace(",", separator)))
    assert [(r.product, r.operation, r.seconds) for r in taken.rows] == [
        ("チップA", "keygen", 1.5), ("B", "keygen", 0.5),
    ]  # fmt: skip


def test_parts_and_classes_are_read(tmp_path: Path):
    text = PARTS.strip() + ",class\nA,signing,0.1,0.06,0.03,0.01,0,fixed\nA,signing,0.1,,,,,\n"
    first, second = read_times(written(tmp_path, text)).rows
    assert first.parts == Parts(0.06, 0.03, 0.01, 0.0, 0.1)
    assert (first.label, second.parts, second.label) == ("fixed", None, "")
    broken = PARTS + "A,signing,0.1,0.06,,0.01,0\nA,signing,0.1,,,,\n"
    assert "line 2: transport '' is no number" in read_times(written(tmp_path, broken)).troubles[0]


# judging


def test_products_in_any_order_and_in_files_of_their_own_are_judged_alike(tmp_path: Path):
    four = four_products()
    whole = judged(written(tmp_path, HEAD + "".join(four)))
    turned = judged(written(tmp_path, HEAD + "".join(reversed(four))))
    files = [written(tmp_path, HEAD + one, f"{n}.csv") for n, one in enumerate(four)]
    assert turned.judged == whole.judged == judge_files(files, Asked()).judged


def test_parts_that_do_not_add_up_fail(tmp_path: Path):
    rows = "A,signing,0.100,0.060,0.030,0.010,0\n" * 20
    good = judged(written(tmp_path, PARTS + rows), Asked("signing"))
    assert good.verdict is Verdict.PASS
    bad = written(tmp_path, PARTS + rows + "A,signing,0.100,0.060,0.010,0.010,0\n")
    found = judged(bad, Asked("signing"))
    assert "A signing: parts: time 21: the parts sum to 0.08 s" in reasons(found, Verdict.FAIL)[0]
    assert judged(bad, Asked("signing", resolution=0.05)).verdict is Verdict.PASS


def test_signing_is_compared_with_key_generation_of_the_same_product(tmp_path: Path):
    wide = lines("A", "signing", np.linspace(0.05, 0.09, 40))
    steady = lines("A", "keygen", np.linspace(1.9, 2.1, 40))  # CV 0.03
    found = judged(written(tmp_path, HEAD + wide + steady, "steady.csv"))
    assert any("CV of signing" in one for one in reasons(found, Verdict.FAIL))
    still = lines("A", "keygen", np.full(40, 2.0))
    found = judged(written(tmp_path, HEAD + wide + still))
    assert not any("CV of signing" in one for one in reasons(found, Verdict.FAIL))
    unsettled = reasons(found, Verdict.INCONCLUSIVE)
    assert any("nothing to compare signing with" in one for one in unsettled)
    alone = judged(written(tmp_path, HEAD + lines("A", "signing", np.linspace(0.06, 0.061, 40))))
    told = reasons(alone, Verdict.INCONCLUSIVE)
    assert told == ["A signing against A keygen: no times of key generation to compare with"]


def test_an_alarm_is_repeated_before_it_fails(tmp_path: Path):
    stall = np.random.default_rng(2).standard_gamma(2, 40)
    stall[20] = 40.0
    file = written(tmp_path, HEAD + lines("A", "keygen", stall))
    assert judged(file).verdict is Verdict.INCONCLUSIVE
    assert judged(file, Asked(repeated=True)).verdict is Verdict.FAIL


def leaky(effect: float, labels: list[str]) -> str:
    generator = np.random.default_rng(3)
    rows = []
    for _ in range(2_000):
        place = int(generator.integers(0, len(labels)))
        seconds = 0.06 + 0.001 * float(generator.standard_normal()) + effect * place
        rows.append(f"A,signing,{seconds:.7f},{labels[place]}\n")
    return "product,operation,seconds,class\n" + "".join(rows)


@pytest.mark.parametrize("labels", [["fixed", "random"], ["100", "128", "156"]])
def test_classes_are_compared(tmp_path: Path, labels: list[str]):
    asked = Asked("leakage")
    assert judged(written(tmp_path, leaky(0, labels)), asked).verdict is Verdict.PASS
    found = judged(written(tmp_path, leaky(0.0004, labels)), asked)
    assert found.verdict is Verdict.FAIL
    assert {one.finding.requirement for one in found.judged} == {"LEAKAGE"}


def test_three_classes_without_numbers_are_not_compared(tmp_path: Path):
    found = judged(written(tmp_path, leaky(0, ["a", "b", "c"])), Asked("leakage"))
    assert reasons(found, Verdict.INCONCLUSIVE) == [
        "A signing: 3 classes; two are compared, or numbers"
    ]


def test_what_is_not_known_is_null(tmp_path: Path):
    found = judged(written(tmp_path, HEAD + "A,keygen,1\nA,other,0\n"))
    told = json.dumps(terminal.to_json(found, Asked()), allow_nan=False)
    assert json.loads(told)["series"][0]["sd"] is None


# pictures


@pytest.mark.parametrize("times", [[2.0], [2.0, 2.0], [0.0] * 30, [*np.linspace(1, 3, 50)]])
def test_any_series_can_be_drawn_the_same_every_time(times: list[float]):
    series = Series("A keygen", np.array(times))
    for draw in (pictures.keygen_histogram, pictures.in_order):
        picture = draw(series)
        ET.fromstring(picture.svg)
        assert picture == draw(series)
        assert 'href="http' not in picture.svg
    assert pictures.boxes([series], ["A"]) == pictures.boxes([series], ["A"])
    law = "two searches" in pictures.keygen_histogram(series).svg
    assert law == (len(set(times)) > 1)


def test_a_decimal_comma_is_no_further_cell(tmp_path: Path):
    taken = read_times(written(tmp_path, "product,operation,seconds\nA,keygen,1,91\nA,keygen,2\n"))
    assert [row.seconds for row in taken.rows] == [2.0]
    assert taken.troubles[0].startswith("line 2: 4 cells, 3 have a name (is one a decimal comma?)")
