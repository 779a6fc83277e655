"""Attempts at a real PC/SC daemon, and what is made of what a reader saw."""

from __future__ import annotations

import csv
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fixtures.card.apdu import Response
from fixtures.outcome import UsageError
from fixtures.pcsc_daemon import Daemon, DaemonUnavailable, private_daemon
from fixtures.reader_firmware import QUESTIONS, UNKNOWN, Question, firmware_of, model_of, version_in
from fixtures.targets.pcsc_tap import RawTap
from fixtures.vpcd import served
from fixtures.vpcd_dial import dial
from reports.collect_positions import agreed
from reports.verdicts import ExitStatus
from suites.contactless.campaign_file import read_campaign
from suites.contactless.capture import Stage
from suites.contactless.capture_reader import tapped
from suites.contactless.negotiation import Technology

MY_NUMBER = bytes.fromhex("3B888001000005E0B381A1007F")
PHONE = bytes.fromhex("3B80800101")  # Type A without historical bytes
OK = Response(b"\x01", 0x9000)


def seen(**fields: object) -> RawTap:
    whole = {"detected": True, "atr": MY_NUMBER, "selected": Response(b"", 0x9000), "read": OK}
    return RawTap(**whole | fields)  # type: ignore[arg-type]  # each test names the fields


@pytest.mark.parametrize(
    ("tap", "stage", "why"),
    [
        (RawTap(failure="nothing within 5 s"), Stage.NOTHING, "nothing within 5 s"),
        (RawTap(detected=True, failure="W_UNRESPONSIVE_CARD"), Stage.DETECTED, "UNRESPONSIVE"),
        (seen(selected=None, read=None, failure="W_REMOVED_CARD"), Stage.ACTIVATED, "REMOVED"),
        (seen(selected=Response(b"", 0x6A82), read=None), Stage.ACTIVATED, "routed elsewhere"),
        (seen(read=Response(b"", 0x6982)), Stage.SELECTED, "READ answered 6982"),
        (seen(read=Response(b"", 0x9000)), Stage.SELECTED, "0 bytes"),
        (seen(read=Response(b"\x01", 0x6282)), Stage.READ, ""),
        (seen(), Stage.READ, ""),
    ],
)
def test_an_attempt_comes_as_far_as_it_came(tap: RawTap, stage: Stage, why: str):
    found = tapped(tap)
    assert (found.stage, why in found.why, bool(found.why)) == (stage, True, bool(why))


def test_the_type_is_never_surer_than_what_was_seen():
    assert (tapped(seen()).spoken, tapped(seen()).sure) == (Technology.B, "likely")
    of_phone = tapped(seen(atr=PHONE))
    assert (of_phone.spoken, of_phone.sure) == (Technology.A, "certain")
    polled = tapped(seen(), Technology.B)
    assert (polled.spoken, polled.sure) == (Technology.B, "certain")
    by_uid = tapped(seen(uid=Response(bytes(7), 0x9000)))
    assert (by_uid.spoken, by_uid.sure) == (Technology.A, "certain")
    refused = tapped(seen(uid=Response(b"", 0x6A81), ats=Response(b"", 0x6A81)))
    assert (refused.spoken, refused.sure) == (Technology.B, "likely")
    either = bytes.fromhex("3B888001") + b"AAAAAAAP" + b"\x18"  # text, and possible for Type B
    assert tapped(seen(atr=either)).spoken is None


# firmware


@pytest.mark.parametrize(
    ("reader", "answer", "version"),
    [
        ("ACS ACR1252 1S CL Reader PICC", b"\xe1\0\0\0\x0fACR1252U_V202.2", "ACR1252U_V202.2"),
        ("ACS ACR122U PICC Interface", b"ACR122T201", "ACR122T201"),
        ("ACS ACR1252 1S CL Reader PICC", b"\xe1\0\0\0\x10ACR1252U_V202.2", UNKNOWN),
        ("ACS ACR1252 1S CL Reader PICC", b"\xe1\0\0\0", UNKNOWN),
        ("ACS ACR122U PICC Interface", b"\x63\0", UNKNOWN),
        ("ACS ACR122U PICC Interface", None, UNKNOWN),
        ("Sony FeliCa RC-S300", b"V1.0.0.0", UNKNOWN),  # no public manual is at hand
    ],
)
def test_only_what_a_manual_describes_is_a_firmware(
    reader: str, answer: bytes | None, version: str
):
    assert firmware_of(reader, lambda _: answer) == version


@given(st.binary(max_size=60), st.sampled_from(QUESTIONS))
def test_any_answer_is_a_version_or_unknown(answer: bytes, question: Question):
    found = version_in(answer, question)
    assert found == UNKNOWN or found.encode() in answer


