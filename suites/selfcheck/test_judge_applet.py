"""`judge applet`: limits of the deck, records of countermeasures, a table and one object."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fixtures.outcome import UsageError
from fixtures.verdict import Verdict, worst
from reports.json_output import JsonOutput
from reports.verdicts import ExitStatus
from suites.capacity.containers import read_cap
from suites.capacity.files import Asked, Judged, judge_files, to_json
from suites.capacity.plan import Plan, PlanError, objections, read_plan
from suites.capacity.size import Footprint, Size, Stage, judge_footprint, judge_size, size_of
from suites.selfcheck.cap_maker import Cap, load_file

TODAY = date(2026, 11, 25)
V = Verdict
PLAN = """\
measure = "issuing and signing become two packages"
owner = "ACME, applet team"
date = 2026-11-01
due = 2027-03-31
size = 70_000
expected_size = 52_000
"""
HOLDS = read_plan(PLAN)


def verdicts(
    load: int, installed: int | None, stage: Stage = Stage.PRODUCT, plan: Plan | None = None
) -> dict[str, Verdict]:
    found = judge_size(Size("x", load, installed), stage, plan, TODAY)
    return {
        letter: worst(f.verdict for f in found if f.requirement == f"REQ-6-4-{letter}")
        for letter in "abcd"
    }


def told(*of_a_to_d: Verdict) -> dict[str, Verdict]:
    return dict(zip("abcd", of_a_to_d, strict=True))


# --- the figures of the deck --------------------------------------------------------------


@pytest.mark.parametrize(
    ("load", "installed", "wanted"),
    [
        (30_719, 30_719, told(V.PASS, V.PASS, V.PASS, V.PASS)),
        (30_720, 30_720, told(V.PASS, V.FAIL, V.PASS, V.PASS)),
        (46_080, 46_080, told(V.PASS, V.FAIL, V.PASS, V.PASS)),
        (46_081, 46_081, told(V.PASS, V.FAIL, V.FAIL, V.PASS)),
        (65_536, 65_536, told(V.PASS, V.FAIL, V.FAIL, V.PASS)),
        (65_537, 60_000, told(V.FAIL, V.FAIL, V.FAIL, V.FAIL)),
        (20_000, 65_537, told(V.FAIL, V.PASS, V.PASS, V.FAIL)),
        (20_000, None, told(V.INCONCLUSIVE, V.PASS, V.PASS, V.INCONCLUSIVE)),
        (65_537, None, told(V.FAIL, V.FAIL, V.FAIL, V.FAIL)),
    ],
)
def test_the_bounds_of_a_verification_applet(
    load: int, installed: int | None, wanted: dict[str, Verdict]
):
    assert verdicts(load, installed, Stage.VERIFICATION) == wanted
    of_a_product = verdicts(load, installed)
    assert of_a_product == wanted | {"b": V.NOT_APPLICABLE, "c": V.PASS}


def test_a_product_above_45_kb_is_warned_and_told_its_head_room():
    warned = judge_size(Size("x", 50_000, 60_000), Stage.PRODUCT, None, TODAY)[3]
    assert warned.reason == (
        "warning: 50,000 bytes, 3,920 more than expected; head-room to the limit 15,536"
    )


def test_head_room_and_levels_at_which_it_cannot_be_loaded_are_told():
    first, second, *_ = judge_size(Size("x", 61_181, 61_181), Stage.PRODUCT, None, TODAY)
    assert first.reason == (
        "61,181 bytes, head-room 4,355; more than 256 LOAD blocks, so that it cannot be loaded, at "
        "03 S8, 13 S8, 33 S8, 01 S16, 03 S16, 11 S16, 13 S16, 33 S16 of SCP03"
    )
    assert second.reason == "61,181 bytes, head-room 4,355"


def test_a_descriptor_that_makes_it_too_large_is_named():
    cap = read_cap(Cap(method=40_000, export=22_000).archive())
    size = size_of("x", cap, 50_000)
    assert size.load - 3_003 <= 65_536 < size.load
    reason = judge_size(size, Stage.PRODUCT, None, TODAY)[0].reason
    assert f"; {size.load - 3_003:,} where the loader leaves Descriptor out" in reason
    short = size_of("x", cap, 50_000, descriptor=False)
    assert judge_size(short, Stage.PRODUCT, None, TODAY)[0].verdict is V.PASS


# --- REQ-6-4-d: the record in place of a fault --------------------------------------------


def test_a_record_that_holds_makes_it_a_deviation():
    assert verdicts(70_000, 50_000, plan=HOLDS) == told(
        V.DEVIATION, V.NOT_APPLICABLE, V.PASS, V.PASS
    )
    assert verdicts(20_000, 20_000, plan=HOLDS)["a"] is V.PASS


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"date": date(2026, 11, 26)}, "is of 2026-11-26, which is after 2026-11-25"),
        ({"due": date(2026, 11, 24)}, "was to be carried out by 2026-11-24, and the applet is"),
        ({"due": date(2026, 10, 1)}, "was due on 2026-10-01, before it was decided on"),
        ({"size": 69_999}, "was decided for 69,999 bytes at most, there are 70,000"),
        ({"expected_size": 65_537}, "expects 65,537 bytes, still more than 65,536"),
    ],
)
def test_a_record_that_does_not_cover_the_applet_is_rejected(change: dict[str, Any], why: str):
    broken = replace(HOLDS, **change)
    assert any(why in one for one in objections(broken, 70_000, TODAY))
    assert verdicts(70_000, 50_000, plan=broken) == told(V.FAIL, V.NOT_APPLICABLE, V.PASS, V.FAIL)


@pytest.mark.parametrize("key", ["measure", "owner", "date", "due", "size", "expected_size"])
def test_a_record_without_a_key_is_rejected(key: str):
    left = "\n".join(line for line in PLAN.splitlines() if not line.startswith(f"{key} ="))
    with pytest.raises(PlanError, match=f"^{key} is missing; add it$"):
        read_plan(left)


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        ('"ACME, applet team"', '"TBD"', "owner is 'TBD', which says nothing"),
        ('"ACME, applet team"', '" "', "owner is ' ', which says nothing"),
        ("2026-11-01", '"soon"', "date is 'soon'; give a date as 2026-11-01"),
        ("2026-11-01", "2026-11-01T10:00:00", "give a date as 2026-11-01"),
        ("70_000", "true", "size is True; give a number of bytes"),
        ("70_000", "-1", "size is -1; give a number of bytes"),
        ("size = 70", "sise = 70", "'sise' is not a key of the record; remove it"),
        ("measure =", "measure", "not TOML: "),
        ("70_000", "7" * 5_000, "not TOML: "),
        ("70_000", "[" * 50_000, "not TOML: "),
    ],
)
def test_a_broken_record_is_rejected_in_one_line(old: str, new: str, why: str):
    with pytest.raises(PlanError) as refused:
        read_plan(PLAN.replace(old, new, 1))
    assert why in str(refused.value)
    assert len(str(refused.value).splitlines()) == 1


@given(st.text(max_size=200))
def test_any_text_is_a_record_or_the_one_error(text: str):
    with pytest.raises(PlanError):
        read_plan(text)


# --- what is told of the footprint --------------------------------------------------------


@pytest.mark.parametrize(
    ("footprint", "verdict"),
    [
        (Footprint(30_000, 100_000, 70_000), V.PASS),
        (Footprint(30_000, 100_000, 68_976), V.PASS),
        (Footprint(30_000, 100_000, 68_975), V.FAIL),
        (Footprint(30_000, 100_000, 71_024), V.PASS),
        (Footprint(30_000, 100_000, 71_025), V.FAIL),
        (Footprint(20_002, 100_000, 79_998), V.INCONCLUSIVE),
        (Footprint(0, 100_000, 100_000), V.INCONCLUSIVE),
    ],
)
def test_a_footprint_is_what_the_memory_lost(footprint: Footprint, verdict: Verdict):
    found = judge_footprint("x", footprint, read_cap(Cap(method=20_000).archive()))
    assert found.verdict is verdict


# --- the command --------------------------------------------------------------------------


def judge(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "reports.command_line", "judge", "applet", *words],
        capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip


def written(folder: Path, content: bytes | str, name: str = "jpki.cap") -> Path:
    file = folder / name
    file.write_bytes(content if isinstance(content, bytes) else content.encode())
    return file


def judged(*files: Path, **asked: object) -> Judged:
    return judge_files(files, Asked(TODAY, **asked))  # type: ignore[arg-type]


def test_one_object_with_everything_in_it(tmp_path: Path):
    cap = Cap().of_size(46_080)
    done = judge(str(written(tmp_path, cap.archive())), "--installed", "50000", "--json")
    found = json.loads(done.stdout)
    JsonOutput.model_validate(found)
    assert (done.returncode, found["verdict"]) == (0, "PASS"), done.stderr
    (applet,) = found["applets"]
    assert applet["load"] == 46_080
    assert applet["applets"] == ["D392F000260100000001"]
    assert applet["components"]["Method"] == cap.method + 3
    blocks = {f"{one['level']} {one['mac']}": one["blocks"] for one in applet["loading"]}
    assert (blocks["03 S8"], blocks["33 S16"], blocks["01 S8"]) == (193, 207, 187)
    assert found["inputs"][0]["name"] == "jpki.cap"


def test_a_table_for_people(tmp_path: Path):
    done = judge(str(written(tmp_path, Cap().archive())), "--stage", "verification")
    assert done.returncode == ExitStatus.INCONCLUSIVE, "nobody told the footprint"
    for part in (
        "D392F00026010000 1.0 jp.go.jpki",
        "not loaded",
        "61,180",
        "verdict  INCONCLUSIVE",
    ):
        assert part in done.stdout


def test_a_warning_is_marked_as_one(tmp_path: Path):
    found = judged(written(tmp_path, Cap().of_size(46_081).archive()), installed=50_000)
    assert found.verdict is V.PASS
    marked = [f for f in to_json(found, Asked(TODAY))["findings"] if f.get("class") == "warning"]
    assert [one["requirement"] for one in marked] == ["REQ-6-4-c"]


def test_a_large_applet_fails_and_a_record_makes_it_a_deviation(tmp_path: Path):
    file = written(tmp_path, load_file(Cap(method=40_000, export=25_000).in_a_row(12)))
    plan = written(tmp_path, PLAN, "plan.toml")
    bare = judge(str(file), "--installed", "70000", "--as-of", "2026-11-25")
    assert bare.returncode == ExitStatus.FAIL
    assert "no record of countermeasures was given" in bare.stdout
    covered = judge(
        str(file), "--installed", "70000", "--as-of", "2026-11-25", "--plan", str(plan), "--json"
    )
    assert (covered.returncode, json.loads(covered.stdout)["verdict"]) == (0, "DEVIATION")
    late = judge(str(file), "--installed", "70000", "--as-of", "2027-04-01", "--plan", str(plan))
    assert late.returncode == ExitStatus.FAIL


def test_a_file_among_others_that_cannot_be_read_leaves_the_whole_open(tmp_path: Path):
    good = written(tmp_path, Cap().archive())
    bad = written(tmp_path, b"PK\x03\x04", "bad.cap")
    found = judged(good, bad)
    assert found.verdict is V.INCONCLUSIVE
    assert [one.subject for one in found.troubles] == ["bad.cap"]
    assert to_json(found, Asked(TODAY))["findings"][-1]["id"] == "unreadable"


def test_bad_input_is_one_line_and_the_status_of_usage(tmp_path: Path):
    good = written(tmp_path, Cap().archive())
    for words in (
        (str(written(tmp_path, b"", "empty.cap")),),
        (str(tmp_path / "none.cap"),),
        (str(tmp_path),),
        (str(good), "--stage", "x"),
        (str(good), "--installed", "0"),
        (str(good), str(good), "--installed", "5"),
        (str(good), "--plan", str(written(tmp_path, "x", "plan.toml"))),
        (str(good), "--plan", str(tmp_path / "none.toml")),
    ):
        done = judge(*words)
        assert done.returncode == ExitStatus.USAGE, words
        assert (done.stdout, len(done.stderr.strip().splitlines())) == ("", 1), done.stderr


def test_what_is_too_long_for_an_applet_is_not_read(tmp_path: Path):
    file = tmp_path / "disk.img"
    with file.open("wb") as sparse:
        sparse.truncate((16 << 20) + 1)
    with pytest.raises(UsageError, match="longer than 16,777,216 bytes, so no applet"):
        judged(file)
