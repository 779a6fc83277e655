"""The judges of times: each against its formula by the letter, good series and bad ones."""

from __future__ import annotations

import math
import statistics
from itertools import permutations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fixtures.verdict import Verdict
from suites.timing import breakdown, products, signing
from suites.timing import summary as figures
from suites.timing.breakdown import Parts
from suites.timing.distributions import chi_squared_quantile, t_quantile, t_tail
from suites.timing.order import drift, neighbours, rank_correlation, ranks, shuffled_p
from suites.timing.products import ADVICE, Spread
from suites.timing.series import Series

PASS, FAIL, INCONCLUSIVE = Verdict.PASS, Verdict.FAIL, Verdict.INCONCLUSIVE
TIMES = st.lists(st.floats(0.001, 100), min_size=2, max_size=40)


def series(*seconds: float, subject: str = "chip") -> Series:
    return Series(subject, np.array(seconds))


def around(mean: float, sd: float, count: int = 20, subject: str = "chip") -> Series:
    """Evenly spread times with exactly that mean and standard deviation."""
    places = np.linspace(-1, 1, count)
    return Series(subject, mean + sd * places / places.std(ddof=1))


def gamma(mean: float, count: int, seed: int, subject: str = "chip") -> Series:
    drawn = np.random.default_rng(seed).standard_gamma(2, count)
    return Series(subject, drawn * mean / 2)


# distributions


@pytest.mark.parametrize("p", [0.6, 0.9, 0.975, 0.9995])
def test_quantiles_with_closed_forms(p: float):
    """Cauchy for 1 degree of freedom; 2 has a square root; χ² with 2 is exponential."""
    assert t_quantile(p, 1) == pytest.approx(math.tan(math.pi * (p - 0.5)))
    two = (2 * p - 1) * math.sqrt(1 / (2 * p * (1 - p)))
    assert t_quantile(p, 2) == pytest.approx(two)
    assert t_quantile(1 - p, 2) == pytest.approx(-two)
    assert chi_squared_quantile(p, 2) == pytest.approx(-2 * math.log(1 - p))


@pytest.mark.parametrize(
    ("degrees", "t", "low", "high"),
    [(4, 2.776, 0.484, 11.143), (9, 2.262, 2.700, 19.023), (30, 2.042, 16.791, 46.979),
     (100, 1.984, 74.222, 129.561)],
)  # fmt: skip
def test_quantiles_of_the_published_table(degrees: int, t: float, low: float, high: float):
    """NIST/SEMATECH e-Handbook of Statistical Methods, 1.3.6.7.2 and 1.3.6.7.4, at 0.975."""
    assert t_quantile(0.975, degrees) == pytest.approx(t, abs=5e-4)
    assert chi_squared_quantile(0.975, degrees) == pytest.approx(high, abs=5e-4)
    assert chi_squared_quantile(0.025, degrees) == pytest.approx(low, abs=5e-4)


def test_many_degrees_of_freedom_are_normal():
    normal = statistics.NormalDist()
    assert t_quantile(0.999, 1e7) == pytest.approx(normal.inv_cdf(0.999), rel=1e-5)
    assert t_tail(4.5, 1e7) == pytest.approx(2 * normal.cdf(-4.5), rel=1e-3)
    assert t_tail(0, 5) == 1


@pytest.mark.parametrize("p", [0, 1, -0.1, math.nan])
def test_a_quantile_of_no_probability_is_refused(p: float):
    with pytest.raises(ValueError, match="no probability"):
        t_quantile(p, 9)
    with pytest.raises(ValueError, match="no probability"):
        chi_squared_quantile(p, 9)


# series and summary


@pytest.mark.parametrize("bad", [-0.046, math.nan, math.inf])
def test_what_is_no_duration_is_refused(bad: float):
    with pytest.raises(ValueError, match=r"chip: sample 2 is .* s, which is no duration"):
        series(2.12, bad)


def test_a_series_is_a_frozen_copy():
    mine = np.array([1.0, 2.0])
    taken = Series("chip", mine)
    mine[0] = 9
    assert taken.seconds[0] == 1
    with pytest.raises(ValueError, match="read-only"):
        taken.seconds[0] = 9


