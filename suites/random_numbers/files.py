"""Samples that were taken elsewhere: judged file by file, shown as a table or as one object."""

from __future__ import annotations

import hashlib
import math
import os
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rich.table import Table
from rich.text import Text

from fixtures.outcome import UsageError
from fixtures.verdict import Verdict, worst
from suites.progress import Told, part_of, silent
from suites.random_numbers import ais31_2011 as ais31
from suites.random_numbers import ais31_2024
from suites.random_numbers.ais31_2011 import Drawing, Judged, Procedure, Rounds
from suites.random_numbers.assessed import Assessed, Track, assess_data
from suites.random_numbers.bits import BitOrder, BitReader
from suites.random_numbers.lz78y import Counted

REQUIREMENT = "REQ-1-2-a"  # random numbers meet AIS 31
PROFILES = ("ais31-2011", "ais31-2024", "sp800-90b")
WIDEST = 4_096  # bits of an internal random number
LIMITS = (
    "A pass says that these tests found nothing. Statistics on output that was processed "
    "afterwards never prove entropy: a counter passes procedure B, a generator without any seed "
    "passes everything."
)
LIMITS_JA = (
    "合格とは、これらの検定で異常が見つからなかったことを意味する。後処理された出力の統計はエントロピーの"
    "証明にならない。単なるカウンタも手順Bに合格し、シードのない生成器はすべてに合格する。"
)


@dataclass(frozen=True)
class JudgedFile:
    """One sample with what its procedures came to."""

    file: Path
    size: int  # bytes
    sha256: str
    procedures: tuple[Judged | Rounds | Assessed, ...]

    @property
    def verdict(self) -> Verdict:
        return worst(judged.verdict for judged in self.procedures)


@dataclass(frozen=True)
class Asked:
    """How samples are to be read. ``UsageError`` for what cannot be."""

    profile: str
    width: int | None = None  # bits; None: 8 for sp800-90b, 1 otherwise
    order: str = "msb"
    drawing: str = "consecutive"
    whole: bool = False
    claim: float | None = None
    independent: bool = False
    complete: bool = False
    restarts: bool = False
    lz78y: str = "prefixes"

    @property
    def bits(self) -> int:
        return self.width or (8 if self.profile == "sp800-90b" else 1)

    @property
    def track(self) -> Track:
        """What of it concerns SP 800-90B."""
        return Track(
            self.bits, Counted(self.lz78y), self.claim, self.independent, self.complete,
            self.restarts,
        )  # fmt: skip

    def __post_init__(self) -> None:
        if self.profile not in PROFILES:
            raise UsageError(f"--profile {self.profile!r} is not known; use {', '.join(PROFILES)}")
        widest = 8 if self.profile == "sp800-90b" else WIDEST
        if self.width is not None and not 1 <= self.width <= widest:
            raise UsageError(f"--width {self.width} is no width; 1 to {widest} bits are possible")
        self._insist_on_profile()
        if self.claim is not None and not 0 < self.claim <= self.bits:
            raise UsageError(f"--claim {self.claim:g} is no entropy of {self.bits} bits a symbol")
        for option, value, known in (
            ("--bit-order", self.order, BitOrder),
            ("--draw", self.drawing, Drawing),
            ("--lz78y", self.lz78y, Counted),
        ):
            if value not in list(known):
                raise UsageError(f"{option} {value!r} is not known; use {' or '.join(known)}")

    def _insist_on_profile(self) -> None:
        """An option of another profile would be passed over, and its test believed to be done."""
        entropy = self.profile == "sp800-90b"
        given = {
            "--iid": self.independent, "--complete": self.complete, "--restarts": self.restarts,
            "--claim": self.claim is not None, "--lz78y": self.lz78y != "prefixes",
        } if not entropy else {
            "--whole": self.whole, "--draw": self.drawing != "consecutive",
            "--bit-order": self.order != "msb",
        }  # fmt: skip
        if wrong := [option for option, is_given in given.items() if is_given]:
            needed = "--profile ais31-2011 or ais31-2024" if entropy else "--profile sp800-90b"
            raise UsageError(
                f"{wrong[0]} says nothing to profile {self.profile}; it needs {needed}"
            )


def judge_files(files: Sequence[Path], asked: Asked, told: Told = silent) -> list[JudgedFile]:
    """Judge each file; ``told`` is called with what is done next.

    ``UsageError`` names the first file that cannot be read or is empty.
    """
    opened = [(file, SampleFile(file)) for file in files]  # all, before the first is judged
    return [
        _judged(file, data, asked, part_of(told, number, len(opened)))
        for number, (file, data) in enumerate(opened)
    ]


