"""From findings of tests to verdicts of requirements, and from those to an exit status.

Pure: records in, verdicts out. Rules: the worst finding wins; NOT_APPLICABLE only when all are;
a requirement with nothing executed is never PASS; zero executed tests is never success.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum, unique
from typing import TYPE_CHECKING

from fixtures.verdict import Finding, Verdict, worst

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


UNEXECUTED = (Verdict.NOT_RUN, Verdict.NOT_APPLICABLE)


def judge_requirement(id_: str, records: Iterable[TestRecord]) -> RequirementVerdict:
    """The worst of what the tests found about this requirement."""
    told = [(f, r.id) for r in records for f in r.findings if f.requirement == id_]
    verdict = worst(finding.verdict for finding, _ in told)
    reason, test = next(
        ((finding.reason, test) for finding, test in told if finding.verdict is verdict),
        ("no test of it was executed", ""),
    )
    return RequirementVerdict(id_, verdict, reason, test, len({test for _, test in told}))


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


def exit_status(
    verdicts: Mapping[str, RequirementVerdict], catalogue: Catalogue, executed: int
) -> ExitStatus:
    """The exit status of a campaign.

    A conditional requirement that was not run because the host lacks something is listed but
    does not change the status; everything else counts at every level.
    """
    counted = {
        v.verdict
        for v in verdicts.values()
        if not (
            v.verdict is Verdict.NOT_RUN and catalogue.requirements[v.id].level == "conditional"
        )
    }
    if Verdict.FAIL in counted:
        return ExitStatus.FAIL
    if Verdict.ERROR in counted:
        return ExitStatus.ERROR
    if counted & {Verdict.INCONCLUSIVE, Verdict.NOT_RUN}:
        return ExitStatus.INCONCLUSIVE
    return ExitStatus.PASS if executed else ExitStatus.INCONCLUSIVE


def executed_tests(records: Iterable[TestRecord]) -> int:
    """How many tests really ran."""
    return sum(record.verdict not in UNEXECUTED for record in records)