@given(TIMES)
def test_a_summary_is_what_the_formulas_say(times: list[float]):
    found = figures.summary(series(*times))
    assert (found.n, found.least, found.most) == (len(times), min(times), max(times))
    assert found.mean == pytest.approx(statistics.fmean(times))
    assert found.median == pytest.approx(statistics.median(times))
    assert found.sd == pytest.approx(statistics.stdev(times), abs=1e-9)
    assert found.cv == pytest.approx(statistics.stdev(times) / statistics.fmean(times), abs=1e-9)
    half = t_quantile(0.975, len(times) - 1) * statistics.stdev(times) / math.sqrt(len(times))
    assert found.high - found.mean == pytest.approx(half, abs=1e-9)
    assert found.low + found.high == pytest.approx(2 * found.mean)
    assert found.p95 == pytest.approx(
        statistics.quantiles(times, n=20, method="inclusive")[-1], abs=1e-9
    )


def test_one_time_has_no_spread():
    found = figures.summary(series(2.0))
    assert (found.n, found.mean, found.least, found.most) == (1, 2, 2, 2)
    assert math.isnan(found.sd)
    assert (found.low, found.high) == (-math.inf, math.inf)
    with pytest.raises(ValueError, match="no times"):
        figures.summary(series())


@pytest.mark.parametrize(("count", "verdict"), [(0, INCONCLUSIVE), (9, INCONCLUSIVE), (10, PASS)])
def test_ten_repetitions_are_the_least(count: int, verdict: Verdict):
    taken = series(*[2.0] * count)
    judged = [figures.judge_count(taken), figures.judge_mean(taken)]
    judged += [figures.judge_two_seconds(taken), products.judge_spread(taken)]
    judged += [figures.judge_majority([taken]), signing.judge_signing(taken, None)[0]]
    assert {one.verdict for one in judged} == {verdict}


@pytest.mark.parametrize(
    ("taken", "verdict", "told"),
    [
        (around(4.9, 0.1), PASS, ""),
        (around(4.9, 2.0), PASS, "more times could still exceed it"),
        (around(5.0, 0.0), PASS, ""),
        (around(5.3, 2.0), INCONCLUSIVE, "95 % interval 4.36 to 6.24 s: take more times"),
        (around(5.3, 0.5), FAIL, "mean 5.30 s"),
        (around(69.1, 40), FAIL, "mean 69.10 s"),
    ],
)
def test_the_mean_is_held_against_five_seconds(taken: Series, verdict: Verdict, told: str):
    found = figures.judge_mean(taken)
    assert (found.verdict, found.requirement, found.bound) == (verdict, "REQ-1-1-b", 5.0)
    assert told in found.reason
    assert bool(told) == bool(found.reason)


def test_a_product_at_five_seconds_is_hardly_ever_failed_by_chance():
    """Gamma(2) with a true mean of 5.0 s, ten times each: a FAIL would be a wrong one."""
    failed = [figures.judge_mean(gamma(5.0, 10, seed)).verdict is FAIL for seed in range(1_500)]
    assert sum(failed) / len(failed) < 0.02


def test_two_seconds_are_information():
    found = [figures.judge_two_seconds(around(mean, 0.1)) for mean in (2.02, 4.0)]
    assert [one.verdict for one in found] == [PASS, PASS]
    assert "2 s lies in it" in found[0].reason
    assert "2 s lies outside" in found[1].reason
    assert all("informative, no product fails by it" in one.reason for one in found)


def test_most_products_average_about_two_seconds_or_not():
    fast = [around(2.2, 0.1, 1_000, f"chip {n}") for n in range(3)]
    slow = [around(4.0, 0.1, 1_000, f"slow {n}") for n in range(2)]
    assert figures.judge_majority([*fast, *slow]).verdict is PASS
    assert figures.judge_majority([*fast[:2], *slow]).verdict is FAIL  # half is not most
    told = figures.judge_majority([*fast[:2], *slow], as_in_deck=False)
    assert (told.verdict, told.statistic) == (PASS, 2)
    assert "not most of them" in told.reason
    assert figures.judge_majority([]).verdict is INCONCLUSIVE


def test_of_one_product_alone_there_is_no_most():
    alone = figures.judge_majority([around(9.02, 0.1)], as_in_deck=False)
    assert alone.verdict is Verdict.NOT_APPLICABLE
    assert "one product alone" in alone.reason
    pair = [around(9.02, 0.1), around(9.02, 0.1, subject="other")]
    assert figures.judge_majority(pair, as_in_deck=False).verdict is PASS


# products

