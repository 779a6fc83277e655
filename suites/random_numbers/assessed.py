"""SP 800-90B on samples from elsewhere: blocks of a million symbols, each held against a claim."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from fixtures.outcome import UsageError
from fixtures.verdict import Finding, Verdict
from suites.progress import Told, part_of
from suites.random_numbers import health, iid, restart, sp800_90b
from suites.random_numbers.bits import InsufficientDataError

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from suites.random_numbers.bits import Bytes
    from suites.random_numbers.lz78y import Counted

ALARM = "alarm"
DEFAULT_CLAIM = 0.8  # of the width: what a perfect source always reaches


@dataclass(frozen=True)
class Row:
    """One line of the table: what, its value, its bound, whether it holds (None: not asked)."""

    name: str
    value: float
    bound: float | None
    passed: bool | None
    note: str = ""
    unit: str | None = None
    told: str | None = None  # shown in place of a value that is no measurement


@dataclass(frozen=True)
class Assessed:
    """A block, or a restart matrix, with what it came to."""

    name: str
    rows: tuple[Row, ...]
    verdict: Verdict
    reason: str
    samples: int
    min_entropy: float
    false_alarm: float | None = None

    def findings(self, requirement: str, subject: str) -> list[Finding]:
        """One for each estimate or test, and one for the whole."""
        found = []
        for row in self.rows:
            verdict = Verdict.FAIL if row.passed is False else Verdict.PASS
            reason = row.note or f"{row.value:.6g}, bound {row.bound:.6g}"
            if row.passed is None:
                verdict, reason = Verdict.NOT_RUN, "not needed: another test has failed"
            reason = "" if verdict is Verdict.PASS else reason
            what = f"{subject}: {row.name} ({self.name})"
            found.append(
                Finding(requirement, verdict, reason, what, row.value, row.bound, row.unit)
            )
        whole = f"{subject}: {self.name}"
        return [
            *found,
            Finding(requirement, self.verdict, self.reason, whole, self.min_entropy, unit="bit"),
        ]

    def summary(self) -> dict[str, object]:
        return {"samples": self.samples, "min_entropy": self.min_entropy}


@dataclass(frozen=True)
class Track:
    """How a sample is assessed.

    ``claim``: bits a symbol, ``None`` for 0.8 of the width; ``independent``: the IID track;
    ``complete``: all its statistics for all permutations; ``restarts``: the sample is a matrix of
    1,000 restarts by 1,000 samples.
    """

    width: int
    counted: Counted
    claim: float | None = None
    independent: bool = False
    complete: bool = False
    restarts: bool = False

    @property
    def claimed(self) -> float:
        return DEFAULT_CLAIM * self.width if self.claim is None else self.claim


def assess_data(
    file: Path,
    data: Bytes,
    track: Track,
    threads: int,
    told: Told,
) -> Iterator[Assessed]:
    """Every million symbols of a sample; what is left over at the end is a block if it is alone.

    ``UsageError`` for a symbol wider than the width, or a restart matrix of another size.
    """
    if track.restarts:
        yield _restart(file, data, track, threads, told)
        return
    blocks = max(1, data.size // sp800_90b.SAMPLES)
    for number in range(blocks):
        begin = number * sp800_90b.SAMPLES
        block = data[begin : begin + sp800_90b.SAMPLES]
        _insist_on_width(file, block, begin, track.width)
        name = "IID track" if track.independent else "non-IID track"
        name += f", block {number + 1} of {blocks}" if blocks > 1 else ""
        part = part_of(told, number, blocks)
        part(f"{file.name}: {name}")
        try:
            assess = _independent if track.independent else _dependent
            yield assess(name, block, track, threads, part)
        except InsufficientDataError as why:
            yield Assessed(
                name, (), Verdict.INCONCLUSIVE, f"insufficient data: {why}", len(block), 0.0
            )


def _insist_on_width(file: Path, block: NDArray[np.uint8], begin: int, width: int) -> None:
    wide = np.flatnonzero(block >> width if width < 8 else np.zeros(0, np.uint8))
    if len(wide):
        place = int(wide[0])
        raise UsageError(
            f"{file}: byte {begin + place:,} is {int(block[place])}, which is no symbol of {width} "
            "bits; one symbol a byte is read, so correct --width or the file"
        )


def _verdict(
    entropy: float, claim: float, few: int, rows: Sequence[Row] = ()
) -> tuple[Verdict, str]:
    """Fewer samples than the standard asks for are assessed lower than they are worth.

    So they fail by the health tests only, whose false alarms are known, and pass never.
    """
    told = f"{entropy:.6f} bits a symbol are assessed, {claim:g} are claimed"
    if few < sp800_90b.SAMPLES:
        alarms = [row.name for row in rows if row.told == ALARM]
        verdict = Verdict.FAIL if alarms else Verdict.INCONCLUSIVE
        said = f"; alarm of {', '.join(alarms)}" if alarms else ""
        return verdict, f"{few:,} samples, and the standard asks for 1,000,000; {told}{said}"
    return (Verdict.FAIL, told) if entropy < claim else (Verdict.PASS, "")


def _dependent(
    name: str,
    block: NDArray[np.uint8],
    track: Track,
    threads: int,
    told: Told,
) -> Assessed:
    done = sp800_90b.assess(block, track.width, counted=track.counted, threads=threads, told=told)
    claim = track.claimed
    rows = []
    for estimate in done.estimates:
        least = claim if estimate.data is sp800_90b.Data.LITERAL else claim / track.width
        entropy = estimate.min_entropy
        what = f"{estimate.name} {estimate.data}"
        rows.append(Row(what, entropy, least, entropy >= least, unit="bit"))
    rows += _health(block, claim, track.width)
    verdict, reason = _verdict(done.min_entropy, claim, len(block), rows)
    if done.min_entropy < claim:
        reason += f" ({done.binding.name}, {done.binding.data})"
    return Assessed(name, tuple(rows), verdict, reason, len(block), done.min_entropy)


def _health(block: NDArray[np.uint8], claim: float, width: int) -> list[Row]:
    """What the tests of 4.4 would have made of the sample, at the claim; part of no verdict."""
    window = health.WINDOW_BINARY if width == 1 else health.WINDOW
    rct, apt = health.rct_cutoff(claim), health.apt_cutoff(claim, window)
    repeated = health.repetition_count(block, rct)
    proportion = health.adaptive_proportion(block, apt, window)
    rows = []
    for name, cutoff, place in (("RCT", rct, repeated), ("APT", apt, proportion)):
        note = f"cut-off {cutoff}" + ("" if place is None else f"; alarm at {place:,}")
        told = "no alarm" if place is None else ALARM
        rows.append(Row(name, float(place is not None), 0.0, place is None, note, told=told))
    return rows


def _independent(
    name: str,
    block: NDArray[np.uint8],
    track: Track,
    _: int,
    told: Told,
) -> Assessed:
    if len(block) < 1_000:
        raise InsufficientDataError(f"{len(block):,} samples, the tests need 1,000")
    done = iid.judge(
        block, track.width, complete=track.complete,
        told=lambda made: told(f"permutation {made:,}", made / iid.PERMUTATIONS),
    )  # fmt: skip
    rows = [
        Row(
            test.name,
            test.statistic,
            iid.SIGNIFICANCE if test.p is not None else None,
            test.passed,
            f"p = {test.p:.6f}" if test.p is not None else f"below, equal, above: {test.sides}",
        )
        for test in done.tests
    ]
    if done.failed:
        reason = f"not IID: {', '.join(test.name for test in done.failed)}; use the non-IID track"
        verdict = Verdict.FAIL
    else:
        verdict, reason = _verdict(done.min_entropy, track.claimed, len(block))
    return Assessed(
        name, tuple(rows), verdict, reason, len(block), done.min_entropy, iid_false_alarm()
    )


def iid_false_alarm() -> float:
    """Probability that IID samples fail: three tests at 0.001, 19 statistics on two sides."""
    sides = 2 * (iid.EACH_SIDE + 1) / (iid.PERMUTATIONS + 1)
    return 1 - (1 - iid.SIGNIFICANCE) ** 3 * (1 - sides) ** 19


def _restart(
    file: Path,
    data: Bytes,
    track: Track,
    threads: int,
    told: Told,
) -> Assessed:
    wanted = restart.RESTARTS * restart.SAMPLES
    if data.size != wanted:
        raise UsageError(
            f"{file}: holds {data.size:,} samples; a restart matrix is {restart.RESTARTS:,} "
            f"restarts of {restart.SAMPLES:,}, one symbol a byte"
        )
    _insist_on_width(file, data[:], 0, track.width)

    def assessed(symbols: NDArray[np.uint8]) -> float:
        told(f"{file.name}: restart matrix")
        if track.independent:
            return iid.judge(symbols, track.width).min_entropy
        return sp800_90b.assess(
            symbols, track.width, counted=track.counted, with_bits=False, threads=threads
        ).min_entropy

    done = restart.judge(data[:].reshape(restart.RESTARTS, -1), track.claimed, assessed)
    rows = [Row("largest count", done.most, done.cutoff, done.most <= done.cutoff)]
    for name, value in (("rows", done.h_rows), ("columns", done.h_columns)):
        if value is not None:
            rows.append(Row(name, value, done.claim / 2, value >= done.claim / 2, unit="bit"))
    verdict = Verdict.PASS if done.passed else Verdict.FAIL
    return Assessed(
        "restart matrix", tuple(rows), verdict, done.reason, data.size, done.min_entropy, 0.01
    )
