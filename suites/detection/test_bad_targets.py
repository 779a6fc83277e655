"""A bad bench is never a bad card: a bad target ends ERROR, and no requirement is accused."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from fixtures.verdict import BENCH
from reports.ledger import Ledger
from reports.verdicts import ExitStatus
from suites.detection.bad_targets import BAD, Sound
from suites.selfcheck.vendor import environment, vendor_statement

SELECT = ("--select", "JPKI-J-0[1-7]", "--select", "JPKI-TOK-01", "--select", "JPKI-PIN-0?")


@pytest.fixture
def statement(tmp_path: Path) -> Path:
    return vendor_statement(tmp_path, pixit="deadline_s = 1.0")


def run(target: type[Sound], statement: Path) -> tuple[int, dict[str, Any], str, Ledger]:
    where = statement.parent
    done = subprocess.run(
        [
            *(sys.executable, "-m", "reports.command_line", "run", "--effort", "distilled"),
            *("--target", f"suites.detection.bad_targets:{target.__name__}"),
            *("--ics", str(statement), "--out", str(where / "c"), "--json", *SELECT),
        ],
        capture_output=True,
        text=True,
        check=False,
        env=environment(where),
        timeout=120,
    )
    told = json.loads(done.stdout) if done.stdout else {}
    return done.returncode, told, done.stderr, Ledger(where / "c")


def test_the_sound_one_passes(statement: Path):
    """What the bad ones are made of is not what is found in them."""
    status, told, _, _ = run(Sound, statement)
    wrong = {id_: v["reason"] for id_, v in told["requirements"].items() if v["verdict"] != "PASS"}
    kinds = {told["requirements"][id_]["verdict"] for id_ in wrong}
    assert kinds <= {"NOT_RUN", "NOT_APPLICABLE"}, wrong
    assert status in (ExitStatus.PASS, ExitStatus.INCONCLUSIVE)
    assert "JPKI-TOK-01" not in wrong


@pytest.mark.parametrize("bad", BAD)
def test_a_bad_target_is_an_error_of_the_bench(bad: type[Sound], statement: Path):
    status, told, said, ledger = run(bad, statement)
    assert status == ExitStatus.ERROR, said
    assert "Traceback" not in said
    verdicts = {v["verdict"] for v in told["requirements"].values()}
    assert "FAIL" not in verdicts, told["requirements"]
    assert told["verdict"] == "ERROR"
    ended = [r for r in ledger.records() if r.requirements == (BENCH,)]
    assert ended, "the checks of the bench are on record"
