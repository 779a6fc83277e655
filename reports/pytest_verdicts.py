"""Verdicts, ledger and plan as a pytest plugin; the same with and without xdist.

A test ends in findings, one or more for each requirement it speaks for. They travel as one user
property of the teardown report, so they survive the way from a worker; whoever holds the ledger
(the controller, or the only process) appends them in order of arrival.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from fixtures.catalogue.load import load_catalogue, matches
from fixtures.outcome import (
    BenchError,
    Inconclusive,
    NotApplicable,
    NotRun,
    UsageError,
    Violation,
)
from fixtures.pytest_bed import needs_of, requirements_of, the_target, transcript_name, unfit_key
from fixtures.verdict import BENCH, Finding, Findings, Verdict
from reports.campaign import COLLECTION_ERRORS, CURRENT, PLAN, read_plan, write_json
from reports.ledger import Ledger, canonical, from_json, to_json
from reports.terminal import Progress
from reports.verdicts import TestRecord

if TYPE_CHECKING:
    from collections.abc import Generator

RECORD = "record"
DONE = "done"  # key of the tests a worker leaves out

findings_key = pytest.StashKey[list[Finding]]()
ending_key = pytest.StashKey[BaseException]()
started_key = pytest.StashKey[float]()
all_items_key = pytest.StashKey[list[pytest.Item]]()


class FindingsFailed(AssertionError):  # noqa: N818  an ending
    """The test went to its end and found faults on the way."""


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("jpki target")
    group.addoption("--select", action="append", default=[], help="pattern over requirement ids")
    group.addoption("--silent", action="store_true", help="show no progress of the campaign")


def pytest_configure(config: pytest.Config) -> None:
    """Whoever holds the ledger takes the records: the controller, or the only process."""
    campaign: Path | None = config.getoption("campaign")
    if campaign is not None and not hasattr(config, "workerinput"):
        silent, select = config.getoption("silent"), config.getoption("select")
        progress = None if silent else Progress(read_plan, campaign, select)
        config.pluginmanager.register(LedgerKeeper(Ledger(campaign), campaign, progress))


@pytest.fixture
def findings(request: pytest.FixtureRequest) -> Findings:
    found = Findings()
    request.node.stash[findings_key] = found
    return found


@pytest.fixture
def all_items(request: pytest.FixtureRequest) -> list[pytest.Item]:
    """Every collected test, also those this run leaves out."""
    return request.config.stash[all_items_key]


# --- collection ---------------------------------------------------------------------------


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    config.stash[all_items_key] = list(items)
    try:
        items[:] = sorted((i for i in items if not _claimed(i, config)), key=_place)
        refuse_unknown_ids(items)
    except UsageError as error:
        raise pytest.UsageError(str(error)) from None
    patterns: list[str] = config.getoption("select")
    campaign: Path | None = config.getoption("campaign")
    if campaign is None and not patterns:
        return
    keep = [item for item in items if _selected(item, patterns)]
    if not any(requirements_of(item) != (BENCH,) for item in keep):
        keep = []  # the bench alone is no campaign
    if campaign is not None:
        keep = _plan(config, campaign, keep)
    config.hook.pytest_deselected(items=[item for item in items if item not in set(keep)])
    items[:] = keep


def refuse_unknown_ids(items: list[pytest.Item]) -> None:
    """``UsageError`` for a test that names a requirement or capability nobody knows."""
    catalogue = load_catalogue()
    for item in items:
        for id_ in requirements_of(item):
            if id_ not in catalogue.requirements and id_ != BENCH:
                raise UsageError(f"{item.nodeid}: {id_} is not in the catalogue; correct the id")
        for id_ in needs_of(item):
            if id_ not in catalogue.capabilities:
                raise UsageError(f"{item.nodeid}: {id_} is no capability id; correct it")


def _selected(item: pytest.Item, patterns: list[str]) -> bool:
    return any(id_ == BENCH or matches(id_, patterns) for id_ in requirements_of(item))


def _claimed(item: pytest.Item, config: pytest.Config) -> bool:
    """True for the probe of a denial that the statement does not make."""
    mark = item.get_closest_marker("denied")
    return mark is not None and the_target(config).statement.has(mark.args[0])


PLACES = {"first": 0, "self-test": 1, "last": 4}


def _place(item: pytest.Item) -> int:
    """Where a test stands: checks of the bench around all others, what destroys after the rest."""
    mark = item.get_closest_marker("bench_check")
    if mark is not None:
        return PLACES[mark.args[0]]
    return 3 if item.get_closest_marker("destructive") else 2


def _plan(config: pytest.Config, campaign: Path, items: list[pytest.Item]) -> list[pytest.Item]:
    """Write down what will be done, and leave out what an interrupted run has done already."""
    worker = getattr(config, "workerinput", {}).get("workerid", "gw0")
    if worker == "gw0":
        plan = {item.nodeid: list(requirements_of(item)) for item in items}
        write_json(campaign / PLAN, plan)
    worker_input = getattr(config, "workerinput", None)
    done = set(finished(campaign) if worker_input is None else worker_input[DONE])
    return [item for item in items if item.nodeid not in done]


def finished(campaign: Path) -> list[str]:
    """Tests that need not run again: recorded, and not ended by the bench or left out."""
    again = (Verdict.ERROR, Verdict.NOT_RUN)
    return [
        record.id
        for record in Ledger(campaign).records()
        if record.verdict not in again and record.requirements != (BENCH,)
    ]


# --- running ------------------------------------------------------------------------------


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_protocol(item: pytest.Item) -> None:
    campaign: Path | None = item.config.getoption("campaign")
    if campaign is not None:
        (campaign / CURRENT).write_text(item.nodeid, encoding="utf-8")


@pytest.hookimpl(wrapper=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> Generator[None, object, object]:
    """A test that noted failures and went on still fails at its end."""
    result = yield
    bad = [f for f in pyfuncitem.stash.get(findings_key, []) if f.verdict is not Verdict.PASS]
    if bad:
        raise FindingsFailed("\n".join(f.reason for f in bad))
    return result


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    if call.when == "setup":
        item.stash[started_key] = call.start
    if call.excinfo is not None and ending_key not in item.stash:
        item.stash[ending_key] = call.excinfo.value
    if call.excinfo is not None and item.get_closest_marker("bench_check"):
        # What would be found with such a bench says nothing, and may cost a device its tries.
        item.config.stash[unfit_key] = f"the bench is not fit: {_reason(call.excinfo.value)}"
    if call.when == "teardown" and requirements_of(item):
        record = record_of(item, call.stop)
        item.user_properties.append((RECORD, canonical(to_json(record))))
        item.user_properties.extend(("requirement", id_) for id_ in record.requirements)
        item.user_properties.append(("verdict", str(record.verdict)))
    report = yield
    if call.excinfo is None or not requirements_of(item):
        return report
    if isinstance(call.excinfo.value, NotApplicable | NotRun):
        report.outcome = "skipped"
        report.longrepr = (str(item.path), 0, str(call.excinfo.value))
    elif item.config.getoption("campaign") is not None:
        # A traceback shows the arguments of calls, and some of them are secrets.
        report.longrepr = _reason(call.excinfo.value)
        report.sections.clear()
    return report


def record_of(item: pytest.Item, stop: float) -> TestRecord:
    """The record of a finished test."""
    evidence = None
    campaign: Path | None = item.config.getoption("campaign")
    if campaign is not None:
        file = Path("apdu") / f"{transcript_name(item.nodeid)}.jsonl"
        evidence = str(file) if (campaign / file).exists() else None
    ids = requirements_of(item)
    found = item.stash.get(findings_key, [])
    findings = judge_ending(ids, found, item.stash.get(ending_key, None))
    seed: int = item.config.getoption("seed")
    return TestRecord(item.nodeid, ids, findings, item.stash[started_key], stop, evidence, seed)


def judge_ending(
    ids: tuple[str, ...], found: list[Finding], ending: BaseException | None
) -> tuple[Finding, ...]:
    """Findings of a test from those it noted and the way it ended."""
    findings = list(found)
    if isinstance(ending, Violation):
        findings.append(Finding(ending.requirement, Verdict.FAIL, str(ending)))
    judged = {finding.requirement for finding in findings}
    for id_ in ids:
        if isinstance(ending, FindingsFailed | Violation | type(None)) and id_ in judged:
            continue
        findings.append(_ended(id_, ending))
    return tuple(findings)


ENDINGS: tuple[tuple[tuple[type[BaseException], ...], Verdict], ...] = (
    ((NotApplicable,), Verdict.NOT_APPLICABLE),
    ((NotRun, pytest.skip.Exception), Verdict.NOT_RUN),
    ((Inconclusive,), Verdict.INCONCLUSIVE),
    ((AssertionError,), Verdict.FAIL),
)
"""What an ending says of a requirement; anything else is the bench's ERROR."""


