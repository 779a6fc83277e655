"""`collect touch`: each time on the disk before the next touch, and `judge timing` reads them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from fixtures.ics.statement import SERVED_STATEMENT
from fixtures.pcsc_daemon import DaemonUnavailable, private_daemon
from fixtures.verdict import Verdict
from reports.json_output import JsonOutput
from reports.verdicts import ExitStatus
from suites.selfcheck.by_command import Called, called
from suites.timing.files import read_times
from suites.timing.judged import Asked, judge_files


def command(*words: str) -> Called:
    return called(*words)


def collect(file: Path, *words: str) -> Called:
    return command("collect", "touch", str(file), *words)


def test_touches_are_taken_and_judged(tmp_path: Path):
    file = tmp_path / "t.csv"
    done = collect(file, "--phone", "Alpha", "--count", "10", "--json")
    told = json.loads(done.stdout)
    JsonOutput.model_validate(told)
    assert (done.returncode, told["verdict"], told["metrics"]) == (0, "PASS", {"touches": 10})
    assert collect(file, "--phone", "Beta", "--count", "10", "--seed", "2").returncode == 0
    judged = command("judge", "timing", str(file), "--json")
    of_touch = [f for f in json.loads(judged.stdout)["findings"] if f["id"] != "timing.parts"]
    assert judged.returncode == ExitStatus.PASS
    assert {f["requirement"] for f in of_touch} == {"REQ-3-1-v"}
    assert [f["subject"] for f in of_touch] == [
        "Alpha touch a: mean", "Alpha touch a: CV", "Beta touch a: mean", "Beta touch a: CV",
        "touch a: 2 models side by side",
    ]  # fmt: skip


def test_an_interrupted_collection_goes_on_with_other_times(tmp_path: Path):
    file = tmp_path / "t.csv"
    collect(file, "--phone", "Alpha", "--count", "4")
    with file.open("a", encoding="utf-8") as torn:
        torn.write("Alpha,touch A,0.9")
    assert collect(file, "--phone", "Alpha", "--count", "10").returncode == ExitStatus.PASS
    times = [row.seconds for row in read_times(file).rows]
    assert len(times) == len(set(times)) == 10
    before = file.read_bytes()
    assert collect(file, "--phone", "Alpha", "--count", "10").returncode == ExitStatus.PASS
    assert file.read_bytes() == before


def test_a_slow_phone_is_found_from_its_file(tmp_path: Path):
    file = tmp_path / "t.csv"
    lines = [f"Slow,touch A,{1.5 + n / 100}" for n in range(10)]
    file.write_text("\n".join(["product,operation,seconds", *lines]), encoding="utf-8")
    found = judge_files([file], Asked())
    assert found.verdict is Verdict.FAIL
    assert [(j.judge, j.finding.verdict) for j in found.judged] == [
        ("touch", Verdict.FAIL), ("touch", Verdict.PASS), ("models", Verdict.PASS),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--path", "contact"], "--path 'contact' is not under [pixit] paths"),
        (["--target", "pcsc:virtual"], "no contactless path is under [pixit] paths"),
    ],
)
def test_a_way_without_a_field_is_refused_by_one_line(tmp_path: Path, words: list[str], told: str):
    done = collect(tmp_path / "t.csv", *words)
    assert done.returncode == ExitStatus.USAGE
    assert told in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1
    assert not (tmp_path / "t.csv").exists()


@pytest.mark.parametrize("content", [b"", b"a,b\n", b"\xff\xfe\n"])
def test_a_file_of_something_else_is_left_alone(tmp_path: Path, content: bytes):
    file = tmp_path / "t.csv"
    file.write_bytes(content)
    done = collect(file)
    assert done.returncode == ExitStatus.USAGE
    assert "is no table of touches; name a new file" in done.stderr
    assert file.read_bytes() == content


def test_a_card_in_a_reader_of_a_real_daemon_is_touched(tmp_path: Path):
    try:
        with private_daemon():
            pass
    except DaemonUnavailable as reason:
        pytest.skip(str(reason))
    text = SERVED_STATEMENT.read_text(encoding="utf-8")
    text = text.replace('paths = ["contact"]', 'paths = ["contactless_b"]')
    statement = tmp_path / "reader.toml"
    statement.write_text(text, encoding="utf-8")
    file = tmp_path / "t.csv"
    done = collect(file, "--target", "pcsc:virtual", "--ics", str(statement), "--count", "3")
    assert done.returncode == ExitStatus.PASS, done.stderr
    assert [row.operation for row in read_times(file).rows] == ["touch b"] * 3
