"""Leakage of time: t by the letter, leaks of known size, and what no leak must come to."""

from __future__ import annotations

import math
import statistics
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from fixtures.verdict import Finding, Verdict
from suites.timing import leakage
from suites.timing.series import Series
from suites.timing.welch import resolvable, samples_per_class, welch

VALUES = st.lists(st.floats(0, 100), min_size=3, max_size=20)


@given(VALUES, VALUES)
def test_t_is_welchs(first: list[float], second: list[float]):
    found = welch(np.array(first), np.array(second))
    a, b = statistics.variance(first) / len(first), statistics.variance(second) / len(second)
    assert found.difference == pytest.approx(
        statistics.fmean(first) - statistics.fmean(second), abs=1e-9
    )
    assert found.error == pytest.approx(math.sqrt(a + b), abs=1e-9)
    if min(a, b) > 1e-6:
        degrees = (a + b) ** 2 / (a**2 / (len(first) - 1) + b**2 / (len(second) - 1))
        assert found.degrees == pytest.approx(degrees)
        assert found.t == pytest.approx(found.difference / found.error)


def test_samples_without_spread_differ_or_do_not():
    same, more = np.full(5, 1.0), np.full(5, 2.0)
    assert welch(same, same).t == 0
    assert welch(same, more).t == -math.inf
    with pytest.raises(ValueError, match="two times"):
        welch(same[:1], same)


@pytest.mark.parametrize(
    ("effect", "samples"),
    [(0.2, 1_671), (0.1, 6_685), (0.05, 26_741), (0.02, 167_134), (0.01, 668_537)],
)
def test_samples_for_an_effect(effect: float, samples: int):
    """2 ((4.5 + 1.2816) / effect)², published with the quantile rounded."""
    assert samples_per_class(effect) == pytest.approx(samples, rel=1e-3)
    error = math.sqrt(2 / samples_per_class(effect))  # of a difference, in standard deviations
    assert resolvable(error) == pytest.approx(effect, rel=1e-3)
    with pytest.raises(ValueError, match="no effect"):
        samples_per_class(0)


def test_an_effect_is_seen_with_the_power_that_is_promised():
    count, generator = samples_per_class(0.5), np.random.default_rng(1)
    seen = [
        abs(welch(generator.normal(0.5, 1, count), generator.normal(0, 1, count)).t) > 4.5
        for _ in range(1_000)
    ]
    assert sum(seen) / 1_000 == pytest.approx(0.9, abs=0.03)


def test_crops_are_dudects():
    times = np.arange(1_001.0)
    expected = [1_000 * (1 - 0.5 ** (10 * i / 100)) for i in range(1, 101)]
    assert leakage.crops(times) == pytest.approx(expected)


def test_cropped_t_is_t_of_what_is_left():
    generator = np.random.default_rng(1)
    first, second = generator.gamma(4, 1, 300), generator.gamma(4.3, 1, 400)
    first, second = np.round(first, 1), np.round(second, 1)  # a coarse clock: times at the limit
    limits = leakage.crops(np.concatenate([first, second]))
    found = leakage.cropped_t(first, second, limits)
    for limit, t in zip(limits, found, strict=True):
        left = first[first <= limit], second[second <= limit]
        few = min(map(len, left)) < leakage.FEWEST_CROPPED
        assert t == pytest.approx(0 if few else welch(*left).t)


@pytest.mark.parametrize("order", ["0011", "0101", "0110100", "0000011111"])
def test_runs_are_counted_as_wald_and_wolfowitz_say(order: str):
    n, ones = len(order), order.count("1")
    runs = 1 + sum(a != b for a, b in pairwise(order))
    mean = 2 * ones * (n - ones) / n + 1
    variance = (mean - 1) * (mean - 2) / (n - 1)
    z = leakage.runs_z(np.array([c == "1" for c in order]))
    assert z == pytest.approx((runs - mean) / math.sqrt(variance))


# the judge

COUNT = 4_000
MS = 1e-3


def classes(seed: int = 1, count: int = COUNT) -> NDArray[np.int64]:
    return np.random.default_rng(seed).integers(0, 2, count)