class SampleFile:
    """A file read like an array of bytes; what is not asked for is not in memory.

    ``UsageError`` when it cannot be read, is empty, or becomes shorter while it is read.
    """

    def __init__(self, file: Path) -> None:
        self._file = file
        try:
            self._open = file.open("rb", buffering=0)
            self.size = os.fstat(self._open.fileno()).st_size
        except OSError as error:
            raise UsageError(
                f"{file}: cannot be read ({error.strerror}); name a file of raw bytes"
            ) from None
        if self.size == 0:
            raise UsageError(f"{file}: is empty; take a sample first")

    def __getitem__(self, part: slice, /) -> NDArray[np.uint8]:
        begin, end, _ = part.indices(self.size)
        try:
            content = os.pread(self._open.fileno(), end - begin, begin)
        except OSError as error:
            raise UsageError(
                f"{self._file}: cannot be read ({error.strerror}); name a file of raw bytes"
            ) from None
        if len(content) != end - begin:
            raise UsageError(
                f"{self._file}: became shorter while it was read; wait until it is complete"
            )
        return np.frombuffer(content, np.uint8)


def _judged(file: Path, data: SampleFile, asked: Asked, told: Told) -> JudgedFile:
    done: list[Judged | Rounds | Assessed] = []
    if asked.profile == "sp800-90b":
        done += assess_data(file, data, asked.track, os.cpu_count() or 1, told)
    order = BitOrder(asked.order)
    procedures = _procedures(asked)
    for number, (name, run) in enumerate(procedures.items()):
        part = part_of(told, number, len(procedures))
        part(f"{file.name}: {name}")
        done.append(ais31.judge(name, run, BitReader(data, order)))
        if asked.whole:
            done.append(ais31.stream(name, run, BitReader(data, order), part))
    digest = hashlib.sha256()
    for start in range(0, data.size, 1 << 24):
        digest.update(data[start : start + (1 << 24)].data)
    return JudgedFile(file, data.size, digest.hexdigest(), tuple(done))


def _procedures(asked: Asked) -> dict[str, Callable[[BitReader], Procedure]]:
    """The procedures of a profile; each begins at the front of the sample."""
    if asked.profile == "sp800-90b":
        return {}
    if asked.profile == "ais31-2024":
        return {"T_irn": ais31_2024.trial}
    drawing = Drawing(asked.drawing)
    return {
        "A": lambda reader: ais31.procedure_a(reader, drawing, asked.bits),
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
                "false_alarm": judged.false_alarm,
                **judged.summary(),
            }
            for one in found
            for judged in one.procedures
        ],
        "metrics": {
            "files": len(found),
            "family_wise_false_alarm": family_wise(found),
        },
        "profile": asdict(asked),
        "limits": LIMITS,
        "inputs": [
            {"name": one.file.name, "sha256": one.sha256, "size": one.size} for one in found
        ],
    }


def family_wise(found: Sequence[JudgedFile]) -> float | None:
    """Probability that an ideal source fails anything here; ``None`` where no test has one.

    The estimates of the non-IID track have none: they bound an entropy, and reject nothing.
    """
    alarms = [p.false_alarm for one in found for p in one.procedures if p.false_alarm is not None]
    return 1 - math.prod(1 - alarm for alarm in alarms) if alarms else None


COLOURS = {Verdict.PASS: "green", Verdict.FAIL: "bold red", Verdict.INCONCLUSIVE: "yellow"}


def table(one: JudgedFile) -> Table:
    """Each kind of test with its extremes and its bound, then the procedures."""
    shown = Table(box=None, pad_edge=False, header_style="bold", title=str(one.file))
    shown.add_column("test", no_wrap=True)
    for name in ("tests", "failed", "least", "most", "bound"):
        shown.add_column(name, justify="right", no_wrap=True)
    shown.add_column("false alarm", justify="right", no_wrap=True)
    for judged in one.procedures:
        if isinstance(judged, Judged):
            for number, run in enumerate(judged.runs, 1):
                _add_rows(shown, run, f" (run {number})" if len(judged.runs) > 1 else "")
        alarm = "" if judged.false_alarm is None else f"{judged.false_alarm:.1e}"
        shown.add_row(_named(judged), "", "", "", "", "", alarm)
    return shown


def _named(judged: Judged | Rounds | Assessed) -> Text:
    return Text(f"{judged.name}: ").append(str(judged.verdict), COLOURS[judged.verdict])


def table_of_entropy(one: JudgedFile) -> Table:
    """Each estimate or test of SP 800-90B with its bound, then what is assessed."""
    shown = Table(box=None, pad_edge=False, header_style="bold", title=str(one.file))
    shown.add_column("estimate or test", no_wrap=True)
    for name in ("value", "bound"):
        shown.add_column(name, justify="right", no_wrap=True)
    shown.add_column("note")
    for part in one.procedures:
        if not isinstance(part, Assessed):
            continue
        for row in part.rows:
            bound = "" if row.bound is None else f"{row.bound:.6g}"
            style = "bold red" if row.passed is False else ""
            value = f"{row.value:.6f}".rstrip("0").rstrip(".") if row.told is None else row.told
            shown.add_row(Text(row.name, style=style), value, bound, row.note)
        shown.add_row(_named(part), f"{part.min_entropy:.6f}", "", "bits a symbol, assessed")
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
