"""Collecting random numbers: nothing lost, nothing hidden, and taken up where it ended."""

from __future__ import annotations

import hashlib
import json
import resource
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from fixtures.card.apdu import Response
from fixtures.outcome import UsageError
from reports.command_line import main
from reports.json_output import JsonOutput
from reports.verdicts import ExitStatus
from suites.random_numbers.collection import Clock, Collection, Plan
from suites.random_numbers.samples import keystream

TARGET = {"maker": "ACME"}


@dataclass
class ScriptedCard:
    """Hands out a key stream; refuses once, where it is told to, or is torn away."""

    numbers: bytes = field(default_factory=lambda: keystream(200_000, "jpki-collection"))
    largest: int = 64
    refuse_at: int = -1
    torn_at: int = -1
    place: int = 0
    resets: int = 0

    def power_cycle(self) -> None:
        self.resets += 1

    def challenge(self, count: int) -> Response:
        if count > self.largest:
            return Response(b"", 0x6700)
        if 0 <= self.torn_at <= self.place:
            raise KeyboardInterrupt
        if 0 <= self.refuse_at <= self.place:
            return Response(b"", 0x6400)
        self.place += count
        return Response(self.numbers[self.place - count : self.place], 0x9000)


def collection(folder: Path, plan: Plan) -> Collection:
    ticks = iter(range(10**9))
    return Collection(folder, plan, TARGET, Clock(lambda: next(ticks) / 10, lambda: next(ticks)))


def provenance(folder: Path) -> dict[str, object]:
    found: dict[str, object] = json.loads((folder / "provenance.json").read_text())
    return found


def test_every_byte_is_on_the_disk_with_its_provenance(tmp_path: Path):
    card = ScriptedCard()
    done = collection(tmp_path / "c", Plan(10_000))
    assert done.run(card) == ""  # type: ignore[arg-type]
    data = (tmp_path / "c" / "random.bin").read_bytes()
    assert data == card.numbers[64:10_064]  # the first 64 told how large a block may be
    told = provenance(tmp_path / "c")
    assert told["sha256"] == hashlib.sha256(data).hexdigest()
    assert (told["block"], told["command"]) == (64, "0084000040")
    lines = [json.loads(x) for x in (tmp_path / "c" / "blocks.jsonl").read_text().splitlines()]
    assert sum(line["length"] for line in lines) == 10_000
    assert [line["offset"] for line in lines] == list(range(0, 10_000, 64))


def test_a_refused_read_ends_the_sequence_and_is_written_down(tmp_path: Path):
    done = collection(tmp_path / "c", Plan(10_000))
    reason = done.run(ScriptedCard(refuse_at=640))  # type: ignore[arg-type]
    assert "at byte 576" in reason
    assert "6400" in reason
    assert done.collected == 576
    last = json.loads((tmp_path / "c" / "blocks.jsonl").read_text().splitlines()[-1])
    assert (last["sw"], last["length"]) == ("6400", 0)


def test_a_broken_run_is_taken_up_without_losing_a_byte(tmp_path: Path):
    card = ScriptedCard(torn_at=3_000)
    with pytest.raises(KeyboardInterrupt):
        collection(tmp_path / "c", Plan(10_000)).run(card)  # type: ignore[arg-type]
    kept = (tmp_path / "c" / "random.bin").read_bytes()
    assert kept == card.numbers[64 : card.place]
    card.torn_at = -1
    again = collection(tmp_path / "c", Plan(10_000))
    assert again.run(card) == ""  # type: ignore[arg-type]
    assert again.numbers.read_bytes()[: len(kept)] == kept
    assert again.collected == 10_000
    segments = provenance(tmp_path / "c")["segments"]
    assert isinstance(segments, list)
    assert [segment["power_cycle"] for segment in segments] == [1, 2]


