"""Procedures A and B against expected values, slow restatements, and mistakes others have made.

Expected values were computed once by independent programs over the samples of ``samples``.
"""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fixtures.verdict import Verdict
from suites.random_numbers import ais31_2011 as ais31
from suites.random_numbers import ais31_tests as tests
from suites.random_numbers.ais31_2011 import Drawing, Tie
from suites.random_numbers.bits import BitOrder, BitReader, InsufficientDataError, unpacked
from suites.random_numbers.samples import MAKERS, sample

T0_BYTES = tests.WORDS * tests.WORD_BITS // 8


def sequences(name: str, count: int = 257) -> np.ndarray:
    """Consecutive sequences after the data of T0."""
    reader = BitReader(sample(name)[T0_BYTES:])
    return reader.take(count * tests.SEQUENCE).reshape(count, -1)


@pytest.fixture(scope="module")
def good() -> np.ndarray:
    return sequences("ais31_4MB")


@pytest.mark.parametrize("name", MAKERS)
def test_every_sample_is_the_one_of_its_name(name: str):
    assert len(sample(name)) == (4_000_000 if name == "ais31_4MB" else 1_000_000)


# --- procedure A, expected values ---------------------------------------------------------


def test_monobit(good: np.ndarray):
    ones = tests.t1_monobit(good)
    assert ones[:8].tolist() == [10093, 10033, 9955, 9934, 9899, 9953, 10103, 9991]
    assert (ones.min(), ones.max()) == (9789, 10189)


def test_poker(good: np.ndarray):
    poker = tests.t2_poker(good)
    assert poker[:4] == pytest.approx([10.4384, 24.1728, 9.9264, 16.2752], abs=1e-9)
    assert (poker.min(), poker.max()) == pytest.approx((3.5136, 33.6576), abs=1e-9)


def test_runs(good: np.ndarray):
    zeros, ones, _ = tests.runs(good[0])
    assert zeros.tolist() == [2568, 1161, 628, 301, 144, 173]
    assert ones.tolist() == [2457, 1259, 590, 342, 146, 180]
    assert max(tests.runs(sequence)[2] for sequence in good) == 22


def test_autocorrelation():
    found = [t for t in ais31.procedure_a(BitReader(sample("ais31_4MB"))).basic if t.name == "T5"]
    told = [(int(t.note.split(";")[0].split()[1]), int(t.statistic)) for t in found]
    assert told[:8] == [
        (3339, 2568), (4255, 2537), (2177, 2546), (1569, 2532),
        (2474, 2523), (4836, 2545), (3122, 2475), (3455, 2443),
    ]  # fmt: skip
    values = [z for _, z in told]
    assert (min(values), max(values)) == (2402, 2595)
    assert sum("ties" in t.note for t in found) == 14


def test_projected_drawing_takes_a_bit_of_each_number():
    reader = BitReader(sample("ais31_4MB")[T0_BYTES:])
    drawn = ais31.draw(reader, Drawing.PROJECTED, 257)
    assert tests.t1_monobit(drawn[:3]).tolist() == [9888, 10067, 10043]
    assert tests.t2_poker(drawn[:3]) == pytest.approx([17.4016, 11.9808, 16.5504], abs=1e-9)
    shifts = tests.t5_shifts(drawn[:3])
    best = np.abs(shifts - 2500).argmax(axis=1) + 1
    found = [
        (int(s), tests.t5_autocorrelation(d, int(s))) for s, d in zip(best, drawn, strict=False)
    ]
    assert found == [(2104, 2551), (698, 2510), (998, 2503)]


def test_a_good_sample_passes_all_1286_basic_tests_on_8285728_bits():
    run = ais31.procedure_a(BitReader(sample("ais31_4MB")))
    assert (len(run.basic), len(run.failed), run.bits_used) == (1286, 0, 8_285_728)


@pytest.mark.parametrize(
    ("name", "repeated", "failed"),
    [
        ("aesctr8", 0, (0, 0, 0, 0, 0)),
        ("bias51_8", 0, (4, 0, 0, 0, 0)),
        ("markov45_8", 0, (0, 242, 242, 0, 240)),
        ("counter8", 65_408, (0, 0, 0, 0, 242)),
        ("binom16_8", 11_728, (0, 242, 242, 0, 242)),
    ],
)
def test_bad_sources_fail_where_they_are_bad(name: str, repeated: int, failed: tuple[int, ...]):
    """242 sequences after T0: so many are in a million bytes."""
    words = BitReader(sample(name)).take(tests.WORDS * tests.WORD_BITS).reshape(tests.WORDS, -1)
    assert tests.t0_disjointness(words) == repeated
    drawn = sequences(name, 242)
    basic = [
        *ais31._t1(drawn),
        *ais31._t2(drawn),
        *ais31._t3_t4(drawn),
        *ais31._t5(drawn, Tie.FIRST),
    ]
    counts = tuple(
        sum(t.name == kind and not t.passed for t in basic)
        for kind in ("T1", "T2", "T3", "T4", "T5")
    )
    assert counts == failed


