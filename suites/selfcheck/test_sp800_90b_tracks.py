"""IID track, restart test, health tests and conditioning against published and computed figures."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from suites.random_numbers import conditioning, health, iid, permutations, restart
from suites.random_numbers.bits import unpacked
from suites.random_numbers.permutations import Views, cheap_statistics
from suites.random_numbers.probabilities import (
    binomial_quantile,
    binomial_tail,
    chi_squared_tail,
    poisson_tail,
)
from suites.random_numbers.samples import keystream, sample
from suites.random_numbers.sp800_90b import assess

PUBLISHED: dict[str, list[float]] = {
    "aesctr8": [
        63637.92898398872, 666900, 8, 501675, 500071, 19, 20.658141552707800, 79,
        3912, 3979, 3991, 3964, 3845,
        16230397419, 16231491754, 16232613922, 16237712178, 16236020075, 1067727,
    ],
    "aesctr1": [
        585.5996149999673, 79894, 10, 74599, 499511, 18, 20.548084826565841, 69,
        24495, 24469, 24683, 24364, 24290,
        2000360, 2000648, 2000077, 2000333, 1998981, 155886,
    ],
}  # fmt: skip
"""The unpermuted statistics of NIST's ea_iid 1.1.7."""

CHI_SQUARED: dict[
    str, list[tuple[float, int, float | None]]
] = {  # statistic, degrees of freedom, p; independence, then fit
    "aesctr8": [(65449.945571, 65280, 0.318546), (2181.172653, 2295, 0.955326)],
    "aesctr1": [(2078.400309, 2046, 0.303535), (10.686164, 9, 0.297836)],
    "aesctr4": [(241.754132, 240, None), (107.352287, 135, None)],
}
"""Statistic, degrees of freedom and p; of independence, then of fit."""

REPEATED = {"aesctr8": 5, "aesctr1": 38, "aesctr4": 9}
COMPRESSED = {"aesctr8": 1_067_727, "aesctr1": 155_886, "aesctr4": 543_919}  # bytes, bzip2


def symbols(name: str) -> tuple[np.ndarray, int]:
    if name == "aesctr1":
        return unpacked(sample("aesctr8")[:125_000]), 1
    if name == "aesctr4":
        return np.frombuffer(keystream(1_000_000, "jpki-rng-aesctr4"), np.uint8) & np.uint8(15), 4
    return sample(name), 8


@pytest.mark.parametrize("name", CHI_SQUARED)
def test_nists_iid_tests_say_the_same(name: str):
    data, width = symbols(name)
    done = iid.judge(data, width, permutations=1)
    for test, (x, degrees, p) in zip(done.tests[:2], CHI_SQUARED[name], strict=True):
        assert test.statistic == pytest.approx(x, abs=1e-6)
        assert test.degrees == degrees
        assert p is None or test.p == pytest.approx(p, abs=1e-6)
    assert done.tests[2].statistic == REPEATED[name]
    assert done.tests[-1].statistic == COMPRESSED[name]
    if name in PUBLISHED:
        ours = [test.statistic for test in done.tests[3:]]
        assert ours == pytest.approx(PUBLISHED[name], rel=1e-11)


def test_a_biased_source_without_memory_is_iid_with_the_entropy_of_its_mode():
    done = iid.judge(sample("bias51_8"), 8, permutations=1)
    assert all(test.passed for test in done.tests[:3])
    assert done.min_entropy == pytest.approx(7.731273500634, abs=1e-9)


def test_a_good_sample_is_iid_and_everything_was_decided():
    done = iid.judge(sample("aesctr8")[:100_000], 8)
    assert done.passed
    assert all(min(t.sides[0] + t.sides[1], t.sides[1] + t.sides[2]) > 5
               for t in done.tests if t.sides)  # fmt: skip


@pytest.mark.parametrize(
    "data",
    [
        np.repeat(sample("aesctr8")[:5_000], 2),  # each twice
        np.sort(sample("aesctr8")[:10_000]),
        np.tile(sample("aesctr8")[:500], 20),
    ],
    ids=["doubled", "sorted", "tiled"],
)
def test_dependence_is_found(data: np.ndarray):
    done = iid.judge(data, 8, permutations=400)
    assert not done.passed
    assert next(t for t in done.tests if t.name == "bzip2 length").passed is None  # not needed


def test_a_complete_run_makes_every_permutation():
    done = iid.judge(sample("aesctr8")[:2_000], 8, complete=True, permutations=30)
    assert done.permutations == 30
    assert {sum(t.sides) for t in done.tests if t.sides} == {30}


@given(st.lists(st.integers(0, 9), min_size=40, max_size=200), st.integers(1, 2**32))
def test_statistics_are_those_of_the_standard(values: list[int], seed: int):
    data = np.array([*values, 2, 3], np.uint8)
    work = data.copy()
    permutations.shuffle(work, np.array([seed], np.uint64))
    assert sorted(work) == sorted(data)
    found = dict(zip(permutations.NAMES, cheap_statistics(Views(data), work), strict=False))
    mean, s = data.mean(), work.astype(int)
    sums = np.cumsum(s) - mean * np.arange(1, len(s) + 1)
    assert found["excursion"] == pytest.approx(abs(sums).max())
    ups = s[1:] >= s[:-1]
    assert found["directional runs"] == 1 + np.count_nonzero(ups[1:] != ups[:-1])
    assert found["increases and decreases"] == max(ups.sum(), (~ups).sum())
    above = s >= np.median(s)
    assert found["runs about the median"] == 1 + np.count_nonzero(above[1:] != above[:-1])
    for lag in permutations.LAGS:
        assert found[f"periodicity {lag}"] == np.count_nonzero(s[lag:] == s[:-lag])
        assert found[f"covariance {lag}"] == (s[lag:] * s[:-lag]).sum()