def judged(seconds: NDArray[np.float64], chosen: NDArray[np.int64]) -> dict[str, Finding]:
    names = ["fixed" if one else "random" for one in chosen]
    found = leakage.judge_leakage(Series("sign", seconds), names)
    return {one.subject.removeprefix("sign: "): one for one in found}


def noise(seed: int = 2, count: int = COUNT) -> NDArray[np.float64]:
    """60 ms, σ 1 ms, and now and then a stall of the telephone."""
    generator = np.random.default_rng(seed)
    stalls = 0.03 * generator.standard_exponential(count) * (generator.random(count) < 0.02)
    return 0.06 + MS * generator.standard_normal(count) + stalls


def test_no_leak_is_found_where_there_is_none_and_the_bound_is_told():
    found = judged(noise(), classes())
    assert {one.verdict for one in found.values()} == {Verdict.PASS}
    error = welch(noise()[classes() == 0], noise()[classes() == 1]).error
    assert f"{resolvable(error) * 1e6:.3g} µs would have been seen" in found["means"].reason


def test_a_leak_above_the_bound_fails_by_name():
    found = judged(noise() + 1.5 * MS * classes(), classes())
    assert found["means"].verdict is Verdict.FAIL
    assert found["means of cropped times"].verdict is Verdict.FAIL


def test_cropping_sees_through_stalls_what_the_mean_does_not():
    chosen = classes()
    found = judged(noise() + 0.3 * MS * chosen, chosen)
    assert found["means"].verdict is Verdict.PASS
    assert found["means of cropped times"].verdict is Verdict.FAIL


def test_a_leak_in_the_spread_alone_is_found():
    chosen, generator = classes(), np.random.default_rng(3)
    found = judged(0.06 + MS * (1 + chosen) * generator.standard_normal(COUNT), chosen)
    assert found["spread"].verdict is Verdict.FAIL
    assert found["means"].verdict is Verdict.PASS


def test_a_difference_in_one_half_only_is_not_confirmed():
    first_half = np.arange(COUNT) < COUNT // 2
    quiet: NDArray[np.float64] = 0.06 + MS * np.random.default_rng(5).standard_normal(COUNT)
    quiet[first_half] += 0.5 * MS * classes()[first_half]
    found = judged(quiet, classes())
    assert found["means"].verdict is Verdict.INCONCLUSIVE
    assert "not in both halves" in found["means"].reason


