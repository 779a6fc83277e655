"""A whole run, all allowed, on a card that looks like a citizen's: nothing active is sent."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from fixtures.ics.statement import Statement
from suites.detection.bad_targets import Sound
from suites.selfcheck.test_provenance import REAL, ca
from suites.selfcheck.vendor import environment, vendor_statement

LOG = "PRODUCTION_LIKE_LOG"
CA_FILES = (b"\x00\x02", b"\x00\x0b")
HARMLESS = {0xA4, 0xB0, 0xC0}


class ProductionLike(Sound):
    """The reference with CA certificates under the production name; writes down all it gets."""

    def __init__(self, statement: Statement) -> None:
        super().__init__(statement)
        self._holds_ca = False

    def transmit(self, command: bytes) -> bytes:
        with Path(os.environ[LOG]).open("a") as log:
            print(command.hex(), file=log)
        if command[1:2] == b"\xa4":
            self._holds_ca = command[-2:] in CA_FILES
        if command[1:2] == b"\xb0" and command[2] & 0x80:
            self._holds_ca = command[2] & 0x1F in (0x02, 0x0B)
        if command[1:2] == b"\xb0" and self._holds_ca:
            return self._read(command)
        return super().transmit(command)

    def _read(self, command: bytes) -> bytes:
        content = ca(REAL)
        offset = command[3] if command[2] & 0x80 else int.from_bytes(command[2:4], "big")
        le = int.from_bytes(command[4:], "big") or (256 if len(command) == 5 else 65_536)
        if offset > len(content):
            return bytes.fromhex("6B00")
        return content[offset : offset + le] + b"\x90\x00"


def test_a_production_like_card_gets_zero_active_bytes(tmp_path: Path):
    statement = vendor_statement(tmp_path)
    done = subprocess.run(
        [
            *(sys.executable, "-m", "reports.command_line", "run", "--effort", "distilled"),
            *("--target", "suites.selfcheck.test_production:ProductionLike", "--destructive"),
            *("--ics", str(statement), "--out", str(tmp_path / "c"), "--json"),
        ],
        capture_output=True, text=True, check=False, timeout=200,
        env=environment(tmp_path) | {LOG: str(tmp_path / "log")},
    )  # fmt: skip
    got = [bytes.fromhex(line) for line in (tmp_path / "log").read_text().split()]
    assert len(got) > 50, "the passive tests ran"
    assert {command[1] for command in got} <= HARMLESS
    found = json.loads(done.stdout)["requirements"]
    assert found["JPKI-TOK-01"]["verdict"] == "PASS"
    assert found["JPKI-SIG-01"]["verdict"] == "NOT_RUN"
    reason = found["JPKI-SIG-01"]["reason"]
    assert "bears the name of the production CA" in reason
    assert "was not sent" in reason
