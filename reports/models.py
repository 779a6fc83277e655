"""Many models side by side: the matrix of makers and OS versions, and what the choice covers.

REQ-3-1-h asks that issue and use work on every maker and OS version: its matrix has a cell for
each pair, and the cell's verdict is the worst of the campaigns there. REQ-3-1-i asks that the
models vary in six fields: counted is how many values each field takes. Pure, but for reading.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from rich.table import Table
from rich.text import Text

from fixtures.catalogue.load import load_catalogue
from fixtures.outcome import UsageError
from fixtures.verdict import Finding, Verdict, worst
from reports.campaign import read_run, suite_identity
from reports.json_output import JsonFinding, json_input
from reports.judgement import judge
from reports.ledger import LEDGER
from reports.terminal import coloured
from reports.verdicts import STATUS, ExitStatus, overall

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from rich.console import Console

MATRIX, CHOICE = "REQ-3-1-h", "REQ-3-1-i"
SIX_FIELDS = ("maker", "soc", "gp_se_type", "release_year", "os_version", "device_class")
FIELDS_JA = ("メーカ", "SoC", "GP-SE種別", "発売年度", "OSバージョン", "クラス")
LEAST_MODELS = 2  # one shows no variation


@dataclass(frozen=True)
class ModelRun:
    """One campaign as the matrix sees it."""

    folder: Path
    identity: dict[str, str]
    verdict: Verdict
    requirements: dict[str, Verdict]


@dataclass(frozen=True)
class Models:
    """The matrix, the variety, and what they say of the two requirements."""

    makers: tuple[str, ...]
    os_versions: tuple[str, ...]
    cells: dict[tuple[str, str], Verdict]  # only pairs that were measured
    variety: dict[str, int]  # field → how many values
    findings: tuple[Finding, ...]

    @property
    def verdict(self) -> Verdict:
        return worst(finding.verdict for finding in self.findings)

    @property
    def status(self) -> ExitStatus:
        return STATUS.get(self.verdict, ExitStatus.PASS)


def read_model_run(folder: Path) -> ModelRun:
    """The campaign in a folder. ``UsageError`` when it is none, or its identity is incomplete."""
    identity = read_run(folder).get("target")
    if not isinstance(identity, dict):
        raise UsageError(f"{folder}: run.json names no target; name a campaign folder")
    if missing := [name for name in (*SIX_FIELDS, "specimen_id") if not identity.get(name)]:
        raise UsageError(
            f"{folder}: run.json says nothing of {', '.join(missing)}; "
            "such a record cannot stand beside others"
        )
    verdicts = judge(folder).verdicts
    return ModelRun(
        folder,
        {name: str(value) for name, value in identity.items()},
        overall(verdicts, load_catalogue()),
        {id_: judged.verdict for id_, judged in verdicts.items()},
    )


def judge_models(runs: Sequence[ModelRun], needed: Sequence[str]) -> Models:
    """Pure: runs in, matrix out. ``needed`` are the requirements that issue and use consist of."""
    cells: dict[tuple[str, str], Verdict] = {}
    for run in runs:
        place = run.identity["maker"], run.identity["os_version"]
        cells[place] = worst([run.verdict, *([cells[place]] if place in cells else [])])
    variety = {name: len({run.identity[name] for run in runs}) for name in SIX_FIELDS}
    return Models(
        tuple(sorted({maker for maker, _ in cells})),
        tuple(sorted({version for _, version in cells})),
        cells,
        variety,
        (_matrix_finding(runs, cells, needed), _choice_finding(runs, variety)),
    )


def _matrix_finding(
    runs: Sequence[ModelRun], cells: dict[tuple[str, str], Verdict], needed: Sequence[str]
) -> Finding:
    bad = [f"{maker}, {version}: {v}" for (maker, version), v in cells.items() if v in NOT_GREEN]
    if bad:
        verdict = worst(v for v in cells.values() if v in NOT_GREEN)
        return Finding(MATRIX, verdict, "not green: " + "; ".join(bad))
    if len(cells) < LEAST_MODELS:
        return Finding(MATRIX, Verdict.INCONCLUSIVE, "one maker and OS version shows no variation")
    unjudged = [i for i in needed if any(run.requirements.get(i) != Verdict.PASS for run in runs)]
    if unjudged:
        told = f"all cells are green, but not every run judges {', '.join(unjudged)}"
        return Finding(MATRIX, Verdict.INCONCLUSIVE, told)
    return Finding(MATRIX, Verdict.PASS)


NOT_GREEN = (Verdict.FAIL, Verdict.ERROR, Verdict.INCONCLUSIVE, Verdict.NOT_RUN)


def _choice_finding(runs: Sequence[ModelRun], variety: dict[str, int]) -> Finding:
    specimens = [
        (r.identity["maker"], r.identity["model"], r.identity["specimen_id"]) for r in runs
    ]
    twice = sorted({" ".join(one) for one in specimens if specimens.count(one) > 1})
    if twice:
        told = f"measured more than once: {', '.join(twice)}"
        return Finding(CHOICE, Verdict.INCONCLUSIVE, told)
    if alike := [name for name, count in variety.items() if count < LEAST_MODELS]:
        told = f"all models are alike in {', '.join(alike)}"
        return Finding(CHOICE, Verdict.INCONCLUSIVE, told)
    return Finding(CHOICE, Verdict.PASS)


def needed_for_issue_and_use() -> list[str]:
    """The requirements that the matrix rolls up."""
    requirements = load_catalogue().requirements
    return [id_ for id_, requirement in requirements.items() if MATRIX in requirement.implies]


def to_json(models: Models, runs: Sequence[ModelRun]) -> dict[str, Any]:
    """The one JSON object of ``matrix --json``."""
    return {
        "verdict": models.verdict,
        "findings": [
            JsonFinding(
                id="matrix", verdict=f.verdict, requirement=f.requirement, reason=f.reason
            ).model_dump(mode="json")
            for f in models.findings
        ],
        "matrix": [
            {"maker": maker, "os_version": version, "verdict": verdict}
            for (maker, version), verdict in models.cells.items()
        ],
        "metrics": {"campaigns": len(runs), **models.variety},
        "inputs": [json_input(run.folder / LEDGER).model_dump() for run in runs],
        "suite": suite_identity(),
    }


def print_models(console: Console, models: Models, *, japanese: bool) -> None:
    """The matrix, the variety, and the two requirements."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("メーカ" if japanese else "maker")
    for version in models.os_versions:
        table.add_column(version)
    for maker in models.makers:
        found = [models.cells.get((maker, version)) for version in models.os_versions]
        table.add_row(maker, *(Text("–", style="dim") if v is None else coloured(v) for v in found))
    console.print(table)
    names = FIELDS_JA if japanese else SIX_FIELDS
    told = ", ".join(f"{name} {n}" for name, n in zip(names, models.variety.values(), strict=True))
    console.print(f"\n{'値の種類' if japanese else 'distinct values'}: {told}")
    for finding in models.findings:
        line = Text(f"{finding.requirement}  ").append_text(coloured(finding.verdict))
        console.print(line.append(f"  {finding.reason}" if finding.reason else ""), soft_wrap=True)
