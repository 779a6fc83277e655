"""Taps as files have them, and what `judge positions` makes of them."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

from fixtures.verdict import Verdict
from suites.contactless.position_files import Asked, JudgedPositions, judge_files

HEAD = "reader,firmware,phone,position,try,result,type\n"
DECK = ("centre", "+x", "-x", "+y", "-y", "+z")


def judge(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "reports.command_line", "judge", "positions", *words],
        capture_output=True, text=True, check=False, timeout=100,
    )  # fmt: skip


def written(folder: Path, text: str, name: str = "taps.csv") -> Path:
    file = folder / name
    file.write_text(text, encoding="utf-8")
    return file


def taps(
    results: str, pair: str = "R,1.0,P", positions: Iterable[str] = DECK, spoken: str = "B"
) -> str:
    """A line for each sign of ``results`` at each position."""
    return "".join(
        f"{pair},{position},{number},{result},{spoken}\n"
        for position in positions
        for number, result in enumerate(results, 1)
    )


def judged(folder: Path, text: str, asked: Asked | None = None) -> JudgedPositions:
    return judge_files([written(folder, HEAD + text)], asked or Asked())


def reasons(found: JudgedPositions, requirement: str, verdict: Verdict) -> list[str]:
    findings = [one.finding for one in found.judged]
    return [
        f"{f.subject}: {f.reason}"
        for f in findings
        if (f.requirement, f.verdict) == (requirement, verdict)
    ]
