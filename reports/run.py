"""Running a campaign: a folder, a process that runs the tests, and the judgement at the end.

The tests run in a child process. A target that takes its process with it (a vendor's native
adapter may) then costs one test, not the campaign: what the ledger holds is judged, the test
that was going on is ERROR, the rest NOT_RUN, and ``--resume`` goes on from there.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from rich.console import Console

from fixtures.ics.prompted import handed_over
from fixtures.outcome import BenchError, UsageError
from fixtures.ports.held import lacking
from fixtures.ports.table import PORTS
from fixtures.pytest_bed import requirements_of, resolved_key
from fixtures.secrecy import traces
from fixtures.targets.resolve import Factory, Resolved, resolve
from fixtures.verdict import BENCH, Finding, Verdict
from reports.campaign import (
    COLLECTION_ERRORS,
    CURRENT,
    PLAN,
    ROOT,
    Interrupted,
    RunOptions,
    new_folder,
    read_options,
    read_plan,
    read_run,
    statement_sha256,
    utc_now,
    write_run,
)
from reports.collected import campaign_files
from reports.folder_stock import MANIFEST
from reports.html_report import write_html
from reports.judgement import SECRECY, SECRECY_RULE, CampaignResult, judge, selected_ids
from reports.junit import write_junit
from reports.ledger import Ledger, write_results
from reports.manifest import write_manifest
from reports.pytest_verdicts import died
from reports.tables import print_campaign
from reports.verdicts import (
    TestRecord,
)

if TYPE_CHECKING:
    from collections.abc import Collection


def start(options: RunOptions, out: Path | None) -> CampaignResult:
    """A new campaign in a child process.

    Raises ``UsageError`` before anything runs: unknown target, bad statement, empty selection,
    unwritable folder.
    """
    resolved = resolve_options(options)
    if options.workers > 1 and not resolved.is_reference:
        raise UsageError("-n: a device is one; only the reference runs in several processes")
    folder = _begin(options, resolved, out)
    _run_child(folder, options)
    return sealed(finish(folder, options, resolved))


def _begin(options: RunOptions, resolved: Resolved, out: Path | None) -> Path:
    """The folder of a new campaign, once all is checked that can be checked before."""
    selected_ids(options.select)
    shortest = check_bench(resolved)
    now = utc_now()
    folder = new_folder(out, options.target, now).resolve()
    write_run(folder, options, resolved, now, shortest_command=shortest)
    return folder


def check_bench(resolved: Resolved) -> int:
    """Find out before the first test what would end every test: ``BenchError``, one line.

    Secrets can be had, the target starts, and offers the ports its statement claims. Returns how
    many bytes a command must have for its link.
    """
    for name in resolved.statement.secrets.named():
        resolved.statement.secret(name)
    with resolved.open() as target:
        for capability, (port, method) in PORTS.items():
            if resolved.statement.has(capability) and not isinstance(target, port):
                raise lacking(capability, method)
        return int(getattr(target, "shortest_command", 0))


def resume(folder: Path) -> CampaignResult:
    """Do what an interrupted campaign left undone. ``UsageError`` when it is none."""
    folder = folder.resolve()
    options = read_options(folder)
    resolved = resolve_options(options)
    if read_run(folder)["ics_sha256"] != statement_sha256(resolved):
        raise UsageError(
            f"{resolved.statement_path}: is not the statement that {folder} was begun with; "
            "begin a new campaign"
        )
    check_bench(resolved)
    (folder / MANIFEST).unlink(missing_ok=True)  # until it ends, it is a campaign without a seal
    _run_child(folder, options)
    return sealed(finish(folder, options, resolved))


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
        resolved.name, str(ics.resolve()), select, seed, effort, (), destructive, 1, str(Path.cwd())
    )
    return sealed(run_here(options, resolved, out))


def run_here(
    options: RunOptions,
    resolved: Resolved,
    out: Path | None,
    tests: Collection[str] | None = None,
    files: Collection[str] | None = None,
) -> CampaignResult:
    """A new campaign in this process, silently, not sealed, without what other tools read.

    ``files``: where tests are looked for, all by default; ``tests``: of these no others are run,
    but for the bench's own.
    """
    folder = _begin(options, resolved, out)
    quietly = ["--silent", "-W", "ignore::pytest.PytestAssertRewriteWarning"]
    quietly += ["-p", "no:unraisableexception"]  # it collects garbage five times at the end
    pytest.main([*_arguments(folder, options, files), *quietly], plugins=[_Given(resolved, tests)])
    return finish(folder, options, resolved)


class _Given:
    """Hands an already resolved target to the session, and which tests to run."""

    def __init__(self, resolved: Resolved, tests: Collection[str] | None) -> None:
        self._resolved, self._tests = resolved, tests

    @pytest.hookimpl(tryfirst=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        if self._tests is not None:
            items[:] = [
                item
                for item in items
                if item.nodeid in self._tests or requirements_of(item) == (BENCH,)
            ]

    @pytest.hookimpl(tryfirst=True)
    def pytest_configure(self, config: pytest.Config) -> None:
        config.stash[resolved_key] = self._resolved


def finish(folder: Path, options: RunOptions, resolved: Resolved) -> CampaignResult:
    """Judge what the ledger of a campaign holds, and write the sorted results."""
    ledger = Ledger(folder)
    if not read_plan(folder) or (folder / COLLECTION_ERRORS).exists():  # then pytest ran nothing
        raise BenchError(_why_nothing_ran(folder))
    _close_broken_test(folder, ledger)
    write_results(folder, ledger.records())
    if (leaks := search_for_secrets(folder, resolved, options.seed)) is not None:
        ledger.append(leaks)
        write_results(folder, ledger.records())
    return judge(folder)


def sealed(result: CampaignResult) -> CampaignResult:
    """Write the reports of a finished campaign and seal its folder; nothing is written after."""
    write_junit(result.folder / "junit.xml", result.records)
    with (result.folder / "summary.txt").open("w", encoding="utf-8") as file:
        print_campaign(Console(file=file, width=120), result, japanese=False)
    write_html(result)
    return replace(result, seal=write_manifest(result.folder))


def search_for_secrets(folder: Path, resolved: Resolved, seed: int) -> TestRecord | None:
    """Every file of the campaign is searched for every secret of the statement.

    A record when one is found, None when not: that our files are clean says nothing good of
    the target's log.
    """
    began = time.time()
    statement = resolved.statement
    secrets = [statement.secret(name) for name in statement.secrets.named()]
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
    if not found:
        return None
    return TestRecord(SECRECY, (SECRECY_RULE,), tuple(found), began, time.time(), None, seed)


def resolve_options(options: RunOptions) -> Resolved:
    ics = Path(options.ics) if options.ics else None
    return resolve(
        options.target, ics, faults=options.faults, seed=options.seed, folder=Path(options.folder)
    )


def _run_child(folder: Path, options: RunOptions) -> None:
    """Runs until all is done, or the child dies; its progress goes to standard error."""
    environment = os.environ | {"ALLURE_NO_ANALYTICS": "true"}
    argv = [sys.executable, "-m", "pytest", *_arguments(folder, options)]
    argv += ["--alluredir", str(folder / "allure-results")]
    with handed_over(environment) as descriptors:
        child = subprocess.Popen(
            argv, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL,
            start_new_session=True, pass_fds=descriptors,
        )  # fmt: skip
        _wait_for(child, folder)


def _wait_for(child: subprocess.Popen[bytes], folder: Path) -> None:
    """A session of its own: on Ctrl-C the child is stopped by us, and closes its files in order."""
    try:
        child.wait()
    except KeyboardInterrupt:
        begun = (folder / PLAN).exists()
        child.send_signal(signal.SIGINT if begun else signal.SIGTERM)
        child.wait()
        raise Interrupted(
            f"interrupted; finish it with: jpki-conformance run --resume {folder}"
        ) from None


def _arguments(
    folder: Path, options: RunOptions, files: Collection[str] | None = None
) -> list[str]:
    # Warnings of a vendor's code are his affair; in `make test` they are errors, of ours.
    words = ["-p", "no:terminal", "-W", "default"]
    words += ["--rootdir", str(ROOT), "-c", str(ROOT / "pyproject.toml")]
    words += ["--campaign", str(folder), "--target", options.target, "--seed", str(options.seed)]
    words += ["--effort", options.effort, "--folder", options.folder]
    words += ["--ics", options.ics] if options.ics else []
    words += [f"--select={pattern}" for pattern in options.select]
    words += [word for fault in options.faults for word in ("--fault", fault)]
    words += ["--destructive"] if options.destructive else []
    words += ["-n", str(options.workers)] if options.workers > 1 else []
    return [*words, *(str(ROOT / file) for file in files or campaign_files())]


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
