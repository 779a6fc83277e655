"""Laws of moduli and their remainders: closed forms against the densities taken literally."""

from __future__ import annotations

import math
import random
from collections import Counter
from fractions import Fraction

import gmpy2  # type: ignore[import-untyped]
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from suites.rsa_keys import kolmogorov, legal_laws, modulus_law, residues, seed_bounds
from suites.rsa_keys.fingerprints import SOURCES, look_alikes, remainders
from suites.rsa_keys.key import KeyClass
from suites.rsa_keys.modulus_law import FIPS, LAWS, REJECT, SIGNIFICANCE, TOP_TWO, Law, spread
from suites.rsa_keys.population_remarks import of_spread
from suites.rsa_keys.probability import binomial_above, binomial_below, detectable, two_sided

HALF = 256  # bits of a factor
LOWEST = {FIPS: math.isqrt(1 << 2 * HALF - 1) + 1, TOP_TWO: 3 << HALF - 2, REJECT: 1 << HALF - 1}
FACTORIAL = math.prod(p for p in range(3, 20, 2))


def drawn(law: Law, count: int, seed: int, remainder: int = 1, by: int = 1) -> list[int]:
    """Products of two numbers of the interval: no primes, but without any factor below 20.

    ``remainder``: of both factors, modulo ``by``.
    """
    draw = random.Random(seed)

    def factor() -> int:
        while True:
            x = draw.randrange(LOWEST[law], 1 << HALF) | 1
            if x % by == remainder % by and math.gcd(x, FACTORIAL) == 1:
                return x

    found: list[int] = []
    while len(found) < count:
        n = factor() * factor()
        if n.bit_length() == 2 * HALF:
            found.append(n)
    return found


# --- the three laws -------------------------------------------------------------------------------


def by_the_letter(law: Law, z: float, steps: int = 20_000) -> float:
    """∫ dx/x over the x with x and z/x in the interval, over the mass of all z from 1/2 on."""
    low = {FIPS: math.sqrt(0.5), TOP_TWO: 0.75, REJECT: 0.5}[law]
    x = low + (np.arange(steps) + 0.5) * (1 - low) / steps

    def density(z: float) -> float:
        inside = (z / x >= low) & (z / x < 1)
        return float((inside / x).sum() * (1 - low) / steps) / (1 - low) ** 2

    kept = 1.0 if law is not REJECT else 2 * (1 - math.log(2))  # of products of REJECT
    return density(z) / kept


@pytest.mark.parametrize("law", LAWS, ids=lambda law: law.name)
def test_the_density_is_the_one_of_a_product(law: Law):
    for z in (0.51, 0.55, 0.5625, 0.6, 0.7, 0.7072, 0.75, 0.8, 0.9, 0.999):
        assert float(law.density(np.array([z]))[0]) == pytest.approx(
            by_the_letter(law, z), abs=2e-3
        )


@pytest.mark.parametrize("law", LAWS, ids=lambda law: law.name)
def test_the_distribution_function_is_the_integral_of_the_density(law: Law):
    steps = 200_000
    z = 0.5 + (np.arange(steps) + 0.5) / (2 * steps)
    integral = np.cumsum(law.density(z)) / (2 * steps)
    assert np.abs(integral - law.below(z + 0.25 / steps)).max() < 2e-5
    assert law.cdf(0.5) == pytest.approx(0, abs=1e-12)
    assert law.cdf(1.0) == pytest.approx(1, abs=1e-12)


def test_published_values_of_the_laws():
    assert FIPS.cdf(0x90 / 0x100) == pytest.approx(0.04375, abs=5e-6)
    assert TOP_TWO.cdf(0x90 / 0x100) == 0
    assert pytest.approx(0.457, abs=5e-4) == TOP_TWO.lost


def test_a_modulus_is_cut_to_a_fraction_below_1():
    assert modulus_law.fraction((1 << 2_048) - 1, 2_048) == 1 - 2**-53
    assert modulus_law.fraction(1 << 2_047, 2_048) == 0.5
    assert modulus_law.fraction(0x90 << 2_040, 2_048) == 0x90 / 0x100


# --- Kolmogorov's distance ------------------------------------------------------------------------


@given(st.lists(st.floats(0, 1), min_size=1, max_size=30).map(sorted))
def test_the_distance_is_the_largest_gap_at_any_point(sample: list[float]):
    count = len(sample)
    gaps = []
    for x in sample:
        below, up_to = sum(s < x for s in sample) / count, sum(s <= x for s in sample) / count
        gaps += [abs(x - below), abs(x - up_to)]
    assert kolmogorov.distance(np.array(sample)) == pytest.approx(max(gaps), abs=1e-12)


