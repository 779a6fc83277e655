"""Models side by side: a bad cell is red, one model proves nothing, a broken record is refused."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from fixtures.ics.statement import REFERENCE_STATEMENT
from fixtures.outcome import UsageError
from fixtures.verdict import Verdict
from reports.models import (
    SIX_FIELDS,
    ModelRun,
    judge_models,
    needed_for_issue_and_use,
    read_model_run,
)
from reports.verdicts import ExitStatus
from suites.statement import identity
from suites.statement.identity import identity_gaps

V = Verdict
IDENTITY = {
    "maker": "ACME", "model": "1", "soc": "S1", "gp_se_type": "A", "release_year": "2025",
    "os_version": "Android 16", "device_class": "high", "specimen_id": "1",
}  # fmt: skip
OTHER = {
    "maker": "BETA", "model": "2", "soc": "S2", "gp_se_type": "B", "release_year": "2026",
    "os_version": "Android 17", "device_class": "low", "specimen_id": "1",
}  # fmt: skip
ONE = ModelRun(Path("1"), IDENTITY, V.PASS, {"REQ-3-1-a": V.PASS})
TWO = ModelRun(Path("2"), OTHER, V.PASS, {"REQ-3-1-a": V.PASS})
NEEDED = ("REQ-3-1-a",)


def told(*runs: ModelRun) -> tuple[Verdict, Verdict, str]:
    matrix, choice = judge_models(runs, NEEDED).findings
    return matrix.verdict, choice.verdict, f"{matrix.reason} {choice.reason}"


def test_two_good_models_that_differ_in_everything_pass():
    assert told(ONE, TWO)[:2] == (V.PASS, V.PASS)


def test_one_model_shows_no_variation():
    assert told(ONE)[:2] == (V.INCONCLUSIVE, V.INCONCLUSIVE)


@pytest.mark.parametrize("bad", [V.FAIL, V.ERROR, V.INCONCLUSIVE, V.NOT_RUN])
def test_one_bad_model_makes_its_cell_and_the_matrix_bad(bad: Verdict):
    models = judge_models([ONE, replace(TWO, verdict=bad)], NEEDED)
    assert models.cells == {("ACME", "Android 16"): V.PASS, ("BETA", "Android 17"): bad}
    assert models.findings[0].verdict is bad
    assert "BETA, Android 17" in models.findings[0].reason


def test_a_cell_is_the_worst_of_its_campaigns():
    again = replace(ONE, identity=IDENTITY | {"model": "3"}, verdict=V.FAIL)
    assert judge_models([ONE, again, TWO], NEEDED).cells["ACME", "Android 16"] is V.FAIL


def test_what_was_never_judged_is_not_green():
    """Issue and use are not proved by the rest of the suite."""
    verdict, _, reason = told(ONE, replace(TWO, requirements={}))
    assert verdict is V.INCONCLUSIVE
    assert "not every run judges REQ-3-1-a" in reason


def test_models_that_are_alike_in_a_field_are_named():
    _, verdict, reason = told(ONE, replace(TWO, identity=OTHER | {"soc": "S1"}))
    assert verdict is V.INCONCLUSIVE
    assert "alike in soc" in reason


def test_the_same_specimen_twice_is_no_second_model():
    _, verdict, reason = told(ONE, ONE, TWO)
    assert verdict is V.INCONCLUSIVE
    assert "measured more than once: ACME 1 1" in reason


def test_the_matrix_rolls_up_the_flows_of_issue_and_use():
    assert {"REQ-3-1-d", "REQ-3-1-e", "REQ-3-1-f"} <= set(needed_for_issue_and_use())


def test_tester_and_reports_mean_the_same_six_fields():
    assert identity.SIX_FIELDS == SIX_FIELDS


@pytest.mark.parametrize("value", ["", " ", "?", "TBD", "unknown", "不明", None])
@pytest.mark.parametrize("name", SIX_FIELDS)
def test_a_record_that_does_not_name_its_model_is_rejected(name: str, value: str | None):
    """REQ-3-1-i is judged on records; these are its broken ones."""
    record = {k: v for k, v in IDENTITY.items() if k != name} | (
        {name: value} if value is not None else {}
    )
    assert len(identity_gaps(record)) == 1
    assert identity_gaps(IDENTITY) == []


# --- whole campaigns ----------------------------------------------------------------------


def command(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "reports.command_line", *words],
        capture_output=True, text=True, check=False, timeout=200,
    )  # fmt: skip


def campaign(folder: Path, maker: str, version: str, *words: str) -> Path:
    text = REFERENCE_STATEMENT.read_text(encoding="utf-8")
    text = re.sub(r'maker = ".*"', f'maker = "{maker}"', text)
    text = re.sub(r'os_version = ".*"', f'os_version = "{version}"', text)
    statement = folder / f"{maker}.toml"
    statement.write_text(text, encoding="utf-8")
    out = folder / maker
    select = ("--effort", "distilled", "--select", "JPKI-TOK-01")
    done = command("run", "--ics", str(statement), "--out", str(out), *select, *words)
    assert done.returncode in (ExitStatus.PASS, ExitStatus.FAIL), done.stderr
    return out


@pytest.fixture(scope="module")
def campaigns(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    folder = tmp_path_factory.mktemp("models")
    return [
        campaign(folder, "ACME", "Android 16"),
        campaign(folder, "BETA", "Android 17", "--fault", "token.one_byte_short"),
    ]


def test_a_faulty_model_is_red_in_its_cell_alone(campaigns: list[Path]):
    done = command("matrix", *map(str, campaigns), "--json")
    found = json.loads(done.stdout)
    cells = {(c["maker"], c["os_version"]): c["verdict"] for c in found["matrix"]}
    assert cells == {("ACME", "Android 16"): "PASS", ("BETA", "Android 17"): "FAIL"}
    assert (done.returncode, found["findings"][0]["verdict"]) == (ExitStatus.FAIL, "FAIL")


def test_the_matrix_is_shown_as_a_table(campaigns: list[Path]):
    shown = command("matrix", *map(str, campaigns), "--japanese").stdout
    for word in ("メーカ", "Android 16", "Android 17", "ACME", "BETA", "FAIL", "–"):
        assert word in shown


def test_a_broken_record_is_refused(campaigns: list[Path], tmp_path: Path):
    copy = Path(shutil.copytree(campaigns[0], tmp_path / "copy"))
    record = json.loads((copy / "run.json").read_text())
    del record["target"]["soc"]
    (copy / "run.json").write_text(json.dumps(record))
    with pytest.raises(UsageError, match="says nothing of soc"):
        read_model_run(copy)
    with pytest.raises(UsageError, match="holds no readable"):
        read_model_run(tmp_path)
