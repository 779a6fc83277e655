"""The main command as its users meet it: exit status, one clear line, nothing lost."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from fixtures.catalogue.load import load_catalogue
from fixtures.outcome import BenchError
from fixtures.targets.resolve import resolve
from fixtures.verdict import Verdict
from reports.campaign import COLLECTION_ERRORS, PLAN, ROOT, RunOptions, read_plan, write_json
from reports.ledger import Ledger
from reports.run import finish
from reports.verdicts import ExitStatus
from suites.selfcheck.vendor import environment, vendor_statement

QUICK = ("--select", "JPKI-TOK-01")
ACME = '''
"""A vendor's adapter in a few lines; its bench is the reference, and can be made to fail."""
import os, pathlib
from fixtures.targets.port import AccessPath
from fixtures.targets.reference import factory

HERE = pathlib.Path(__file__).parent

class AcmeBench:
    def __init__(self, statement):
        self._link = factory()(statement).__enter__().open(AccessPath.CONTACT)

    def reset(self):
        return self._link.reset()

    def transmit(self, command):
        if (HERE / "unplugged").exists():
            raise OSError("reader unplugged")
        if (HERE / "wrong_pin").exists() and command[1] == 0x20 and len(command) > 4:
            return bytes.fromhex("63C2")
        if (HERE / "crash_once").exists() and command[1] == 0x24:
            (HERE / "crash_once").unlink()
            os._exit(7)
        if (HERE / "crash").exists() and command[1] == 0xB0:
            os._exit(7)
        return self._link.transmit(command)
