"""A record judged again says the same, and a forged one is contradicted by its own transcripts."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from fixtures.outcome import BenchError, NotRun
from fixtures.recorder import Recorder, Redactor, chained
from fixtures.targets.port import AccessPath
from fixtures.targets.replay import Replay, stand_in
from fixtures.verdict import Finding, Verdict
from reports.ledger import LEDGER, Ledger, write_results
from reports.manifest import write_manifest
from reports.rejudge import compare
from reports.verdicts import ExitStatus, TestRecord

READ = bytes.fromhex("00B0860001")
VERIFY = bytes.fromhex("0020009804") + b"8351"
CONTACT = AccessPath.CONTACT


def command(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "reports.command_line", *words],
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )


def rejudged(campaign: Path) -> tuple[int, dict[str, Any]]:
    done = command("verify", str(campaign), "--rejudge", "--json")
    return done.returncode, json.loads(done.stdout)


@pytest.fixture(scope="module")
def failed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small campaign on a card with a fault; copy it before changing it."""
    folder = tmp_path_factory.mktemp("failed") / "campaign"
    select = ("--select", "JPKI-PIN-01", "--select", "JPKI-J-06", "--effort", "distilled")
    done = command("run", *select, "--fault", "pin.counter_reset_on_select", "--out", str(folder))
    assert done.returncode == ExitStatus.FAIL, done.stderr
    return folder


@pytest.fixture
def copy(failed: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(failed, tmp_path / "copy"))


# --- whole campaigns ----------------------------------------------------------------------


def test_the_record_of_a_failure_is_a_true_record(failed: Path):
    status, told = rejudged(failed)
    assert (status, told["verdict"], told["recorded"]) == (0, "PASS", "FAIL")
    assert told["metrics"]["agreed"] > 20
    assert not told["findings"]


def test_a_failure_written_up_as_a_pass_is_contradicted(copy: Path):
    """With ledger, results and manifest made anew: only the transcripts still tell the truth."""
    ledger = Ledger(copy)
    forged = [
        TestRecord(
            r.id, r.requirements,
            tuple(Finding(f.requirement, Verdict.PASS) for f in r.findings),
            r.t_start, r.t_end, r.evidence, r.seed,
        )
        for r in ledger.records()
    ]  # fmt: skip
    (copy / LEDGER).unlink()
    fresh = Ledger(copy)
    for record in forged:
        fresh.append(record)
    write_results(copy, fresh.records())
    write_manifest(copy)
    status, told = rejudged(copy)
    assert (status, told["verdict"]) == (ExitStatus.FAIL, "FAIL")
    assert "recorded as PASS, but the transcript shows FAIL" in told["findings"][0]["reason"]


def test_a_changed_answer_shows_when_it_is_judged_again(copy: Path):
    """Transcript chained anew, manifest made anew."""
    file = next(f for f in sorted((copy / "apdu").iterdir()) if '"<":"63C2"' in f.read_text())
    before, lines = "0" * 16, []
    for line in file.read_text(encoding="utf-8").splitlines():
        body = line.rpartition(',"c":"')[0].replace('"<":"63C2"', '"<":"63C1"')
        before = chained(before, body)
        lines.append(f'{body},"c":"{before}"}}\n')
    file.write_text("".join(lines), encoding="utf-8")
    write_manifest(copy)
    status, told = rejudged(copy)
    assert status in (ExitStatus.FAIL, ExitStatus.INCONCLUSIVE)
    assert told["findings"]


def test_what_was_changed_is_not_judged_at_all(copy: Path):
    with (copy / "ics.toml").open("a") as file:
        file.write("\n")
    done = command("verify", str(copy), "--rejudge")
    assert done.returncode == ExitStatus.FAIL
    assert "ics.toml" in done.stdout.splitlines()[0]
    assert "judged again" not in done.stdout


def test_a_replay_is_a_campaign_of_its_own(failed: Path, tmp_path: Path):
    done = command("replay", str(failed), "--out", str(tmp_path / "again"), "--json")
    told = json.loads(done.stdout)
    assert (done.returncode, told["requirements"]["JPKI-PIN-01"]["verdict"]) == (1, "FAIL")
    assert command("verify", str(tmp_path / "again")).returncode == 0
    refused = command("replay", str(tmp_path / "again"))
    assert refused.returncode == ExitStatus.USAGE
    assert "is a replay itself" in refused.stderr


def test_a_folder_that_is_no_campaign_is_a_usage_error(tmp_path: Path):
    for words in (("verify",), ("replay",), ("run", "--target")):
        where = f"replay:{tmp_path}" if words[0] == "run" else str(tmp_path)
        done = command(*words, where)
        assert (done.returncode, len(done.stderr.splitlines())) == (ExitStatus.USAGE, 1)
        assert str(tmp_path) in done.stderr


# --- one transcript -----------------------------------------------------------------------


