"""Samples that were taken elsewhere: judged file by file, shown as a table or as one object."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from rich.table import Table
from rich.text import Text

from fixtures.outcome import UsageError
from fixtures.verdict import Verdict, worst
from suites.random_numbers import ais31_2011 as ais31
from suites.random_numbers import ais31_2024
from suites.random_numbers.ais31_2011 import Drawing, Judged, Procedure
from suites.random_numbers.bits import BitOrder, BitReader

REQUIREMENT = "REQ-1-2-a"  # random numbers meet AIS 31
PROFILES = ("ais31-2011", "ais31-2024")
WIDEST = 4_096  # bits of an internal random number
LIMITS = (
    "A pass says that these tests found nothing. Statistics on output that was processed "
    "afterwards never prove entropy: a counter passes procedure B, a generator without any seed "
    "passes everything."
)


@dataclass(frozen=True)
class JudgedFile:
    """One sample with what its procedures came to."""

    file: Path
    size: int  # bytes
    sha256: str
    procedures: tuple[Judged, ...]

    @property
    def verdict(self) -> Verdict:
        return worst(judged.verdict for judged in self.procedures)


@dataclass(frozen=True)
class Asked:
    """How samples are to be read. ``UsageError`` for what cannot be."""

    profile: str
    width: int
    order: str
    drawing: str

    def __post_init__(self) -> None:
        if self.profile not in PROFILES:
            raise UsageError(f"--profile {self.profile!r} is not known; use {', '.join(PROFILES)}")
        if not 1 <= self.width <= WIDEST:
            raise UsageError(f"--width {self.width} is no width; 1 to {WIDEST} bits are possible")
        for option, value, known in (
            ("--bit-order", self.order, BitOrder),
            ("--draw", self.drawing, Drawing),
        ):
            if value not in list(known):
                raise UsageError(f"{option} {value!r} is not known; use {' or '.join(known)}")


def judge_files(
    files: Sequence[Path], asked: Asked, told: Callable[[str], None] = lambda _: None
) -> list[JudgedFile]:
    """Judge each file; ``told`` is called with what is done next.

    ``UsageError`` names the first file that cannot be read or is empty.
    """
    opened = [(file, _opened(file)) for file in files]  # all, before the first is judged
    return [_judged(file, data, asked, told) for file, data in opened]


def _opened(file: Path) -> np.ndarray[Any, np.dtype[np.uint8]]:
    try:
        if file.stat().st_size == 0:
            raise UsageError(f"{file}: is empty; take a sample first")
        return np.memmap(file, np.uint8, "r")
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or str(error)
        raise UsageError(f"{file}: cannot be read ({why}); name a file of raw bytes") from None


def _judged(
    file: Path, data: np.ndarray[Any, np.dtype[np.uint8]], asked: Asked, told: Callable[[str], None]
) -> JudgedFile:
    order = BitOrder(asked.order)
    done = []
    for name, run in _procedures(asked).items():
        told(f"{file.name}: {name}")
        done.append(ais31.judge(name, run, BitReader(data, order)))
    digest = hashlib.sha256()
    for start in range(0, data.size, 1 << 24):
        digest.update(np.asarray(data[start : start + (1 << 24)]).data)
    return JudgedFile(file, data.size, digest.hexdigest(), tuple(done))


def _procedures(asked: Asked) -> dict[str, Callable[[BitReader], Procedure]]:
    """The procedures of a profile; each begins at the front of the sample."""
    if asked.profile == "ais31-2024":
        return {"T_irn": ais31_2024.trial}
    drawing = Drawing(asked.drawing)
    return {
        "A": lambda reader: ais31.procedure_a(reader, drawing, asked.width),
        "B": ais31.procedure_b,
    }


def to_json(found: Sequence[JudgedFile], asked: Asked) -> dict[str, Any]:
    """The one JSON object of ``judge rng --json``, without the suite's identity."""
    findings = [
        {"id": f"{asked.profile}.{judged.name}", **asdict(finding)}
        for one in found
        for judged in one.procedures
        for finding in judged.findings(REQUIREMENT, one.file.name)
    ]
    return {
        "verdict": worst(one.verdict for one in found),
        "findings": findings,
        "procedures": [
            {
                "file": one.file.name,
                "procedure": judged.name,
                "verdict": judged.verdict,
                "reason": judged.reason,
                "runs": len(judged.runs),
                "bits_used": sum(run.bits_used for run in judged.runs),
                "false_alarm": judged.false_alarm,
            }
            for one in found
            for judged in one.procedures
        ],
        "metrics": {
            "files": len(found),
            "family_wise_false_alarm": ais31.family_wise(
                [judged for one in found for judged in one.procedures]
            ),
        },
        "profile": asdict(asked),
        "limits": LIMITS,
        "inputs": [
            {"name": one.file.name, "sha256": one.sha256, "size": one.size} for one in found
        ],
    }


COLOURS = {Verdict.PASS: "green", Verdict.FAIL: "bold red", Verdict.INCONCLUSIVE: "yellow"}


def table(one: JudgedFile) -> Table:
    """Each kind of test with its extremes and its bound, then the procedures."""
    shown = Table(box=None, pad_edge=False, header_style="bold", title=str(one.file))
    shown.add_column("test", no_wrap=True)
    for name in ("tests", "failed", "least", "most", "bound"):
        shown.add_column(name, justify="right", no_wrap=True)
    shown.add_column("false alarm each", justify="right", no_wrap=True)
    for judged in one.procedures:
        for number, run in enumerate(judged.runs, 1):
            _add_rows(shown, run, f" (run {number})" if len(judged.runs) > 1 else "")
        verdict = Text(f"{judged.name}: ").append(str(judged.verdict), COLOURS[judged.verdict])
        shown.add_row(verdict, "", "", "", "", "", f"{judged.false_alarm:.1e}")
    return shown


def reasons(one: JudgedFile) -> list[str]:
    """Why a procedure did not simply pass, one line each."""
    return [f"{judged.name}: {judged.reason}" for judged in one.procedures if judged.reason]


def _add_rows(shown: Table, run: Procedure, which: str) -> None:
    alarms = ais31_2024.FALSE_ALARMS if run.name == "T_irn" else ais31.FALSE_ALARMS
    for name in dict.fromkeys(test.name for test in run.basic):
        basic = [test for test in run.basic if test.name == name]
        failed = sum(not test.passed for test in basic)
        values = [test.statistic for test in basic]
        low, high = basic[0].low, basic[0].high
        bound = f"{low:g} … {high:g}" if low is not None and high is not None else ""
        bound = bound or (f"> {low:g}" if low is not None else f"≤ {high:g}")
        shown.add_row(
            name + which, str(len(basic)), Text(str(failed), style="bold red" if failed else ""),
            f"{min(values):.6g}", f"{max(values):.6g}", bound, f"{alarms[name]:.1e}",
        )  # fmt: skip