def test_the_tail_of_one_and_two_samples_is_elementary():
    for d in np.linspace(0.5, 0.99, 9):
        assert kolmogorov.tail(1, float(d)) == pytest.approx(1 - (2 * d - 1), abs=1e-12)
        assert kolmogorov.tail(2, float(d)) == pytest.approx(2 * (1 - d) ** 2, abs=1e-12)
    for d in np.linspace(0.25, 0.5, 9):
        assert kolmogorov.tail(2, float(d)) == pytest.approx(1 - 2 * (2 * d - 0.5) ** 2, abs=1e-12)


def test_the_published_value_of_the_tail():
    """Marsaglia, Tsang and Wang, section 3: K(10, 0.274)."""
    assert 1 - kolmogorov.tail(10, 0.274) == pytest.approx(0.628479615456504, abs=1e-12)


@pytest.mark.parametrize("count", [99, 100, 1_000, 1_001])
def test_where_formulas_meet_the_tail_does_not_jump(count: int):
    for squared in (3.7599, 3.7601, 1.0):
        d = math.sqrt(squared / count)
        exact = 1 - kolmogorov._below(count, d)
        assert kolmogorov.tail(count, d) == pytest.approx(exact, rel=0.015)


@pytest.mark.parametrize(("count", "bound"), [(100, 0.1949), (1_000, 0.0616)])
def test_the_critical_distance(count: int, bound: float):
    """1.9495/√N is the limit, and never smaller than the exact one."""
    critical = kolmogorov.critical(count, 1e-3)
    assert bound * 0.98 < critical <= bound + 5e-5
    assert kolmogorov.tail(count, critical) == pytest.approx(1e-3, rel=1e-6)


# --- which law fits -------------------------------------------------------------------------------


@pytest.mark.parametrize("law", LAWS, ids=lambda law: law.name)
@pytest.mark.parametrize("count", [100, 1_000])
def test_each_law_is_recognised(law: Law, count: int):
    found = spread(drawn(law, count, seed=count), 2 * HALF)
    assert found.law is law
    assert found.shows_rejection == (law is REJECT and count >= modulus_law.LEAST_SHOWN)
    if count == 1_000:
        assert [fit.fits for fit in found.fits] == [other is law for other in LAWS]


def test_ten_thousand_moduli_of_the_standard_raise_nothing():
    moduli = drawn(FIPS, 10_000, seed=7)
    found = spread(moduli, 2 * HALF)
    assert found.law is FIPS
    assert found.entropy_lost < 0.01
    assert not [one.r for one in residues.residues(moduli, 65_537) if one.alarms]


def test_the_law_of_the_standard_alarms_as_often_as_it_says():
    """P values of 400 populations of 50 are uniform; none is called not conformant."""
    draw = np.random.default_rng(3)
    p = []
    for _ in range(400):
        low = math.sqrt(0.5)
        z = np.sort((draw.uniform(low, 1, 50)) * draw.uniform(low, 1, 50))
        p.append(modulus_law._fit(FIPS, z).p)
    assert kolmogorov.tail(400, kolmogorov.distance(np.sort(np.array(p)))) > SIGNIFICANCE


def test_a_bound_in_the_wrong_place_is_recognised():
    """Primes from 2^(h-1) on, squeezed into the interval by setting the second bit of p alone."""
    draw = random.Random(4)
    moduli: list[int] = []
    while len(moduli) < 400:
        n = draw.randrange(3 << HALF - 2, 1 << HALF) * draw.randrange(1 << HALF - 1, 1 << HALF)
        if n.bit_length() == 2 * HALF:
            moduli.append(n)
    found = spread(moduli, 2 * HALF)
    assert found.law is None
    assert not found.shows_rejection


def test_a_mixture_is_called_no_law():
    moduli = drawn(TOP_TWO, 500, seed=1) + drawn(REJECT, 500, seed=2)
    found = spread(moduli, 2 * HALF)
    assert not found.standard.fits
    assert not found.shows_rejection


def test_what_fits_the_law_of_short_primes_but_is_not_shown_is_no_failure():
    """About one population in five of thirty keys: the standard's law rejected, and no more."""
    found = (spread(drawn(REJECT, 30, seed), 2 * HALF) for seed in range(50))
    doubtful = next(s for s in found if not s.standard.fits and not s.shows_rejection)
    (remark,) = of_spread("30 moduli", doubtful)
    assert remark.key_class is KeyClass.FINGERPRINT
    assert "so may primes in a part of the standard's interval" in remark.reason


