"""``serve services``: one command, addresses for a statement, and one line where it cannot."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
COMMAND = [sys.executable, "-m", "reports.command_line", "serve", "services", "--state"]
READY = "serving; end it with Ctrl-C"


def started(state: Path) -> subprocess.Popen[str]:
    """The command, once it is ready."""
    process = subprocess.Popen(
        [*COMMAND, str(state)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stderr is not None
    assert process.stderr.readline().strip() == READY
    return process


def test_it_prints_what_a_statement_needs_and_ends_with_the_first_of_its_services(tmp_path: Path):
    with started(tmp_path / "state") as process:
        assert process.stdout is not None
        assert process.stderr is not None
        os.kill(child(process.pid, "sei-tsm"), signal.SIGKILL)
        told = tomllib.loads(process.stdout.read())
        assert "the service sei-tsm ended" in process.stderr.read()
    assert process.returncode == 3
    assert set(told["endpoints"]) == {"jpki", "push", "sei-tsm", "sp-tsm", "business-server"}
    assert all(one["url"].startswith("https://127.0.0.1:") for one in told["endpoints"].values())
    assert set(told["peers"]) == {"sp-tsm", "sei-tsm", "municipality", "call-centre", "operator"}
    assert all(Path(peer["key"]).is_file() for peer in told["peers"].values())


def child(parent: int, name: str) -> int:
    """The process that serves this service."""
    found = Path(f"/proc/{parent}/task/{parent}/children").read_text(encoding="ascii").split()
    lines = {int(pid): Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0") for pid in found}
    return next(pid for pid, line in lines.items() if name.encode() in line)


def test_services_do_not_outlive_who_started_them(tmp_path: Path):
    """Killed without a chance to tidy up: the pipes to the services close all the same."""
    with started(tmp_path / "state") as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.kill()
        process.stderr.read()  # the services hold the other end: they end when that does
        told = tomllib.loads(process.stdout.read())
    for endpoint in told["endpoints"].values():
        host, port = endpoint["url"].removeprefix("https://").split(":")
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection((host, int(port)), timeout=10)


def test_what_cannot_be_is_one_line(tmp_path: Path):
    nowhere = [*COMMAND, str(tmp_path / "a" / "b")]
    unknown = [*COMMAND, str(tmp_path), "--fault", "no.such_fault"]
    for command, told in ((nowhere, "the folder above it"), (unknown, "no fault 'no.such_fault'")):
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
        assert (done.returncode, done.stdout) == (4, "")
        assert told in done.stderr
        assert len(done.stderr.strip().splitlines()) == 1
