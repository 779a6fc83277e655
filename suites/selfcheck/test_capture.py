"""Taking a campaign of positions: nothing entered is lost, and nothing that failed is hidden."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fixtures.outcome import UsageError
from reports.json_output import JsonOutput
from reports.verdicts import ExitStatus
from suites.contactless.campaign_file import read_campaign
from suites.contactless.capture import Attempt, Plan, Stage, Step, finished, next_step
from suites.contactless.capture_dialogue import Dialogue, Tapped
from suites.contactless.capture_log import CaptureLog, table_of
from suites.contactless.capture_words import ENGLISH, JAPANESE, Words
from suites.contactless.negotiation import Technology
from suites.contactless.positions import CENTRE, DECK, Grid, Pair, Position, ResultClass

PAIR = Pair("ACME R1", "1.2", 'Alpha, "端末"')
DAY = "2026-11-25T10:00:00+09:00"
COMMAND = [sys.executable, "-m", "reports.command_line", "collect", "positions"]
NAMES = ["--typed", "--reader", "R1", "--firmware", "1.2", "--phone", "Alpha"]


def attempt(number: int, which: int, ok: bool, position: Position = CENTRE) -> Attempt:
    stage = Stage.READ if ok else Stage.TYPED
    return Attempt(PAIR, position, number, which, stage, at=DAY, typed=True)


def collect(
    folder: Path, *words: str, typed: str = "", names: list[str] | None = None
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*COMMAND, "t.csv", *(NAMES if names is None else names), *words], input=typed, text=True,
        capture_output=True, check=False, timeout=60, cwd=folder,
        env=os.environ | {"PYTHONPATH": str(Path(__file__).resolve().parents[2])},
    )  # fmt: skip


def dialogue(
    folder: Path, wishes: Iterator[str], tries: int = 2, words: Words = ENGLISH,
    tap: Callable[[], Tapped] | None = None,
) -> tuple[Dialogue, list[str]]:  # fmt: skip
    """One whose questions are answered by ``wishes``, then by an end of the input."""
    told: list[str] = []

    def ask(question: str) -> str:
        told.append(question)
        try:
            return next(wishes)
        except StopIteration:
            raise EOFError from None

    plan = Plan(Grid.DECK, tries)
    log = CaptureLog(folder / "t.csv")
    reader = None if tap is None else Reader(tap)
    return Dialogue(log, plan, PAIR, words, ask, told.append, lambda: DAY, reader), told


class Reader:
    """A reader that says what it is told to."""

    def __init__(self, tap: Callable[[], Tapped]) -> None:
        self.tap = tap
        self.removals = 0

    def wait_until_removed(self, told: Callable[[], None]) -> None:
        self.removals += 1


# what comes next


def test_the_plan_goes_position_by_position_and_tap_by_tap():
    plan, steps = Plan(Grid.DECK, 2), []
    made: list[Attempt] = []
    while step := next_step(plan, PAIR, made):
        steps.append(step)
        made.append(attempt(step.number, step.attempt, ok=True, position=step.position))
    assert steps == [Step(position, number, 1) for position in DECK for number in (1, 2)]


def test_a_first_attempt_that_failed_gets_its_second_before_anything_else():
    plan = Plan(Grid.DECK, 2)
    assert next_step(plan, PAIR, [attempt(1, 1, ok=False)]) == Step(CENTRE, 1, 2)
    both = [attempt(1, 1, ok=False), attempt(1, 2, ok=False)]
    assert next_step(plan, PAIR, both) == Step(CENTRE, 2, 1)
    assert next_step(plan, replace(PAIR, phone="another"), both) == Step(CENTRE, 1, 1)


@given(st.lists(st.booleans(), max_size=40))
def test_every_attempt_counts_once_and_as_what_it_was(answers: list[bool]):
    """By the letter: the classes follow from reading the answers in order."""
    plan, made = Plan(Grid.DECK, 3), list[Attempt]()
    for ok in answers:
        if (step := next_step(plan, PAIR, made)) is None:
            break
        made.append(attempt(step.number, step.attempt, ok, step.position))
    want, waiting = [], iter(one.ok for one in made)
    for ok in waiting:
        if ok:
            want.append(ResultClass.FIRST)
        elif (second := next(waiting, None)) is not None:
            want.append(ResultClass.SECOND if second else ResultClass.NEITHER)
    assert [tap.result for tap, _ in finished(made)] == want


# what is kept


@given(st.lists(st.sampled_from("abynuz"), max_size=60))
@settings(max_examples=40, deadline=None)
def test_whatever_is_typed_the_table_is_that_of_the_log_and_can_be_judged(typed: list[str]):
    with TemporaryDirectory() as name:
        talk, _ = dialogue(Path(name), iter(typed))
        with talk.log:
            talk.run()
        with CaptureLog(talk.log.table) as again:
            assert again.attempts == talk.log.attempts
        if finished(talk.log.attempts):
            read = read_campaign(talk.log.table)
            assert not read.troubles
            assert [row.tap for row in read.rows] == [t for t, _ in finished(talk.log.attempts)]


@given(st.lists(st.sampled_from("abyn"), min_size=1, max_size=20), st.data())
@settings(max_examples=40, deadline=None)
def test_a_log_that_was_torn_anywhere_goes_on_with_all_whole_lines(
    typed: list[str], data: st.DataObject
):
    with TemporaryDirectory() as name:
        talk, _ = dialogue(Path(name), iter(typed))
        with talk.log:
            talk.run()
        content = talk.log.path.read_bytes()
        last = content[:-1].rfind(b"\n") + 1  # one line may be torn; those before were on the disk
        cut = data.draw(st.integers(last, len(content)))
        talk.log.path.write_bytes(content[:cut])
        whole = content[:cut].count(b"\n")
        talk.log.table.write_text(table_of(talk.log.attempts[:whole]), encoding="utf-8")
        with CaptureLog(talk.log.table) as again:
            assert again.attempts == talk.log.attempts[:whole]
            assert again.torn is (not content[:cut].endswith(b"\n") and cut > 0 and cut != last)
            again.add(attempt(99, 1, ok=True))
        with CaptureLog(talk.log.table) as third:
            assert len(third.attempts) == whole + 1


def test_a_power_cut_between_log_and_table_is_made_good(tmp_path: Path):
    talk, _ = dialogue(tmp_path, iter("an"))
    with talk.log:
        talk.run()
    before = talk.log.table.read_bytes()
    with talk.log as log:
        log.add(attempt(2, 2, ok=True))
    talk.log.table.write_bytes(before)
    with CaptureLog(talk.log.table):
        assert talk.log.table.read_bytes() != before


def test_a_process_that_is_killed_keeps_every_line_it_was_told(tmp_path: Path):
    child = subprocess.Popen(
        [*COMMAND, str(tmp_path / "t.csv"), *NAMES], stdin=subprocess.PIPE,
        stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert child.stdin is not None
    assert child.stderr is not None
    with child, child.stdin, child.stderr:
        child.stdin.write("a\nb\nn\n")
        child.stdin.flush()
        log = tmp_path / "t.attempts.jsonl"
        end = time.monotonic() + 30
        while not log.exists() or log.read_bytes().count(b"\n") < 3:
            assert time.monotonic() < end, "three attempts are on the disk"
            time.sleep(0.02)
        child.kill()
        child.wait()
    with CaptureLog(tmp_path / "t.csv") as found:
        assert [one.ok for one in found.attempts] == [True, True, False]


def test_ctrl_c_ends_with_one_line_and_the_next_call_goes_on(tmp_path: Path):
    child = subprocess.Popen(
        [*COMMAND, str(tmp_path / "t.csv"), *NAMES, "--tries", "1"], stdin=subprocess.PIPE,
        stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert child.stdin is not None
    assert child.stderr is not None
    with child, child.stdin, child.stderr:
        child.stdin.write("n\n")
        child.stdin.flush()
        seen = ""
        while "2nd attempt" not in seen:
            seen += child.stderr.read(1)
        child.send_signal(signal.SIGINT)
        rest = child.stderr.read()
        assert child.wait(30) == ExitStatus.INCONCLUSIVE
    assert "0 of 6 taps are in" in rest
    assert "Traceback" not in rest
    done = collect(tmp_path, "--tries", "1", typed="b\n" + "a\n" * 5)
    assert done.returncode == ExitStatus.PASS, done.stderr
    classes = [row.tap.result for row in read_campaign(tmp_path / "t.csv").rows]
    assert classes == [ResultClass.SECOND, *[ResultClass.FIRST] * 5]


def test_what_a_reader_captured_cannot_be_taken_back(tmp_path: Path):
    with CaptureLog(tmp_path / "t.csv") as log:
        log.add(replace(attempt(1, 1, ok=False), typed=False))
        assert log.withdraw() is None
        assert len(log.attempts) == 1


def test_what_was_typed_by_mistake_is_withdrawn_and_stays_in_the_log(tmp_path: Path):
    talk, told = dialogue(tmp_path, iter("nua"), tries=1)
    with talk.log:
        talk.run()
    assert [tap.result for tap, _ in finished(talk.log.attempts)] == [ResultClass.FIRST]
    assert any("taken back" in line for line in told)
    lines = talk.log.path.read_text(encoding="utf-8").splitlines()
    assert [json.loads(line).get("withdrawn", False) for line in lines] == [False, True, False]


def test_an_attempt_that_was_broken_off_is_made_again_and_stays_in_the_log(tmp_path: Path):
    """Whoever ends an attempt that is about to fail hides nothing."""

    def broken_off() -> Tapped:
        raise KeyboardInterrupt

    talk, _ = dialogue(tmp_path, iter([""]), tries=1, tap=broken_off)
    with talk.log, pytest.raises(KeyboardInterrupt):
        talk.run()
    with CaptureLog(talk.log.table) as found:
        assert (found.attempts, found.interrupted) == ([], 1)
        assert next_step(Plan(Grid.DECK, 1), PAIR, found.attempts) == Step(CENTRE, 1, 1)


# what is refused


def test_files_that_are_not_ours_are_refused_by_one_line(tmp_path: Path):
    (tmp_path / "t.csv").write_text("reader\n", encoding="utf-8")
    for words, told in (
        ([], "is there already and has no log"),
        (["--plan", "seven"], "--plan 'seven' is not known; use six, grid18, grid27"),
        (["--polls-only", "F"], "is no type; use A or B"),
    ):
        done = collect(tmp_path, *words)
        assert done.returncode == ExitStatus.USAGE
        assert told in done.stderr
        assert len(done.stderr.strip().splitlines()) == 1
    (tmp_path / "t.csv").unlink()
    done = collect(tmp_path, names=["--typed", "--phone", "P"])
    assert (done.returncode, "--reader" in done.stderr) == (ExitStatus.USAGE, True)


@pytest.mark.parametrize("bad", [b"{}\n", b"[]\n", b"nonsense\n", b'{"withdrawn":true}\n'])
def test_a_log_with_a_strange_line_is_refused_with_its_number(tmp_path: Path, bad: bytes):
    with CaptureLog(tmp_path / "t.csv") as log:
        log.add(attempt(1, 1, ok=True))
    extra = bad if bad != b'{"withdrawn":true}\n' else bad * 2
    with log.path.open("ab") as file:
        file.write(extra)
    number = 3 if extra != bad else 2
    with pytest.raises(UsageError, match=f"line {number} is no attempt"), CaptureLog(log.table):
        pass


def test_a_table_that_another_hand_changed_is_not_written_over(tmp_path: Path):
    with CaptureLog(tmp_path / "t.csv") as log:
        log.add(attempt(1, 1, ok=True))
    text = log.table.read_text(encoding="utf-8").replace("○", "×")
    log.table.write_text(text, encoding="utf-8")
    with pytest.raises(UsageError, match="changed by another hand"), CaptureLog(log.table):
        pass
    assert "×" in log.table.read_text(encoding="utf-8")


def test_two_processes_do_not_add_to_one_file(tmp_path: Path):
    with CaptureLog(tmp_path / "t.csv"):
        done = collect(tmp_path, typed="a\n")
    assert done.returncode == ExitStatus.USAGE
    assert "another process is adding to it" in done.stderr


# the words, and the object


@pytest.mark.parametrize("words", [ENGLISH, JAPANESE])
def test_both_languages_say_where_and_what(tmp_path: Path, words: Words):
    talk, told = dialogue(tmp_path, iter("a" * 12), tries=2, words=words)
    with talk.log:
        assert talk.run()
        told.append(talk.farewell(complete=True))
    text = "\n".join(told)
    assert "{" not in text
    assert text.count("◎") == 6
    for place in ("x +10", "x -10", "y +10", "y -10", "10 mm"):
        assert place in text
    assert ("回" in text) is (words is JAPANESE)


def test_a_captured_campaign_holds_what_the_reader_saw(tmp_path: Path):
    taps = iter([
        Tapped(Stage.ACTIVATED, Technology.A, "likely", "SELECT answered 6A82", 31.0, "3B8080"),
        Tapped(Stage.READ, Technology.B, "likely", "", 120.25, "3B88"),
        *[Tapped(Stage.READ, Technology.B, "likely", "", 100.0, "3B88")] * 5,
    ])  # fmt: skip
    talk, told = dialogue(tmp_path, iter([""] * 7), tries=1, tap=lambda: next(taps))
    with talk.log:
        assert talk.run()
    assert isinstance(talk.tapper, Reader)
    assert talk.tapper.removals == 7, "before each attempt the phone was away"
    read = read_campaign(talk.log.table)
    assert [row.tap.result for row in read.rows] == [ResultClass.SECOND, *[ResultClass.FIRST] * 5]
    assert read.rows[0].tap.spoken is Technology.B
    assert any("SELECT answered 6A82" in line for line in told)


def test_the_object_says_how_far_it_came(tmp_path: Path):
    done = collect(tmp_path, "--json", "--tries", "1", typed="a\nn\n")
    told = json.loads(done.stdout)
    JsonOutput.model_validate(told)
    assert (done.returncode, told["verdict"]) == (ExitStatus.INCONCLUSIVE, "INCONCLUSIVE")
    assert told["metrics"] == {"taps": 1, "planned": 6, "attempts": 2, "interrupted": 0}


def test_a_campaign_without_a_tap_has_its_table_already(tmp_path: Path):
    for _ in range(2):  # and goes on
        with CaptureLog(tmp_path / "t.csv") as log:
            assert log.table.read_text(encoding="utf-8").startswith("reader,firmware,phone")
