"""What a campaign came to: the verdicts that follow from what its ledger holds. Writes nothing."""

from __future__ import annotations

import fnmatch
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from fixtures.catalogue.load import load_catalogue, matches
from fixtures.outcome import UsageError
from fixtures.verdict import Finding, Verdict, family_wise
from reports.campaign import read_options, read_plan, suite_identity
from reports.json_output import JsonFinding, json_input
from reports.ledger import Ledger
from reports.verdicts import (
    ExitStatus,
    RequirementVerdict,
    TestRecord,
    bench_fault,
    executed_tests,
    exit_status,
    judge_campaign,
    overall,
    voided,
)

SECRECY = "campaign::no_secret_in_any_file"
SECRECY_RULE = "REQ-4-2-b"


@dataclass(frozen=True)
class CampaignResult:
    """What a campaign came to."""

    folder: Path
    verdicts: dict[str, RequirementVerdict]
    records: list[TestRecord]
    status: ExitStatus
    seal: str = ""  # of the manifest: whoever notes it can tell this campaign from any other

    @property
    def false_alarm(self) -> float | None:
        """Probability that a sound target fails by chance; ``None`` without statistical tests."""
        return family_wise(finding for record in self.records for finding in record.findings)

    def to_json(self) -> dict[str, Any]:
        """The one JSON object of ``run --json``."""
        return {
            "verdict": overall(self.verdicts, load_catalogue()),
            "findings": [
                JsonFinding(id=record.id, **asdict(f)).model_dump(mode="json")
                for record in self.records
                for f in record.findings
                if f.verdict is not Verdict.PASS
            ],
            "requirements": {id_: asdict(judged) for id_, judged in self.verdicts.items()},
            "metrics": {
                "tests": len(self.records),
                "executed": executed_tests(self.records),
                "family_wise_false_alarm": self.false_alarm,
            },
            "inputs": [json_input(self.folder / "ics.toml").model_dump()],
            "campaign": str(self.folder),
            "seal": self.seal,
            "suite": suite_identity(),
        }


def judge(folder: Path) -> CampaignResult:
    """The verdicts that follow from what a campaign's ledger holds; writes nothing."""
    ids = selected_ids(read_options(folder).select)
    records = Ledger(folder).records()
    if any(record.id == SECRECY for record in records):
        ids = list(dict.fromkeys([*ids, SECRECY_RULE]))  # whatever was asked for
    recorded = {record.id for record in records}
    plan = read_plan(folder)
    never = [never_started(folder, test, i) for test, i in plan.items() if test not in recorded]
    verdicts = judge_campaign(ids, [*records, *never])
    if fault := bench_fault(records):
        verdicts = voided(verdicts, fault)
    status = exit_status(verdicts, load_catalogue(), executed_tests(records))
    return CampaignResult(folder, verdicts, [*records, *never], status)


def selected_ids(patterns: tuple[str, ...]) -> list[str]:
    """The requirements that patterns choose of those with a test. ``UsageError`` for none."""
    catalogue = load_catalogue()
    for pattern in patterns:
        if not fnmatch.filter(catalogue.requirements, pattern):
            raise UsageError(
                f"--select {pattern!r} matches no requirement; "
                "`jpki-conformance requirements` lists them"
            )
    chosen = [id_ for id_ in catalogue.automated if matches(id_, patterns)]
    if not chosen:
        raise UsageError(
            f"--select {' '.join(patterns)!r} matches only requirements that are planned, "
            "none with a test; `jpki-conformance requirements` shows the coverage"
        )
    return chosen


def never_started(folder: Path, test: str, ids: list[str]) -> TestRecord:
    """The record of a test that never started; not in the ledger, because it is no event."""
    reason = f"never started; finish with `run --resume {folder.name}`"
    findings = tuple(Finding(id_, Verdict.NOT_RUN, reason) for id_ in ids)
    return TestRecord(test, tuple(ids), findings, 0.0, 0.0, None, 0)
