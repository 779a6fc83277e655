"""Re-judging a campaign from its transcripts: the same scenarios, no device, the same verdicts.

Every test whose scenario is determined by seed and answers is run again on the recorded answers
(``fixtures.targets.replay``) and judged anew. Then, test by test, the two judgements are compared:

- both say the same of every requirement: the record *agrees*;
- they differ: the record is contradicted (FAIL);
- the scenario went another way than the record (another version of the suite, a changed
  transcript): nothing can be said of it (INCONCLUSIVE);
- only a device can tell, or nothing was judged then (NOT_RUN, ERROR): *taken* as recorded.
"""

from __future__ import annotations

import tempfile
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fixtures.outcome import UsageError
from fixtures.verdict import BENCH, Finding, Verdict, worst
from reports.campaign import read_options, suite_identity
from reports.json_output import JsonFinding, json_input
from reports.judgement import CampaignResult
from reports.ledger import Ledger
from reports.run import start
from reports.verdicts import STATUS, ExitStatus, TestRecord

if TYPE_CHECKING:
    from collections.abc import Iterable

UNJUDGED = (Verdict.NOT_RUN, Verdict.ERROR)


@dataclass(frozen=True)
class Rejudged:
    """How a second judgement compares with the record.

    Attributes
    ----------
    agreed
        Tests judged again to the same end.
    taken
        Test → why it was taken as recorded.
    findings
        What contradicts the record, or could not be compared.
    """

    agreed: tuple[str, ...]
    taken: dict[str, str]
    findings: tuple[Finding, ...]

    @property
    def verdict(self) -> Verdict:
        """PASS when nothing contradicts the record and something was judged again."""
        if self.findings:
            return worst(finding.verdict for finding in self.findings)
        return Verdict.PASS if self.agreed else Verdict.INCONCLUSIVE

    @property
    def status(self) -> ExitStatus:
        return STATUS.get(self.verdict, ExitStatus.PASS)

    def to_json(self, folder: Path) -> dict[str, Any]:
        return {
            "verdict": self.verdict,
            "findings": [
                JsonFinding(id=f.subject, **asdict(f)).model_dump(mode="json")
                for f in self.findings
            ],
            "metrics": {
                "agreed": len(self.agreed),
                "taken": len(self.taken),
                "contradicted": sum(f.verdict is Verdict.FAIL for f in self.findings),
            },
            "taken": self.taken,
            "inputs": [json_input(folder / "ledger.jsonl").model_dump()],
            "suite": suite_identity(),
        }


def replay(folder: Path, out: Path | None = None) -> CampaignResult:
    """A new campaign on the transcripts of another. ``UsageError`` when the folder is none."""
    folder = folder.resolve()
    recorded = read_options(folder)
    if recorded.target.startswith("replay:"):
        raise UsageError(f"{folder}: is a replay itself; name the campaign it was made from")
    options = replace(recorded, target=f"replay:{folder}", ics=None, faults=(), workers=1)
    return start(options, out)


def rejudge(folder: Path) -> Rejudged:
    """Replay a campaign in a folder that goes away, and compare."""
    recorded = Ledger(folder).records()
    with tempfile.TemporaryDirectory() as scratch:
        again = replay(folder, Path(scratch) / "replay").records
    return compare(recorded, again)


def compare(recorded: Iterable[TestRecord], again: Iterable[TestRecord]) -> Rejudged:
    """Pure: two judgements of the same tests, held against each other."""
    now = {record.id: record for record in again}
    agreed, taken, findings = [], {}, []
    for record in recorded:
        if record.requirements == (BENCH,) or record.id.startswith("campaign::"):
            continue
        other = now.get(record.id)
        if why := _not_judged(record, other):
            taken[record.id] = why
        elif other is None or other.verdict is Verdict.ERROR:
            reason = other.findings[0].reason if other else "the suite has no such test any more"
            findings += [
                Finding(id_, Verdict.INCONCLUSIVE, reason, record.id) for id_ in record.requirements
            ]
        elif differing := _differing(record, other):
            findings += differing
        else:
            agreed.append(record.id)
    return Rejudged(tuple(agreed), taken, tuple(findings))


def _not_judged(record: TestRecord, other: TestRecord | None) -> str:
    if record.verdict in UNJUDGED:
        return f"recorded as {record.verdict}: {record.findings[0].reason}"
    if other is not None and other.verdict is Verdict.NOT_RUN:
        return other.findings[0].reason
    return ""


def _differing(record: TestRecord, other: TestRecord) -> list[Finding]:
    then, now = _by_requirement(record), _by_requirement(other)
    return [
        Finding(
            id_,
            Verdict.FAIL,
            f"recorded as {then.get(id_, 'nothing')}, "
            f"but the transcript shows {now.get(id_, 'nothing')}",
            record.id,
        )
        for id_ in sorted(then.keys() | now.keys())
        if then.get(id_) != now.get(id_)
    ]


def _by_requirement(record: TestRecord) -> dict[str, Verdict]:
    ids = {finding.requirement for finding in record.findings}
    return {id_: worst(f.verdict for f in record.findings if f.requirement == id_) for id_ in ids}