FOUR = [
    around(1.9, 0.3, 20, "A"), around(2.1, 0.4, 20, "B"), around(2.0, 0.2, 20, "C"),
    Series("D", np.array([*np.linspace(0.5, 1.5, 19), 9.0])),
]  # fmt: skip


def test_exactly_one_of_four_needs_attention_in_any_order():
    found = products.judge_products(FOUR)
    assert [one.verdict for one in found] == [PASS] * 5
    advised = [one.subject for one in found if ADVICE in one.reason]
    assert advised == ["D"]
    assert found[-1].statistic == 1
    for order in permutations(FOUR):
        assert products.judge_products(list(order)) == found


@pytest.mark.parametrize("wide", [0, 2])
def test_four_products_unlike_the_deck_fail(wide: int):
    others = FOUR[:3] if wide == 0 else [FOUR[0], FOUR[1], Series("C", FOUR[3].seconds)]
    four = [*others, around(2.0, 0.2, 20, "D") if wide == 0 else FOUR[3]]
    first = products.judge_products(four)[-1]
    assert first.verdict is INCONCLUSIVE
    assert "repeat with fresh times" in first.reason
    again = products.judge_products(four, repeated=True)[-1]
    assert (again.verdict, again.false_alarm) == (FAIL, products.DECK_ALARM**2)
    counted = products.judge_products(four, as_in_deck=False)[-1]
    assert (counted.verdict, counted.statistic) == (PASS, wide)


def test_the_products_of_the_deck_are_seldom_mistaken():
    """100 times of D, a plain search of 0.197 s + 3.66 ms a candidate, 20,000 times over."""
    tried = np.random.default_rng(1).geometric(1 / 355, (20_000, 100, 2)).sum(axis=2)
    times = 0.197 + 0.00366 * tried
    mean = times.mean(axis=1)
    wide = times.std(axis=1, ddof=1) / mean > products.WIDEST_CV
    wide |= times.max(axis=1) / mean > products.HIGHEST_PEAK
    wide |= np.percentile(times, 95, axis=1) > products.LONGEST_P95
    share = np.mean(~wide)
    assert 0.0003 < share < products.DECK_ALARM
    for n in np.flatnonzero(~wide)[:5]:
        assert products.classify(Series("D", times[n])) is products.Spread.STABLE


def test_the_deck_compares_four():
    assert products.judge_products(FOUR[1:])[-1].verdict is INCONCLUSIVE
    assert products.judge_products(FOUR[1:], as_in_deck=False)[-1].verdict is PASS
    assert products.judge_products([*FOUR[:3], series(2.0, subject="D")])[-1].verdict is (
        INCONCLUSIVE
    )


@pytest.mark.parametrize(
    ("taken", "told"),
    [
        (around(2.0, 1.22), "CV 0.61 > 0.6"),
        (Series("x", np.array([1.0] * 99 + [2.6])), "most 2.56 means > 2.5"),
        (around(4.5, 0.5), "p95 5.22 s > 5 s"),
    ],
)
def test_each_bound_alone_makes_a_wide_spread(taken: Series, told: str):
    assert products.classify(taken) is Spread.HIGH_DISPERSION
    assert list(products.exceeded(taken)) == [told]


def test_a_spread_at_the_bounds_is_stable():
    assert products.classify(around(2.0, 1.19)) is Spread.STABLE
    assert products.classify(series(2.0)) is Spread.STABLE


# signing


def test_signing_that_varies_little_passes():
    found = signing.judge_signing(around(0.06, 0.001), gamma(2, 20, 1))
    assert [one.verdict for one in found] == [PASS] * 3
    assert found[1].bound == pytest.approx(figures.summary(gamma(2, 20, 1)).cv)


@pytest.mark.parametrize(
    ("sign", "verdicts"),
    [
        (around(0.06, 0.0078), [INCONCLUSIVE, PASS]),  # CV 0.13, of 20 times 0.099 at least
        (around(0.06, 0.009), [FAIL, PASS]),  # 0.15, 0.114 at least
        (gamma(0.06, 20, 5), [FAIL, FAIL]),
        (series(*[0.0] * 20), [INCONCLUSIVE, INCONCLUSIVE]),
    ],
)
def test_signing_that_varies_much(sign: Series, verdicts: list[Verdict]):
    found = signing.judge_signing(sign, around(2, 1))
    assert [one.verdict for one in found[:2]] == verdicts


