"""A card behind a real PC/SC daemon: which reader, and what happens when card or daemon go."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from fixtures.catalogue.load import load_catalogue
from fixtures.ics.statement import SERVED_STATEMENT, load_statement
from fixtures.outcome import BenchError, UsageError
from fixtures.pcsc_daemon import DaemonUnavailable, private_daemon
from fixtures.targets import wire
from fixtures.targets.pcsc import SHORTEST_COMMAND, choose
from fixtures.targets.program import ProgramLink
from fixtures.vpcd import served
from fixtures.vpcd_dial import dial

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fixtures.pcsc_daemon import Daemon

ATR = bytes.fromhex("3B80800101")
READ = bytes.fromhex("00B0860001")
NAMES = ["ACS ACR1252 Dual Reader 00 00", "ACS ACR1252 Dual Reader 01 00", "Sony RC-S300 02 00"]
READER_STATEMENT = load_statement(SERVED_STATEMENT, literals=True)
TWINS = ["Virtual PCD", "Virtual PCD"]


@pytest.mark.parametrize(
    ("wanted", "names", "index"),
    [
        ("1", NAMES, 1),
        ("Sony RC-S300 02 00", NAMES, 2),
        ("sony", NAMES, 2),
        ("01 00", NAMES, 1),
        ("", NAMES[:1], 0),
        ("1", TWINS, 1),
        ("Virtual PCD", ["Virtual PCD", "Virtual PCD 2"], 0),
    ],
)
def test_a_reader_is_meant_by_index_name_or_part(wanted: str, names: list[str], index: int):
    assert choose(wanted, names) == index


@pytest.mark.parametrize(
    ("wanted", "names", "told"),
    [
        ("Sony RC-S380", NAMES, "did you mean 'Sony RC-S300 02 00'"),
        ("ACS", NAMES, "more than one reader is called 'ACS'"),
        ("Virtual PCD", TWINS, "more than one .* 0: Virtual PCD; 1: Virtual PCD"),
        ("", NAMES, "more than one"),
        ("9", NAMES, "no reader is called '9'.* there are: 0: ACS"),
        ("ACS", [], "no PC/SC reader is there"),
    ],
)
def test_a_reader_that_is_not_meant_clearly_is_refused(wanted: str, names: list[str], told: str):
    with pytest.raises(UsageError, match=told):
        choose(wanted, names)


# --- a real daemon ------------------------------------------------------------------------


@dataclass
class Card:
    """Echoes, and counts its resets."""

    resets: int = 0
    got: list[bytes] = field(default_factory=list)

    def reset(self) -> bytes:
        self.resets += 1
        return ATR

    def transmit(self, command: bytes, /) -> bytes:
        self.got.append(command)
        return command + b"\x90\x00"


@pytest.fixture
def daemon() -> Iterator[Daemon]:
    try:
        with private_daemon() as running:
            yield running
    except DaemonUnavailable as reason:
        if "CI" in os.environ:
            raise
        pytest.skip(str(reason))


@contextmanager
def client(daemon: Daemon, seconds: float = 20.0) -> Iterator[ProgramLink]:
    """The adapter in a process that sees the daemon."""
    argv = daemon.command([sys.executable, "-m", "fixtures.targets.pcsc", "0"])
    link = ProgramLink(argv, seconds)
    try:
        yield link
    finally:
        link.close()


def test_commands_reach_the_card_and_a_reset_is_a_cold_one(daemon: Daemon):
    card = Card()
    with served(card, dial(daemon)), client(daemon) as link:
        assert link.request(wire.RESET) == ATR
        before = card.resets
        assert link.request(wire.RESET) == ATR
        assert card.resets == before + 1
        long = b"\x00\xd6\x00\x00\x00\x10\x00" + bytes(4096)
        for command in (READ, long):
            assert link.request(wire.TRANSMIT, command) == command + b"\x90\x00"
    assert card.got == [READ, long]


def test_a_command_below_a_header_is_not_sent(daemon: Daemon):
    card = Card()
    with served(card, dial(daemon)), client(daemon) as link:
        link.request(wire.RESET)
        for length in range(SHORTEST_COMMAND):
            with pytest.raises(BenchError, match=f"no command of {length} bytes"):
                link.request(wire.TRANSMIT, bytes(length))
    assert card.got == []


def test_the_reader_is_ours_alone(daemon: Daemon):
    with served(Card(), dial(daemon)), client(daemon) as link, client(daemon) as second:
        link.request(wire.RESET)
        with pytest.raises(BenchError, match="another program holds the card; end it"):
            second.request(wire.RESET)
        assert link.request(wire.TRANSMIT, READ)[-2:] == b"\x90\x00"


def test_a_removed_card_ends_the_dialogue_and_can_be_put_back(daemon: Daemon):
    with client(daemon) as link:
        with served(Card(), dial(daemon)):
            link.request(wire.RESET)
        with pytest.raises(BenchError, match=r"was removed; put it back|did not answer as"):
            link.request(wire.TRANSMIT, READ)
        with served(Card(), dial(daemon)):
            assert link.request(wire.RESET) == ATR
            assert link.request(wire.TRANSMIT, READ)[-2:] == b"\x90\x00"


def test_a_card_that_is_not_there_is_waited_for(daemon: Daemon):
    with client(daemon) as link, served(Card(), dial(daemon)):
        assert link.request(wire.RESET) == ATR


def test_a_daemon_that_ends_is_one_line(daemon: Daemon):
    with client(daemon) as link, served(Card(), dial(daemon)):
        link.request(wire.RESET)
        os.kill(daemon.pid, signal.SIGKILL)
        with pytest.raises(BenchError) as caught:
            link.request(wire.TRANSMIT, READ)
    assert len(str(caught.value).splitlines()) == 1
    assert "Traceback" not in str(caught.value)


def test_a_card_that_never_answers_costs_the_deadline(daemon: Daemon):
    class Hanging(Card):
        released = False

        def transmit(self, command: bytes, /) -> bytes:
            while not self.released:
                time.sleep(0.01)
            return b"\x90\x00"

    card = Hanging()
    with served(card, dial(daemon)):
        with client(daemon, 2.0) as link:
            link.request(wire.RESET)
            with pytest.raises(BenchError, match="does not answer within 2 s"):
                link.request(wire.TRANSMIT, READ)
        card.released = True


def table(folder: Path, target: str, *select: str) -> dict[str, str]:
    """Requirement → verdict of a distilled run."""
    done = subprocess.run(
        [
            *(sys.executable, "-m", "reports.command_line", "run", "--effort", "distilled"),
            *("--target", target, "--out", str(folder / target.replace(":", "-")), "--json"),
            *(word for id_ in select for word in ("--select", id_)),
        ],
        capture_output=True, text=True, check=False, timeout=300,
    )  # fmt: skip
    found = json.loads(done.stdout)["requirements"]
    return {id_: judged["verdict"] for id_, judged in found.items()}


ON_THE_PLATFORM = {f"REQ-6-{section}-{letter}" for section in (3, 4) for letter in "abcd"}
"""Coexistence and capacity: nothing of these is out of a reader's reach. Of the access source
(REQ-6-5-*) all is: by contacts alone there is nobody to tell apart."""


def test_the_way_of_a_real_reader_changes_no_verdict(daemon: Daemon, tmp_path: Path):
    """Nor does it take a requirement out, but for what the reader's statement says no to.

    The daemon is only asked for so that a machine without one skips; the run has its own.
    """
    catalogue = load_catalogue()
    denied = {
        id_
        for id_ in catalogue.automated
        if not all(map(READER_STATEMENT.has, catalogue.requirements[id_].capability))
    }
    offered = [id_ for id_ in catalogue.automated if id_ not in denied]
    assert set(offered) >= ON_THE_PLATFORM
    by_reader, in_process = table(tmp_path, "pcsc:virtual"), table(tmp_path, "reference", *offered)
    assert {id_ for id_, verdict in by_reader.items() if verdict == "NOT_APPLICABLE"} <= denied
    assert {k: v for k, v in by_reader.items() if k not in denied} == in_process
