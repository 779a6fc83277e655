"""The model of key generation: fit and distances by the letter, sound series and unsound ones."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from fixtures.verdict import Verdict
from suites.timing import gamma_law as law
from suites.timing import keygen_model
from suites.timing.keygen_model import judge_keygen
from suites.timing.series import Series


def drawn(count: int, seed: int, shift: float = 0.0, scale: float = 1.0) -> Series:
    times = shift + scale * np.random.default_rng(seed).standard_gamma(2, count)
    return Series("chip", times)


def alarms(series: Series, seed: int = 1) -> set[str]:
    """Names of the marks that alarm."""
    found = judge_keygen(series, np.random.default_rng(seed))
    return {
        one.subject.removeprefix(f"{series.subject}: ")
        for one in found
        if one.verdict is not Verdict.PASS
    }


# the law


def log_likelihood(times: NDArray[np.float64], shift: float, scale: float) -> float:
    """Σ log of (t - T0) / c² · exp(-(t - T0) / c), term by term."""
    return sum(
        math.log((t - shift) / scale**2) - (t - shift) / scale for t in map(float, times)
    )  # fmt: skip


@settings(max_examples=40)
@given(st.integers(0, 10_000), st.sampled_from([0.0, 0.1, 1.0, 20.0]))
def test_no_other_parameters_are_more_likely(seed: int, shift: float):
    series = drawn(15, seed, shift)
    found = law.fit(series)
    best = log_likelihood(series.seconds, found.shift, found.scale)
    assert found.log_likelihood == pytest.approx(best)
    assert 0 <= found.shift < series.seconds.min()
    least = float(series.seconds.min())
    for other in [*np.linspace(0, least, 40, endpoint=False), found.shift * 0.999]:
        for scale in (found.scale * 0.999, found.scale * 1.001, (found.mean - float(other)) / 2):
            assert log_likelihood(series.seconds, float(other), scale) <= best + 1e-9


def test_a_fit_finds_what_a_large_sample_was_drawn_with():
    found = law.fit(drawn(200_000, 1, 0.4, 0.8))
    assert found.shift == pytest.approx(0.4, abs=0.005)
    assert found.scale == pytest.approx(0.8, rel=0.01)
    assert found.mean == pytest.approx(2.0, rel=0.01)
    assert found.cv == pytest.approx(0.8 * math.sqrt(2) / 2, rel=0.01)
    assert found.constant_share == pytest.approx(0.2, abs=0.003)


def test_the_density_is_one_in_all_and_the_tails_are_its_integrals():
    fit = law.Fit(0.3, 0.7, 0.0)
    times = np.linspace(0.3, 30, 2_000_001)
    step = times[1] - times[0]
    assert fit.density(times).sum() * step == pytest.approx(1, abs=1e-6)
    x = np.array([1e-8, 1e-4, 9.99e-4, 1.001e-3, 0.5, 2.0, 30.0])
    below, above = law.log_tails(x)
    exact = [
        sum((-1) ** k * v**k * (k - 1) / math.factorial(k) for k in range(2, 60)) for v in x[:6]
    ]
    assert np.exp(below[:6]) == pytest.approx(exact, rel=1e-9)
    assert above == pytest.approx([math.log1p(v) - v for v in x])


@pytest.mark.parametrize(
    ("multiple", "tail"), [(2, 0.0916), (2.5, 0.0404), (3, 0.0174), (4, 0.00302), (5, 0.0005)]
)
def test_so_many_users_wait_so_many_means(multiple: float, tail: float):
    """(1 + 2k) e^-2k, the table of the share of users who wait longer than k means."""
    _, above = law.log_tails(np.array([2.0 * multiple]))
    assert math.exp(above[0]) == pytest.approx(tail, rel=0.01)


@pytest.mark.parametrize("seed", range(7, 13))
def test_distances_are_what_the_formulas_say(seed: int):
    series = drawn(25, seed, 0.2)
    fit = law.fit(series)
    found = law.distances(
        series.seconds[np.newaxis], np.array([fit.shift]), np.array([fit.scale])
    )  # fmt: skip
    x = [(float(t) - fit.shift) / fit.scale for t in sorted(series.seconds)]
    share = [1 - (1 + v) * math.exp(-v) for v in x]
    a2 = -25 - sum(
        (2 * i - 1) * (math.log(share[i - 1]) + math.log(1 - share[25 - i])) for i in range(1, 26)
    ) / 25  # fmt: skip
    ks = max(max(i / 25 - share[i - 1], share[i - 1] - (i - 1) / 25) for i in range(1, 26))
    gap = max(share[i + 1] - share[i] for i in range(1, 23))  # two at each end left out
    assert found.anderson_darling[0] == pytest.approx(a2)
    assert found.kolmogorov_smirnov[0] == pytest.approx(ks)
    assert found.gap[0] == pytest.approx(gap)


def test_rows_are_fitted_as_if_each_were_alone():
    rows = np.stack([drawn(12, seed, 0.5 * (seed % 2)).seconds for seed in range(8)])
    shift, scale = law.fitted(rows)
    for row, t0, c in zip(rows, shift, scale, strict=True):
        alone = law.fit(Series("chip", row))
        assert (alone.shift, alone.scale) == (t0, c)


@pytest.mark.parametrize("times", [[2.0], [2.0, 2.0], [0.0, 1.0, 2.0], []])
def test_what_cannot_be_fitted_is_refused(times: list[float]):
    with pytest.raises(ValueError, match="chip: a fit needs two different times"):
        law.fit(Series("chip", np.array(times)))


@pytest.mark.parametrize(
    ("count", "low", "high", "peak"),
    [(10, 0.31, 1.20, 4.6), (30, 0.46, 1.03, 6.0), (100, 0.57, 0.88, 7.0), (300, 0.62, 0.81, 7.7),
     (1_000, 0.66, 0.76, 8.2)],
)  # fmt: skip
def test_the_bands_of_the_law(count: int, low: float, high: float, peak: float):
    """Against a simulation that was made elsewhere, with its noise."""
    band = law.cv_band(count, np.random.default_rng(1))
    assert band.low == pytest.approx(low, abs=0.02)
    assert band.high == pytest.approx(high, abs=0.03)
    assert law.peak_bound(count, 0.001) == pytest.approx(peak, abs=0.2)


def test_the_bound_of_the_longest_time_is_passed_as_often_as_it_says():
    samples = np.random.default_rng(2).standard_gamma(2, (100_000, 20))
    peaks = samples.max(axis=1) / samples.mean(axis=1)
    for tail in (0.05, 0.01, 0.001):
        share = np.mean(peaks > law.peak_bound(20, tail))
        error = math.sqrt(tail / 100_000)
        assert 0.93 * tail - 4 * error < share < tail + 4 * error


@settings(max_examples=25)
@given(st.integers(1, 400), st.sampled_from([0.001, 0.01, 0.05, 0.5]), st.integers(0, 99))
def test_a_bootstrap_alarms_as_often_as_it_says_and_no_more(count: int, tail: float, seed: int):
    """Of B + 1 values that are alike each may be the measured one, so the share is exact."""
    values = np.random.default_rng(seed).permutation(count + 1).astype(float)
    others = [np.delete(values, n) for n in range(count + 1)]
    p = [law.bootstrap_p(one, rest) for one, rest in zip(values, others, strict=True)]
    assert p == pytest.approx([(1 + sum(values > one)) / (count + 1) for one in values])
    alarms = sum(one <= tail + 1e-12 for one in p)
    assert alarms == math.floor(tail * (count + 1) + 1e-9)
    bounds = [law.bootstrap_bound(rest, tail) for rest in others]
    assert alarms == sum(one > bound for one, bound in zip(values, bounds, strict=True))


@pytest.mark.parametrize(("place", "alarm"), [(1, True), (2, True), (3, False), (4, False)])
def test_of_two_thousand_series_that_are_alike_two_are_accused(
    place: int, alarm: bool, monkeypatch: pytest.MonkeyPatch
):
    """The measured series is the place-th of 2,000; by quantile the third was accused as well."""
    series = drawn(30, 1)
    fit = law.fit(series)
    own = law.distances(series.seconds[np.newaxis], np.array([fit.shift]), np.array([fit.scale]))
    below, above = law.REPLICATES - place + 1, place - 1

    def around(value: np.ndarray) -> np.ndarray:
        return np.concatenate([np.full(below, value[0] / 2), value[0] + 1 + np.arange(above)])

    alike = law.Distances(*map(around, (own.anderson_darling, own.kolmogorov_smirnov, own.gap)))
    monkeypatch.setattr(keygen_model, "bootstrap", lambda *_: alike)
    accused = alarms(series) & {"Anderson-Darling", "Kolmogorov-Smirnov", "groups"}
    assert len(accused) == (3 if alarm else 0)


# the judge


def test_the_same_times_are_judged_the_same_way():
    series = drawn(40, 3)
    first, second = (judge_keygen(series, np.random.default_rng(5)) for _ in range(2))
    assert first == second


@pytest.mark.parametrize(("shift", "count"), [(0.0, 30), (0.4, 30), (1.5, 30)])
def test_a_sound_chip_is_seldom_accused(shift: float, count: int):
    """Its seven marks together: about 1 series in 100, so 4 of 40 are no chance."""
    accused = [alarms(drawn(count, seed, shift), seed) for seed in range(40)]
    assert sum(map(bool, accused)) < 4, accused


def small(count: int = 100) -> NDArray[np.float64]:
    return np.random.default_rng(9).standard_gamma(2, count)


def pool_runs_dry(t: NDArray[np.float64]) -> NDArray[np.float64]:
    """Every second key comes from a pool, at once; the others start after a second."""
    return np.where(np.arange(len(t)) % 2 == 0, 0.10 + 0.02 * t, 1.5 + t)


BAD: dict[str, tuple[Callable[[NDArray[np.float64]], NDArray[np.float64]], str]] = {
    "a fixed pool: hardly any spread": (lambda t: 2.0 + 0.02 * t, "spread"),
    "always the same time": (lambda t: np.full(len(t), 2.0), "spread"),
    "a cap on candidates": (lambda t: 0.02 + 0.5 * np.minimum(t, 1.2), "Anderson-Darling"),
    "no long searches": (
        lambda t: np.where(np.arange(len(t)) == 3, 0.03, 1.0 + np.minimum(t, 3)),
        "spread",
    ),
    "retry storms": (lambda t: np.where(np.arange(len(t)) % 20 == 7, 12 + t, t), "spread"),
    "one stall": (lambda t: np.where(np.arange(len(t)) == 50, 60.0, t), "longest time"),
    "a pool that runs dry": (pool_runs_dry, "groups"),
    "one long, one short": (lambda t: t * np.where(np.arange(len(t)) % 2, 6, 1), "neighbours"),
    "heat": (lambda t: t * np.linspace(1, 4, len(t)), "drift"),
    "uniform": (lambda t: 0.01 + 4 * np.random.default_rng(4).random(len(t)), "Kolmogorov-Smirnov"),
}


@pytest.mark.parametrize("name", BAD)
def test_what_is_wrong_with_a_chip_is_seen(name: str):
    change, mark = BAD[name]
    series = Series("chip", change(small()))
    assert mark in alarms(series)
    again = judge_keygen(series, np.random.default_rng(1), repeated=True)
    assert Verdict.FAIL in {one.verdict for one in again}
    assert Verdict.INCONCLUSIVE not in {one.verdict for one in again}


def test_a_constant_part_explains_a_smaller_spread():
    series = drawn(300, 1, shift=1.5)
    found = {one.subject: one for one in judge_keygen(series, np.random.default_rng(1))}
    spread = found["chip: spread"]
    assert spread.verdict is Verdict.PASS
    assert "% of the mean is constant" in spread.reason


def test_a_search_in_batches_is_asked_about_and_not_accused():
    """Whole batches of half a second each after a long constant part: no plain search."""
    generator = np.random.default_rng(2)
    batches = generator.geometric(0.8, (100, 2)).sum(axis=1)
    times = 3.0 + 0.5 * batches + 0.02 * generator.standard_normal(100)
    found = judge_keygen(Series("chip", times), np.random.default_rng(1))
    assert {one.verdict for one in found} == {Verdict.PASS}
    told = {one.subject.removeprefix("chip: "): one.reason for one in found}
    assert "ask how the primes are found" in told["spread"]
    assert "two groups of times" in told["groups"]
    assert "Anderson-Darling" not in told


def test_a_small_constant_part_is_no_fault_however_many_times_there_are():
    """A tenth of 2 s: its CV of 0.64 lies far below the band of T0 = 0 at this number."""
    series = drawn(1_500, 1, shift=0.2, scale=0.9)
    assert law.cv_band(1_500, np.random.default_rng(1)).low > np.std(series.seconds) / np.mean(
        series.seconds
    )
    assert alarms(series) == set()


def test_too_few_times_and_times_of_nothing_are_inconclusive():
    for times in ([2.0] * 9, [0.0, *range(1, 20)]):
        (found,) = judge_keygen(Series("chip", np.array(times)), np.random.default_rng(1))
        assert found.verdict is Verdict.INCONCLUSIVE
