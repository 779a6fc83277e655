"""Shares of successes, and what is concluded from them: published figures and by the letter."""

from __future__ import annotations

import math
from itertools import product
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from suites.contactless import old_rule, proportions
from suites.contactless.positions import (
    CENTRE,
    Grid,
    Pair,
    Position,
    ResultClass,
    Try,
    cells_of,
)
from suites.contactless.proportions import (
    clopper_pearson,
    fewest_trials,
    fisher_worse,
    fisher_worse_together,
    holm,
    lower,
    upper,
    wilson,
)
from suites.selfcheck.test_architecture import IMPURE, imports


@st.composite
def samples(draw: st.DrawFn) -> tuple[int, int]:
    trials = draw(st.integers(1, 60))
    return draw(st.integers(0, trials)), trials


def tail(successes: int, trials: int, p: float) -> float:
    """P(X >= successes), as it is written in a textbook."""
    return sum(
        math.comb(trials, k) * p**k * (1 - p) ** (trials - k) for k in range(successes, trials + 1)
    )


@pytest.mark.parametrize(
    ("successes", "trials", "exact", "score", "one_sided"),
    [
        (10, 10, (0.6915, 1), (0.7225, 1), 0.7411),
        (9, 10, (0.5550, 0.9975), (0.5958, 0.9821), 0.6058),
        (27, 27, (0.8723, 1), (0.8754, 1), 0.8950),
        (54, 54, (0.9340, 1), (0.9336, 1), 0.9460),
        (59, 60, (0.9106, 0.9996), (0.9114, 0.9971), 0.9234),
        (297, 300, (0.9711, 0.9979), (0.9710, 0.9966), 0.9744),
        (299, 299, (0.9877, 1), (0.9873, 1), 0.9900),
    ],
)
def test_the_intervals_are_those_of_the_tables(
    successes: int,
    trials: int,
    exact: tuple[float, float],
    score: tuple[float, float],
    one_sided: float,
):
    found = clopper_pearson(successes, trials)
    assert (found.low, found.high) == pytest.approx(exact, abs=5.1e-5)
    shown = wilson(successes, trials)
    assert (shown.low, shown.high) == pytest.approx(score, abs=5.1e-5)
    assert lower(successes, trials) == pytest.approx(one_sided, abs=5.1e-5)


@pytest.mark.parametrize(
    ("p", "fewest"),
    [
        (0.90, (29, 46, 61, 76, 89, 103)),
        (0.95, (59, 93, 124, 153, 181, 208)),
        (0.99, (299, 473, 628, 773, 913, 1049)),
    ],
)
def test_the_fewest_tries_for_a_claim_are_those_of_the_table(p: float, fewest: tuple[int, ...]):
    assert tuple(fewest_trials(p, failures) for failures in range(6)) == fewest


@pytest.mark.parametrize("p", [0.5, 0.9, 0.95, 0.99, 0.995, 0.999])
def test_without_a_failure_the_fewest_tries_follow_from_a_logarithm(p: float):
    assert fewest_trials(p) == math.ceil(math.log(0.05) / math.log(p))


@given(samples())
def test_exact_bounds_solve_their_equation(sample: tuple[int, int]):
    successes, trials = sample
    low, high = lower(successes, trials), upper(successes, trials)
    if successes:
        assert tail(successes, trials, low) == pytest.approx(0.05, abs=1e-9)
    if successes < trials:
        assert 1 - tail(successes + 1, trials, high) == pytest.approx(0.05, abs=1e-9)
    assert low <= successes / trials <= high


@given(samples())
def test_failures_mirror_successes(sample: tuple[int, int]):
    successes, trials = sample
    for interval in (clopper_pearson, wilson):
        found, turned = interval(successes, trials), interval(trials - successes, trials)
        assert (found.low, found.high) == pytest.approx((1 - turned.high, 1 - turned.low))


@pytest.mark.parametrize("p", [0.3, 0.9, 0.97])
def test_the_exact_interval_covers_as_often_as_it_says(p: float):
    """By enumeration of all samples of 30; the score interval may fall short, the exact never."""
    covered = sum(
        math.comb(30, k) * p**k * (1 - p) ** (30 - k)
        for k in range(31)
        if p in clopper_pearson(k, 30)
    )
    assert covered >= 0.95


@given(samples(), st.floats(0.01, 0.99))
def test_what_may_be_claimed_and_the_fewest_tries_agree(sample: tuple[int, int], p: float):
    successes, trials = sample
    failures = trials - successes
    if abs(lower(successes, trials) - p) > 1e-9 and successes:
        assert (lower(successes, trials) >= p) == (trials >= fewest_trials(p, failures))


def test_percentages_are_rounded_to_the_safe_side():
    assert str(clopper_pearson(9, 10)) == "55.4 %–99.8 %"
    assert proportions.percent_down(lower(10, 10)) == "74.1 %"
    assert proportions.percent_down(lower(299, 299)) == "99 %"
    assert proportions.percent_down(lower(298, 298)) == "98.9 %"


