"""``judge turnaround``: measured files in, tables, charts and one object out; bad lines named."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from fixtures.ics.statement import REFERENCE_STATEMENT
from fixtures.outcome import UsageError
from fixtures.targets.resolve import resolve
from fixtures.targets.turnaround_port import LANES
from reports.command_line import app
from suites.turnaround.files import NEEDED, read_turnaround

HEAD = ",".join((*NEEDED, "start"))


@pytest.fixture(scope="module")
def measured(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Ten issuances of each handset of the reference, as somebody would write them down."""
    lines = [HEAD]
    with resolve("reference", REFERENCE_STATEMENT, seed=1).open() as opened:
        target: Any = opened
        for handset in target.handsets():
            if handset.name == "deck":
                continue
            for number, run in enumerate(target.time_issuance(handset.name, 10, True), 1):
                for one in run:
                    cells = ["-" if cell is None else f"{cell:.3f}" for cell in one.cells]
                    head = [handset.name, str(number), one.section[-1], f"{one.total:.3f}"]
                    lines.append(",".join([*head, *cells, f"{one.start:.3f}"]))
    file = tmp_path_factory.mktemp("turnaround") / "measured.csv"
    file.write_text("\n".join(lines), encoding="utf-8")
    return file


def judge(*words: str) -> tuple[int, str]:
    done = CliRunner().invoke(app, ["judge", "turnaround", *words])
    return done.exit_code, done.output


def verdicts(told: dict[str, Any]) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for finding in told["findings"]:
        found.setdefault(finding["requirement"], set()).add(finding["verdict"])
    return found


def test_eight_handsets_pass_and_the_two_that_stand_out_are_named(measured: Path):
    status, output = judge(str(measured), "--json")
    told = json.loads(output)
    assert (status, told["verdict"]) == (0, "PASS")
    assert told["metrics"] == {"files": 1, "handsets": 8, "runs": 80, "broken_lines": 0}
    assert told["assumed"] == ["jpki"]
    reasons = {f["subject"]: f["reason"] for f in told["findings"]}
    assert reasons["Open Mobile API"].startswith("F: ")
    assert told["handsets"]["A"]["table"]["F-ISS-4"][1] == "–"


def test_the_tables_and_the_page_show_every_handset(measured: Path, tmp_path: Path):
    status, output = judge(str(measured), "--pictures", str(tmp_path / "page"))
    assert status == 0
    assert all(f"handset {name}" in output for name in "ABCDEFGH")
    page = (tmp_path / "page" / "index.html").read_text(encoding="utf-8")
    assert "発行フローのターンアラウンドタイム" in page
    assert "JPKI (assumed)" in page
    assert "利用者証明用電子証明書格納" in page
    assert "<script src" not in page
    assert (tmp_path / "page" / "issuance.svg").stat().st_size > 1_000


def changed(measured: Path, folder: Path, old: str, new: str) -> Path:
    text = measured.read_text(encoding="utf-8")
    assert old in text
    file = folder / "changed.csv"
    file.write_text(text.replace(old, new, 1), encoding="utf-8")
    return file


def cells_of(measured: Path, start: str) -> list[str]:
    lines = measured.read_text(encoding="utf-8").splitlines()
    return next(line for line in lines if line.startswith(start)).split(",")


def test_a_dash_written_as_zero_is_found(measured: Path, tmp_path: Path):
    cells = cells_of(measured, "A,1,4,")
    zero = [*cells]
    zero[4] = "0"  # the user has no part in making a key
    file = changed(measured, tmp_path, ",".join(cells), ",".join(zero))
    status, output = judge(str(file), "--json")
    assert status == 1
    assert "FAIL" in verdicts(json.loads(output))["REQ-3-1-l"]


def test_a_total_that_does_not_add_up_is_found(measured: Path, tmp_path: Path):
    """One of ten runs is off by 8 s, so the mean by 0.8 s."""
    cells = cells_of(measured, "A,1,9,")
    longer = [*cells]
    longer[3] = f"{float(cells[3]) + 8:.3f}"
    file = changed(measured, tmp_path, ",".join(cells), ",".join(longer))
    status, output = judge(str(file), "--json")
    assert status == 1
    assert "FAIL" in verdicts(json.loads(output))["REQ-3-1-n"]


def test_a_broken_line_is_named_and_its_run_left_out(measured: Path, tmp_path: Path):
    cells = cells_of(measured, "A,1,4,")
    broken = [*cells[:3], "fast", *cells[4:]]
    file = changed(measured, tmp_path, ",".join(cells), ",".join(broken))
    status, output = judge(str(file), "--json")
    told = json.loads(output)
    assert status == 3
    reasons = [f["reason"] for f in told["findings"] if f["requirement"] == "BENCH"]
    assert any("total 'fast' is no number of seconds" in reason for reason in reasons)
    assert any("sections missing: F-ISS-4" in reason for reason in reasons)
    assert told["metrics"]["runs"] == 79


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "no column handset"),
        ("handset,run,section,total\n", f"no column {', '.join(LANES)}"),
        (f"{HEAD}\n", "no whole run"),
        (f"{HEAD}\nA,1,12,1,-,-,-,-,-,-,\n", "section '12' is none of 1 to 9"),
        (f"{HEAD}\nA,1,1,3,5,-,-,-,-,-,-,,4\n", "13 cells, 11 have a name"),
        (f"{HEAD},user\n", "two columns are called user"),
        (f"{HEAD}\nA,1,1,-3,-,-,-,-,-,-,\n", "total '-3' is no number of seconds"),
    ],
)
def test_what_cannot_be_used_is_one_line(tmp_path: Path, text: str, told: str):
    file = tmp_path / "bad.csv"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(UsageError) as caught:
        read_turnaround(file)
    assert told in str(caught.value)
    assert "\n" not in str(caught.value)