def test_signing_without_key_generation_is_judged_alone():
    assert len(signing.judge_signing(around(0.06, 0.001), None)) == 2
    found = signing.judge_signing(around(0.06, 0.001), gamma(2, 9, 1))
    assert found[1].verdict is INCONCLUSIVE


def test_the_interval_of_a_cv_holds_what_it_says():
    drawn = np.random.default_rng(1).normal(1, 0.05, (2_000, 10))
    inside = 0
    for row in drawn:
        low, high = signing.cv_interval(float(row.std(ddof=1) / row.mean()), 10)
        inside += low <= 0.05 <= high
    assert 0.93 < inside / 2_000 < 0.97


def test_without_transport_two_per_cent_are_remarked_upon():
    assert signing.judge_applet_spread(around(0.06, 0.0006)).reason == ""
    wide = signing.judge_applet_spread(around(0.06, 0.003))
    assert (wide.verdict, bool(wide.reason)) == (PASS, True)


def test_a_spread_that_grows_is_an_alarm_and_one_that_does_not_is_none():
    generator = np.random.default_rng(3)
    noise = generator.standard_normal(400)
    grown = Series("chip", 0.06 + 0.001 * noise * np.linspace(0.2, 1.8, 400))
    shrunk = Series("chip", 0.06 + 0.001 * noise * np.linspace(1.8, 0.2, 400))
    assert signing.judge_growth(grown).verdict is INCONCLUSIVE
    assert signing.judge_growth(shrunk).verdict is PASS
    level = [
        signing.judge_growth(Series("chip", 0.06 + 0.001 * generator.standard_normal(100)))
        for _ in range(1_000)
    ]
    assert sum(one.verdict is INCONCLUSIVE for one in level) <= 5  # 1 in 1,000 each


@pytest.mark.parametrize("rho", [0.1, 0.3, 0.5])
def test_the_tail_of_a_rank_correlation_is_what_shuffled_orders_come_to(rho: float):
    generator = np.random.default_rng(1)
    orders = generator.permuted(np.tile(np.arange(30.0), (20_000, 1)), axis=1)
    share = float(np.mean(drift(orders) >= rho))
    assert signing.growth_tail(rho, 30) == pytest.approx(share, rel=0.1, abs=5e-4)
    assert signing.growth_tail(1.0, 30) == 0


def test_what_chance_may_fail_says_how_often():
    noisy = breakdown.judge_delay(operations(1), operations(2, transport=0.1), 0.1, 1e-6)
    assert {one.false_alarm for one in noisy} == {breakdown.CHANCE}
    exact = [Parts(0.06, 0.02, 0, 0, 0.08)] * 3, [Parts(0.06, 0.12, 0, 0, 0.18)] * 3
    assert {one.false_alarm for one in breakdown.judge_delay(*exact, 0.1, 1e-6)} == {None}
    growth = signing.judge_growth(around(0.06, 0.001))
    assert growth.false_alarm == pytest.approx(1e-6)  # of two alarms, one after the other


# order


@given(st.lists(st.integers(0, 9), min_size=2, max_size=30))
def test_ranks_share_the_mean_of_equal_values(values: list[int]):
    by_hand = [
        sum(other < one for other in values) + (sum(other == one for other in values) + 1) / 2
        for one in values
    ]
    assert ranks(values).tolist() == by_hand


@given(st.permutations(range(12)))
def test_rank_correlation_is_spearmans(order: list[int]):
    square = sum((n - place) ** 2 for n, place in enumerate(order))
    assert rank_correlation(range(12), order) == pytest.approx(1 - 6 * square / (12 * 143))


def test_neighbours_and_drift_are_correlations():
    values = np.random.default_rng(1).permutation(20).astype(float)
    by_hand = statistics.correlation(values[:-1].tolist(), values[1:].tolist())
    assert float(neighbours(values)) == pytest.approx(by_hand)
    assert float(drift(values)) == pytest.approx(rank_correlation(range(20), values))
    assert neighbours(np.stack([values, np.ones(20)])) == pytest.approx([by_hand, 0])


def test_shuffling_comes_to_what_all_orders_come_to():
    values = np.array([1.0, 2, 3, 4, 6, 5])
    every = np.array(list(permutations(values)))
    law = neighbours(every)
    exact = np.mean(np.abs(law - law.mean()) >= abs(float(neighbours(values)) - law.mean()) - 1e-12)
    _, p = shuffled_p(neighbours, values, 20_000, np.random.default_rng(1))
    assert p == pytest.approx(float(exact), abs=0.01)