def test_halves_that_contradict_each_other_confirm_nothing():
    quiet: NDArray[np.float64] = 0.06 + MS * np.random.default_rng(5).standard_normal(COUNT)
    quiet[: COUNT // 2] += 2 * MS * classes()[: COUNT // 2]
    quiet[COUNT // 2 :] -= 0.5 * MS * classes()[COUNT // 2 :]
    assert judged(quiet, classes())["means"].verdict is Verdict.INCONCLUSIVE


def test_classes_one_after_the_other_decide_nothing():
    """A drift would be taken for a leak: 3 ms over the measurement, no leak at all."""
    blocks = (np.arange(COUNT) >= COUNT // 2).astype(np.int64)
    found = judged(noise() + np.linspace(0, 3 * MS, COUNT), blocks)
    assert [one.verdict for one in found.values()] == [Verdict.INCONCLUSIVE]
    assert "random order" in found["order of the classes"].reason
    mixed = judged(noise() + np.linspace(0, 3 * MS, COUNT), classes())
    assert {one.verdict for one in mixed.values()} == {Verdict.PASS}


def test_classes_in_turn_decide_nothing():
    """A clock that ticks 1 ms late every second time would be taken for a leak of two classes."""
    turn = np.arange(COUNT) % 2
    disturbance = 1 * MS * turn
    found = judged(noise() + disturbance, turn)
    assert [one.verdict for one in found.values()] == [Verdict.INCONCLUSIVE]
    order = found["order of the classes"]
    assert order.statistic is not None
    assert order.bound is not None
    assert order.statistic > order.bound > 0
    assert "random order; a disturbance that alternates" in order.reason
    mixed = judged(noise() + disturbance, classes())
    assert {one.verdict for one in mixed.values()} == {Verdict.PASS}


def test_times_without_any_spread_that_differ_are_a_leak():
    found = judged(np.where(classes() == 1, 0.061, 0.06), classes())
    assert found["means"].verdict is Verdict.FAIL
    assert judged(np.full(COUNT, 0.06), classes())["means"].verdict is Verdict.PASS


def test_a_second_half_of_one_class_is_no_traceback():
    found = leakage.judge_leakage(Series("sign", noise(count=800)), ["A", "B"] * 200 + ["B"] * 400)
    assert {one.verdict for one in found} <= {Verdict.PASS, Verdict.INCONCLUSIVE}
    assert found[-1].verdict is Verdict.INCONCLUSIVE


def shuffled(*halves: tuple[int, int]) -> NDArray[np.int64]:
    """So many of each class in each half, in random order."""
    generator = np.random.default_rng(6)
    return np.concatenate([generator.permutation([0] * a + [1] * b) for a, b in halves])


def test_a_class_that_is_rare_in_one_half_decides_nothing():
    """Whatever is seen in the first half, too little can be confirmed in the second."""
    found = judged(noise(count=220), shuffled((61, 49), (55, 55)))
    few = found["sign"]
    assert (few.verdict, few.statistic, few.bound) == (Verdict.INCONCLUSIVE, 49, 50)
    assert "49 times of a class, at least 50 are needed in each half" in few.reason
    assert "means" not in found


def test_fifty_times_of_a_class_in_each_half_are_enough():
    assert "means" in judged(noise(count=200), shuffled((50, 50), (50, 50)))


def test_few_times_decide_nothing_and_other_classes_are_refused():
    few = leakage.judge_leakage(Series("sign", noise()[:150]), ["a", "b"] * 75)
    assert [one.verdict for one in few] == [Verdict.INCONCLUSIVE]
    with pytest.raises(ValueError, match="sign: two classes"):
        leakage.judge_leakage(Series("sign", noise()[:3]), ["a", "b", "c"])
    with pytest.raises(ValueError, match="sign: two classes"):
        leakage.judge_leakage(Series("sign", noise()[:3]), ["a", "b"])


def test_false_alarms_are_rare():
    found = [judged(noise(seed, 600), classes(seed + 1, 600)) for seed in range(300)]
    wrong = [one for each in found for one in each.values() if one.verdict is not Verdict.PASS]
    assert not wrong


# regression

WEIGHT = np.random.default_rng(8).binomial(256, 0.5, COUNT).astype(float)


def test_the_slope_is_that_of_least_squares():
    times = noise() + 2e-5 * WEIGHT
    design = np.stack([np.ones(COUNT), WEIGHT], axis=1)
    (_, slope), rest, _, _ = np.linalg.lstsq(design, times)
    inverse = np.linalg.inv(design.T @ design)
    error = math.sqrt(rest[0] / (COUNT - 2) * inverse[1, 1])
    assert leakage.regression(times, WEIGHT) == pytest.approx((slope, error))
    assert leakage.regression(times, np.ones(COUNT)) == (0, 0)


@pytest.mark.parametrize(
    ("slope", "verdict"), [(0.0, Verdict.PASS), (1e-4, Verdict.FAIL), (-1e-4, Verdict.FAIL)]
)
def test_a_time_that_follows_a_known_number_is_found(slope: float, verdict: Verdict):
    series = Series("sign", noise() + slope * (WEIGHT - 128) + 0.02)
    found = leakage.judge_covariate(series, WEIGHT, name="weight")
    assert (found.verdict, found.subject) == (verdict, "sign: weight")


def test_a_covariate_that_tells_nothing_is_inconclusive():
    series = Series("sign", noise())
    assert leakage.judge_covariate(series, np.ones(COUNT)).verdict is Verdict.INCONCLUSIVE
    with pytest.raises(ValueError, match="one number for each time"):
        leakage.judge_covariate(series, WEIGHT[1:])
