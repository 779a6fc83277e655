"""Every fault of a statement at once, and a schema that is the one in force."""

from __future__ import annotations

import json
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from fixtures.ics.statement import REFERENCE_STATEMENT, Pixit, Statement
from fixtures.outcome import UsageError
from reports.campaign import ROOT
from reports.ics_commands import check, write_new
from reports.json_output import JsonOutput
from reports.verdicts import ExitStatus
from suites.selfcheck.vendor import SECRETS, vendor_statement

SCHEMA = ROOT / "docs" / "schemas" / "ics.json"


def test_the_published_schema_is_the_one_in_force():
    """Regenerate it with: python -m suites.selfcheck.test_ics_commands"""
    assert json.loads(SCHEMA.read_text(encoding="utf-8")) == Statement.model_json_schema()


def test_a_new_statement_has_every_entry_of_pixit_with_its_default(tmp_path: Path):
    write_new(tmp_path / "a.toml", "gpse")
    written = tomllib.loads((tmp_path / "a.toml").read_text(encoding="utf-8"))["pixit"]
    assert set(written) == set(Pixit.model_fields)
    by_default = Pixit.model_validate({key: written[key] for key in ("profile", "paths")})
    assert Pixit.model_validate(written) == by_default


def test_all_faults_are_told_at_once(tmp_path: Path):
    file = vendor_statement(tmp_path)
    text = file.read_text().replace('"pin.auth" = true', '"pin.auht" = true')
    text = text.replace('"env:ACME_PIN"', '"literal:8351"').replace(
        '"pin.sign" = true', '"pin.sign" = 3'
    )
    file.write_text(text)
    faults = check(file).faults
    assert [fault.startswith(f"{file}: ") for fault in faults] == [True] * 4
    told = "\n".join(faults)
    for part in (
        "did you mean 'pin.auth'?",
        "'pin.sign' is 3",
        "nothing of pin.auth",
        "user_pin is a literal",
    ):
        assert part in told
    assert "8351" not in told


def test_secrets_that_cannot_be_had_are_no_fault(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    for name in SECRETS:
        monkeypatch.delenv(name, raising=False)
    file = vendor_statement(tmp_path)
    file.write_text(file.read_text().replace("env:ACME_PASSWORD", "prompt:password"))
    found = check(file)
    assert (found.faults, found.status) == ((), ExitStatus.PASS)
    assert len(found.unresolved) == len(SECRETS)
    assert "password will be asked for when a run begins" in found.unresolved
    assert found.limits["failed_authentications"] == 50


def test_a_new_statement_overwrites_nothing(tmp_path: Path):
    write_new(tmp_path / "a.toml", "card")
    assert 'profile = "card"' in (tmp_path / "a.toml").read_text()
    with pytest.raises(UsageError, match=r"a\.toml: is there already"):
        write_new(tmp_path / "a.toml", "gpse")
    with pytest.raises(UsageError, match="cannot be written"):
        write_new(tmp_path / "none" / "a.toml", "gpse")
    with pytest.raises(UsageError, match="--profile 'phone'"):
        write_new(tmp_path / "b.toml", "phone")


@pytest.mark.parametrize(
    ("file", "status"),
    [(REFERENCE_STATEMENT, ExitStatus.USAGE), (Path("none.toml"), ExitStatus.USAGE)],
)
def test_the_command_tells_by_its_status(file: Path, status: int):
    done = subprocess.run(
        [sys.executable, "-m", "reports.command_line", "ics", "check", str(file), "--json"],
        capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip
    assert done.returncode == status
    assert "Traceback" not in done.stderr
    if done.stdout:
        JsonOutput.model_validate_json(done.stdout)


if __name__ == "__main__":
    text = json.dumps(Statement.model_json_schema(), indent=1, sort_keys=True, ensure_ascii=False)
    SCHEMA.write_text(text + "\n", encoding="utf-8")
