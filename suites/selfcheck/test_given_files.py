"""Judges take folders: what is in them, in order, and no other file."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from fixtures.outcome import UsageError
from reports.given_files import files_of
from reports.verdicts import ExitStatus


def judge(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "reports.command_line", "judge", *words],
        capture_output=True, text=True, check=False, timeout=100,
    )  # fmt: skip


def test_a_folder_stands_for_what_is_in_it(tmp_path: Path):
    for name in ("b.csv", "a/c.CSV", "x.txt", ".hidden/d.csv", "a/.e.csv"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    given = [tmp_path / "x.txt", tmp_path]
    found = [file.relative_to(tmp_path).as_posix() for file in files_of(given, ".csv")]
    assert found == ["x.txt", "a/c.CSV", "b.csv"]


def test_a_folder_without_any_is_refused(tmp_path: Path):
    with pytest.raises(UsageError, match=r"no file in it ends with \.csv"):
        files_of([tmp_path], ".csv")


def test_every_judge_of_files_takes_a_folder(tmp_path: Path):
    (tmp_path / "a.csv").write_text(
        "product,operation,seconds\n" + "".join(f"P,touch A,{0.9 + n / 100}\n" for n in range(10)),
        encoding="utf-8",
    )
    (tmp_path / "b.bin").write_bytes(os.urandom(2_000))
    for words in (("timing",), ("rng", "--profile", "sp800-90b")):
        done = judge(*words, str(tmp_path), "--json")
        told = json.loads(done.stdout)
        assert [one["name"] for one in told["inputs"]] in (["a.csv"], ["b.bin"]), done.stderr
    for words in (("positions",), ("link",)):
        done = judge(*words, str(tmp_path))
        assert done.returncode == ExitStatus.USAGE
        assert len(done.stderr.strip().splitlines()) == 1
