"""A statement that denies what the target has is found out; one that tells the truth is not."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from fixtures.catalogue.load import load_catalogue
from fixtures.catalogue.model import UsedBy
from fixtures.ics.statement import REFERENCE_STATEMENT
from reports.ledger import Ledger
from suites.detection.bad_targets import Sound
from suites.selfcheck.vendor import environment, vendor_statement
from suites.statement.claims import NOT_PROBED, PROBES


def test_every_capability_in_use_is_probed_or_says_why_not():
    used = {c.id for c in load_catalogue().capabilities.values() if c.used_by is UsedBy.NOW}
    assert set(PROBES) | set(NOT_PROBED) == used
    assert not set(PROBES) & set(NOT_PROBED)


def judged(folder: Path, denied: str, *words: str) -> dict[str, tuple[str, str]]:
    """Requirement → verdict and reason of a run on the reference that denies a capability."""
    text = REFERENCE_STATEMENT.read_text(encoding="utf-8")
    text = re.sub(rf'"{re.escape(denied)}" = (true|[0-9]+)', f'"{denied}" = false', text)
    (folder / "denies.toml").write_text(text)
    done = subprocess.run(
        [
            *(sys.executable, "-m", "reports.command_line", "run", "--effort", "distilled"),
            *("--ics", str(folder / "denies.toml"), "--out", str(folder / "c"), "--json", *words),
        ],
        capture_output=True, text=True, check=False, timeout=200,
    )  # fmt: skip
    told = json.loads(done.stdout)["requirements"]
    return {id_: (v["verdict"], v["reason"]) for id_, v in told.items()}


@pytest.mark.parametrize("denied", PROBES)
def test_a_false_no_fails_what_it_would_have_hidden(denied: str, tmp_path: Path):
    catalogue = load_catalogue()
    hidden = {i for i in catalogue.automated if denied in catalogue.requirements[i].capability}
    assert hidden
    found = judged(tmp_path, denied, *(w for i in sorted(hidden) for w in ("--select", i)))
    for id_ in hidden:
        verdict, reason = found[id_]
        assert verdict == "FAIL", (id_, verdict, reason)
        assert f"says no to {denied}" in reason


class WithoutToken(Sound):
    """A card that has no EF 0006, and says so."""

    def transmit(self, command: bytes) -> bytes:
        asks_for_it = command[1:2] == b"\xa4" and command.endswith(b"\x00\x06")
        return bytes.fromhex("6A82") if asks_for_it else super().transmit(command)


def test_a_true_no_is_confirmed_and_accuses_nobody(tmp_path: Path):
    statement = vendor_statement(tmp_path, denied=("ef.token",))
    done = subprocess.run(
        [
            *(sys.executable, "-m", "reports.command_line", "run", "--effort", "distilled"),
            *("--target", "suites.selfcheck.test_claims:WithoutToken", "--ics", str(statement)),
            *("--out", str(tmp_path / "c"), "--json", "--select", "JPKI-TOK-01"),
        ],
        capture_output=True, text=True, check=False, timeout=200, env=environment(tmp_path),
    )  # fmt: skip
    found = json.loads(done.stdout)["requirements"]["JPKI-TOK-01"]
    assert found["verdict"] == "NOT_APPLICABLE", found
    records = Ledger(tmp_path / "c").records()
    reasons = {finding.reason for record in records for finding in record.findings}
    assert "the statement says no to ef.token; READ of EF 0006 confirms it (6986)" in reasons
