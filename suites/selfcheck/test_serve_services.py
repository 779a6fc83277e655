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

from fixtures.outcome import BenchError, UsageError
from fixtures.targets import reference_served
from fixtures.targets.reference_served import Address, Settings, served
from reports.serving import serve_services

ROOT = Path(__file__).resolve().parents[2]
COMMAND = [sys.executable, "-m", "reports.command_line", "serve", "services", "--state"]
READY = "serving; end it with Ctrl-C"


def started(state: str, folder: Path) -> subprocess.Popen[str]:
    """The command, once it is ready; ``folder``: from where it is given."""
    process = subprocess.Popen(
        [*COMMAND, state],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stderr is not None
    assert process.stderr.readline().strip() == READY
    return process


def test_it_prints_what_a_statement_needs_and_ends_with_the_first_of_its_services(tmp_path: Path):
    with started("state", tmp_path) as process:
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
    for name, endpoint in told["endpoints"].items():  # all of it where the command was given
        assert endpoint["ca"] == str(tmp_path / "state" / "network" / "ca.pem")
        assert list((tmp_path / "state" / name).glob("*.sqlite")), name


def child(parent: int, name: str) -> int:
    """The process that serves this service."""
    found = Path(f"/proc/{parent}/task/{parent}/children").read_text(encoding="ascii").split()
    lines = {int(pid): Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0") for pid in found}
    return next(pid for pid, line in lines.items() if name.encode() in line)


def test_services_do_not_outlive_who_started_them(tmp_path: Path):
    """Killed without a chance to tidy up: the pipes to the services close all the same."""
    with started(str(tmp_path / "state"), ROOT) as process:
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


def test_a_state_that_is_no_folder_is_told(tmp_path: Path):
    file = tmp_path / "state"
    file.touch()
    with pytest.raises(UsageError, match="Not a directory; name a folder that can be written to"):
        serve_services(file, 0, ())


def test_a_port_where_somebody_listens_is_not_shared(tmp_path: Path):
    """Also where he would share it, as another of these commands does."""
    with socket.socket() as other:
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        other.bind(("127.0.0.1", 0))
        other.listen()
        ports = {"jpki": int(other.getsockname()[1])}
        with (
            pytest.raises(BenchError, match=f"port {ports['jpki']} for jpki: .*; name another"),
            served(tmp_path, ports, names=()),
        ):
            pass


def test_a_service_that_says_nothing_is_not_waited_for_for_ever(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(reference_served, "STARTS_WITHIN", 0.1)
    address = Address("jpki", tmp_path, Settings({"jpki": 0}), {})
    address.process = subprocess.Popen(
        ["sleep", "60"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    try:
        with pytest.raises(BenchError, match="the service jpki does not start"):
            address.expect()
    finally:
        address.end()