def test_an_unfinished_restart_is_begun_again(tmp_path: Path):
    card = ScriptedCard(torn_at=1_500)
    plan = Plan(640, restarts=5)
    with pytest.raises(KeyboardInterrupt):
        collection(tmp_path / "c", plan).run(card)  # type: ignore[arg-type]
    card.torn_at = -1
    again = collection(tmp_path / "c", plan)
    assert again.collected == 2 * 640
    assert again.run(card) == ""  # type: ignore[arg-type]
    assert (again.collected, card.resets) == (3_200, 6)


def test_blocks_that_come_twice_are_found(tmp_path: Path):
    card = ScriptedCard(numbers=keystream(640, "jpki-collection") * 10)
    done = collection(tmp_path / "c", Plan(1_280))
    done.run(card)  # type: ignore[arg-type]
    assert done.repeated_blocks()[0] == (0, 10)


def test_another_collection_in_the_folder_is_left_alone(tmp_path: Path):
    collection(tmp_path / "c", Plan(100)).run(ScriptedCard())  # type: ignore[arg-type]
    with pytest.raises(UsageError, match="another target, size or kind"):
        collection(tmp_path / "c", Plan(200))
    (tmp_path / "d").mkdir()
    (tmp_path / "d" / "thesis.tex").write_text("x")
    with pytest.raises(UsageError, match="is not empty and no collection"):
        collection(tmp_path / "d", Plan(100))
    (tmp_path / "c" / "provenance.json").write_text("{")
    with pytest.raises(UsageError, match="is no provenance"):
        collection(tmp_path / "c", Plan(100))


# --- the command --------------------------------------------------------------------------


def collect(*words: str, limit: int | None = None) -> subprocess.CompletedProcess[str]:
    def small_disk() -> None:
        if limit is not None:
            resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))

    return subprocess.run(
        [sys.executable, "-m", "reports.command_line", "collect", "rng", *words],
        capture_output=True, text=True, check=False, timeout=200, preexec_fn=small_disk,
    )  # fmt: skip


def test_the_reference_is_collected_from(tmp_path: Path):
    done = collect("--out", str(tmp_path / "c"), "--bytes", "5000", "--json")
    told = json.loads(done.stdout)
    JsonOutput.model_validate(told)
    assert (done.returncode, told["metrics"]["bytes"]) == (0, 5_000)


def test_repeated_blocks_fail(tmp_path: Path):
    words = ("--out", str(tmp_path / "c"), "--bytes", "60000", "--fault", "random.repeated_block")
    done = collect(*words)
    assert done.returncode == ExitStatus.FAIL
    assert "block 98 is block 97 again" in done.stdout


def test_a_full_disk_is_one_line_and_nothing_is_lost(tmp_path: Path):
    words = ("--out", str(tmp_path / "c"), "--bytes", "100000")
    done = collect(*words, limit=30_000)
    assert done.returncode == ExitStatus.ERROR
    assert "make room and give the same command again" in done.stderr
    assert "Traceback" not in done.stderr
    kept = (tmp_path / "c" / "random.bin").read_bytes()
    assert kept
    assert len(kept) % 256 == 0
    again = collect(*words)
    assert again.returncode == 0
    whole = (tmp_path / "c" / "random.bin").read_bytes()
    assert (len(whole), whole[: len(kept)]) == (100_000, kept)


def test_another_seed_or_a_fault_is_another_collection(tmp_path: Path):
    words = ("collect", "rng", "--out", str(tmp_path / "c"), "--bytes", "600")
    assert main([*words]) == ExitStatus.PASS
    provenance = json.loads((tmp_path / "c" / "provenance.json").read_text(encoding="utf-8"))
    assert (provenance["target"]["seed"], provenance["target"]["faults"]) == (1, [])
    assert main([*words, "--seed", "2"]) == ExitStatus.USAGE
    assert main([*words, "--fault", "random.stuck_at_0"]) == ExitStatus.USAGE
    assert main([*words]) == ExitStatus.PASS
