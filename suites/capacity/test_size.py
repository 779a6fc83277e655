"""How large the applet of the target is, as it was loaded and as it is installed (REQ-6-4)."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from fixtures.bench import Bench
from fixtures.ics.statement import Statement
from fixtures.outcome import BenchError, Inconclusive
from fixtures.verdict import Findings
from suites.capacity.cap_file import CapError
from suites.capacity.containers import read_cap
from suites.capacity.plan import Plan, PlanError, read_plan
from suites.capacity.size import Footprint, Stage, judge_footprint, judge_size, size_of


def countermeasures(statement: Statement) -> Plan | None:
    """The record that the statement names, if it names one."""
    file = statement.pixit.size_plan
    if not file:
        return None
    try:
        return read_plan(Path(file).read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, PlanError) as error:
        raise BenchError(f"size_plan {file}: {error}; see docs/capacity.md") from None


@pytest.mark.requirement("REQ-6-4-a", "REQ-6-4-b", "REQ-6-4-c", "REQ-6-4-d")
@pytest.mark.needs("applet.image")
def test_the_applet_is_as_small_as_the_deck_wants_it(bench: Bench, findings: Findings):
    """Limit, expectation and deck value; what is told of the footprint is what the memory lost."""
    plan = countermeasures(bench.statement)
    try:
        cap = read_cap(bench.load_file())
    except CapError as error:
        raise Inconclusive(f"the load file cannot be read: {error}") from None
    told = bench.installed_footprint()
    footprint = Footprint(told.told, told.free_before, told.free_after)
    size = size_of("applet", cap, footprint.taken)
    stage = Stage(bench.statement.pixit.applet_stage)
    findings += judge_size(size, stage, plan, datetime.now(UTC).date())
    findings.append(judge_footprint("applet", footprint, cap))
