"""``serve services``: one command, addresses for a statement, and one line where it cannot."""

from __future__ import annotations

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


def test_it_prints_what_a_statement_needs_and_ends_with_its_services(tmp_path: Path):
    process = subprocess.Popen(
        [*COMMAND, str(tmp_path / "state")],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stderr is not None
    assert process.stdout is not None
    with process:
        assert process.stderr.readline().strip() == READY
        process.send_signal(signal.SIGINT)
        told = tomllib.loads(process.stdout.read())
        process.stderr.read()
    assert process.returncode == 2  # interrupted
    assert told["endpoints"]["jpki"]["url"].startswith("https://127.0.0.1:")
    assert set(told["peers"]) == {"sp-tsm", "municipality", "call-centre"}
    assert all(Path(peer["key"]).is_file() for peer in told["peers"].values())


def test_a_service_does_not_outlive_who_started_it(tmp_path: Path):
    """Killed without a chance to tidy up: the pipe to the service closes all the same."""
    process = subprocess.Popen(
        [*COMMAND, str(tmp_path / "state")],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stderr is not None
    assert process.stdout is not None
    with process:
        assert process.stderr.readline().strip() == READY
        url = tomllib.loads(process.stdout.readline() + process.stdout.readline())
        address = url["endpoints"]["jpki"]["url"].removeprefix("https://").split(":")
        process.kill()
        process.stderr.read()  # the service holds the other end: it ends when that does
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection((address[0], int(address[1])), timeout=10)


def test_what_cannot_be_is_one_line(tmp_path: Path):
    nowhere = [*COMMAND, str(tmp_path / "a" / "b")]
    unknown = [*COMMAND, str(tmp_path), "--fault", "no.such_fault"]
    for command, told in ((nowhere, "the folder above it"), (unknown, "no fault 'no.such_fault'")):
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
        assert (done.returncode, done.stdout) == (4, "")
        assert told in done.stderr
        assert len(done.stderr.strip().splitlines()) == 1