# --- restart ------------------------------------------------------------------------------


def literal(data: np.ndarray) -> float:
    return assess(data, 8, with_bits=False).min_entropy


@pytest.mark.parametrize(("claim", "k", "limit"), [(7.2, 256, 25), (1.0, 2, 572), (0.9, 2, 608)])
def test_the_cutoff_of_the_restart_test(claim: float, k: int, limit: int):
    assert restart.cutoff(claim, k) == limit


def test_restart_matrices_come_to_what_nists_program_says():
    done = restart.judge(sample("aesctr8").reshape(1000, 1000), 7.2, literal)
    assert (done.most, done.cutoff) == (17, 25)
    assert done.h_rows == pytest.approx(7.295390, abs=1e-6)
    assert done.min_entropy == pytest.approx(6.638383, abs=1e-6)
    done = restart.judge(sample("binom16_8").reshape(1000, 1000), 2.0, literal)
    assert done.h_rows == pytest.approx(2.334010, abs=1e-6)
    assert done.h_columns == pytest.approx(2.314514, abs=1e-6)
    assert done.min_entropy == 2.0


def test_a_matrix_of_the_iid_track_is_worth_its_claim():
    """Rows and columns hold the same symbols, so the mode gives both the same entropy."""

    def by_the_mode(symbols: np.ndarray) -> float:
        return iid.judge(symbols, 8, permutations=1).min_entropy

    done = restart.judge(sample("aesctr8").reshape(1000, 1000), 7.2, by_the_mode)
    assert done.h_rows == done.h_columns == pytest.approx(7.890384228825, abs=1e-9)
    assert done.min_entropy == 7.2


def test_restarts_that_begin_alike_fail():
    frozen = np.tile(sample("aesctr8")[:1000], (1000, 1))
    done = restart.judge(frozen, 7.2, literal)
    assert not done.passed
    assert "1000 times" in done.reason


# --- health tests -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("entropy", "window", "rct", "apt"),
    [
        (1.0, 1024, [21, 31, 41], [589, 609, 625]), (0.98, 1024, [22, 32, 42], [596, 616, 632]),
        (0.9, 1024, [24, 35, 46], [625, 645, 661]), (0.5, 1024, [41, 61, 81], [793, 810, 824]),
        (4, 512, [6, 9, 11], [62, 71, 78]), (7.2, 512, [4, 6, 7], [16, 20, 24]),
        (8, 512, [4, 5, 6], [13, 16, 19]),
    ],
)  # fmt: skip
def test_cutoffs_of_the_health_tests(entropy: float, window: int, rct: list[int], apt: list[int]):
    alarms = [2.0**-n for n in (20, 30, 40)]
    assert [health.rct_cutoff(entropy, alarm) for alarm in alarms] == rct
    assert [health.apt_cutoff(entropy, window, alarm) for alarm in alarms] == apt


def test_health_tests_name_the_first_place():
    data = np.array([1, 2, 2, 2, 3, 3, 3, 3], np.uint8)
    assert health.repetition_count(data, 3) == 3
    assert health.repetition_count(data, 4) == 7
    assert health.repetition_count(data, 5) is None
    windows = np.array([1, 0, 0, 0, 5, 5, 5, 0], np.uint8)
    assert health.adaptive_proportion(windows, 3, 4) == 1
    assert health.adaptive_proportion(windows, 4, 4) is None


# --- conditioning -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("sizes", "lost"),
    [
        ((512, 256, 256, 300), -51.4712), ((256, 128, 128, 200), -66.7356),
        ((320, 256, 256, 320), -35.2356),
    ],
)  # fmt: skip
def test_what_a_vetted_component_loses(sizes: tuple[int, int, int, float], lost: float):
    left = conditioning.output_entropy(*sizes)
    epsilon = 1 - left / min(sizes[1], sizes[2])
    assert math.log2(epsilon) == pytest.approx(lost, abs=1e-3)


def test_conditioning_without_reserve_and_without_vetting():
    assert float(conditioning.output_entropy(256, 256, 256, 256)) == pytest.approx(251.689764568727)
    assert float(conditioning.output_entropy(1024, 256, 256, 256)) == pytest.approx(255)
    assert float(conditioning.output_entropy_not_vetted(512, 256, 256, 300, 0.9)) == 230.4


# --- probabilities ------------------------------------------------------------------------


def test_tails_are_those_of_the_tables():
    """χ² quantiles of any table; the bounds of AIS 31 and their false alarms."""
    assert chi_squared_tail(3.841459, 1) == pytest.approx(0.05, abs=1e-7)
    assert chi_squared_tail(30.577914, 15) == pytest.approx(0.01, abs=1e-7)
    assert chi_squared_tail(15.13, 1) == pytest.approx(1.0036e-4, rel=1e-3)  # T7
    two_sided = 2 * binomial_tail(20_000, 0.5, 10_346)
    assert two_sided == pytest.approx(1.03e-6, rel=0.01)  # T1
    assert 2 * binomial_tail(5_000, 0.5, 2_674) == pytest.approx(9.1e-7, rel=0.02)  # T5
    low = 1 - chi_squared_tail(1.03, 15)
    assert low + chi_squared_tail(57.4, 15) == pytest.approx(1.01e-6, rel=0.01)  # T2
    assert poisson_tail(1.0, 3) == pytest.approx(1 - 2.5 / math.e)
    assert binomial_quantile(10, 0.5, 0.0) == 10
