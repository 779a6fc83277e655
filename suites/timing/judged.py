"""Times from files, put together by product and operation, and judged. Pure but for its files.

Operations whose name begins with ``keygen`` are key generation, with ``sign`` signing, with
``touch`` signatures by touch, where a product is a model of phone; of others only the figures are
told. The same times are judged the same way again: the simulations are seeded.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum, unique
from pathlib import Path

import numpy as np

from fixtures.outcome import UsageError
from fixtures.verdict import BENCH, Finding, Verdict, worst
from suites.timing import breakdown, keygen_model, leakage, products, signing, summary, touch
from suites.timing.files import Row, TimingFile, read_times
from suites.timing.series import Series

SEED = 1
RESOLUTION = 0.001  # s


@unique
class Kind(StrEnum):
    """How a series is judged."""

    KEYGEN = "keygen"
    SIGNING = "signing"
    TOUCH = "touch"
    LEAKAGE = "leakage"


@dataclass(frozen=True)
class Asked:
    """How files are to be judged. ``UsageError`` for what cannot be.

    ``kind=None``: by the column ``operation``. ``resolution``: of the clock, in seconds.
    ``repeated``: fresh times after an alarm, which a second alarm fails.
    """

    kind: str | None = None
    resolution: float = RESOLUTION
    repeated: bool = False

    def __post_init__(self) -> None:
        if self.kind is not None and self.kind not in list(Kind):
            raise UsageError(f"--kind {self.kind!r} is not known; use {', '.join(Kind)}")
        if not 0 < self.resolution < 1:
            raise UsageError(f"--resolution {self.resolution:g} is no resolution in seconds")


@dataclass(frozen=True, eq=False)
class Measured:
    """All times of one operation of one product, in the order of the files."""

    product: str
    operation: str
    rows: tuple[Row, ...]

    @property
    def subject(self) -> str:
        return f"{self.product} {self.operation}".strip()

    @property
    def series(self) -> Series:
        return self._of([row.seconds for row in self.rows])

    @property
    def parts(self) -> list[breakdown.Parts]:
        return [row.parts for row in self.rows if row.parts is not None]

    @property
    def labelled(self) -> list[Row]:
        return [row for row in self.rows if row.label]

    def _of(self, seconds: Sequence[float]) -> Series:
        return Series(self.subject, np.array(seconds, dtype=np.float64))

    def applet(self) -> Series | None:
        """The times of the applet alone; ``None`` where they are not known or no durations."""
        times = [part.applet for part in self.parts]
        return self._of(times) if times and min(times) >= 0 else None

    def kind(self, asked: Asked) -> Kind | None:
        if asked.kind is not None:
            return Kind(asked.kind)
        named = {"keygen": Kind.KEYGEN, "sign": Kind.SIGNING, "touch": Kind.TOUCH}
        return next((k for word, k in named.items() if self.operation.startswith(word)), None)


@dataclass(frozen=True)
class Judged:
    """A finding, which judge made it, and of which operation (its subject; empty for several)."""

    judge: str
    finding: Finding
    of: str = ""


@dataclass(frozen=True, eq=False)
class JudgedTimes:
    """All files together."""

    files: tuple[TimingFile, ...]
    measured: tuple[Measured, ...]
    judged: tuple[Judged, ...]
    false_alarm: float  # probability, at most, that sound products raise an alarm

    @property
    def verdict(self) -> Verdict:
        return worst(one.finding.verdict for one in self.judged)


def judge_files(
    files: Sequence[Path],
    asked: Asked,
    told: Callable[[str, float | None], None] = lambda *_: None,
) -> JudgedTimes:
    """``UsageError`` for a file that cannot be read, is given twice, or has nothing of the kind."""
    read: list[TimingFile] = []
    for file in files:
        taken = read_times(file)
        if any(taken.sha256 == other.sha256 for other in read):
            raise UsageError(f"{file}: the same times are in another file here; name each once")
        _insist_on_columns(taken, asked)
        read.append(taken)
    measured = _measured(read, asked)
    broken = [
        Judged("lines", Finding(BENCH, Verdict.INCONCLUSIVE, told_of, one.file.name))
        for one in read
        for told_of in one.troubles
    ]
    found: list[Judged] = []
    for number, one in enumerate(measured):
        told(one.subject, number / len(measured))
        found += [replace(judged, of=one.subject) for judged in _judged(one, measured, asked)]
    found += _together(measured, asked)
    alarm = min(1.0, sum(_false_alarm(one, asked) for one in measured))
    return JudgedTimes(tuple(read), tuple(measured), (*broken, *found), alarm)


def _insist_on_columns(taken: TimingFile, asked: Asked) -> None:
    if asked.kind is None and not any(row.operation for row in taken.rows):
        raise UsageError(
            f"{taken.file}: no column operation; add it (keygen, signing) or say --kind"
        )
    if asked.kind == Kind.LEAKAGE and not any(row.label for row in taken.rows):
        raise UsageError(f"{taken.file}: no column class; leakage compares two classes of times")


def _measured(read: Sequence[TimingFile], asked: Asked) -> list[Measured]:
    rows: dict[tuple[str, str], list[Row]] = {}
    for taken in read:
        for row in taken.rows:
            rows.setdefault((row.product, row.operation), []).append(row)
    found = [Measured(*names, tuple(times)) for names, times in sorted(rows.items())]
    if asked.kind in {Kind.KEYGEN, Kind.SIGNING, Kind.TOUCH}:
        by_name = Asked()
        found = [m for m in found if not m.operation or m.kind(by_name) == asked.kind]
    if not found:
        raise UsageError(
            f"--kind {asked.kind}: no operation of that kind; see the column operation"
        )
    return found


def _judged(one: Measured, among: Sequence[Measured], asked: Asked) -> Iterator[Judged]:
    kind, series = one.kind(asked), one.series
    if kind not in {Kind.LEAKAGE, Kind.TOUCH}:
        yield Judged("count", summary.judge_count(series))
    if kind is not Kind.LEAKAGE:
        yield from _each("parts", _parts(one, asked))
    if kind is Kind.KEYGEN:
        yield Judged("mean", summary.judge_mean(series))
        yield Judged("two seconds", summary.judge_two_seconds(series))
        generator = np.random.default_rng(SEED)
        marks = keygen_model.judge_keygen(series, generator, repeated=asked.repeated)
        yield from _each("keygen model", marks)
    if kind is Kind.SIGNING:
        beside = _narrowest(one, among, asked)
        found = signing.judge_signing(series, beside, repeated=asked.repeated)
        yield from _each("signing", found)
        if (applet := one.applet()) is not None:
            yield Judged("applet", signing.judge_applet_spread(applet))
    if kind is Kind.TOUCH:
        yield from _each("touch", touch.judge_touch(series))
    if one.labelled:
        yield from _each("leakage", judge_labels(one))


def _each(judge: str, findings: Sequence[Finding]) -> list[Judged]:
    return [Judged(judge, finding) for finding in findings]


def _parts(one: Measured, asked: Asked) -> list[Finding]:
    if not one.parts:
        return []
    return breakdown.judge_breakdown(one.parts, asked.resolution, subject=f"{one.subject}: parts")


def _narrowest(one: Measured, among: Sequence[Measured], asked: Asked) -> Series | None:
    """Key generation of the same product with the least CV; an empty series where there is none.

    ``None`` where only signing is asked for.
    """
    if asked.kind is not None:
        return None
    of_product = [m.series for m in among if m.product == one.product
                  and m.kind(asked) is Kind.KEYGEN]  # fmt: skip
    nothing = Series(f"{one.product} keygen", np.zeros(0))
    return min(of_product, key=lambda s: summary.summary(s).cv, default=nothing)


def judge_labels(one: Measured) -> list[Finding]:
    """Two classes against each other; more, where all are numbers, as a covariate."""
    labels = [row.label for row in one.labelled]
    series = Series(one.subject, np.array([row.seconds for row in one.labelled]))
    if len(set(labels)) == 2:
        return leakage.judge_leakage(series, labels)
    try:
        numbers = np.array([float(label) for label in labels])
    except ValueError:
        numbers = np.zeros(0)
    if len(numbers) and np.isfinite(numbers).all():
        return [leakage.judge_covariate(series, numbers, name="class")]
    told = f"{len(set(labels))} classes; two are compared, or numbers"
    return [Finding(leakage.REQUIREMENT, Verdict.INCONCLUSIVE, told, one.subject)]


def _together(measured: Sequence[Measured], asked: Asked) -> Iterator[Judged]:
    """What is said of products side by side, for each operation of key generation and touch."""
    keygen = [one for one in measured if one.kind(asked) is Kind.KEYGEN]
    for operation in sorted({one.operation for one in keygen}):
        side_by_side = [one.series for one in keygen if one.operation == operation]
        *each, together = products.judge_products(side_by_side, as_in_deck=False)
        yield from (Judged("products", finding, finding.subject) for finding in each)
        yield Judged("products", together)
        yield Judged("majority", summary.judge_majority(side_by_side, as_in_deck=False))

    touched = [one for one in measured if one.kind(asked) is Kind.TOUCH]
    for operation in sorted({one.operation for one in touched}):
        alike = [one.series for one in touched if one.operation == operation]
        yield Judged("models", touch.judge_models(alike, operation))


def _false_alarm(one: Measured, asked: Asked) -> float:
    """At most, for a sound product."""
    by_kind = {Kind.KEYGEN: keygen_model.FALSE_ALARM, Kind.SIGNING: signing.GROWTH_ALARM}
    kind = one.kind(asked)
    alarm = by_kind.get(kind, 0.0) if kind is not None else 0.0
    return alarm + (leakage.FALSE_ALARM if one.labelled else 0.0)
