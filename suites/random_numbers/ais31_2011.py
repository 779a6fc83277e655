"""Procedures A and B of AIS 20/31 (2011), with their rule of one repetition. Pure.

Source: as ``ais31_tests``. A procedure with no failed basic test passes, with two it fails; with
one it is run once more, whole, on fresh data, and then passes only without a failure. What a
procedure takes it takes in order and once; too little data is INCONCLUSIVE, never a second look.

What a pass does not say: a byte counter passes all of procedure B, and a deterministic generator
with an empty seed passes everything. Statistics refute; they never prove entropy.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum, unique
from typing import TYPE_CHECKING

import numpy as np

from fixtures.verdict import Finding, Verdict
from suites.progress import Told, silent
from suites.random_numbers import ais31_tests as tests
from suites.random_numbers.bits import BitReader, InsufficientDataError
from suites.random_numbers.probabilities import poisson_tail

if TYPE_CHECKING:
    from numpy.typing import NDArray

SEQUENCES = 257
T3_BOUNDS = ((2267, 2733), (1079, 1421), (502, 748), (223, 402), (90, 223), (90, 223))
"""Runs of length 1 to 5 and of 6 or more, of zeros and of ones alike; bounds included."""

T7_BOUND = 15.13  # the quantile of χ² (1 degree of freedom) at 1 - 1e-4
T8_BOUND = 7.976


@unique
class Drawing(StrEnum):
    """How the 257 sequences are taken."""

    CONSECUTIVE = "consecutive"  # one after the other
    PROJECTED = "projected"  # sequence k is bit k of each of 20,000 numbers


@unique
class Tie(StrEnum):
    """Which shift of T5 is meant where several stand out alike."""

    FIRST = "first"
    WORST = "worst"


@dataclass(frozen=True)
class BasicTest:
    """One basic test: what was measured, what it had to be, and whether it was."""

    name: str
    subject: str
    statistic: float
    low: float | None
    high: float | None
    passed: bool
    note: str = ""


@dataclass(frozen=True)
class Procedure:
    """One run of a procedure."""

    name: str
    basic: tuple[BasicTest, ...]
    bits_used: int

    @property
    def failed(self) -> tuple[BasicTest, ...]:
        return tuple(test for test in self.basic if not test.passed)


@dataclass(frozen=True)
class Judged:
    """What a procedure came to, with its repetition where there was one."""

    name: str
    runs: tuple[Procedure, ...]
    verdict: Verdict
    reason: str
    false_alarm: float  # probability that an ideal source fails in the end

    def findings(self, requirement: str, subject: str) -> list[Finding]:
        """One finding for each basic test of each run; a failed one that was repeated is told."""
        found = []
        for number, run in enumerate(self.runs, 1):
            for test in run.basic:
                verdict = Verdict.PASS if test.passed else self._of_failed()
                reason = "" if test.passed else f"{test.name} run {number}: {bounds_of(test)}"
                what = f"{subject}: {test.name} {test.subject}".strip()
                bound = test.low if test.high is None else test.high
                found.append(Finding(requirement, verdict, reason, what, test.statistic, bound))
        if not self.runs:
            found.append(Finding(requirement, self.verdict, self.reason, subject))
        return found

    def summary(self) -> dict[str, object]:
        """What a table of procedures says beside name, verdict and reason."""
        return {"runs": len(self.runs), "bits_used": sum(run.bits_used for run in self.runs)}

    def _of_failed(self) -> Verdict:
        return Verdict.FAIL if self.verdict is Verdict.FAIL else Verdict.INCONCLUSIVE


def bounds_of(test: BasicTest) -> str:
    """Like ``10402 is not between 9655 and 10345``."""
    if test.low is None:
        return f"{test.statistic:g} is above {test.high:g}"
    if test.high is None:
        return f"{test.statistic:g} is not above {test.low:g}"
    return f"{test.statistic:g} is not between {test.low:g} and {test.high:g}"


# --- procedure A --------------------------------------------------------------------------


def procedure_a(
    reader: BitReader,
    drawing: Drawing = Drawing.CONSECUTIVE,
    width: int = 1,
    tie: Tie = Tie.FIRST,
) -> Procedure:
    """T0 once and T1 to T5 on 257 sequences: 1,286 basic tests on 8,285,728 bits (width 1).

    ``width`` is that of the internal random numbers in bits, 1 to 4,096. Too few bits are an
    ``InsufficientDataError``, unless so many basic tests have failed already that no further data
    could change the verdict.
    """
    start = reader.position
    numbers = math.ceil(tests.WORD_BITS / width)
    words = reader.take(tests.WORDS * numbers * width).reshape(tests.WORDS, -1)
    t0 = _t0(words[:, : tests.WORD_BITS])
    lacking, begin = None, reader.position
    try:
        sequences = draw(reader, drawing, width)
    except InsufficientDataError as error:
        reader.position = begin  # some may have been taken before the end was met
        lacking, sequences = error, whole_sequences(reader, drawing, width)
    run = Procedure("A", (t0, *_on_sequences(sequences, tie)), reader.position - start)
    if lacking is not None and len(run.failed) <= MOST_FAILURES["A"]:
        raise lacking
    return run


def whole_sequences(reader: BitReader, drawing: Drawing, width: int) -> NDArray[np.uint8]:
    """As ``draw``, but only as many sequences as the bits that are left suffice for."""
    wide = width if drawing is Drawing.PROJECTED else 1
    rounds = reader.left // (tests.SEQUENCE * wide)
    if drawing is Drawing.CONSECUTIVE:
        return reader.take(rounds * tests.SEQUENCE).reshape(rounds, tests.SEQUENCE)
    taken = reader.take(rounds * tests.SEQUENCE * wide)
    drawn = taken.reshape(rounds, tests.SEQUENCE, wide).transpose(0, 2, 1)
    return np.ascontiguousarray(drawn).reshape(rounds * wide, tests.SEQUENCE)


def _on_sequences(sequences: NDArray[np.uint8], tie: Tie) -> list[BasicTest]:
    if not len(sequences):
        return []
    return [*_t1(sequences), *_t2(sequences), *_t3_t4(sequences), *_t5(sequences, tie)]


def pictured(sequences: NDArray[np.uint8]) -> list[BasicTest]:
    """T1, T2 and T5 of sequences, one a row: what is shown of procedure A."""
    return [*_t1(sequences), *_t2(sequences), *_t5(sequences, Tie.FIRST)]


def draw(reader: BitReader, drawing: Drawing, width: int) -> NDArray[np.uint8]:
    """257 sequences of 20,000 bits, one a row."""
    if drawing is Drawing.CONSECUTIVE:
        return reader.take(SEQUENCES * tests.SEQUENCE).reshape(SEQUENCES, -1)
    rounds = [
        reader.take(tests.SEQUENCE * width).reshape(tests.SEQUENCE, width).T
        for _ in range(math.ceil(SEQUENCES / width))
    ]
    return np.ascontiguousarray(np.concatenate(rounds)[:SEQUENCES])


def _t0(words: NDArray[np.uint8]) -> BasicTest:
    repeated = tests.t0_disjointness(words)
    return BasicTest("T0", "", repeated, None, 0, repeated == 0)


def _t1(sequences: NDArray[np.uint8]) -> list[BasicTest]:
    ones = tests.t1_monobit(sequences)
    return [
        BasicTest("T1", f"#{n}", int(x), 9655, 10345, 9654 < x < 10346) for n, x in enumerate(ones)
    ]


def _t2(sequences: NDArray[np.uint8]) -> list[BasicTest]:
    return [
        BasicTest("T2", f"#{n}", float(x), 1.03, 57.4, bool(1.03 < x < 57.4))
        for n, x in enumerate(tests.t2_poker(sequences))
    ]


def _t3_t4(sequences: NDArray[np.uint8]) -> list[BasicTest]:
    t3, t4 = [], []
    for n, sequence in enumerate(sequences):
        zeros, ones, longest = tests.runs(sequence)
        outside = [
            (int(count), low, high, f"runs of {symbol}, length {length}")
            for symbol, counts in enumerate((zeros, ones))
            for length, (count, (low, high)) in enumerate(zip(counts, T3_BOUNDS, strict=True), 1)
            if not low <= count <= high
        ]
        count, low, high, what = outside[0] if outside else (int(zeros[0]), *T3_BOUNDS[0], "")
        t3.append(BasicTest("T3", f"#{n}", count, low, high, not outside, what))
        t4.append(BasicTest("T4", f"#{n}", longest, None, 33, longest < 34))
    return t3 + t4


def _t5(sequences: NDArray[np.uint8], tie: Tie) -> list[BasicTest]:
    found = []
    for n, (sequence, shifted) in enumerate(
        zip(sequences, tests.t5_shifts(sequences), strict=True)
    ):
        away = np.abs(shifted - tests.HALF_T5 // 2)
        shifts = np.flatnonzero(away == away.max()) + 1
        values = [tests.t5_autocorrelation(sequence, int(shift)) for shift in shifts]
        pick = 0
        if tie is Tie.WORST:
            pick = int(np.argmax(np.abs(np.array(values) - tests.HALF_T5 // 2)))
        note = f"shift {shifts[pick]}"
        if len(shifts) > 1:
            note += f"; ties {', '.join(f'{s}: {v}' for s, v in zip(shifts, values, strict=True))}"
        z = values[pick]
        found.append(BasicTest("T5", f"#{n}", z, 2327, 2673, 2326 < z < 2674, note))
    return found


# --- procedure B --------------------------------------------------------------------------


def procedure_b(reader: BitReader) -> Procedure:
    """T6a, T6b, T7a (2), T7b (4) and T8: nine basic tests on about 7 million bits.

    How many it takes depends on the data: contexts must fill. Raises ``InsufficientDataError``.
    """
    start = reader.position
    p = tests.t6a_uniformity(reader.take(tests.COUNTED))
    basic = [BasicTest("T6a", "", p, None, 0.025, p < 0.025)]
    change = tests.t6b_transition(_contexts(reader, 2))
    basic.append(BasicTest("T6b", "", change, None, 0.02, change < 0.02))
    for name, width in (("T7a", 3), ("T7b", 4)):
        for n, x in enumerate(tests.t7_homogeneity(_contexts(reader, width))):
            basic.append(BasicTest(name, f"#{n}", float(x), None, T7_BOUND, bool(x <= T7_BOUND)))
    f = tests.t8_entropy(np.packbits(reader.take(tests.T8_BITS)))
    basic.append(BasicTest("T8", "", f, T8_BOUND, None, f > T8_BOUND))
    return Procedure("B", tuple(basic), reader.position - start)


def _contexts(reader: BitReader, width: int) -> NDArray[np.int64]:
    """Counts for all contexts of ``width - 1`` bits; takes just the tuples it needs."""
    contexts = 1 << (width - 1)
    wanted = int(contexts * tests.COUNTED * 1.05)
    while True:
        bits = reader.peek(wanted * width)
        found = tests.context_counts(bits[: len(bits) // width * width].reshape(-1, width))
        if found is not None:
            ones, used = found
            reader.take(used * width)
            return ones
        if len(bits) < wanted * width:
            raise InsufficientDataError(
                f"the contexts of T{'6b' if width == 2 else '7'} do not fill in the "
                f"{reader.left:,} bits after {reader.position:,}"
            )
        wanted *= 2


# --- the rule of one repetition -----------------------------------------------------------

EXPECTED_FAILURES = {"A": 1.4845e-3, "B": 6.022e-4, "T_irn": 1.48e-2}
"""Failed basic tests an ideal source is expected to have in one run: the sums of the exact
false-alarm probabilities over the basic tests."""

MOST_FAILURES = {"A": 1, "B": 1, "T_irn": 4}
"""How many failed basic tests of the first run still lead to a repetition."""

RUN_BYTES = {"A": 1_035_716, "B": 874_000, "T_irn": 255_000}
"""Bytes of one run, of an ideal source where it depends on the data (B)."""

FALSE_ALARMS = {
    "T0": 7.63e-6, "T1": 1.03e-6, "T2": 1.01e-6, "T3": 1.6e-6, "T4": 1.16e-6, "T5": 9.1e-7,
    "T6a": 2.6e-56, "T6b": 3.7e-19, "T7a": 1.0036e-4, "T7b": 1.0036e-4, "T8": 1.8e-26,
}  # fmt: skip
"""Probability that an ideal source fails a basic test; T3 is a close approximation."""


def judge(name: str, run: Callable[[BitReader], Procedure], reader: BitReader) -> Judged:
    """Run a procedure, and once more where the rule asks for it, on what follows."""
    done: list[Procedure] = []
    try:
        done.append(run(reader))
        if 1 <= len(done[0].failed) <= MOST_FAILURES[name]:
            done.append(run(reader))
    except InsufficientDataError as error:
        reason = f"insufficient data: {error}; a run takes about {RUN_BYTES[name]:,} bytes"
        if done:
            reason = f"{_named(done[0])} failed, and the procedure must be repeated; {reason}"
        return Judged(name, tuple(done), Verdict.INCONCLUSIVE, reason, final_failure(name))
    last = done[-1]
    if not last.failed:
        told = f"{_named(done[0])} failed once, and not again" if len(done) > 1 else ""
        return Judged(name, tuple(done), Verdict.PASS, told, final_failure(name))
    reason = f"{len(last.failed)} basic tests failed: {_named(last)}"
    return Judged(name, tuple(done), Verdict.FAIL, reason, final_failure(name))


REFUTED = 1e-6  # so unlikely a number of failures over all rounds is no accident


@dataclass(frozen=True)
class Rounds:
    """A procedure on all of a long sample, round by round, without repetitions.

    ``failed`` basic tests were seen, ``expected`` of an ideal source; ``p``: the probability that
    an ideal source fails so many or more.
    """

    name: str
    rounds: int
    failed: int
    expected: float
    p: float
    bits_used: int

    @property
    def verdict(self) -> Verdict:
        if not self.rounds:
            return Verdict.INCONCLUSIVE
        return Verdict.FAIL if self.p < REFUTED else Verdict.PASS

    @property
    def reason(self) -> str:
        if not self.rounds:
            return "insufficient data: not one round"
        told = f"{self.rounds:,} rounds: {self.failed} basic tests failed, {self.expected:.3g} are"
        return f"{told} expected (p = {self.p:.2g})"

    @property
    def false_alarm(self) -> float:
        return REFUTED

    def findings(self, requirement: str, subject: str) -> list[Finding]:
        what = f"{subject}: {self.name}"
        return [
            Finding(requirement, self.verdict, self.reason, what, float(self.failed), self.expected)
        ]

    def summary(self) -> dict[str, object]:
        return {"runs": self.rounds, "bits_used": self.bits_used, "failed": self.failed,
                "expected": self.expected, "p": self.p}  # fmt: skip


def stream(
    name: str,
    run: Callable[[BitReader], Procedure],
    reader: BitReader,
    told: Told = silent,
) -> Rounds:
    """Run a procedure to the end of the data; memory does not grow with it."""
    rounds = failed = 0
    whole = reader.position + reader.left  # bits
    while True:
        begun = reader.position
        try:
            failed += len(run(reader).failed)
        except InsufficientDataError:
            used = begun
            break
        rounds += 1
        told(f"{name}: round {rounds:,}", reader.position / whole)
    expected = rounds * EXPECTED_FAILURES[name]
    p = poisson_tail(expected, failed) if rounds else 1.0
    return Rounds(f"{name} to the end", rounds, failed, expected, p, used)


def final_failure(name: str) -> float:
    """Probability that an ideal source fails in the end: too much at once, or a second time."""
    expected = EXPECTED_FAILURES[name]
    none, one = math.exp(-expected), expected * math.exp(-expected)
    again = one if MOST_FAILURES[name] == 1 else 1 - none
    return (1 - none - again) + again * (1 - none)


def _named(run: Procedure) -> str:
    kinds = dict.fromkeys(test.name for test in run.failed)
    counts = {name: sum(test.name == name for test in run.failed) for name in kinds}
    return ", ".join(f"{name} ({count})" if count > 1 else name for name, count in counts.items())
