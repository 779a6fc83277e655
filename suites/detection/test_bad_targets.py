"""A bad bench is never a bad card: a bad target ends ERROR, and no requirement is accused."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from fixtures.ics.statement import REFERENCE_STATEMENT
from fixtures.verdict import BENCH
from reports.ledger import Ledger
from reports.verdicts import ExitStatus
from suites.detection.bad_targets import BAD, Sound

SELECT = ("--select", "JPKI-J-0[1-7]", "--select", "JPKI-TOK-01", "--select", "JPKI-PIN-0?")
SECRETS = {
    "BENCH_PIN": "8351",
    "BENCH_PASSWORD": "SYN7HPASS4",
    "BENCH_KEY": bytes(range(0x40, 0x50)).hex(),
}


@pytest.fixture
def statement(tmp_path: Path) -> Path:
    """The reference's statement as a vendor would write it: one path, secrets by reference."""
    text = REFERENCE_STATEMENT.read_text(encoding="utf-8")
    for name, variable in zip(("user_pin", "password", "administrator_key"), SECRETS, strict=True):
        text = re.sub(rf'{name} = ".*"', f'{name} = "env:{variable}"', text)
    for capability in ("power.cut", "log.diagnostic", "specimen.renew", "client.opensc"):
        text = text.replace(f'"{capability}" = true', f'"{capability}" = false')
    text = re.sub(r"paths = .*", 'paths = ["contact"]\ndeadline_s = 1.0', text)
    file = tmp_path / "bench.toml"
    file.write_text(text, encoding="utf-8")
    return file


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
        env=os.environ | SECRETS | {"JPKI_CONFORMANCE_STATE": str(where / "state")},
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
