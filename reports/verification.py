"""``verify``: is this campaign what was sealed, and do its transcripts bear out its verdicts?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from rich.text import Text

from fixtures.catalogue.load import load_catalogue
from fixtures.verdict import Verdict, worst
from reports.campaign import read_run, suite_identity
from reports.json_output import JsonFinding, json_input
from reports.judgement import judge
from reports.ledger import LEDGER
from reports.manifest import NotSealed, check_manifest, describe
from reports.rejudge import rejudge
from reports.terminal import coloured
from reports.verdicts import STATUS, ExitStatus, overall

if TYPE_CHECKING:
    from pathlib import Path

    from rich.console import Console

    from reports.manifest import Checked
    from reports.rejudge import Rejudged

SHOWN = 10  # changes told one by one


@dataclass(frozen=True)
class Verification:
    """What became of a campaign since it was sealed.

    Attributes
    ----------
    checked
        The files; ``None`` for a campaign that never came to its end.
    rejudged
        The second judgement, when one was asked for and the files are intact.
    recorded
        The verdict that the campaign itself came to.
    """

    folder: Path
    checked: Checked | None
    rejudged: Rejudged | None
    recorded: Verdict | None

    @property
    def verdict(self) -> Verdict:
        """Of the record, not of the target: PASS for the true record of a failure."""
        if self.checked is None:
            return Verdict.INCONCLUSIVE
        if self.checked.changes:
            return Verdict.FAIL
        return worst([Verdict.PASS, *([self.rejudged.verdict] if self.rejudged else [])])

    @property
    def status(self) -> ExitStatus:
        return STATUS.get(self.verdict, ExitStatus.PASS)

    def to_json(self) -> dict[str, Any]:
        """The one JSON object of ``verify --json``."""
        changes = self.checked.changes if self.checked else ()
        findings = [
            JsonFinding(
                id="integrity",
                verdict=Verdict.FAIL,
                requirement="",
                subject=change.path,
                reason=describe(change),
            ).model_dump(mode="json")
            for change in changes
        ]
        again = self.rejudged.to_json(self.folder) if self.rejudged else None
        return {
            "verdict": self.verdict,
            "recorded": self.recorded,
            "seal": self.checked.seal if self.checked else None,
            "findings": findings + (again["findings"] if again else []),
            "metrics": {
                "files": self.checked.files if self.checked else 0,
                "bytes": self.checked.bytes if self.checked else 0,
                **(again["metrics"] if again else {}),
            },
            "taken": again["taken"] if again else {},
            "inputs": [json_input(self.folder / LEDGER).model_dump()]
            if (self.folder / LEDGER).exists()
            else [],
            "suite": suite_identity(),
        }


def verify(folder: Path, *, again: bool, seal: str | None) -> Verification:
    """Check the files of a campaign; with ``again`` judge its transcripts anew as well.

    ``UsageError`` when the folder is no campaign. What was changed is never judged again.
    """
    try:
        checked = check_manifest(folder, seal)
    except NotSealed:
        return Verification(folder, None, None, None)
    if checked.changes:
        return Verification(folder, checked, None, None)
    return Verification(
        folder,
        checked,
        rejudge(folder) if again else None,
        overall(judge(folder).verdicts, load_catalogue()),
    )


def print_verification(console: Console, found: Verification) -> None:
    """What was checked, what differs first, and what that means."""
    if found.checked is None:
        console.print(Text(f"{found.folder} is not sealed: its run has not ended"), soft_wrap=True)
        return
    for change in found.checked.changes[:SHOWN]:
        console.print(Text(describe(change), style="bold red"), soft_wrap=True)
    if len(found.checked.changes) > SHOWN:
        console.print(f"and {len(found.checked.changes) - SHOWN} more")
    console.print(f"{found.checked.files} files, {found.checked.bytes:,} bytes read")
    console.print(Text(f"seal {found.checked.seal or '(unreadable)'}"), soft_wrap=True)
    if found.rejudged is not None:
        _print_rejudged(console, found)
    line = Text("record   ").append_text(coloured(found.verdict))
    if found.recorded is not None:
        line.append("   of a campaign whose verdict is ").append_text(coloured(found.recorded))
    console.print(line)


def _print_rejudged(console: Console, found: Verification) -> None:
    again = found.rejudged
    if again is None:
        return
    for finding in again.findings[:SHOWN]:
        told = Text(f"{finding.requirement}  ").append_text(coloured(finding.verdict))
        console.print(told.append(f"  {finding.subject}: {finding.reason}"), soft_wrap=True)
    then, now = read_run(found.folder)["suite"]["commit"], suite_identity()["commit"]
    if then != now:
        console.print(Text(f"recorded by commit {then[:12]}, judged again by {now[:12]}"))
    console.print(
        f"{len(again.agreed)} tests judged again to the same verdict, "
        f"{len(again.findings)} findings differ, {len(again.taken)} taken as recorded"
    )
    for test, why in again.taken.items():
        console.print(Text(f"  {test}: {why}", style="dim"), soft_wrap=True)
