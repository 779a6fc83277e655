"""Mistakes that public tools for AIS 31 were seen to make: each, put into ours, must show.

Every mistake replaces one rule of the judges while the published figures of one sample are computed
again. A set of figures that stayed the same under a mistake would not guard against it.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from suites.random_numbers import ais31_2011 as ais31
from suites.random_numbers import ais31_tests as rules
from suites.random_numbers.bits import BitReader, unpacked
from suites.random_numbers.samples import sample

Array = np.ndarray
T3_FIRST = ([2568, 1161, 628, 301, 144, 173], [2457, 1259, 590, 342, 146, 180])
T5_FIRST = [2568, 2537, 2546, 2532, 2523, 2545, 2475, 2443]


def figures_hold() -> bool:
    """Whether the published figures of one sample come out (procedures A and B)."""
    data = sample("ais31_4MB")
    bits = unpacked(data[393_216 : 393_216 + 8 * 2_500]).reshape(8, -1)
    zeros, ones, _ = rules.runs(bits[0])
    b = ais31.procedure_b(BitReader(data))
    values = [test.statistic for test in b.basic]
    expected = [0.00058, 0.00315, 0.832320, 0.089781, 0.100820, 1.260029, 0.317525, 0.169280]
    return bool(
        np.allclose(rules.t2_poker(bits)[:4], [10.4384, 24.1728, 9.9264, 16.2752], atol=5e-5)
        and ([*zeros], [*ones]) == T3_FIRST
        and [test.statistic for test in ais31._t5(bits, ais31.Tie.FIRST)] == T5_FIRST
        and np.allclose(values[:8], expected, atol=1e-6)
        and abs(values[8] - 8.003388900357) < 1e-9
        and b.bits_used == 6_989_599
    )


def test_the_figures_hold_without_a_mistake():
    assert figures_hold()


def t2_from_three_before(sequences: Array) -> Array:
    return t2(np.roll(sequences, 3, axis=1))


def runs_without_the_last(sequence: Array) -> tuple[Array, Array, int]:
    last = np.flatnonzero(np.diff(sequence))[-1] + 1
    return runs(sequence[:last])


def runs_without_the_long_ones(sequence: Array) -> tuple[Array, Array, int]:
    zeros, ones, longest = runs(sequence)
    zeros[5] = ones[5] = 0
    return zeros, ones, longest


def runs_with_the_first_bit_twice(sequence: Array) -> tuple[Array, Array, int]:
    return runs(np.concatenate((sequence[:1], sequence)))


def t5_by_the_deviation(sequences: Array, tie: ais31.Tie) -> list[ais31.BasicTest]:
    """The largest deviation itself is taken for the shift."""
    found = []
    for sequence, shifts in zip(sequences, rules.t5_shifts(sequences), strict=True):
        shift = int(np.abs(shifts - 2_500).max())
        z = rules.t5_autocorrelation(sequence, shift)
        found.append(ais31.BasicTest("T5", "", z, 2327, 2673, 2326 < z < 2674))
    return found


def t5_at_every_shift(sequences: Array, tie: ais31.Tie) -> list[ais31.BasicTest]:
    """Every shift of the first step must be within the bounds."""
    found = []
    for shifts in rules.t5_shifts(sequences):
        z = int(shifts[np.abs(shifts - 2_500).argmax()])
        found.append(ais31.BasicTest("T5", "", z, 2327, 2673, 2326 < z < 2674))
    return found


def t5_at_another_shift(sequences: Array, tie: ais31.Tie) -> list[ais31.BasicTest]:
    """A shift that is not the one that stands out most."""
    found = []
    for sequence, shifts in zip(sequences, rules.t5_shifts(sequences), strict=True):
        z = rules.t5_autocorrelation(sequence, int(np.abs(shifts - 2_500).argsort()[-2]) + 1)
        found.append(ais31.BasicTest("T5", "", z, 2327, 2673, 2326 < z < 2674))
    return found


def t6b_as_uniformity(ones: Array) -> float:
    """The frequency of ones, whatever came before."""
    return float(abs(ones.sum() / (2 * rules.COUNTED) - 0.5))


def t7_over_all_contexts(ones: Array) -> Array:
    """Neighbouring contexts compared, instead of those that differ in their first bit."""
    return t7(ones.reshape(-1, 2).T.reshape(-1))


def t8_of_other_bytes(words: Array) -> float:
    return t8(np.roll(words, 1) ^ np.uint8(0x80 * (np.arange(len(words)) % 2 == 0).any()) & 0x7F)


def take_again_from_the_front(self: BitReader, count: int) -> Array:
    self.position = 0
    return take(self, count)


def contexts_by_four(reader: BitReader, width: int) -> Array:
    """Triples are read in steps of four bits."""
    if width != 3:
        return contexts(reader, width)
    bits = reader.take(4 * 402_133).reshape(-1, 4)[:, :3]
    found = rules.context_counts(np.resize(bits, (500_000, 3)))
    assert found is not None
    return found[0]


t2, runs, t7, t8 = rules.t2_poker, rules.runs, rules.t7_homogeneity, rules.t8_entropy
take, contexts = BitReader.take, ais31._contexts

MISTAKES: list[tuple[object, str, Callable[..., object]]] = [
    (rules, "t2_poker", t2_from_three_before),
    (rules, "runs", runs_without_the_last),
    (rules, "runs", runs_without_the_long_ones),
    (rules, "runs", runs_with_the_first_bit_twice),
    (ais31, "_t5", t5_by_the_deviation),
    (ais31, "_t5", t5_at_every_shift),
    (ais31, "_t5", t5_at_another_shift),
    (rules, "t6b_transition", t6b_as_uniformity),
    (rules, "t7_homogeneity", t7_over_all_contexts),
    (rules, "t8_entropy", t8_of_other_bytes),
    (BitReader, "take", take_again_from_the_front),
    (ais31, "_contexts", contexts_by_four),
]


@pytest.mark.parametrize(
    ("place", "rule", "mistake"), MISTAKES, ids=lambda x: getattr(x, "__name__", str(x))
)
def test_a_mistake_shows(
    monkeypatch: pytest.MonkeyPatch, place: object, rule: str, mistake: Callable[..., object]
):
    monkeypatch.setattr(place, rule, mistake)
    assert not figures_hold()


def test_judging_every_shift_would_reject_good_sequences():
    """About one in two hundred has such a shift: why the second step is there."""
    sequences = unpacked(sample("ais31_4MB")).reshape(1_600, -1)
    rejected = sum(
        not test.passed
        for part in np.split(sequences, 16)
        for test in t5_at_every_shift(part, ais31.Tie.FIRST)
    )
    assert rejected == 7


def test_without_the_second_run_an_ideal_source_fails_four_hundred_times_as_often():
    once = 1 - np.exp(-ais31.EXPECTED_FAILURES["A"])
    assert once / ais31.final_failure("A") > 400
