"""Files of timed issuances, judged together. Pure but for its files.

What is judged is what a measurement can show: REQ-3-1-k, -l, -n, -o, -p, -s and -t (that a model
stands out). The deck's preset, people and plans are judged on a target.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from fixtures.outcome import UsageError
from fixtures.targets.turnaround_port import Run
from fixtures.verdict import BENCH, Finding, Verdict, worst
from suites.turnaround import judges, outliers
from suites.turnaround.files import TurnaroundFile, read_turnaround
from suites.turnaround.table import (
    MAKES_A_KEY,
    SECTIONS,
    judge_arithmetic,
    judge_dashes,
    judge_order,
    means,
)

ROUNDED = 0.101  # s, what nine sections rounded to a tenth may be off each other


@dataclass(frozen=True)
class Judged:
    """All files together."""

    files: tuple[TurnaroundFile, ...]
    runs: dict[str, tuple[Run, ...]]
    findings: tuple[Finding, ...]

    @property
    def verdict(self) -> Verdict:
        return worst(finding.verdict for finding in self.findings)


def judge_files(files: Sequence[Path]) -> Judged:
    """``UsageError`` for a file that cannot be read, or is given twice."""
    read: list[TurnaroundFile] = []
    runs: dict[str, tuple[Run, ...]] = {}
    for file in files:
        taken = read_turnaround(file)
        if any(taken.sha256 == other.sha256 for other in read):
            raise UsageError(f"{file}: the same times are in another file here; name each once")
        read.append(taken)
        for handset, of_file in taken.runs.items():
            runs[handset] = (*runs.get(handset, ()), *of_file)
    broken = [
        Finding(BENCH, Verdict.ERROR, trouble, one.file.name)
        for one in read
        for trouble in one.troubles
    ]
    return Judged(tuple(read), runs, (*broken, *_judged(runs)))


def _judged(runs: dict[str, tuple[Run, ...]]) -> Iterator[Finding]:
    for handset, taken in runs.items():
        subject = f"handset {handset}"
        yield judges.judge_count(subject, taken)
        dashes = judge_dashes(taken, subject)
        yield dashes
        yield judge_order(taken, ROUNDED, subject)
        if dashes.verdict is Verdict.PASS:
            yield judge_arithmetic(means(taken), subject)
    yield judges.judge_least(runs)
    yield judges.judge_waiting(runs)
    yield outliers.judge_outliers(
        lane_times(runs, "applet_for_app"), "Open Mobile API", "REQ-3-1-s"
    )
    making = lane_times(runs, "applet_for_tsm", MAKES_A_KEY)
    yield outliers.judge_outliers(making, "key generation", "REQ-3-1-t")


def lane_times(
    runs: dict[str, tuple[Run, ...]], lane: str, sections: tuple[str, ...] = ()
) -> dict[str, list[float]]:
    """Seconds of a lane in each run, by handset; in all sections where none are named."""
    asked = sections or SECTIONS
    return {
        handset: [judges.lane_time(run, lane, asked) for run in taken]
        for handset, taken in runs.items()
    }
