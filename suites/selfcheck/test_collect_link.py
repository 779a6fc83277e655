"""`collect link`, and transcripts of touches: every simulated exchange becomes a capture."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from fixtures.bench import Bench
from fixtures.desk import Desk
from fixtures.outcome import UsageError
from fixtures.recorder import Recorder
from fixtures.targets.resolve import resolve
from fixtures.verdict import Verdict
from reports.collect_link import meant
from reports.verdicts import ExitStatus
from suites.contactless.desk_campaign import COMMANDS
from suites.contactless.link_files import Asked, judge_files, read_link
from suites.contactless.on_air import as_passed
from suites.contactless.pcap import capture
from suites.contactless.trace import Passed
from suites.selfcheck.by_command import Called, called
from suites.selfcheck.test_contactless_tshark import TSHARK, dissected, faults

NAMES = ("Alpha (1.0)", "Alpha (1.1)", "Beta", "Be")


@contextmanager
def desk(transcript: Path | None = None) -> Iterator[Desk]:
    resolved = resolve("reference", None, seed=3)
    recorder = Recorder() if transcript is None else Recorder.to_file(transcript)
    with resolved.open() as opened:
        statement = resolved.statement
        yield Desk(Bench(opened, statement, recorder, statement.pixit.paths[0]))
    recorder.close()


def every_touch(of: Desk) -> Iterator[list[Passed]]:
    """What passes between each phone and each reader, marks on each other and 20 mm apart."""
    for reader in of.readers():
        for phone in of.phones():
            for at in ((0, 0, 0), (0, 0, 20)):
                came = of.attempt((reader.name, reader.firmware), phone.name, at, COMMANDS)
                yield [as_passed(event) for event in came.passed]


def collect(*words: str) -> Called:
    return called("collect", "link", *words)


@pytest.mark.skipif(TSHARK is None, reason="tshark is not installed")
def test_tshark_finds_no_fault_in_any_touch(tmp_path: Path):
    """Of 4.0: HLTB is taken for HLTA, and its CRC_B for a wrong CRC_A."""
    with desk() as of:
        trace = [frame for touch in every_touch(of) for frame in touch]
    told = dissected(trace, tmp_path)
    halted = {one.data.hex() for one in trace if one.data[:1] == b"\x50" and len(one.data) == 7}
    assert set(faults(trace, told)) <= halted
    assert sum(packet["iso14443.crc.status"] == "1" for packet in told) > 100


def test_a_transcript_of_touches_is_judged_and_becomes_a_capture(tmp_path: Path):
    transcript, out = tmp_path / "t.jsonl", tmp_path / "t.pcap"
    with desk(transcript) as of:
        trace = [frame for touch in every_touch(of) for frame in touch]
    found = read_link(transcript)
    assert (found.form, list(found.frames), found.kinds) == ("transcript", trace, "AB")
    assert judge_files([transcript], Asked()).verdict is Verdict.PASS
    out.write_bytes(capture(found.frames))
    assert judge_files([out], Asked()).verdict is Verdict.PASS


def test_a_damaged_transcript_is_refused_with_its_line(tmp_path: Path):
    file = tmp_path / "t.jsonl"
    file.write_text('{"n":0,"touch":[],"told":["A","",[],0,"",[[1]]]}\n', encoding="utf-8")
    with pytest.raises(UsageError, match="line 1 is none of a transcript"):
        read_link(file)


def test_a_touch_is_captured_and_passes(tmp_path: Path):
    out = tmp_path / "t.pcap"
    done = collect(str(out), "--tries", "2")
    assert done.returncode == ExitStatus.PASS, done.stderr
    assert done.stdout.count("9000, 9000") == 2
    assert judge_files([out], Asked(lossless=True)).verdict is Verdict.PASS


def test_a_capture_that_is_there_is_not_written_over(tmp_path: Path):
    out = tmp_path / "t.pcap"
    out.write_bytes(b"of yesterday")
    done = collect(str(out))
    assert done.returncode == ExitStatus.USAGE
    assert "is not written over" in done.stderr
    assert out.read_bytes() == b"of yesterday"


def test_what_cannot_be_brought_together_is_refused_by_one_line(tmp_path: Path):
    out = str(tmp_path / "t.pcap")
    for words, told in (
        (["--phone", "nobody's"], "none is called so; there are"),
        (["--position", "up"], "is no position; write centre"),
        (["--target", "pcsc:virtual"], "says no to contactless.position"),
    ):
        done = collect(out, *words)
        assert done.returncode == ExitStatus.USAGE
        assert told in done.stderr
        assert len(done.stderr.strip().splitlines()) == 1
    assert not Path(out).exists()


@pytest.mark.parametrize(
    ("wanted", "found"), [("", "Alpha (1.0)"), ("1.1", "Alpha (1.1)"), ("Be", "Be")]
)
def test_a_name_is_meant_whole_or_by_a_part(wanted: str, found: str):
    assert meant("--reader", wanted, NAMES, str) == found


def test_a_part_of_two_names_means_neither():
    with pytest.raises(
        UsageError, match=r"'Alpha': more than one is called so; write 'Alpha .1.1.'"
    ):
        meant("--reader", "Alpha", NAMES, str)
