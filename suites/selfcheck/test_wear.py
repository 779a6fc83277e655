"""What a specimen went through is counted once for all, and never forgotten."""

from __future__ import annotations

import json
import multiprocessing
import os
import signal
from pathlib import Path

import pytest

from fixtures.outcome import BenchError, NotRun
from fixtures.wear import CHALLENGES, KEY_GENERATIONS, Specimen, WearBook, default_folder

LIMITS = {"key_generations": 100, "challenges": 1000, "failed_authentications": 1}
ONE = Specimen("ACME", "Phone 1", "GP-SE A", "0001")


def book(folder: Path, specimen: Specimen = ONE) -> WearBook:
    return WearBook(specimen, LIMITS, folder)


def test_a_new_specimen_is_unworn(tmp_path: Path):
    assert set(book(tmp_path).counts().values()) == {0}


def test_every_specimen_has_its_own_book(tmp_path: Path):
    book(tmp_path).charge(KEY_GENERATIONS)
    other = Specimen("ACME", "Phone 1", "GP-SE A", "0002")
    assert book(tmp_path, other).counts()[KEY_GENERATIONS] == 0
    assert book(tmp_path).counts()[KEY_GENERATIONS] == 1


def test_the_book_says_whose_it_is(tmp_path: Path):
    book(tmp_path).charge(KEY_GENERATIONS)
    told = json.loads(book(tmp_path).path.read_text())
    assert told["specimen"]["specimen_id"] == "0001"


def _charge(folder: Path, times: int) -> None:
    for _ in range(times):
        book(folder).charge(KEY_GENERATIONS)


def test_two_processes_write_one_book(tmp_path: Path):
    context = multiprocessing.get_context("spawn")
    processes = [context.Process(target=_charge, args=(tmp_path, 20)) for _ in range(2)]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    assert book(tmp_path).counts()[KEY_GENERATIONS] == 40


def _charge_and_die(folder: Path) -> None:
    book(folder).charge(CHALLENGES)
    os.kill(os.getpid(), signal.SIGKILL)


def test_a_run_that_is_killed_counts_too_much_and_never_too_little(tmp_path: Path):
    process = multiprocessing.get_context("spawn").Process(target=_charge_and_die, args=(tmp_path,))
    process.start()
    process.join()
    assert book(tmp_path).counts()[CHALLENGES] == 100


def test_the_last_block_is_as_small_as_what_is_left(tmp_path: Path):
    own = WearBook(ONE, LIMITS | {"challenges": 130}, tmp_path)
    for _ in range(130):
        own.charge(CHALLENGES)
    with pytest.raises(NotRun, match="challenge 131 of specimen 0001"):
        own.charge(CHALLENGES)


def test_the_last_failure_is_kept_for_a_right_proof_that_fails(tmp_path: Path):
    own = WearBook(ONE, LIMITS | {"failed_authentications": 2}, tmp_path)
    own.keep_one("failed_authentications")
    own.charge("failed_authentications")
    with pytest.raises(NotRun, match="of which the last is kept"):
        own.keep_one("failed_authentications")
    own.charge("failed_authentications")


@pytest.mark.parametrize("content", ["", "{}", "[1]", '{"counts":{"challenges":-1}}', "\x00"])
def test_a_damaged_book_is_never_begun_anew(tmp_path: Path, content: str):
    damaged = book(tmp_path)
    damaged.path.write_text(content)
    with pytest.raises(BenchError, match=r"\.json: the wear book of specimen 0001 is damaged"):
        damaged.charge(KEY_GENERATIONS)
    assert damaged.path.read_text() == content


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path):
    (tmp_path / "file").write_text("")
    with pytest.raises(BenchError, match="JPKI_CONFORMANCE_STATE"):
        book(tmp_path / "file" / "wear").charge(KEY_GENERATIONS)


def test_the_folder_can_be_named(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("JPKI_CONFORMANCE_STATE", "/somewhere")
    assert default_folder() == Path("/somewhere/wear")
    monkeypatch.delenv("JPKI_CONFORMANCE_STATE")
    monkeypatch.setenv("XDG_STATE_HOME", "/state")
    assert default_folder() == Path("/state/jpki-conformance/wear")
