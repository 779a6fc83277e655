"""The list of operational issues that belongs to the target (REQ-6-3-d)."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from fixtures.ics.records import read_record
from fixtures.ics.statement import Statement
from fixtures.verdict import Finding, Findings, Verdict
from suites.coexistence.issues import REQUIREMENT, IssuesError, judge_issues, read_issues

UNNAMED = (
    "people must list the issues of coexistence and their dispositions, and name the file under "
    "[pixit] coexistence_issues (docs/platform.md)"
)


@pytest.mark.requirement(REQUIREMENT)
def test_every_issue_of_coexistence_has_a_disposition(statement: Statement, findings: Findings):
    """Each topic of the deck, each issue answered, nothing overdue."""
    file = statement.pixit.coexistence_issues
    if not file:
        findings.append(Finding(REQUIREMENT, Verdict.MANUAL_PENDING, UNNAMED))
        return
    try:
        told = read_issues(read_record(file, "coexistence_issues"))
    except IssuesError as error:
        findings.append(Finding(REQUIREMENT, Verdict.FAIL, f"{error}; see docs/platform.md", file))
        return
    findings.append(judge_issues(told, statement.target.model, datetime.now(UTC).date()))