# --- procedure B, expected values ---------------------------------------------------------

B_VALUES = {
    "ais31_4MB": (
        [0.00058, 0.00315, 0.832320, 0.089781, 0.100820, 1.260029, 0.317525, 0.169280],
        8.003388900357, 6_989_599,
    ),
    "aesctr8": ([0.00108, 0.00247, 2.75282, 2.84258, 0.21632], 8.001745240813, 6_981_575),
    "bias51_8": ([0.00885], 7.999462620840, 7_233_885),
    "markov45_8": ([], 7.944773827176, 7_858_721),
    "counter8": ([], 8.829926579046, None),
}  # fmt: skip


@pytest.mark.parametrize("name", B_VALUES)
def test_procedure_b(name: str):
    statistics, entropy, used = B_VALUES[name]
    run = ais31.procedure_b(BitReader(sample(name)))
    found = [t.statistic for t in run.basic]
    assert [t.name for t in run.basic] == ["T6a", "T6b", "T7a", "T7a", *["T7b"] * 4, "T8"]
    assert found[: len(statistics)] == pytest.approx(statistics, abs=5e-6)
    assert found[-1] == pytest.approx(entropy, abs=1e-11)
    assert used in (None, run.bits_used)
    assert bool(run.failed) == (name == "markov45_8")


def test_the_markov_source_fails_its_transitions_and_its_entropy():
    run = ais31.procedure_b(BitReader(sample("markov45_8")))
    told = {t.name: t.statistic for t in run.failed}
    assert {"T6b", "T8"} <= set(told)
    assert told["T6b"] == pytest.approx(0.10042, abs=5e-6)


def test_contexts_that_never_fill_are_insufficient_data():
    with pytest.raises(InsufficientDataError, match="bits are missing"):
        ais31.procedure_b(BitReader(sample("binom16_8")))
    with pytest.raises(InsufficientDataError, match="do not fill"):
        ais31.procedure_b(BitReader(np.zeros(500_000, np.uint8)))
    entropy = tests.t8_entropy(sample("binom16_8")[: tests.Q + tests.K])
    assert entropy == pytest.approx(3.046932531, abs=1e-6)


# --- the rule of one repetition -----------------------------------------------------------


@pytest.mark.parametrize("drawing", Drawing)
def test_what_has_failed_twice_fails_on_half_the_data_too(drawing: Drawing):
    """No further bits could change that verdict."""
    judged = ais31.judge(
        "A", lambda r: ais31.procedure_a(r, drawing, 4), BitReader(np.zeros(600_000, np.uint8))
    )
    assert judged.verdict is Verdict.FAIL
    assert judged.runs[0].basic[1].name == "T1"


@pytest.mark.parametrize("drawing", Drawing)
def test_half_the_data_of_a_good_source_is_insufficient(drawing: Drawing):
    half = BitReader(sample("ais31_4MB")[:600_000])
    judged = ais31.judge("A", lambda r: ais31.procedure_a(r, drawing, 4), half)
    assert (judged.verdict, judged.runs) == (Verdict.INCONCLUSIVE, ())


@settings(max_examples=15)
@given(st.integers(1, 5), st.sampled_from(Drawing), st.integers(0, 2**32))
def test_whole_sequences_are_those_that_would_be_drawn(width: int, drawing: Drawing, seed: int):
    data = np.random.default_rng(seed).integers(0, 256, 2 * ais31.SEQUENCES * 2_500, np.uint8)
    fewer = 3 * 2_500 * width + 17
    drawn = ais31.draw(BitReader(data), drawing, width)
    whole = ais31.whole_sequences(BitReader(data[:fewer]), drawing, width)
    assert len(whole) == 3 * width
    assert np.array_equal(whole, drawn[: len(whole)])


class Scripted:
    """A procedure that fails so many basic tests in each run."""

    def __init__(self, *failures: int) -> None:
        self.failures = list(failures)

    def __call__(self, reader: BitReader) -> ais31.Procedure:
        reader.take(8)
        failing = self.failures.pop(0)
        basic = tuple(ais31.BasicTest("T1", f"#{n}", 0, 1, 2, n >= failing) for n in range(5))
        return ais31.Procedure("A", basic, 8)