@pytest.mark.parametrize("count", [30, 60, 200])
@pytest.mark.parametrize("second", [(math.sqrt(0.5), 0.875), (math.sqrt(0.5), 1.0)])
def test_primes_in_a_part_of_the_legal_interval_are_never_called_below_it(
    count: int, second: tuple[float, float], monkeypatch: pytest.MonkeyPatch
):
    """Drawn uniformly in [√2·2^(h-1), 1.75·2^(h-1)), p or both: the number of keys saves nobody."""
    monkeypatch.setattr(modulus_law, "LEAST_SHOWN", modulus_law.LEAST_KEYS)
    draw = np.random.default_rng(count)
    for _ in range(20):
        z = draw.uniform(math.sqrt(0.5), 0.875, count) * draw.uniform(*second, count)
        found = spread([int(one * 2**53) << 459 for one in z], 512)
        assert not found.shows_rejection


def test_the_likelihood_of_a_part_is_the_one_of_a_histogram():
    """By simulation: x uniform in [0.72, 0.9), y in [0.8, 1)."""
    draw = np.random.default_rng(6)
    z = draw.uniform(0.72, 0.9, 400_000) * draw.uniform(0.8, 1.0, 400_000)
    shares, edges = np.histogram(z, bins=30, range=(0.56, 0.92), density=True)
    middles = (edges[1:] + edges[:-1]) / 2
    told = legal_laws.density(middles, (0.72, 0.9), (0.8, 1.0))
    assert np.abs(told - shares).max() < 0.12
    assert legal_laws.density(np.array([0.57, 0.91]), (0.72, 0.9), (0.8, 1.0)).tolist() == [0, 0]


def test_the_likeliest_part_is_no_less_likely_than_the_whole_or_the_true_one():
    draw, low = np.random.default_rng(8), math.sqrt(0.5)
    for _ in range(20):
        z = np.sort(draw.uniform(low, 0.875, 60) * draw.uniform(low, 0.875, 60))
        true = float(np.log2(legal_laws.density(z, (low, 0.875), (low, 0.875))).sum())
        whole = float(np.log2(FIPS.density(z)).sum())
        assert legal_laws.likeliest(z) >= max(whole, true - 3)


def test_of_many_moduli_some_stand_for_all():
    draw, low = np.random.default_rng(10), math.sqrt(0.5)
    z = np.sort(draw.uniform(low, 1, 20_000) * draw.uniform(low, 1, 20_000))
    whole = float(np.log2(FIPS.density(z)).sum())
    assert legal_laws.likeliest(z) == pytest.approx(whole, rel=0.02)


def test_few_moduli_or_wrong_ones_are_refused():
    with pytest.raises(ValueError, match="from 20 on"):
        spread([1 << 511] * 19, 512)
    with pytest.raises(ValueError, match="has not 512 bits"):
        spread([1 << 510] * 20, 512)


@pytest.mark.parametrize(
    ("law", "count", "simulated"),
    [(TOP_TWO, 50, 0.15), (TOP_TWO, 100, 0.57), (TOP_TWO, 200, 0.97), (TOP_TWO, 500, 1.0),
     (REJECT, 20, 0.28), (REJECT, 50, 0.88), (REJECT, 100, 0.999), (REJECT, 200, 1.0)],
)  # fmt: skip
def test_the_power_that_is_told_is_no_more_than_the_true_one(
    law: Law, count: int, simulated: float
):
    """Beside simulations of the test; the statement is "at least"."""
    told = modulus_law.power_of_test(law, count)
    assert told <= simulated + 0.005
    assert told > simulated / 3


@pytest.mark.parametrize("count", [30, 50, 100])
def test_the_power_of_the_evidence_is_about_the_simulated_one(count: int):
    draw = np.random.default_rng(5)
    shown, runs = 0, 1_000
    for _ in range(runs):
        z = draw.uniform(0.5, 1, 6 * count) * draw.uniform(0.5, 1, 6 * count)
        z = z[z >= 0.5][:count]
        ratio = np.log2(REJECT.density(z) / FIPS.density(z)).sum()
        shown += int(ratio >= math.log2(modulus_law.SHOWN))
    told = modulus_law.power_of_evidence(REJECT, count)
    assert told == pytest.approx(shown / runs, abs=0.06)


def test_the_standards_law_is_almost_never_called_the_law_of_short_primes():
    """Even a likelihood ratio of 2^5 instead of SHOWN comes up in less than one of 32."""
    draw, low = np.random.default_rng(9), math.sqrt(0.5)
    z = draw.uniform(low, 1, (4_000, 30)) * draw.uniform(low, 1, (4_000, 30))
    ratio = np.log2(REJECT.density(z) / FIPS.density(z)).sum(axis=1)
    assert (ratio >= 5).mean() < 2**-5
    assert ratio.max() < math.log2(modulus_law.SHOWN)


