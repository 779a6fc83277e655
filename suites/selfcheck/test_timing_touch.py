"""The judges of a signature by touch: what passes, what fails, and what they leave open."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fixtures.catalogue.numbers import TOUCH_SIGNATURE
from fixtures.verdict import Verdict
from suites.timing.series import Series
from suites.timing.summary import summary
from suites.timing.touch import (
    LONGEST_MEAN,
    WIDEST_CV,
    drawn_together,
    judge_applet_share,
    judge_models,
    judge_touch,
)

TIMES = st.lists(st.floats(0.01, 10), min_size=10, max_size=30)


def taken(mean: float, spread: float, count: int = 10, subject: str = "model") -> Series:
    """Times of exactly this mean and CV, in no order that matters."""
    steps = np.linspace(-1, 1, count)
    steps /= steps.std(ddof=1)
    return Series(subject, mean * (1 + spread * steps))


def verdicts(touches: Series) -> list[Verdict]:
    return [finding.verdict for finding in judge_touch(touches)]


@pytest.mark.parametrize(
    ("mean", "spread", "count", "want"),
    [
        (1.0, 0.05, 10, "PASS PASS"),
        (1.19, 0.15, 10, "PASS PASS"),
        (1.25, 0.10, 10, "INCONCLUSIVE PASS"),  # ten touches know the mean to 7 %
        (1.25, 0.10, 100, "FAIL PASS"),
        (1.4, 0.10, 10, "FAIL PASS"),
        (1.0, 0.20, 10, "PASS INCONCLUSIVE"),  # and the CV to a half
        (1.0, 0.20, 100, "PASS FAIL"),
        (0.7, 0.40, 10, "PASS FAIL"),
    ],
)
def test_a_figure_fails_where_its_whole_interval_lies_above(
    mean: float, spread: float, count: int, want: str
):
    assert verdicts(taken(mean, spread, count)) == [Verdict(word) for word in want.split()]


def test_the_bound_is_the_decks_second_and_a_fifth():
    assert pytest.approx(float(TOUCH_SIGNATURE) * 1.2) == LONGEST_MEAN


def test_below_ten_touches_nothing_is_decided():
    for judged in (
        judge_touch(taken(9.0, 0.1, 9)),
        [judge_models([taken(0.1, 0.1), taken(9.0, 0.1, 9)])],
        [judge_applet_share(taken(1, 0.1, 9), taken(9, 0.1))],
        [judge_applet_share(taken(1, 0.1), taken(9, 0.1, 9))],
        judge_touch(Series("a clock that stands still", np.zeros(10))),
    ):
        assert [one.verdict for one in judged] == [Verdict.INCONCLUSIVE]


@given(TIMES)
def test_no_time_that_passes_is_above_a_bound_and_none_that_fails_below(times: list[float]):
    """By the letter: the sample's own mean and CV."""
    mean = sum(times) / len(times)
    sd = (sum((t - mean) ** 2 for t in times) / (len(times) - 1)) ** 0.5
    values = (mean - LONGEST_MEAN, sd / mean - WIDEST_CV)
    for above, finding in zip(values, judge_touch(Series("any", np.array(times))), strict=True):
        if abs(above) > 1e-9:
            assert (finding.verdict is Verdict.PASS) is (above < 0)


@pytest.mark.parametrize(
    ("means", "spread", "want"),
    [
        ((1.0,), 0.1, "PASS"),
        ((0.95, 1.0, 1.05, 0.9), 0.1, "PASS"),
        ((0.5, 0.9, 0.55, 1.1), 0.05, "FAIL"),
        ((0.8, 1.0, 0.85, 1.15), 0.15, "INCONCLUSIVE"),
    ],
)
def test_models_are_alike_apart_or_not_known_well_enough(
    means: tuple[float, ...], spread: float, want: str
):
    found = judge_models([taken(mean, spread) for mean in means])
    assert found.verdict is Verdict(want)
    assert bool(found.reason) is (want != "PASS" or len(means) == 1)


@given(st.lists(st.tuples(st.floats(0.1, 5), st.floats(0.01, 0.5)), min_size=2, max_size=6))
def test_drawing_means_together_never_moves_them_beyond_the_middle(of: list[tuple[float, float]]):
    models = [taken(mean, spread) for mean, spread in of]
    before = np.array([summary(one).mean for one in models])
    after = drawn_together(models)
    assert after.std() <= before.std() + 1e-9
    middle = before.mean()
    assert (np.abs(after - middle) <= np.abs(before - middle) + 1e-9).all()
    assert ((after - middle) * (before - middle) >= -1e-9).all()


def test_alike_models_are_rarely_called_apart():
    """Four models of one law, CV 0.15 and ten touches each: a true CV between of 0."""
    generator = np.random.default_rng(7)
    found = [
        judge_models([Series("m", generator.normal(1, 0.15, 10)) for _ in range(4)]).verdict
        for _ in range(400)
    ]
    assert found.count(Verdict.FAIL) == 0
    assert found.count(Verdict.PASS) >= 396


@pytest.mark.parametrize(("touched", "want"), [(0.105, "PASS"), (0.115, "FAIL"), (0.085, "FAIL")])
def test_the_applets_share_is_that_by_contact(touched: float, want: str):
    found = judge_applet_share(taken(touched, 0.01), taken(0.1, 0.01))
    assert found.verdict is Verdict(want)