# parts

GOOD = Parts(1.9, 0.05, 0.02, 0.03, 2.0)


def test_parts_that_add_up_within_the_clock_pass():
    (found,) = breakdown.judge_breakdown([GOOD, Parts(1, 0, 0, 0, 1.001)], 0.001)
    assert (found.verdict, found.bound) == (PASS, 0.001)
    assert found.statistic == pytest.approx(0.001)


@pytest.mark.parametrize(
    ("bad", "told"),
    [
        (Parts(1.9, 0.05, 0.02, 0.03, 2.1), "the parts sum to 2 s, the whole took 2.1 s"),
        (Parts(1.9, 0.05, 0.02, 0.0, 2.0), "the parts sum to 1.97 s"),
        (Parts(2.1, -0.1, 0.0, 0.0, 2.0), "transport is -0.1 s, which is no duration"),
        (Parts(1.9, math.nan, 0.02, 0.03, 2.0), "transport is nan s"),
        (Parts(1.9, math.inf, 0.02, 0.03, 2.0), "the parts sum to inf"),
    ],
)
def test_parts_that_do_not_add_up_fail_and_are_named(bad: Parts, told: str):
    found = breakdown.judge_breakdown([GOOD, bad], 0.001)
    assert [one.verdict for one in found] == [FAIL, FAIL]
    assert found[0].subject == "breakdown: time 2"
    assert told in found[0].reason
    assert "1 of 2" in found[1].reason


def test_five_bad_records_are_named_and_all_counted():
    found = breakdown.judge_breakdown([Parts(1, 0, 0, 0, 2)] * 9, 0.001)
    assert len(found) == 6
    assert "9 of 9" in found[-1].reason
    assert breakdown.judge_breakdown([], 0.001)[0].verdict is INCONCLUSIVE


def operations(seed: int, **more: float) -> list[Parts]:
    """Signatures of 60 ms with a little noise; ``more`` seconds go to the part that is named."""
    generator = np.random.default_rng(seed)
    made = []
    for _ in range(40):
        values = dict(zip(breakdown.NAMES, (0.06, 0.02, 0.005, 0.0), strict=True))
        values = {name: value + float(generator.normal(0, 2e-4)) + more.get(name, 0)
                  for name, value in values.items()}  # fmt: skip
        values["tsm"] = abs(values["tsm"])
        made.append(Parts(**values, total=sum(values.values())))
    return made


def test_a_delay_of_transport_shows_in_transport_only():
    found = breakdown.judge_delay(operations(1), operations(2, transport=0.1), 0.1, 1e-6)
    assert [one.verdict for one in found] == [PASS] * 5


@pytest.mark.parametrize("part", ["applet", "omapi", "tsm"])
def test_a_delay_booked_elsewhere_is_found(part: str):
    found = breakdown.judge_delay(operations(1), operations(2, **{part: 0.1}), 0.1, 1e-6)
    wrong = {one.subject for one in found if one.verdict is FAIL}
    assert wrong == {f"delay: {part}", "delay: transport"}


def test_a_delay_that_is_not_there_or_halved_is_found():
    for seen in (0.0, 0.05):
        found = breakdown.judge_delay(operations(1), operations(2, transport=seen), 0.1, 1e-6)
        assert {one.subject for one in found if one.verdict is FAIL} == {
            "delay: transport", "delay: total",
        }  # fmt: skip


def test_noise_that_could_hide_the_delay_is_inconclusive_unless_paired():
    times = np.random.default_rng(1).standard_gamma(2, 10)
    before = [Parts(t, 0.02, 0, 0, t + 0.02) for t in times]
    after = [Parts(t, 0.12, 0, 0, t + 0.12) for t in times]
    loose = breakdown.judge_delay(before, after, 0.1, 1e-6)
    assert {one.subject for one in loose if one.verdict is INCONCLUSIVE} == {
        "delay: applet", "delay: total",
    }  # fmt: skip
    pairs = breakdown.judge_delay(before, after, 0.1, 1e-6, paired=True)
    assert {one.verdict for one in pairs} == {PASS}
    with pytest.raises(ValueError, match="no pairs"):
        breakdown.judge_delay(before, after[1:], 0.1, 1e-6, paired=True)
    assert breakdown.judge_delay(before[:1], after, 0.1, 1e-6)[0].verdict is INCONCLUSIVE
