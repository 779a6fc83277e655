"""The batch gcd, and what is made of it, against gcds of all pairs."""

from __future__ import annotations

import math
import random
from itertools import combinations

import gmpy2  # type: ignore[import-untyped]
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from suites.rsa_keys import batch_gcd
from suites.rsa_keys.batch_gcd import common_factors, others, product
from suites.rsa_keys.common_structure import factor_by_structure, shared_structure
from suites.rsa_keys.shared_primes import Shared, coprime_base, duplicates, shared_factors

SMALL_PRIMES = [n for n in range(2, 100) if gmpy2.is_prime(n)]
ANY = st.integers(-3, 2**200) | st.integers(-3, 300)
COMPOSITE = st.lists(st.sampled_from(SMALL_PRIMES), min_size=1, max_size=4).map(math.prod)


def by_the_letter(numbers: list[int], outside: int = 1) -> list[int]:
    """gcd(n, product of all the others), one after the other."""
    together = math.prod(n for n in numbers if n > 1) * outside
    return [math.gcd(n, together // n % n) if n > 1 else 1 for n in numbers]


def pairs(moduli: list[int]) -> dict[tuple[int, int], int]:
    """The gcd of all pairs of different moduli, where it is above 1."""
    return {
        (i, j): common
        for (i, n), (j, m) in combinations(enumerate(moduli), 2)
        if n > 1 and m > 1 and n != m and (common := math.gcd(n, m)) > 1
    }


def drawn_prime(draw: random.Random, bits: int) -> int:
    """With its top two bits set."""
    return int(gmpy2.next_prime(draw.getrandbits(bits - 2) | 3 << bits - 2))


@given(st.lists(ANY, max_size=40), st.integers(1, 2**70), st.integers(1, 9))
def test_every_number_meets_the_product_of_all_others(
    numbers: list[int], outside: int, blocks: int
):
    assert common_factors(numbers, outside=outside, blocks=blocks) == by_the_letter(
        numbers, outside
    )


@given(st.integers(2, 90), st.integers(0, 2**32), st.integers(1, 9))
@settings(max_examples=40, deadline=None)
def test_long_numbers_go_down_the_tree_as_fractions(count: int, seed: int, blocks: int):
    """Lengths from 2 to 4,000 bits in any order, so that both ways down are taken."""
    draw = random.Random(seed)
    numbers = [
        draw.getrandbits(draw.choice([2, 700, 2_048, 4_000])) + 2 for _ in range(count)
    ] + [2**4_000 - 1, 2**4_000, 2**2_048]  # fmt: skip
    assert common_factors(numbers, blocks=blocks) == by_the_letter(numbers)


def test_a_cut_of_the_fraction_that_is_too_bold_is_noticed(monkeypatch: pytest.MonkeyPatch):
    draw = random.Random(5)
    numbers = [draw.getrandbits(2_048) | 1 << 2_047 for _ in range(200)]
    monkeypatch.setattr(batch_gcd, "GUARD", -8)
    assert common_factors(numbers) != by_the_letter(numbers)


def test_the_remainder_may_be_nothing():
    """All fractions are 0 then, and a cut one would be just below 1."""
    numbers = [3 * 2**5_000 + 1] * 9 + [7**1_800] * 8
    assert [int(x) for x in others(numbers)] == [0] * 17
    assert common_factors(numbers) == numbers


def test_nothing_and_one_number_have_nothing_in_common():
    assert common_factors([]) == []
    assert common_factors([15]) == [1]
    assert common_factors([0, -4, 1]) == [1, 1, 1]
    assert product([]) == 1
    with pytest.raises(ValueError, match="one at least"):
        common_factors([6, 10], blocks=0)


def test_new_keys_meet_the_stored_product_of_the_old_ones():
    draw = random.Random(6)
    shared = drawn_prime(draw, 128)
    old = [drawn_prime(draw, 128) * drawn_prime(draw, 128) for _ in range(50)]
    old[17] = shared * drawn_prime(draw, 128)
    new = [drawn_prime(draw, 128) * drawn_prime(draw, 128) for _ in range(20)]
    new[3] = shared * drawn_prime(draw, 128)
    stored = int(product(old))
    assert common_factors(new, outside=stored) == [shared if i == 3 else 1 for i in range(20)]


@given(st.lists(COMPOSITE | st.integers(-1, 1), max_size=25), st.integers(1, 4))
@settings(max_examples=300)
def test_the_groups_are_those_of_all_pairs(moduli: list[int], blocks: int):
    groups = shared_factors(moduli, blocks=blocks)
    wanted = pairs(moduli)
    together = {
        pair
        for group in groups
        for pair in combinations(group.places, 2)
        if moduli[pair[0]] != moduli[pair[1]]
    }
    assert together == set(wanted)
    for one, other in combinations(groups, 2):
        assert math.gcd(one.factor, other.factor) == 1
    for (i, j), common in wanted.items():
        left = common
        for group in groups:
            while i in group.places and j in group.places and left % group.factor == 0:
                left //= group.factor
        assert left == 1


@given(st.lists(COMPOSITE, max_size=20))
def test_the_base_is_coprime_and_makes_all_numbers(numbers: list[int]):
    base = coprime_base(numbers)
    assert all(math.gcd(a, b) == 1 for a, b in combinations(base, 2))
    for number in numbers:
        left = number
        for element in base:
            while left % element == 0:
                left //= element
        assert left == 1
    assert all(any(number % element == 0 for number in numbers) for element in base)


@given(
    st.integers(0, 2**32), st.integers(0, 12), st.integers(0, 40), st.integers(1, 5)
)  # fmt: skip
@settings(max_examples=25, deadline=None)
def test_planted_pairs_are_found_and_nothing_else(seed: int, planted: int, sound: int, blocks: int):
    """Each pair shares a prime of its own; all other primes are different."""
    draw = random.Random(seed)
    primes = iter({drawn_prime(draw, 96): None for _ in range(3 * planted + 2 * sound)})
    moduli = [next(primes) * next(primes) for _ in range(sound)]
    factors = []
    for _ in range(planted):
        factors.append(next(primes))
        moduli += [factors[-1] * next(primes), factors[-1] * next(primes)]
    order = list(range(len(moduli)))
    draw.shuffle(order)
    shuffled = [moduli[i] for i in order]
    wanted = {
        Shared(factor, tuple(sorted(order.index(sound + 2 * i + half) for half in (0, 1))))
        for i, factor in enumerate(factors)
    }
    assert set(shared_factors(shuffled, blocks=blocks)) == wanted


def test_equal_moduli_are_no_shared_primes():
    """V24: a batch gcd that takes equal moduli out in silence reports nothing at all here."""
    draw = random.Random(8)
    a, b, c = (drawn_prime(draw, 128) for _ in range(3))
    assert shared_factors([a * b, a * b]) == []
    assert duplicates([a * b, a * c, a * b]) == [Shared(a * b, (0, 2))]
    assert shared_factors([a * b, a * c, a * b]) == [Shared(a, (0, 1, 2))]
    assert duplicates([0, 0, 1, 1, -9, -9]) == []


def test_both_primes_shared_with_different_keys_are_told_apart():
    """V25: the first modulus has everything in common with the others."""
    draw = random.Random(9)
    a, b, c, d = (drawn_prime(draw, 128) for _ in range(4))
    moduli = [a * b, a * c, b * d]
    assert common_factors(moduli)[0] == a * b
    assert set(shared_factors(moduli)) == {Shared(a, (0, 1)), Shared(b, (0, 2))}


@pytest.mark.parametrize("pool", [3, 9, 40])
def test_every_pair_of_a_small_pool_of_primes(pool: int):
    """As found in the wild: nine primes, all 36 keys broken, and none has a gcd of its own."""
    draw = random.Random(pool)
    primes = [drawn_prime(draw, 96) for _ in range(pool)]
    moduli = [p * q for p, q in combinations(primes, 2)]
    groups = shared_factors(moduli)
    assert {group.factor for group in groups} == set(primes)
    assert all(len(group.places) == pool - 1 for group in groups)


def test_one_prime_in_all_keys_is_one_group():
    draw = random.Random(11)
    fixed = drawn_prime(draw, 128)
    moduli = [fixed * drawn_prime(draw, 128) for _ in range(400)]
    assert shared_factors(moduli) == [Shared(fixed, tuple(range(400)))]


def test_a_modulus_that_divides_another_one():
    assert set(shared_factors([15, 30, 7, 77])) == {Shared(7, (2, 3)), Shared(15, (0, 1))}


def multiples(draw: random.Random, g: int, bits: int) -> int:
    """A product of two primes of so many bits that are 1 modulo g."""
    primes: list[int] = []
    while len(primes) < 2:
        p = draw.randrange(3 << bits - 2, 1 << bits) // g * g + 1
        if gmpy2.is_prime(p) and p not in primes:
            primes.append(p)
    return primes[0] * primes[1]


@pytest.mark.parametrize("bits", [150, 262, 300])
def test_primes_of_one_pattern_share_it_in_p_minus_1(bits: int):
    draw = random.Random(bits)
    g = 2 * drawn_prime(draw, bits - 1)
    sound = [drawn_prime(draw, 512) * drawn_prime(draw, 512) for _ in range(20)]
    moduli = [*sound, multiples(draw, g, 512), multiples(draw, g, 512)]
    (group,) = shared_structure(moduli)
    assert group.places == (20, 21)
    assert group.factor % g == 0
    assert shared_factors(moduli) == []
    for place in group.places:
        p = factor_by_structure(moduli[place], group.factor)
        if bits < 256 - 6:
            assert p is None, "the sum a + b is longer than what is known of it"
        else:
            assert p is not None
            assert 1 < p < moduli[place]
            assert moduli[place] % p == 0


def test_small_primes_of_n_minus_1_are_no_pattern():
    """128 bits in common with the others together, all of them primes below 2^20."""
    draw = random.Random(12)
    small = [p for p in range(3, 200) if gmpy2.is_prime(p)]
    smooth = math.prod(small)
    moduli = [2 * smooth * drawn_prime(draw, 300) + 1] + [
        2 * p * drawn_prime(draw, 500) + 1 for p in small
    ]
    assert common_factors([n - 1 for n in moduli])[0].bit_length() > 128
    assert shared_structure(moduli) == []


def test_a_pattern_that_only_many_keys_share_is_told_for_one():
    """Three factors of 60 bits, each in another key."""
    draw = random.Random(13)
    parts = [drawn_prime(draw, 60) for _ in range(3)]
    moduli = [2 * math.prod(parts) * drawn_prime(draw, 300) + 1] + [
        2 * part * drawn_prime(draw, 420) + 1 for part in parts
    ]
    (group,) = shared_structure(moduli)
    assert group.places == (0,)
    assert all(group.factor % part == 0 for part in parts)