def test_a_reader_without_a_public_manual_is_not_asked():
    def control(command: bytes) -> bytes:
        raise AssertionError(f"asked {command.hex()}")

    assert firmware_of("Generic Reader", control) == UNKNOWN


def test_the_reader_is_believed_before_the_person():
    assert agreed(UNKNOWN, "", "R") == UNKNOWN
    assert agreed(UNKNOWN, "1.2", "R") == "1.2"
    assert agreed("1.2", "1.2", "R") == "1.2"
    with pytest.raises(UsageError, match=r"'1\.3': R says 1\.2"):
        agreed("1.2", "1.3", "R")
    assert model_of("ACS ACR1252 Dual Reader 01 00") == "ACS ACR1252 Dual Reader"


# a real daemon


@dataclass
class Card:
    """A phone in the field of the virtual reader; ``selects`` is its word to SELECT."""

    selects: int = 0x9000
    got: list[bytes] = field(default_factory=list)

    def reset(self) -> bytes:
        return MY_NUMBER

    def transmit(self, command: bytes, /) -> bytes:
        self.got.append(command)
        if command[:2] == b"\x00\xa4":
            return self.selects.to_bytes(2, "big")
        if command[:2] == b"\x00\xb0":
            return b"JPKIAPGPSETOKEN \x90\x00"
        return b"\x6e\x00"


@pytest.fixture
def daemon() -> Iterator[Daemon]:
    try:
        with private_daemon() as running:
            yield running
    except DaemonUnavailable as reason:
        if "CI" in os.environ:
            raise
        pytest.skip(str(reason))


class Campaign:
    """The command in a process that sees the daemon, led as a person leads it."""

    def __init__(self, daemon: Daemon, folder: Path) -> None:
        self._daemon = daemon
        words = ["collect", "positions", str(folder / "t.csv"), "--phone", "Alpha", "--reader", "0"]
        argv = [sys.executable, "-m", "reports.command_line", *words]
        argv += ["--tries", "1", "--seconds", "2"]
        self.process = subprocess.Popen(
            daemon.command(argv),
            stdin=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            bufsize=1,
        )

    def until(self, words: str) -> str:
        """What is told up to and with these words."""
        assert self.process.stderr is not None
        told = ""
        while words not in told:
            piece = self.process.stderr.read(1)
            assert piece, f"ended before {words!r}: {told}"
            told += piece
        return told

    def enter(self) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write("\n")


def test_taps_at_a_real_daemon(daemon: Daemon, tmp_path: Path):
    """A tap that works, one that no phone comes to, one that another endpoint answers."""
    campaign = Campaign(daemon, tmp_path)
    watch = threading.Timer(100, campaign.process.kill)
    watch.start()
    with campaign.process:
        sound, elsewhere = Card(), Card(selects=0x6A82)
        campaign.until("1. attempt")
        with served(sound, dial(daemon)):
            campaign.enter()
            assert "○ Type B (likely)" in campaign.until("Take the phone away")
        campaign.until("1. attempt")
        campaign.enter()
        assert "nothing within 2 s" in campaign.until("2. attempt")
        with served(elsewhere, dial(daemon)):
            campaign.enter()
            assert "SELECT answered 6A82" in campaign.until("Take the phone away")
        campaign.until("1. attempt")
        assert campaign.process.stdin is not None
        campaign.process.stdin.write("q\n")
        campaign.until("2 of 6 taps")
        assert campaign.process.wait(30) == ExitStatus.INCONCLUSIVE
    watch.cancel()
    assert len([one for one in elsewhere.got if one[0] == 0x00]) == 1, "SELECT once, and no READ"
    table = (tmp_path / "t.csv").read_text(encoding="utf-8")
    rows = list(csv.DictReader(table.splitlines()))
    assert [(r["result"], r["type"], r["off_ms"], r["firmware"]) for r in rows] == [
        ("○", "B", "", "unknown"), ("×", "B", "removed", "unknown"),
    ]  # fmt: skip
    assert rows[0]["reader"].startswith("Virtual PCD")
    assert float(rows[0]["ms"]) > 0
    assert not read_campaign(tmp_path / "t.csv").troubles
    transcript = (tmp_path / "t.apdu" / "0001.jsonl").read_text(encoding="utf-8")
    assert "FFCA000000" in transcript


def test_a_daemon_that_ends_is_no_attempt(daemon: Daemon, tmp_path: Path):
    campaign = Campaign(daemon, tmp_path)
    with campaign.process:
        campaign.until("1. attempt")
        os.kill(daemon.pid, signal.SIGKILL)
        campaign.enter()
        assert campaign.process.stderr is not None
        said = campaign.process.stderr.read()
        assert campaign.process.wait(30) == ExitStatus.ERROR
    assert "Traceback" not in said
    assert "pcscd" in said
    assert (tmp_path / "t.attempts.jsonl").read_bytes() == b""
