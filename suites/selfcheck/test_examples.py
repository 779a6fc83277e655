"""The examples of the documentation, as a stranger would use them: from an empty folder."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import threading
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from fixtures.ics.statement import load_statement
from fixtures.outcome import UsageError
from fixtures.targets.port import AccessPath
from fixtures.targets.resolve import resolve
from reports.campaign import ROOT
from reports.ics_commands import check, new_statement
from reports.verdicts import ExitStatus

if TYPE_CHECKING:
    from collections.abc import Iterator

EXAMPLES = ROOT / "docs" / "examples"
COMMAND = Path(sys.executable).with_name("jpki-conformance")
KEY = bytes(range(0x40, 0x50)).hex()
SECRETS = {
    "ACME_PIN": "8351",
    "ACME_PASSWORD": "SYN7HPASS4",
    "ACME_KEY": KEY,
    **dict.fromkeys(("ACME_SCP03_ENC", "ACME_SCP03_MAC", "ACME_SCP03_DEK"), KEY),
}
IDENTITY = {
    "maker": '"ACME"', "model": '"Phone 1"', "soc": '"SoC 1"', "gp_se_type": '"A"',
    "release_year": "2026", "os_version": '"Android 16"', "device_class": '"high"',
    "specimen_id": '"0001"', "applet_version": '"1"',
}  # fmt: skip
YES = ("pin.auth", "pin.sign", "pin.change", "sign.variants", "challenge.get", "ef.token",
       "apdu.extended")  # fmt: skip


@pytest.fixture
def empty(tmp_path: Path) -> Path:
    """A folder outside the checkout with nothing but a statement, made by `ics new`, filled in."""
    lines = []
    for line in new_statement().splitlines():
        name = line.partition(" = ")[0].strip('"')
        if name in IDENTITY:
            line = f"{name} = {IDENTITY[name]}"  # noqa: PLW2901
        elif name in YES:
            line = f'"{name}" = true'  # noqa: PLW2901
        lines.append(line)
    (tmp_path / "acme.toml").write_text("\n".join(lines), encoding="utf-8")
    return tmp_path


def run(folder: Path, target: str, *words: str) -> tuple[int, dict[str, Any], str]:
    done = subprocess.run(
        [
            *(str(COMMAND), "run", "--target", target, "--ics", "acme.toml", "--json"),
            *("--effort", "distilled", "--out", "campaign", *words),
        ],
        capture_output=True, text=True, check=False, cwd=folder, timeout=200,
        env=os.environ | SECRETS | {"JPKI_CONFORMANCE_STATE": str(folder / "state")},
    )  # fmt: skip
    return done.returncode, json.loads(done.stdout) if done.stdout else {}, done.stderr


def judged(told: dict[str, Any], id_: str) -> str:
    verdict: str = told["requirements"][id_]["verdict"]
    return verdict


def test_a_new_statement_tells_everything_that_is_to_be_filled_in(tmp_path: Path):
    file = tmp_path / "new.toml"
    file.write_text(new_statement())
    faults = check(file).faults
    assert len(faults) == len(IDENTITY)
    assert all(str(file) in fault and "target." in fault for fault in faults)
    with pytest.raises(UsageError):
        load_statement(file)


def test_the_statement_of_a_stranger_is_complete(empty: Path):
    assert check(empty / "acme.toml").faults == ()
    load_statement(empty / "acme.toml")


def test_a_program_serves_the_suite(empty: Path):
    """`serve program` is the other end: a bridge of somebody else's, for all the suite knows."""
    status, told, said = run(
        empty,
        f"exec:{COMMAND} serve program",
        "--select",
        "JPKI-TOK-01",
        "--select",
        "JPKI-J-0[138]",
    )
    assert status in (ExitStatus.PASS, ExitStatus.INCONCLUSIVE), said
    assert {judged(told, id_) for id_ in ("JPKI-TOK-01", "JPKI-J-01", "JPKI-J-08")} == {"PASS"}


@pytest.mark.parametrize("language", ["python", "c"])
def test_the_bridges_run_as_they_are(empty: Path, language: str):
    """They hold a card without any application, so nothing is judged on it."""
    if language == "c":
        shutil.copy(EXAMPLES / "bridge.c", empty)
        flags = ["-std=c99", "-Wall", "-Wextra", "-Werror"]
        subprocess.run(["cc", *flags, "-o", "bridge", "bridge.c"], cwd=empty, check=True)
    else:
        shutil.copy(EXAMPLES / "bridge.py", empty)
    target = "exec:./bridge" if language == "c" else f"exec:{sys.executable} bridge.py"
    status, told, said = run(empty, target, "--select", "JPKI-TOK-01")
    assert status == ExitStatus.ERROR, said
    assert "SELECT answers 6A82" in told["requirements"]["JPKI-TOK-01"]["reason"]


@contextmanager
def acme_server() -> Iterator[int]:
    """ACME's own bench: takes APDUs in hex, one a line; an empty line is a reset."""
    with (
        socket.create_server(("127.0.0.1", 0)) as listener,
        resolve("reference", None).open() as target,
    ):
        channel = target.open(AccessPath.CONTACT)

        def serve() -> None:
            while True:
                try:
                    connection, _ = listener.accept()
                except OSError:
                    return
                with connection, connection.makefile("rw") as lines:
                    for line in lines:
                        command = bytes.fromhex(line)
                        answer = channel.transmit(command) if command else channel.reset()
                        print(answer.hex(), file=lines, flush=True)

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield listener.getsockname()[1]
        finally:
            listener.shutdown(socket.SHUT_RDWR)
            thread.join()


def test_an_adapter_in_ten_lines_is_certified(empty: Path):
    shutil.copy(EXAMPLES / "acme.py", empty)
    code = [
        line for line in (empty / "acme.py").read_text().splitlines() if line and '"""' not in line
    ]
    assert len(code) <= 12
    with acme_server() as port:
        file = empty / "acme.toml"
        file.write_text(file.read_text().replace('reader = ""', f'reader = "127.0.0.1:{port}"'))
        status, told, said = run(
            empty, "acme:AcmeBench", "--select", "JPKI-TOK-01", "--select", "JPKI-J-0[138]"
        )
    assert status in (ExitStatus.PASS, ExitStatus.INCONCLUSIVE), said
    assert {judged(told, id_) for id_ in ("JPKI-TOK-01", "JPKI-J-01", "JPKI-J-08")} == {"PASS"}


def test_a_statement_can_name_its_own_target(empty: Path):
    file = empty / "acme.toml"
    driver = f"exec:{COMMAND} serve program"
    literal = "literal:8351"
    text = file.read_text().replace('driver = ""', f'driver = "{driver}"')
    file.write_text(text)
    done = subprocess.run(
        [str(COMMAND), "run", "--target", "acme.toml", "--select", "JPKI-TOK-01", "--json"],
        capture_output=True, text=True, check=False, cwd=empty, timeout=200,
        env=os.environ | SECRETS | {"JPKI_CONFORMANCE_STATE": str(empty / "state")},
    )  # fmt: skip
    assert done.returncode == ExitStatus.PASS, done.stderr
    assert literal not in done.stdout
    shutil.rmtree(json.loads(done.stdout)["campaign"])
