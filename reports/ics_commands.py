"""``ics new`` and ``ics check``: making a capability statement, and finding all its faults."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.text import Text

from fixtures.catalogue.load import load_catalogue
from fixtures.catalogue.model import UsedBy, ValueType
from fixtures.ics.statement import faults_of, files_of, load_statement
from fixtures.outcome import BenchError, UsageError
from fixtures.verdict import Verdict
from reports.campaign import suite_identity
from reports.json_output import JsonFinding, json_input
from reports.verdicts import ExitStatus

if TYPE_CHECKING:
    from rich.console import Console

HEAD = Path(__file__).resolve().parent.parent / "fixtures" / "ics" / "template.toml"
KINDS = {
    ValueType.BOOLEAN: "true | false",
    ValueType.INTEGER: "a number | false",
    ValueType.TEXT: "a text | false",
}


@dataclass(frozen=True)
class Checked:
    """What a statement lacks."""

    file: Path
    faults: tuple[str, ...]  # file, place and remedy in each
    unresolved: tuple[str, ...]  # secrets that cannot be had now; no fault of the statement
    limits: dict[str, int]

    @property
    def status(self) -> ExitStatus:
        return ExitStatus.USAGE if self.faults else ExitStatus.PASS

    def to_json(self) -> dict[str, Any]:
        """The one JSON object of ``ics check --json``."""
        verdict = Verdict.FAIL if self.faults else Verdict.PASS
        findings = [
            JsonFinding(id="ics", verdict=Verdict.FAIL, requirement="REQ-3-1-i", reason=fault)
            for fault in self.faults
        ]
        return {
            "verdict": verdict,
            "findings": [finding.model_dump(mode="json") for finding in findings],
            "metrics": {"faults": len(self.faults), "unresolved": len(self.unresolved)},
            "unresolved": list(self.unresolved),
            "limits": self.limits,
            "inputs": [json_input(self.file).model_dump()],
            "suite": suite_identity(),
        }


def new_statement(profile: str = "gpse") -> str:
    """A statement to be filled in, with every capability and what it asks."""
    if profile not in ("gpse", "card"):
        raise UsageError(f"--profile {profile!r} is not known; use gpse or card")
    head = HEAD.read_text(encoding="utf-8").replace('profile = "gpse"', f'profile = "{profile}"')
    lines, later = [], []
    for name, capability in load_catalogue().capabilities.items():
        kind = KINDS[capability.value]
        if capability.used_by is UsedBy.NOW:
            lines += [f"# {capability.title} ({kind})", f"# {capability.title_ja}"]
            lines += [f'"{name}" = false', ""]
        else:
            later.append(f'# "{name}" = false  # {capability.title} ({kind})')
    return "\n".join([head.rstrip(), "", "[capabilities]", *lines,
                      "# No check asks for these yet:", *later, ""])  # fmt: skip


def write_new(file: Path, profile: str) -> None:
    """Write a new statement; ``UsageError`` where a file lies already."""
    try:
        with file.open("x", encoding="utf-8") as target:
            target.write(new_statement(profile))
    except FileExistsError:
        raise UsageError(f"{file}: is there already; name another with --out") from None
    except OSError as error:
        raise UsageError(f"{file}: cannot be written ({error.strerror}); name another") from None


def check(file: Path) -> Checked:
    """Every fault of a statement. ``UsageError`` when it cannot be read or is not TOML at all."""
    faults = faults_of(file)
    if faults:
        return Checked(file, tuple(faults), (), {})
    statement = load_statement(file)
    unresolved = []
    for name in statement.secrets.named():
        if getattr(statement.secrets, name).startswith("prompt:"):
            unresolved.append(f"{name} will be asked for when a run begins")
            continue
        try:
            statement.secret(name)
        except BenchError as error:
            unresolved.append(str(error))
    unresolved += [
        f"{place}: the file {name} cannot be read; check the path"
        for place, name in files_of(statement).items()
        if not Path(name).is_file()
    ]
    return Checked(file, (), tuple(unresolved), statement.limits.model_dump())


def print_checked(console: Console, checked: Checked) -> None:
    """The faults, or that there are none; then what a run will need."""
    for fault in checked.faults:
        console.print(Text(fault, style="red"), soft_wrap=True)
    if checked.faults:
        console.print(f"{len(checked.faults)} faults; the statement is refused as it is")
        return
    console.print(Text(f"{checked.file}: complete", style="green"), soft_wrap=True)
    for missing in checked.unresolved:
        console.print(Text(missing, style="yellow"), soft_wrap=True)
    told = ", ".join(f"{name} {value:,}" for name, value in checked.limits.items())
    console.print(f"limits over all campaigns: {told}")