def test_entropy_lost_is_the_relative_entropy():
    """For top two bits: the mean of log2 of the ratio of the densities, over 64 cells."""
    shares, standard = modulus_law.expected(TOP_TWO), modulus_law.expected(FIPS)
    exact = sum(s * math.log2(s / f) for s, f in zip(shares, standard, strict=True) if s > 0)
    found = spread(drawn(TOP_TWO, 4_000, seed=8), 2 * HALF).entropy_lost
    assert found == pytest.approx(exact, abs=0.02)


# --- remainders -----------------------------------------------------------------------------------


@pytest.mark.parametrize("e", [3, 5, 15, 17, 65_537])
@pytest.mark.parametrize("r", residues.MODULI)
def test_the_law_of_remainders_is_the_one_of_real_primes(r: int, e: int):
    """All pairs of primes below 3,000 that e allows; Dirichlet's law is near enough there."""
    usable = [p for p in range(23, 3_000) if gmpy2.is_prime(p) and math.gcd(p - 1, e) == 1]
    single = Counter(p % r for p in usable)
    pairs: Counter[int] = Counter()
    for (a, times), (b, more) in ((i, j) for i in single.items() for j in single.items()):
        pairs[a * b % r] += times * more
    for value, share in enumerate(residues.law(r, e)):
        assert pairs[value] / len(usable) ** 2 == pytest.approx(share, abs=0.03)
        assert (share == 0) == (pairs[value] == 0)


@given(st.integers(1, 300).flatmap(lambda n: st.tuples(st.just(n), st.integers(0, n))))
def test_the_binomial_tails_are_exact(trials: tuple[int, int]):
    count, seen = trials
    far = max(seen, count - seen)
    exact = Fraction(sum(math.comb(count, k) for k in range(far, count + 1)), 2**count)
    assert two_sided(count, seen) == pytest.approx(min(2 * float(exact), 1.0), rel=1e-9)
    assert binomial_above(count, 0.3, seen) + binomial_below(count, 0.3, seen - 1) == (
        pytest.approx(1, abs=1e-9)
    )
    assert binomial_above(count, 0.0, 1) == binomial_below(count, 1.0, count - 1) == 0


@pytest.mark.parametrize(("count", "deviation"), [(100, 0.23), (1_000, 0.072), (10_000, 0.023)])
def test_the_least_deviation_that_is_found(count: int, deviation: float):
    assert detectable(count) == pytest.approx(deviation, abs=2.5e-3)
    assert detectable(10) == 0.5


def test_the_deviation_that_is_told_is_found_as_often_as_told():
    draw, count = np.random.default_rng(6), 1_000
    seen = draw.binomial(count, 0.5 + detectable(count), 2_000)
    found = np.mean([two_sided(count, int(k)) < SIGNIFICANCE for k in seen])
    assert found == pytest.approx(0.9, abs=0.03)


def test_chi_squared_of_remainders_is_the_literal_sum():
    moduli = drawn(FIPS, 300, seed=9)
    for one in residues.residues(moduli, 65_537):
        if one.r in (3, 4):
            assert one.statistic == max(one.counts) / 300
            continue
        cells = [x for x in range(one.r) if math.gcd(x, one.r) == 1]
        mean = 300 / len(cells)
        literal = sum((sum(n % one.r == x for n in moduli) - mean) ** 2 / mean for x in cells)
        assert one.statistic == pytest.approx(literal)


def test_a_constant_remainder_is_seen_in_eleven_keys():
    moduli = drawn(FIPS, 11, seed=1, remainder=3, by=4)
    (by4,) = [one for one in residues.residues(moduli, 65_537) if one.r == 4]
    assert by4.alarms
    assert by4.constant == 1
    assert by4.entropy_lost == 1
    assert not [one for one in residues.residues(moduli[:10], 65_537) if one.r == 4]


def test_primes_that_e_restricts_are_no_fingerprint():
    """e = 3: p ≡ 2 (mod 3), so n ≡ 1 always; e = 5: n is not uniform modulo 5."""
    moduli = drawn(FIPS, 400, seed=2, remainder=2, by=3)
    assert 3 not in [one.r for one in residues.residues(moduli, 3)]
    assert 3 in [one.r for one in residues.residues(moduli, 65_537) if one.alarms]
    draw = random.Random(10)
    of_five = [
        math.prod(
            next(x for x in iter(lambda: draw.getrandbits(256) | 1, 0) if x % 5 in (2, 3, 4))
            for _ in range(2)
        )
        for _ in range(4_000)
    ]
    assert 5 not in [one.r for one in residues.residues(of_five, 5) if one.alarms]
    assert 5 in [one.r for one in residues.residues(of_five, 65_537) if one.alarms]


