"""From findings of tests to verdicts of requirements, and from those to an exit status.

Pure: records in, verdicts out. Rules: the worst finding wins; NOT_APPLICABLE only when all are;
a requirement with nothing executed is never PASS; zero executed tests is never success.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import IntEnum, unique
from typing import TYPE_CHECKING

from fixtures.verdict import BENCH, Finding, Verdict, worst

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from fixtures.catalogue.load import Catalogue


@unique
class ExitStatus(IntEnum):
    """What the process says to whoever started it."""

    PASS = 0
    FAIL = 1
    INCONCLUSIVE = 2  # or not run
    ERROR = 3  # of the bench
    USAGE = 4  # usage, empty selection, incomplete statement


@dataclass(frozen=True)
class TestRecord:
    """What the ledger keeps of one test."""

    __test__ = False  # a record, not a test class

    id: str
    requirements: tuple[str, ...]
    findings: tuple[Finding, ...]
    t_start: float  # seconds since the epoch
    t_end: float
    evidence: str | None
    seed: int

    @property
    def verdict(self) -> Verdict:
        return worst(finding.verdict for finding in self.findings)


@dataclass(frozen=True)
class RequirementVerdict:
    """The verdict of one requirement with the reason and the test that decided it."""

    id: str
    verdict: Verdict
    reason: str
    decided_by: str
    tests: int
    executed: int


UNEXECUTED = (Verdict.NOT_RUN, Verdict.NOT_APPLICABLE)


def judge_requirement(id_: str, records: Iterable[TestRecord]) -> RequirementVerdict:
    """The worst of what the tests found about this requirement."""
    told = [(f, r.id) for r in records for f in r.findings if f.requirement == id_]
    verdict = worst(finding.verdict for finding, _ in told)
    reason, test = next(
        ((finding.reason, test) for finding, test in told if finding.verdict is verdict),
        ("no test of it was executed", ""),
    )
    tests = {test for _, test in told}
    ran = {test for finding, test in told if finding.verdict not in UNEXECUTED}
    return RequirementVerdict(id_, verdict, reason, test, len(tests), len(ran))


def judge_campaign(
    selected: Iterable[str], records: Iterable[TestRecord]
) -> dict[str, RequirementVerdict]:
    """Verdict of every selected requirement, by id in the order given."""
    records = list(records)
    by_id: dict[str, list[TestRecord]] = {}
    for record in records:
        for finding in record.findings:
            by_id.setdefault(finding.requirement, []).append(record)
    return {id_: judge_requirement(id_, by_id.get(id_, [])) for id_ in selected}


def bench_fault(records: Iterable[TestRecord]) -> str:
    """Why a run is void, if it is: a judge failed its self-test, or the target was damaged.

    A check of the bench that never ran says nothing: such a run was interrupted, and shows it.
    """
    for record in records:
        for finding in record.findings:
            if finding.requirement == BENCH and finding.verdict not in (*UNEXECUTED, Verdict.PASS):
                return finding.reason
    return ""


def voided(
    verdicts: Mapping[str, RequirementVerdict], reason: str
) -> dict[str, RequirementVerdict]:
    """The verdicts of a run that says nothing: ERROR, with what had been found before."""
    return {
        id_: replace(
            judged,
            verdict=Verdict.ERROR,
            reason=f"the run is void: {reason} (found before: {judged.verdict})",
        )
        for id_, judged in verdicts.items()
    }


def overall(verdicts: Mapping[str, RequirementVerdict], catalogue: Catalogue) -> Verdict:
    """The worst verdict that counts.

    A conditional requirement that was not run because the host lacks something is listed, but
    does not count; everything else does, at every level.
    """
    return worst(_counted(verdicts, catalogue))


def _counted(
    verdicts: Mapping[str, RequirementVerdict], catalogue: Catalogue
) -> tuple[Verdict, ...]:
    return tuple(
        judged.verdict
        for judged in verdicts.values()
        if judged.verdict is not Verdict.NOT_RUN
        or catalogue.requirements[judged.id].level != "conditional"
    )


STATUS = {
    Verdict.FAIL: ExitStatus.FAIL,
    Verdict.ERROR: ExitStatus.ERROR,
    Verdict.INCONCLUSIVE: ExitStatus.INCONCLUSIVE,
    Verdict.NOT_RUN: ExitStatus.INCONCLUSIVE,
}
"""Exit status of an overall verdict; PASS for all others, if anything was executed."""


def exit_status(
    verdicts: Mapping[str, RequirementVerdict], catalogue: Catalogue, executed: int
) -> ExitStatus:
    """The exit status of a campaign; nothing executed is never a success."""
    counted = _counted(verdicts, catalogue)
    status = STATUS.get(worst(counted), ExitStatus.PASS) if counted else ExitStatus.PASS
    if status is ExitStatus.PASS and not executed:
        return ExitStatus.INCONCLUSIVE
    return status


def executed_tests(records: Iterable[TestRecord]) -> int:
    """How many tests really ran, those of the bench itself apart."""
    return sum(
        record.verdict not in UNEXECUTED and record.requirements != (BENCH,) for record in records
    )