def _ended(id_: str, ending: BaseException | None) -> Finding:
    if ending is None or isinstance(ending, FindingsFailed):
        return Finding(id_, Verdict.PASS)
    if isinstance(ending, Violation):
        reason = f"not judged: the test ended at a violation of {ending.requirement}"
        return Finding(id_, Verdict.INCONCLUSIVE, reason)
    for kinds, verdict in ENDINGS:
        if isinstance(ending, kinds):
            return Finding(id_, verdict, _reason(ending))
    ours = isinstance(ending, BenchError | UsageError)
    name = "" if ours else f"{type(ending).__name__}: "
    return Finding(id_, Verdict.ERROR, name + _reason(ending))


def _reason(ending: BaseException) -> str:
    """One line, without pytest's own reading of an assertion."""
    told = str(ending).split("\nassert ")[0]
    return " ".join(told.split()) or f"an {type(ending).__name__} without words"


# --- keeping ------------------------------------------------------------------------------


class LedgerKeeper:
    """Takes records as they arrive, keeps them, and tells the progress."""

    def __init__(self, ledger: Ledger, campaign: Path, progress: Progress | None) -> None:
        self.ledger = ledger
        self.campaign = campaign
        self.progress = progress
        self._done = finished(campaign)

    @pytest.hookimpl(optionalhook=True)
    def pytest_configure_node(self, node: Any) -> None:
        """xdist: every worker, also one that replaces a dead one, collects the same tests."""
        node.workerinput[DONE] = self._done

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """A suite that cannot be read is the bench's fault; the reader finds it in a file."""
        if report.failed:
            with (self.campaign / COLLECTION_ERRORS).open("a", encoding="utf-8") as file:
                file.write(f"{report.nodeid}: {report.longreprtext}\n")

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        record = None
        if report.when == "teardown":
            told = dict(report.user_properties).get(RECORD)
            record = from_json(json.loads(str(told))) if told else None
        elif str(report.when) == "???":  # xdist: the worker died in this test
            record = died(self.campaign, report.nodeid, "the process died in this test")
        if record is not None:
            self.ledger.append(record)
            if self.progress is not None:
                self.progress.arrived(record)

    def pytest_sessionfinish(self, exitstatus: int) -> None:
        if exitstatus != pytest.ExitCode.INTERRUPTED:
            (self.campaign / CURRENT).unlink(missing_ok=True)
        if self.progress is not None:
            self.progress.close()


def died(campaign: Path, nodeid: str, reason: str) -> TestRecord:
    """The record of a test whose process did not live to write one."""
    ids = tuple(read_plan(campaign).get(nodeid, ()))
    findings = tuple(Finding(id_, Verdict.ERROR, reason) for id_ in ids)
    return TestRecord(nodeid, ids, findings, 0.0, 0.0, None, 0)
