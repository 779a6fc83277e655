"""Running a campaign: a folder, a process that runs the tests, and the judgement at the end.

The tests run in a child process. A target that takes its process with it (a vendor's native
adapter may) then costs one test, not the campaign: what the ledger holds is judged, the test
that was going on is ERROR, the rest NOT_RUN, and ``--resume`` goes on from there.
"""

from __future__ import annotations

import fnmatch
import os
import subprocess
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from fixtures.catalogue.load import load_catalogue
from fixtures.outcome import BenchError, UsageError
from fixtures.pytest_bed import resolved_key
from fixtures.secrecy import traces
from fixtures.targets.resolve import Factory, Resolved, resolve
from fixtures.verdict import Finding, Verdict, worst
from reports.campaign import (
    COLLECTION_ERRORS,
    CURRENT,
    ROOT,
    RunOptions,
    new_folder,
    read_options,
    read_plan,
    suite_identity,
    utc_now,
    write_run,
)
from reports.json_output import JsonFinding, json_input
from reports.ledger import Ledger, write_results
from reports.pytest_verdicts import died
from reports.verdicts import (
    ExitStatus,
    RequirementVerdict,
    TestRecord,
    executed_tests,
    exit_status,
    judge_campaign,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

SECRECY = "campaign::no_secret_in_any_file"
SECRECY_RULE = "REQ-4-2-b"
SECRETS = ("user_pin", "password", "administrator_key")


@dataclass(frozen=True)
class CampaignResult:
    """What a campaign came to."""

    folder: Path
    verdicts: dict[str, RequirementVerdict]
    records: list[TestRecord]
    status: ExitStatus

    def to_json(self) -> dict[str, Any]:
        """The one JSON object of ``run --json``."""
        return {
            "verdict": overall(self.verdicts.values()),
            "findings": [
                JsonFinding(id=record.id, **asdict(f)).model_dump(mode="json")
                for record in self.records
                for f in record.findings
                if f.verdict is not Verdict.PASS
            ],
            "requirements": {id_: asdict(judged) for id_, judged in self.verdicts.items()},
            "metrics": {"tests": len(self.records), "executed": executed_tests(self.records)},
            "inputs": [json_input(self.folder / "ics.toml").model_dump()],
            "campaign": str(self.folder),
            "suite": suite_identity(),
        }


def overall(verdicts: Iterable[RequirementVerdict]) -> Verdict:
    """The worst verdict that counts; a conditional requirement not run does not."""
    requirements = load_catalogue().requirements
    return worst(
        v.verdict
        for v in verdicts
        if not (v.verdict is Verdict.NOT_RUN and requirements[v.id].level == "conditional")
    )


def selected_ids(patterns: tuple[str, ...]) -> list[str]:
    """The requirements that patterns choose of those with a test. ``UsageError`` for none."""
    catalogue = load_catalogue()
    for pattern in patterns:
        if not fnmatch.filter(catalogue.requirements, pattern):
            raise UsageError(
                f"--select {pattern!r} matches no requirement; "
                "`jpki-conformance requirements` lists them"
            )
    chosen = [
        id_
        for id_ in catalogue.automated
        if any(fnmatch.fnmatchcase(id_, pattern) for pattern in patterns or ("*",))
    ]
    if not chosen:
        raise UsageError(
            f"--select {' '.join(patterns)!r} matches only requirements that are planned, "
            "none with a test; `jpki-conformance requirements` shows the coverage"
        )
    return chosen


def start(options: RunOptions, out: Path | None) -> CampaignResult:
    """A new campaign in a child process.

    Raises ``UsageError`` before anything runs: unknown target, bad statement, empty selection,
    unwritable folder.
    """
    selected_ids(options.select)
    resolved = resolve_options(options)
    folder = new_folder(out, options.target, utc_now()).resolve()
    write_run(folder, options, resolved, utc_now())
    _run_child(folder, options)
    return finish(folder, options, resolved)


def resume(folder: Path) -> CampaignResult:
    """Do what an interrupted campaign left undone. ``UsageError`` when it is none."""
    folder = folder.resolve()
    options = read_options(folder)
    resolved = resolve_options(options)
    _run_child(folder, options)
    return finish(folder, options, resolved)


def run_conformance(
    target: str | Factory,
    ics: Path,
    select: tuple[str, ...] = (),
    *,
    out: Path | None = None,
    seed: int = 1,
    effort: str = "quick",
    destructive: bool = False,
) -> CampaignResult:
    """The suite as one function, for a vendor's own tests; the target may be any factory.

    Runs in this process. The result's ``status`` is ``ExitStatus.PASS`` when all is well.
    Raises ``UsageError`` like the command line.
    """
    resolved = resolve(target, ics.resolve(), seed=seed)
    options = RunOptions(
        resolved.name, str(ics.resolve()), select, seed, effort, (), destructive, 1
    )
    return run_here(options, resolved, out)


def run_here(options: RunOptions, resolved: Resolved, out: Path | None) -> CampaignResult:
    """A new campaign in this process, silently, without the files other tools read."""
    selected_ids(options.select)
    folder = new_folder(out, resolved.name, utc_now()).resolve()
    write_run(folder, options, resolved, utc_now())
    quietly = ["--silent", "-W", "ignore::pytest.PytestAssertRewriteWarning"]
    pytest.main([*_arguments(folder, options), *quietly], plugins=[_Given(resolved)])
    return finish(folder, options, resolved)


class _Given:
    """Hands an already resolved target to the session."""

    def __init__(self, resolved: Resolved) -> None:
        self._resolved = resolved

    @pytest.hookimpl(tryfirst=True)
    def pytest_configure(self, config: pytest.Config) -> None:
        config.stash[resolved_key] = self._resolved


def finish(folder: Path, options: RunOptions, resolved: Resolved) -> CampaignResult:
    """Judge what the ledger of a campaign holds, and write the sorted results."""
    ids = selected_ids(options.select)
    ledger = Ledger(folder)
    plan = read_plan(folder)
    if not plan:
        raise BenchError(_why_nothing_ran(folder))
    _close_broken_test(folder, ledger)
    recorded = {record.id for record in ledger.records()}
    never = [never_started(folder, test, i) for test, i in plan.items() if test not in recorded]
    if SECRECY_RULE in ids and not never:
        ledger.append(search_for_secrets(folder, resolved, options.seed))
    records = ledger.records()
    write_results(folder, records)
    verdicts = judge_campaign(ids, [*records, *never])
    status = exit_status(verdicts, load_catalogue(), executed_tests(records))
    return CampaignResult(folder, verdicts, [*records, *never], status)


def never_started(folder: Path, test: str, ids: list[str]) -> TestRecord:
    """The record of a test that never started; not in the ledger, because it is no event."""
    reason = f"never started; finish with `run --resume {folder.name}`"
    findings = tuple(Finding(id_, Verdict.NOT_RUN, reason) for id_ in ids)
    return TestRecord(test, tuple(ids), findings, 0.0, 0.0, None, 0)


def search_for_secrets(folder: Path, resolved: Resolved, seed: int) -> TestRecord:
    """Every file of the campaign is searched for every secret of the statement."""
    began = time.time()
    secrets = [
        resolved.statement.secret(n) for n in SECRETS if getattr(resolved.statement.secrets, n)
    ]
    found = []
    for file in sorted(path for path in folder.rglob("*") if path.is_file()):
        text = file.read_text(encoding="utf-8", errors="replace")
        found += [
            Finding(
                SECRECY_RULE, Verdict.FAIL, f"{file.relative_to(folder)} holds a secret as {form}"
            )
            for secret in secrets
            for form in traces(secret, text)
        ]
    findings = tuple(found) or (Finding(SECRECY_RULE, Verdict.PASS),)
    return TestRecord(SECRECY, (SECRECY_RULE,), findings, began, time.time(), None, seed)


def resolve_options(options: RunOptions) -> Resolved:
    ics = Path(options.ics) if options.ics else None
    return resolve(options.target, ics, faults=options.faults, seed=options.seed)


def _run_child(folder: Path, options: RunOptions) -> None:
    """Runs until all is done, or the child dies; its progress goes to standard error."""
    environment = os.environ | {"ALLURE_NO_ANALYTICS": "true"}
    here = str(Path.cwd())  # a vendor's adapter lies where he stands
    environment["PYTHONPATH"] = os.pathsep.join(filter(None, [here, os.environ.get("PYTHONPATH")]))
    argv = [sys.executable, "-m", "pytest", *_arguments(folder, options)]
    argv += ["--junitxml", str(folder / "junit.xml")]
    argv += ["--alluredir", str(folder / "allure-results")]
    subprocess.run(argv, check=False, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL)


def _arguments(folder: Path, options: RunOptions) -> list[str]:
    words = ["-p", "no:terminal", "--rootdir", str(ROOT), "-c", str(ROOT / "pyproject.toml")]
    words += ["--campaign", str(folder), "--target", options.target, "--seed", str(options.seed)]
    words += ["--effort", options.effort]
    words += ["--ics", options.ics] if options.ics else []
    words += [f"--select={pattern}" for pattern in options.select]
    words += [word for fault in options.faults for word in ("--fault", fault)]
    words += ["--destructive"] if options.destructive else []
    words += ["-n", str(options.workers)] if options.workers > 1 else []
    return [*words, str(ROOT / "suites")]


def _close_broken_test(folder: Path, ledger: Ledger) -> None:
    """The test in which the process ended, if one was left open, is ERROR."""
    current = folder / CURRENT
    if not current.exists():
        return
    test = current.read_text(encoding="utf-8")
    if test not in {record.id for record in ledger.records()}:
        ledger.append(died(folder, test, "the run ended in this test: the target's process died"))
    current.unlink()


def _why_nothing_ran(folder: Path) -> str:
    errors = folder / COLLECTION_ERRORS
    if errors.exists():
        lines = [line for line in errors.read_text(encoding="utf-8").splitlines() if line.strip()]
        return f"the suites cannot be read: {lines[0]} … {lines[-1]}"
    return "the tests did not start; the lines above say why"