def test_fisher_is_that_of_the_tea():
    """R. A. Fisher's own table: 3 of 4 cups right, 1 of 4 wrong: 17/70."""
    assert fisher_worse((3, 4), (1, 4)) == pytest.approx(17 / 70)
    assert fisher_worse((10, 10), (0, 10)) == pytest.approx(1 / math.comb(20, 10))
    assert fisher_worse((1, 1), (0, 1)) == 0.5
    assert fisher_worse((0, 10), (10, 10)) == 1


tables = st.tuples(samples(), samples())


@given(st.lists(tables, min_size=1, max_size=2))
def test_several_places_are_tested_by_the_letter(
    strata: list[tuple[tuple[int, int], tuple[int, int]]],
):
    """All ways to deal the successes of each place over before and after, one by one."""
    seen = sum(after[0] for _, after in strata)
    as_bad = everything = 0
    for dealt in product(*(range(n2 + 1) for _, (_, n2) in strata)):
        ways = math.prod(
            math.comb(n2, k) * math.comb(n1, k1 + k2 - k) if k <= k1 + k2 else 0
            for k, ((k1, n1), (k2, n2)) in zip(dealt, strata, strict=True)
        )
        everything += ways
        as_bad += ways if sum(dealt) <= seen else 0
    assert fisher_worse_together(strata) == pytest.approx(as_bad / everything, abs=1e-12)


def test_several_places_show_what_one_cannot():
    one = ((10, 10), (7, 10))
    assert fisher_worse(*one) > 0.1
    assert fisher_worse_together([one] * 6) < 1e-4
    assert fisher_worse_together([((300, 300), (300, 300))] * 3) == 1


def test_holm_goes_on_with_less_severe_levels_and_stops_at_the_first_that_stands():
    """0.005 is within 0.05/4 and 0.01 within 0.05/3, but 0.03 is not within 0.05/2."""
    assert holm([0.01, 0.04, 0.03, 0.005], 0.05) == [True, False, False, True]
    assert holm([0.01, 0.015, 0.02], 0.05) == [True, True, True]
    assert holm([], 0.05) == []


@pytest.mark.parametrize(("successes", "trials"), [(0, 0), (2, 1), (-1, 3)])
def test_a_sample_that_cannot_be_is_refused(successes: int, trials: int):
    with pytest.raises(ValueError, match="cannot be"):
        lower(successes, trials)


# positions


positions = st.builds(Position, st.integers(-99, 99), st.integers(-99, 99), st.integers(0, 99))


@given(positions)
def test_a_position_is_read_as_it_is_written(position: Position):
    assert Position.parse(f"{position.x}/{position.y}/{position.z}") == position
    if sum(map(bool, (position.x, position.y, position.z))) <= 1:
        assert Position.parse(str(position)) == position


@pytest.mark.parametrize(
    ("text", "position"),
    [("centre", (0, 0, 0)), ("中心", (0, 0, 0)), ("+X", (10, 0, 0)), ("-20 y mm", (0, -20, 0)),
     ("+z", (0, 0, 10)), ("-10/+10/0", (-10, 10, 0))],
)  # fmt: skip
def test_positions_are_read_as_people_write_them(text: str, position: tuple[int, int, int]):
    assert Position.parse(text) == Position(*position)


@pytest.mark.parametrize("text", ["", "x", "10", "10/10", "+w", "left", "1.5/0/0"])
def test_what_is_no_position_is_refused(text: str):
    with pytest.raises(ValueError, match="write centre"):
        Position.parse(text)


def test_the_grids_are_six_eighteen_and_twenty_seven_and_contain_each_other():
    deck, full, extended = (set(grid.positions) for grid in Grid)
    assert [len(deck), len(full), len(extended)] == [6, 18, 27]
    assert deck < full < extended
    assert all(len(grid.positions) == len(set(grid.positions)) for grid in Grid)


# the old rule


@pytest.mark.parametrize("p", [0.8, 0.9, 0.95, 0.99])
def test_the_old_rule_is_told_with_its_real_acceptance(p: float):
    by_the_letter = p**10 + 10 * p**9 * (1 - p)
    assert old_rule.operating_characteristic()[p] == pytest.approx(by_the_letter)


def test_the_old_rule_in_words():
    assert "80 % with 37.6 %, 90 % with 73.6 %, 95 % with 91.4 %, 99 % with 99.6 %" in (
        old_rule.told()
    )


@pytest.mark.parametrize(
    ("results", "accepted"),
    [("○" * 10, True), ("○" * 9 + "△", True), ("○" * 8 + "△×", False), ("○" * 9, None),
     ("△△" + "○" * 20, False)],
)  # fmt: skip
def test_the_old_rule_looks_at_the_first_ten_tries(results: str, accepted: bool | None):
    pair = Pair("R", "1", "P")
    tries = [Try(pair, CENTRE, n, ResultClass(sign)) for n, sign in enumerate(results, 1)]
    (cell,) = cells_of(reversed(tries))
    assert old_rule.accepts(cell) is accepted


# the house


@pytest.mark.parametrize(
    "name",
    ["negotiation", "atr_type", "proportions", "positions", "position_judges", "matrix", "firmware",
     "old_rule", "criteria"],
)  # fmt: skip
def test_these_judges_are_pure(name: str):
    file = Path(proportions.__file__).with_name(f"{name}.py")
    used = {module.split(".")[0] for module in imports(file)}
    assert not used & IMPURE