class Card:
    """Answers 9000, and echoes a VERIFY, which no card should do."""

    def reset(self) -> bytes:
        return b"\x3b\x00"

    def transmit(self, command: bytes, /) -> bytes:
        return command[5:] + b"\x90\x00" if command[1] == 0x20 else b"\x90\x00"


@pytest.fixture
def replay(tmp_path: Path) -> Replay:
    """reset, READ, VERIFY (echoed), renewal, a cut command, pages, the log."""
    recorder, card = Recorder.to_file(tmp_path / "apdu" / "t.jsonl"), Card()
    recorder.reset(CONTACT, card)
    recorder.exchange(CONTACT, card, READ)
    recorder.exchange(CONTACT, card, VERIFY)
    recorder.renewed(CONTACT)
    recorder.cut(CONTACT, VERIFY, after=3)
    recorder.wrote(CONTACT, VERIFY, pages=7)
    recorder.close()
    found = Replay(tmp_path)
    found.begin("t")
    return found


def test_the_same_scenario_hears_the_same(replay: Replay):
    channel = replay.open(CONTACT)
    assert channel.reset() == b"\x3b\x00"
    assert channel.transmit(READ) == b"\x90\x00"
    echo = channel.transmit(VERIFY)  # was withheld, so only its length is known
    assert (len(echo), echo[-2:]) == (6, b"\x90\x00")
    replay.renew()
    replay.transmit_and_cut(VERIFY, after=3)
    assert replay.writes_of(VERIFY) == 7
    replay.finished()


def test_other_secrets_of_the_same_lengths_will_do(replay: Replay):
    channel = replay.open(CONTACT)
    channel.reset()
    channel.transmit(READ)
    assert channel.transmit(VERIFY[:5] + b"0000")[-2:] == b"\x90\x00"


def test_another_command_is_named_with_its_line(replay: Replay):
    channel = replay.open(CONTACT)
    channel.reset()
    with pytest.raises(BenchError, match=r"t\.jsonl line 2: 00B0860002 in place of 00B0860001"):
        channel.transmit(READ[:-1] + b"\x02")


def test_another_path_is_another_scenario(replay: Replay):
    with pytest.raises(BenchError, match="line 1"):
        replay.open(AccessPath.INTERNAL).reset()


def test_a_test_that_ends_early_or_late_is_another_scenario(replay: Replay):
    channel = replay.open(CONTACT)
    channel.reset()
    with pytest.raises(BenchError, match="ended 5 exchanges early"):
        replay.finished()
    replay.begin("none")
    with pytest.raises(BenchError, match="reset was never sent"):
        replay.open(CONTACT).reset()


def test_the_log_is_the_devices_own(replay: Replay):
    with pytest.raises(NotRun, match="only the device can tell"):
        replay.read_log()


@pytest.mark.parametrize(("name", "length"), [("user_pin", 4), ("password", 16), ("key", 40)])
def test_a_stand_in_has_the_length_of_its_secret(name: str, length: int):
    value = stand_in(name, length)
    assert len(value) == length
    assert value.isdigit() == (name == "user_pin")


def test_equal_bodies_stay_equal(replay: Replay):
    """Ordinals are compared, so a scenario that repeats a PIN must repeat it again."""
    redactor = Redactor()
    first, second, again = (redactor.command(VERIFY[:5] + pin) for pin in (b"1", b"2", b"1"))
    assert first == again != second


# --- two judgements -----------------------------------------------------------------------


def record(verdict: Verdict, reason: str = "because") -> TestRecord:
    return TestRecord("t", ("R",), (Finding("R", verdict, reason),), 0.0, 0.0, None, 1)


V = Verdict


@pytest.mark.parametrize(
    ("then", "now", "told"),
    [
        (V.PASS, V.PASS, "agreed"),
        (V.FAIL, V.FAIL, "agreed"),
        (V.NOT_APPLICABLE, V.NOT_APPLICABLE, "agreed"),
        (V.PASS, V.FAIL, V.FAIL),
        (V.FAIL, V.PASS, V.FAIL),
        (V.PASS, V.ERROR, V.INCONCLUSIVE),
        (V.PASS, V.NOT_RUN, "taken"),
        (V.ERROR, V.PASS, "taken"),
        (V.NOT_RUN, V.PASS, "taken"),
        (V.PASS, None, V.INCONCLUSIVE),
    ],
)
def test_two_judgements_are_compared(then: Verdict, now: Verdict | None, told: str):
    outcome = compare([record(then)], [] if now is None else [record(now)])
    kinds = {"agreed": bool(outcome.agreed), "taken": bool(outcome.taken)}
    kinds |= {f.verdict: True for f in outcome.findings}
    assert [kind for kind, there in kinds.items() if there] == [told]


def test_a_record_of_which_nothing_could_be_judged_is_not_confirmed():
    assert compare([record(V.NOT_RUN)], []).verdict is V.INCONCLUSIVE