@pytest.mark.parametrize(
    ("failures", "octets", "verdict", "runs"),
    [
        ((0,), 2, Verdict.PASS, 1),
        ((1, 0), 2, Verdict.PASS, 2),
        ((1, 1), 2, Verdict.FAIL, 2),
        ((2,), 2, Verdict.FAIL, 1),
        ((1, 0), 1, Verdict.INCONCLUSIVE, 1),  # no fresh data for the repetition
        ((0,), 0, Verdict.INCONCLUSIVE, 0),
    ],
)
def test_one_alarm_is_repeated_once_on_fresh_data(
    failures: tuple[int, ...], octets: int, verdict: Verdict, runs: int
):
    reader = BitReader(np.zeros(octets, np.uint8))
    judged = ais31.judge("A", Scripted(*failures), reader)
    assert (judged.verdict, len(judged.runs)) == (verdict, runs)
    assert bool(judged.reason) == (verdict is not Verdict.PASS or runs > 1)
    assert reader.position == 8 * runs, "what a run took is not taken again"


def test_the_budget_of_false_alarms():
    assert ais31.final_failure("A") == pytest.approx(3.3e-6, rel=0.02)
    assert ais31.final_failure("B") == pytest.approx(5.4e-7, rel=0.02)
    alarms = ais31.FALSE_ALARMS
    of_a = alarms["T0"] + 257 * sum(alarms[f"T{n}"] for n in range(1, 6))
    assert of_a == pytest.approx(ais31.EXPECTED_FAILURES["A"], rel=0.01)
    of_b = 2 * alarms["T7a"] + 4 * alarms["T7b"]
    assert of_b == pytest.approx(ais31.EXPECTED_FAILURES["B"], rel=0.001)


def test_a_finding_has_the_value_itself():
    judged = ais31.judge("B", ais31.procedure_b, BitReader(sample("markov45_8")))
    found = {f.subject: f for f in judged.findings("REQ-1-2-a", "sample")}
    assert found["sample: T8"].statistic == pytest.approx(7.944773827176)
    assert found["sample: T8"].verdict is Verdict.FAIL
    assert "7.94477 is not above 7.976" in found["sample: T8"].reason
    assert found["sample: T6a"].verdict is Verdict.PASS


# --- slow restatements --------------------------------------------------------------------

bit_lists = st.lists(st.integers(0, 1), min_size=1, max_size=200)


@given(bit_lists)
def test_runs_are_counted_to_the_last(bits: list[int]):
    told = "".join(map(str, bits))
    found = tests.runs(np.array(bits, np.uint8))
    for symbol, counts in zip("01", found[:2], strict=True):
        lengths = [len(run) for run in told.replace("1" if symbol == "0" else "0", " ").split()]
        classes = [min(n, 6) for n in lengths]
        assert counts.tolist() == [classes.count(n) for n in range(1, 7)]
    assert found[2] == max(
        len(run) for symbol in "01" for run in told.split("1" if symbol == "0" else "0")
    )


def test_shifts_are_counted_as_the_formula_says(good: np.ndarray):
    sequence = good[3]
    for shift in (1, 2, 4999, 5000):
        slow = sum(int(sequence[j] ^ sequence[j + shift]) for j in range(5000))
        assert tests.t5_shifts(sequence[None])[0, shift - 1] == slow


def test_the_entropy_test_is_the_one_of_the_formula():
    words = sample("aesctr8")[: tests.Q + 3000]
    g = [0.0, 0.0]
    for k in range(1, len(words)):
        g.append(g[-1] + 1 / k / np.log(2))
    last: dict[int, int] = {}
    total = 0.0
    for n, word in enumerate(words.tolist(), 1):
        distance = n - last.get(word, 0)
        if n > tests.Q:
            total += g[distance]
        last[word] = n
    assert tests.t8_entropy(words) == pytest.approx(total / 3000, abs=1e-12)


@given(st.binary(max_size=40), st.lists(st.integers(0, 40), max_size=8))
def test_bits_are_handed_out_once_and_in_order(data: bytes, counts: list[int]):
    for order in BitOrder:
        array = np.frombuffer(data, np.uint8)
        reader, expected = BitReader(array, order), unpacked(array, order).tolist()
        for count in counts:
            if count > len(expected):
                with pytest.raises(InsufficientDataError, match="bits are missing"):
                    reader.take(count)
                break
            assert reader.take(count).tolist() == expected[:count]
            expected = expected[count:]


# --- mistakes that others have made -------------------------------------------------------


def test_what_others_got_wrong_would_show_here(good: np.ndarray):
    """Each wrong rule gives another value than the one that is asserted above."""
    sequence = good[0]
    shifted = tests.t5_shifts(good[:1])[0]
    deviation = int(np.abs(shifted - 2500).max())
    assert tests.t5_autocorrelation(sequence, deviation) != 2568, "the deviation as the shift"
    moved = tests.t2_poker(np.roll(good[:1], 3, axis=1))[0]
    assert moved != pytest.approx(10.4384), "nibbles that begin at another bit"
    overlapping = np.lib.stride_tricks.sliding_window_view(
        BitReader(sample("ais31_4MB")).take(700_000)[100_000:], 2
    )
    found = tests.context_counts(overlapping)
    assert found is not None
    assert tests.t6b_transition(found[0]) != pytest.approx(0.00315, abs=1e-9), "overlapping pairs"
