"""The applet of a target: what the bench records of it, who may keep it, and what decides."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from fixtures.bench import Bench
from fixtures.ics.statement import REFERENCE_STATEMENT
from fixtures.outcome import BenchError, NotRun
from fixtures.recorder import Recorder
from fixtures.targets.deadline import deadlined
from fixtures.targets.port import AccessPath, AppletImage, InstalledFootprint
from fixtures.targets.replay import Replay
from fixtures.targets.resolve import resolve
from suites.capacity.cap_file import Form, Tag
from suites.capacity.containers import read_cap
from suites.capacity.size import size_of
from suites.capacity.test_size import countermeasures
from suites.selfcheck.test_judge_applet import PLAN

RESOLVED = resolve("reference", None, seed=1)
PATH = RESOLVED.statement.pixit.paths[0]
TOO_LARGE = "capacity.one_byte_above_64_kb"


@pytest.fixture
def bench() -> Iterator[Bench]:
    with RESOLVED.open() as target:
        yield Bench(target, RESOLVED.statement, Recorder(), PATH)


def test_the_image_of_the_reference_is_a_load_file_of_its_declared_size(bench: Bench):
    cap = read_cap(bench.load_file())
    assert cap.form is Form.LOAD_FILE
    assert size_of("x", cap).load == 28_112
    assert [aid.hex().upper() for aid in cap.applets] == ["D392F000260100000001"]
    assert cap.size_of(Tag.DEBUG) == 0


def test_a_footprint_holds_the_code_and_what_was_stored(bench: Bench):
    found = bench.installed_footprint()
    code = read_cap(bench.load_file()).size_of(Tag.METHOD, Tag.CLASS, Tag.STATIC_FIELD)
    certificates = 4 * 1_000  # at the least
    assert found.told > code + certificates
    assert 0 <= found.free_before - found.free_after - found.told < 2 * 64


def test_a_campaign_keeps_figures_and_no_image(tmp_path: Path):
    file = tmp_path / "apdu" / "story.jsonl"
    with RESOLVED.open() as target:
        recorder = Recorder.to_file(file)
        bench = Bench(target, RESOLVED.statement, recorder, PATH)
        footprint = bench.installed_footprint()
        image = bench.load_file()
        recorder.close()
    last = json.loads(file.read_text(encoding="utf-8").splitlines()[-1])
    assert last["told"] == [hashlib.sha256(image).hexdigest(), len(image)]
    assert len(file.read_bytes()) < 1_000
    replay = Replay(tmp_path)
    replay.begin("story")
    assert replay.installed_footprint() == footprint
    with pytest.raises(NotRun, match="the load file is not kept"):
        replay.load_file()


def test_a_deadline_lets_the_port_through():
    with deadlined(RESOLVED.factory, 60)(RESOLVED.statement) as target:
        assert isinstance(target, AppletImage)
        assert isinstance(target.installed_footprint(), InstalledFootprint)
        assert target.load_file().startswith(b"\xc4\x82")


def test_a_claim_without_its_port_is_the_benchs_fault():
    class Plain:
        def open(self, _: AccessPath, /) -> Plain:
            return self

        def reset(self) -> bytes:
            return b"\x3b\x00"

        def transmit(self, _: bytes, /) -> bytes:
            return b"\x90\x00"

    bench = Bench(Plain(), RESOLVED.statement, Recorder(), PATH)
    with pytest.raises(BenchError, match=r"claims applet\.image, but the target has no load_file"):
        bench.load_file()


# --- what the statement says of it --------------------------------------------------------


def stated(folder: Path, plan: str | None, stage: str) -> Path:
    """The reference's statement with another stage and a record."""
    text = REFERENCE_STATEMENT.read_text(encoding="utf-8")
    more = f'applet_stage = "{stage}"\n'
    if plan is not None:
        (folder / "plan.toml").write_text(plan, encoding="utf-8")
        more += f"size_plan = '{folder / 'plan.toml'}'\n"
    file = folder / "reference.toml"
    file.write_text(text.replace('applet_stage = "verification"\n', more), encoding="utf-8")
    return file


def verdicts(folder: Path, *words: str) -> dict[str, str]:
    done = subprocess.run(
        [
            *(sys.executable, "-m", "reports.command_line", "run", "--effort", "distilled"),
            *("--select", "REQ-6-4-*", "--ics", str(folder / "reference.toml")),
            *("--out", str(folder / "c"), "--json", *words),
        ],
        capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip
    told = json.loads(done.stdout)["requirements"]
    return {id_[-1]: one["verdict"] for id_, one in told.items()}


def test_a_product_that_is_too_large_with_a_record_deviates(tmp_path: Path):
    for_ever = PLAN.replace("2026-11-01", "2020-01-01").replace("2027-03-31", "9999-12-31")
    stated(tmp_path, for_ever, "product")
    assert verdicts(tmp_path, "--fault", TOO_LARGE) == {
        "a": "DEVIATION", "b": "NOT_APPLICABLE", "c": "PASS", "d": "PASS",
    }  # fmt: skip


def test_an_overdue_record_covers_nothing(tmp_path: Path):
    overdue = PLAN.replace("2026-11-01", "2020-01-01").replace("2027-03-31", "2020-12-31")
    stated(tmp_path, overdue, "product")
    found = verdicts(tmp_path, "--fault", TOO_LARGE)
    assert (found["a"], found["d"]) == ("FAIL", "FAIL")


@pytest.mark.parametrize("plan", ["", "measure = 1", "not TOML"])
def test_a_record_that_cannot_be_read_is_the_statements_fault(tmp_path: Path, plan: str):
    statement = resolve("reference", stated(tmp_path, plan, "product")).statement
    with pytest.raises(BenchError, match="size_plan "):
        countermeasures(statement)


def test_without_a_record_there_is_none(tmp_path: Path):
    assert (
        countermeasures(resolve("reference", stated(tmp_path, None, "product")).statement) is None
    )