'''


def command(*words: str, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    """The command line in a process of its own."""
    return subprocess.run(
        [sys.executable, "-m", "reports.command_line", *words],
        capture_output=True,
        text=True,
        check=False,
        cwd=cwd,
        env=environment(cwd or ROOT / "campaigns"),
        timeout=300,
    )


def one_line(done: subprocess.CompletedProcess[str]) -> str:
    """What it said, when it said one line and no traceback."""
    lines = done.stderr.strip().splitlines()
    assert len(lines) == 1, done.stderr
    assert lines[0].startswith("jpki-conformance: ")
    return lines[0]


@pytest.fixture
def acme(tmp_path: Path) -> Path:
    """A folder outside the checkout with a vendor's adapter and statement."""
    vendor_statement(tmp_path)
    (tmp_path / "acme.py").write_text(ACME, encoding="utf-8")
    return tmp_path


def acme_run(acme: Path, *words: str) -> subprocess.CompletedProcess[str]:
    target = ("--target", "acme:AcmeBench", "--ics", "acme.toml", "--destructive")
    return command("run", *target, "--out", "out", *words, cwd=acme)


# --- usage --------------------------------------------------------------------------------


def test_an_unknown_target_is_a_usage_error():
    done = command("run", "--target", "refrence")
    assert done.returncode == ExitStatus.USAGE
    assert "unknown target 'refrence'" in one_line(done)


def test_a_malformed_statement_is_a_usage_error(tmp_path: Path):
    broken = tmp_path / "broken.toml"
    broken.write_text("[target\n", encoding="utf-8")
    done = command("run", "--ics", str(broken))
    assert done.returncode == ExitStatus.USAGE
    assert "broken.toml: not TOML" in one_line(done)
    assert "line 1" in one_line(done)


def test_an_incomplete_statement_is_refused_before_anything_runs(acme: Path):
    file = acme / "acme.toml"
    text = file.read_text(encoding="utf-8").replace('"pin.auth" = true\n', "")
    file.write_text(text, encoding="utf-8")
    done = acme_run(acme)
    assert done.returncode == ExitStatus.USAGE
    assert "says nothing of pin.auth" in one_line(done)
    assert not (acme / "out").exists()


def test_an_empty_selection_is_a_usage_error():
    done = command("run", "--select", "REQ-7-*")
    assert done.returncode == ExitStatus.USAGE
    assert "matches no requirement" in one_line(done)


def test_a_selection_of_planned_requirements_is_a_usage_error():
    done = command("run", "--select", load_catalogue().planned[0])
    assert done.returncode == ExitStatus.USAGE
    assert "planned" in one_line(done)


def test_an_unwritable_folder_is_a_usage_error(tmp_path: Path):
    (tmp_path / "file").write_text("in the way", encoding="utf-8")
    done = command("run", *QUICK, "--out", str(tmp_path / "file" / "out"))
    assert done.returncode == ExitStatus.USAGE
    assert "cannot be written" in one_line(done)


def test_a_full_folder_is_not_overwritten(tmp_path: Path):
    (tmp_path / "mine").write_text("precious", encoding="utf-8")
    done = command("run", *QUICK, "--out", str(tmp_path))
    assert done.returncode == ExitStatus.USAGE
    assert "is not empty" in one_line(done)


def test_an_unknown_option_is_a_usage_error():
    done = command("run", "--sellect", "x")
    assert done.returncode == ExitStatus.USAGE
    assert "--sellect" in one_line(done)


def test_faults_on_a_vendors_target_are_a_usage_error(acme: Path):
    done = acme_run(acme, "--fault", "pin.four_tries")
    assert done.returncode == ExitStatus.USAGE


# --- a run --------------------------------------------------------------------------------


def test_a_campaign_holds_what_its_readers_need(tmp_path: Path):
    done = command("run", *QUICK, "--out", str(tmp_path / "c"), "--json")
    assert done.returncode == ExitStatus.PASS, done.stderr
    told = json.loads(done.stdout)
    assert told["verdict"] == "PASS"
    assert set(told["requirements"]) == {"JPKI-TOK-01"}
    present = {path.name for path in (tmp_path / "c").iterdir()}
    assert present >= {
        "run.json",
        "ics.toml",
        "plan.json",
        "ledger.jsonl",
        "results.jsonl",
        "junit.xml",
        "apdu",
        "allure-results",
    }
    transcripts = list((tmp_path / "c" / "apdu").iterdir())
    lines = [json.loads(line) for file in transcripts for line in file.read_text().splitlines()]
    assert all(line["t_ns"] > 0 for line in lines)
    properties = [
        (p.get("name"), p.get("value"))
        for p in ET.parse(tmp_path / "c" / "junit.xml").iter("property")
    ]
    assert ("requirement", "JPKI-TOK-01") in properties
    assert ("verdict", "PASS") in properties


def test_allure_shows_the_steps_of_a_scenario(tmp_path: Path):
    command("run", *QUICK, "--out", str(tmp_path / "c"))
    results = [
        json.loads(p.read_text()) for p in (tmp_path / "c/allure-results").glob("*-result.json")
    ]
    steps = {step["name"] for result in results for step in result.get("steps", [])}
    assert "When the token information is read" in steps


def without_times(folder: Path) -> list[dict[str, object]]:
    records = [json.loads(line) for line in (folder / "results.jsonl").read_text().splitlines()]
    for record in records:
        del record["t_start"], record["t_end"]
    return records


def test_the_same_seed_gives_the_same_results_in_one_process_or_two(tmp_path: Path):
    words = ("--select", "JPKI-J-0[12]", "--select", "JPKI-SIG-01", "--effort", "distilled")
    for name, more in (("a", ()), ("b", ()), ("c", ("-n", "2"))):
        done = command("run", *words, *more, "--out", str(tmp_path / name))
        assert done.returncode == ExitStatus.PASS, done.stderr
    assert without_times(tmp_path / "a") == without_times(tmp_path / "b")
    assert without_times(tmp_path / "a") == without_times(tmp_path / "c")


def test_a_fault_turns_the_exit_status(tmp_path: Path):
    words = ("--fault", "token.one_byte_short", "--out", str(tmp_path / "c"), "--json")
    done = command("run", *QUICK, *words)
    assert done.returncode == ExitStatus.FAIL
    assert json.loads(done.stdout)["requirements"]["JPKI-TOK-01"]["verdict"] == "FAIL"


# --- a vendor's target --------------------------------------------------------------------


def test_a_vendors_adapter_is_certified(acme: Path):
    done = acme_run(acme, "--select", "JPKI-*", "--effort", "distilled", "--json")
    told = json.loads(done.stdout)["requirements"]
    assert {id_ for id_, judged in told.items() if judged["verdict"] == "FAIL"} == set()
    assert told["JPKI-J-01"]["verdict"] == "PASS"
    assert told["JPKI-REAL-01"]["verdict"] == "NOT_APPLICABLE"


def test_destructive_checks_wait_for_consent(acme: Path):
    target = ("--target", "acme:AcmeBench", "--ics", "acme.toml")
    done = command("run", *target, "--select", "JPKI-J-06", "--out", "out", "--json", cwd=acme)
    assert done.returncode == ExitStatus.INCONCLUSIVE
    judged = json.loads(done.stdout)["requirements"]["JPKI-J-06"]
    assert judged["verdict"] == "NOT_RUN"
    assert "--destructive" in judged["reason"]


def test_a_wrong_pin_in_the_statement_is_entered_once(acme: Path):
    """Then no test of the session enters a PIN any more; the tries that are left stay."""
    (acme / "wrong_pin").touch()
    words = ("--select", "JPKI-PIN-0[12]", "--select", "JPKI-J-*", "--effort", "distilled")
    done = acme_run(acme, *words, "--json")
    assert done.returncode == ExitStatus.ERROR, done.stderr
    told = json.loads(done.stdout)["requirements"]
    assert {judged["verdict"] for judged in told.values()} <= {"ERROR", "NOT_RUN", "PASS"}
    lines = (
        line for file in (acme / "out/apdu").iterdir() for line in file.read_text().splitlines()
    )
    entered = [line for line in lines if '">":"00200098‹redacted' in line]
    assert len(entered) == 1


def test_a_worker_that_dies_costs_its_test_and_no_more(acme: Path):
    """In two processes: the target takes one of them with it, once; another takes over."""
    (acme / "crash_once").touch()
    words = ["-p", "no:terminal", "-n", "2", "--silent", "--select", "JPKI-PIN-01"]
    words += ["--effort", "distilled", "--campaign", str(acme), "--destructive"]
    words += ["--target", "acme:AcmeBench", "--ics", str(acme / "acme.toml")]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", *words, "suites"],
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
        env=environment(acme) | {"PYTHONPATH": str(acme)},
        timeout=300,
    )
    records = {record.id: record for record in Ledger(acme).records()}
    assert records.keys() == read_plan(acme).keys(), done.stdout + done.stderr
    died = [r for r in records.values() if r.verdict is Verdict.ERROR]
    assert [r.findings[0].reason for r in died] == ["the process died in this test"]


def test_a_statement_that_denies_everything_is_no_success(acme: Path):
    file = acme / "acme.toml"
    file.write_text(re.sub(r'" = true', '" = false', file.read_text()), encoding="utf-8")
    done = acme_run(acme, "--select", "JPKI-SIG-01")
    assert done.returncode == ExitStatus.FAIL, "for the target has what is denied"


def test_an_unplugged_reader_is_the_benchs_error(acme: Path):
    (acme / "unplugged").touch()
    done = acme_run(acme, *QUICK, "--json")
    assert done.returncode == ExitStatus.ERROR
    judged = json.loads(done.stdout)["requirements"]["JPKI-TOK-01"]
    assert judged["verdict"] == "ERROR"
    assert "reader unplugged" in judged["reason"]


def test_a_target_that_kills_the_run_loses_nothing_and_can_be_resumed(acme: Path):
    (acme / "crash").touch()
    words = ("--select", "JPKI-PIN-01", "--select", "JPKI-TOK-01", "--effort", "distilled")
    done = acme_run(acme, *words)
    assert done.returncode == ExitStatus.ERROR
    kept = Ledger(acme / "out").records()
    assert any("the target's process died" in f.reason for r in kept for f in r.findings)

    (acme / "crash").unlink()
    again = command("run", "--resume", "out", "--json", cwd=acme)
    told = json.loads(again.stdout)["requirements"]
    assert told["JPKI-TOK-01"]["verdict"] == "PASS", told
    assert told["JPKI-PIN-01"]["verdict"] == "PASS", told


def test_run_conformance_judges_an_object(acme: Path):
    code = (
        "from pathlib import Path\n"
        "from acme import AcmeBench\n"
        "from reports.run import run_conformance\n"
        "result = run_conformance(AcmeBench, Path('acme.toml'), ('JPKI-J-08',), out=Path('c'))\n"
        "print(result.status.name)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=False,
        cwd=acme,
        env=environment(acme),
    )
    assert done.stdout.split()[-1:] == ["PASS"], done.stdout + done.stderr


def test_suites_that_cannot_be_read_are_the_fault_of_the_bench(tmp_path: Path):
    """Whatever had been planned: pytest runs nothing then."""
    write_json(tmp_path / PLAN, {"suites/test_x.py::test_y": ["REQ-0-b"]})
    errors = tmp_path / COLLECTION_ERRORS
    errors.write_text("suites/test_z.py: ImportError\nNo module named 'a'\n", encoding="utf-8")
    resolved = resolve("reference", None)
    options = RunOptions("reference", None, (), 1, "quick", (), False, 1, str(tmp_path))
    with pytest.raises(BenchError, match=r"read: suites/test_z\.py.*No module named 'a'"):
        finish(tmp_path, options, resolved)