def test_one_public_key_may_show_that_3_divides_p_minus_1():
    assert residues.shows_bad_exponent(7 * 11, 3)
    assert residues.shows_bad_exponent(7 * 11, 65_541)  # 3 · 21,847
    assert not residues.shows_bad_exponent(5 * 11, 3)
    assert not residues.shows_bad_exponent(7 * 11, 65_537)
    assert not residues.shows_bad_exponent(7 * 11, 0)


# --- sources and seeds ----------------------------------------------------------------------------

MARKS = {
    "Microsoft": (FIPS, 1, 1),
    "OpenSSL FIPS": (TOP_TWO, 1, 1),
    "OpenSSL 0.9.7": (TOP_TWO, 2, 3),
    "Oberthur Cosmo Dual": (TOP_TWO, 3, 4),
    "SunRsaSign": (REJECT, 1, 1),
}


@pytest.mark.parametrize("name", MARKS)
def test_a_source_with_an_exact_law_is_named_alone(name: str):
    law, remainder, by = MARKS[name]
    moduli = drawn(law, 1_000, seed=11, remainder=remainder, by=by)
    rows = look_alikes(spread(moduli, 2 * HALF), residues.residues(moduli, 65_537))
    assert [row.names.startswith(name) for row in rows] == [True]


def test_a_narrow_law_with_both_remainders_constant_is_a_smart_card_of_the_table():
    """Two thirds of the moduli in an eighth of the range, all ≡ 1 (mod 12)."""
    draw = random.Random(12)
    moduli: list[int] = []
    while len(moduli) < 600:
        high = draw.randrange(1 << 508) + (9 << 508 if draw.random() < 0.7 else 12 << 508)
        moduli.append(high // 12 * 12 + 1)
    found = look_alikes(spread(moduli, 512), residues.residues(moduli, 65_537))
    assert [row.names for row in found] == ["G&D SmartCafe 4.x, 6.0"]


def test_the_table_tells_the_groups_of_the_study_apart():
    marks = [(row.mod3, row.mod4, row.law, round(row.distance, 1)) for row in SOURCES]
    assert len(set(marks)) == len(SOURCES) == 9
    assert remainders([], 3) is None


@given(st.integers(2, 400), st.integers(8, 30))
def test_the_collision_formula_is_near_the_exact_product(draws: int, bits: int):
    exact = 1 - math.prod(1 - i / 2**bits for i in range(min(draws, 2**bits)))
    told = seed_bounds.collision(draws, bits)
    assert told <= exact + 1e-12
    assert told == pytest.approx(exact, abs=0.01, rel=draws / 2**bits + 1e-6)


@pytest.mark.parametrize(
    ("draws", "bits", "probability"),
    [(100, 12, 0.70), (100, 16, 0.073), (1_000, 16, 0.9995), (1_000, 20, 0.38),
     (1_000, 24, 0.029), (10_000, 24, 0.95), (10_000, 28, 0.17), (10_000, 32, 0.0116)],
)  # fmt: skip
def test_the_table_of_collisions(draws: int, bits: int, probability: float):
    assert seed_bounds.collision(draws, bits) == pytest.approx(probability, rel=0.02)


def test_what_a_clean_population_says_of_the_seed():
    told = seed_bounds.sentence([1_000])
    assert "a seed of 17 bits or fewer would have shown one with probability 95%" in told
    assert "one of 19 bits with 50%" in told
    assert "20 bits 0.38" in told
    assert "too few" in seed_bounds.sentence([19])
    assert seed_bounds.excluded(1) == 0
    assert seed_bounds.collision(1_000, seed_bounds.excluded(1_000)) == pytest.approx(0.95)
    assert seed_bounds.likely_seed(1_000, 8) == pytest.approx(15.93, abs=0.01)


def test_keys_of_two_lengths_bound_no_more_than_they_can_show():
    """Two halves make half the pairs: one bit less. Many lengths of one key bound nothing."""
    assert seed_bounds.alike([1_000]) == pytest.approx(1_000)
    half = seed_bounds.excluded(seed_bounds.alike([1_000] * 2))
    assert seed_bounds.excluded(2_000) - half == pytest.approx(1, abs=0.002)
    assert "2,000 keys of 2 lengths" in seed_bounds.sentence([1_000] * 2)
    for told in (seed_bounds.sentence, seed_bounds.sentence_of_primes):
        assert "too few of 300 lengths" in told([1] * 300)
