"""ROCA, smooth neighbours of primes, generators without a seed: by definition and publication."""

from __future__ import annotations

import random
from itertools import islice
from math import prod

import gmpy2  # type: ignore[import-untyped]
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from suites.rsa_keys import recipes, roca, sieve, smoothness, unseeded
from suites.rsa_keys.seeded import Seeded

DRAWN = Seeded("groups of residues")
PUBLISHED_MODULUS = 0x924CBA6AE99DFA084537FACC54948DF0C23DA044D8CABE0EDD75BC6
PUBLISHED_ORDER = 2_454_106_387_091_158_800
BOUND = 1 << 10


# --- ROCA -------------------------------------------------------------------------------------


def test_the_group_is_the_published_one():
    """The discrete-logarithm detector of the authors, crocs-muni/roca."""
    modulus, order, parts = roca._group()
    assert (modulus, order) == (PUBLISHED_MODULUS, PUBLISHED_ORDER)
    assert prod(parts) == order
    assert pow(65537, order, PUBLISHED_MODULUS) == 1
    assert all(
        pow(65537, order // p, PUBLISHED_MODULUS) != 1 for p in range(2, 84) if order % p == 0
    )


@settings(max_examples=50, deadline=None)
@given(st.integers(0, PUBLISHED_ORDER), st.integers(0, 1 << 300))
def test_every_power_of_the_generator_is_recognised(exponent: int, k: int):
    n = k * PUBLISHED_MODULUS + pow(65537, exponent, PUBLISHED_MODULUS)
    assert roca.is_power_of_generator(n)


@settings(max_examples=50, deadline=None)
@given(st.lists(st.integers(0, 1 << 20), min_size=36, max_size=36, unique=True))
def test_a_modulus_that_passes_the_filter_by_chance_is_not(exponents: list[int]):
    """A power of 65537 modulo each prime, but not the same one: only the logarithm tells."""
    primes = [p for p in range(3, 168) if gmpy2.is_prime(p)]
    n, modulus = 0, 1
    for p, exponent in zip(primes, exponents + exponents, strict=False):
        wanted = pow(65537, exponent, p)
        n += modulus * ((wanted - n) * pow(modulus, -1, p) % p)
        modulus *= p
    assert all(n % p in {pow(65537, a, p) for a in range(p)} for p in roca.FILTER)
    assert not roca.is_power_of_generator(n)


def test_the_filter_asks_for_every_prime_that_tells_anything():
    telling = [
        p
        for p in range(3, roca.LARGEST + 1)
        if gmpy2.is_prime(p) and len({pow(65537, a, p) for a in range(p)}) < p - 1
    ]
    assert list(roca.FILTER) == telling


@pytest.mark.parametrize("seed", range(3))
def test_an_even_power_of_another_generator_is_a_square_throughout(seed: int):
    made = recipes.make_one("V27", seed)
    assert roca.like_a_power(made.n) == 1
    assert not roca.is_power_of_generator(made.n)


@pytest.mark.parametrize("generator", [65537, 3511, 769, 65521])
def test_an_odd_power_of_another_generator_is_a_square_where_the_generator_is(generator: int):
    modulus = int(gmpy2.primorial(701))

    def prime(parity: int) -> int:
        while True:
            power = pow(generator, 2 * DRAWN.bits(250) + parity, modulus)
            if gmpy2.is_prime(p := DRAWN.between(1 << 52, 1 << 53) * modulus + power):
                return p

    n = prime(0) * prime(1)
    found = roca.like_a_power(n)
    assert found is not None
    assert all(
        gmpy2.legendre(found, p) == gmpy2.legendre(generator, p) == gmpy2.legendre(n, p)
        for p in range(5, roca.LARGEST_OF_VARIANT + 1)
        if gmpy2.is_prime(p)
    )


def test_ordinary_moduli_are_like_no_power():
    assert len(roca._generators()) < 1 << 13
    assert all(roca.like_a_power(DRAWN.bits(2048) | 1) is None for _ in range(300))
    assert roca.like_a_power(5 * PUBLISHED_MODULUS + 5) is None


# --- p − 1 and p + 1 --------------------------------------------------------------------------


def neighbour_of_smooth(sign: int, bits: int = 256, extra: int = 1) -> int:
    """A prime p with p − sign = ``extra`` times primes below BOUND."""
    small = sieve.primes_below(BOUND)[1:]
    while True:
        number = 2 * extra
        while number.bit_length() < bits:
            number *= small[DRAWN.below(len(small))]
        if gmpy2.is_prime(number + sign):
            return number + sign


def squarefree(number: int) -> bool:
    return all(number % (p * p) for p in sieve.primes_below(BOUND)[smoothness.OFTEN :])


def smooth_prime(sign: int) -> int:
    return next(p for p in iter(lambda: neighbour_of_smooth(sign), 0) if squarefree(p - sign))


def test_pollard_finds_one_smooth_prime_or_two():
    first, second = smooth_prime(1), smooth_prime(1)
    other = DRAWN.prime(3 << 254, 1 << 256)
    assert smoothness.smooth_p_minus_1(first * other, BOUND) == first
    assert smoothness.smooth_p_minus_1(first * second, BOUND) in {first, second}


def test_pollard_finds_primes_whose_neighbours_share_something_large():
    """p − 1 = f·a, q − 1 = f·b with f a prime of 100 bits, which no product of small primes has."""
    shared = DRAWN.prime(1 << 99, 1 << 100)
    p, q = (neighbour_of_smooth(1, extra=shared) for _ in range(2))
    assert smoothness.smooth_p_minus_1(p * q, BOUND) in {p, q}


def test_williams_finds_a_smooth_p_plus_1_in_seven_of_eight():
    other = DRAWN.prime(3 << 254, 1 << 256)
    found = 0
    for _ in range(12):
        p = smooth_prime(-1)
        factor = smoothness.smooth_p_plus_1(p * other, BOUND)
        found += factor == p
        legendre = [gmpy2.legendre(start * start - 4, p) for start in smoothness.STARTS]
        assert (factor == p) == (-1 in legendre)
    assert found >= 8


def test_nothing_is_found_beyond_the_bound():
    p = smooth_prime(1)
    other = DRAWN.prime(3 << 254, 1 << 256)
    assert smoothness.smooth_p_minus_1(p * other, 1 << 5) is None
    assert smoothness.smooth_p_plus_1(p * other, 1 << 5) is None


def test_the_gate_opens_for_what_the_neighbours_share():
    shared = 2 * prod(sieve.primes_below(200))
    p, q = (neighbour_of_smooth(1, bits=512, extra=shared) for _ in range(2))
    assert smoothness.smooth_part(p * q - 1).bit_length() > smoothness.GATE
    assert smoothness.smooth_p_minus_1_gated(p * q) in {p, q}


@pytest.mark.parametrize(
    ("number", "smooth"),
    [
        (2**300, True),
        ((1 << 20) - 3, True),
        (2**64 * (2**31 - 1), True),
        (2**64 * (2**61 - 1), False),
        (((1 << 20) - 3) ** 5 * 3**100, True),
        ((2**31 - 1) ** 2, False),
    ],
)
def test_a_smooth_number_has_small_primes_and_at_most_one_of_forty_bits(number: int, smooth: bool):
    assert smoothness.is_smooth(number) == smooth


# --- generators -------------------------------------------------------------------------------

FIRST_512 = {
    "GMP Mersenne twister, not seeded": ("18f204fe6846aeb6", "de0bbade38204e63"),
    "GMP Mersenne twister, seed 0": ("09c764c8f3c413cf", "851698569993e83a"),
    "GMP linear congruential 32, not seeded": ("c61823378ca06de0", "42a04a989c580052"),
    "GMP linear congruential 32, seed 0": ("8ca06de01c8b6fb1", "9c5800528ef687c9"),
    "GMP linear congruential 120, not seeded": ("3cf5ac8c343532f8", "aab8748c96aa6762"),
    "GMP linear congruential 120, seed 0": ("53ea074ca131dec1", "489f4c03d41f8750"),
    "java.util.Random, seed 0": ("60b420bb3851d9d4", "081b12e107b1e805"),
    "java.math.BigInteger prime, Random seed 0": ("e0b420bb3851d9d4", "bacffb0215a7f3f4"),
}
"""How the first two numbers of 512 bits begin, as the public tool paranoid has them."""


@pytest.mark.parametrize("name", FIRST_512)
def test_generators_begin_as_published(name: str):
    numbers = islice(unseeded.GENERATORS[name](512), 2)
    assert tuple(f"{number:0128x}"[:16] for number in numbers) == FIRST_512[name]


def test_the_tenth_prime_of_java_is_the_published_one():
    """Nine searches have drawn their bases from the same generator before it."""
    *_, tenth = islice(unseeded.java_primes(512), 10)
    assert f"{tenth:x}".startswith("db0eb40c9fd48ed6af88b9779b32290f")


@pytest.mark.parametrize("seed", [0, 1])
def test_pythons_own_generator_agrees(seed: int):
    ours = unseeded.mersenne_twister([seed], low_word_first=True)(1024)
    theirs = random.Random(seed)
    assert list(islice(ours, 5)) == [theirs.getrandbits(1024) for _ in range(5)]


def test_the_libraries_of_c_begin_as_everybody_knows():
    assert list(islice(unseeded.glibc_rand(), 4)) == [1804289383, 846930886, 1681692777, 1714636915]
    assert list(islice(unseeded.msvc_rand(), 5)) == [41, 18467, 6334, 26500, 19169]
    twister = unseeded.mersenne_twister(5489, low_word_first=False)(64)
    assert next(twister) == 3499211612 << 32 | 581869302  # the standard's std::mt19937


def test_zero_key_counter_mode_begins_with_the_encrypted_zero_block():
    assert f"{next(unseeded.zero_key_counter(512)):0128x}".startswith(
        "66e94bd4ef8a2c3b884cfa59ca342b2e"
    )


@pytest.mark.parametrize("index", [0, 1, 60, 150, 300, -1])
def test_a_prime_after_a_guess_is_found_with_the_name_of_the_generator(index: int):
    full = [g for g in unseeded.guesses(1024) if g.value >> 1022 == 3]
    guess = full[index]
    p = int(gmpy2.next_prime(guess.value))
    q = DRAWN.prime(3 << 1022, 1 << 1024)
    found = unseeded.unseeded_prime(p * q)
    assert found is not None
    assert found[0] in {p, q}
    assert found[1] == guess.generator


def test_the_head_of_a_guess_is_enough_in_the_deep_run():
    guess = unseeded.guesses(1024)[40].value
    p = int(gmpy2.next_prime(guess ^ DRAWN.bits(320)))
    q = DRAWN.prime(3 << 1022, 1 << 1024)
    assert unseeded.unseeded_prime(p * q) is None
    found = unseeded.unseeded_head(p * q)
    assert found is not None
    assert found[0] in {p, q}


KEYPAIR = 0x9A4A9ECDAC4FEE003418957246B64E7E945E5AF7478CD15091D69AE7602BB2E446EEAFA48EAA2861C5CE099B667206B3AA2719F20BD6C7B24C3FF87A1A33474ED03ECBBD2A6EB28D62027148F2C663243AFA5069C1A1AB6701B07C667BB49BA1EFDF226FA55F0D8150D37499D162E54A8FF7FD970C6C0A0EEE7CA37C6835C3A2DF4E210E0A683BEDCA5622F5819AB33220CBC082D0AC3A4E9308941AA05C30725CC1F99A5FA1EB0E2BD10FB2E0387B458AECA2F3CDD0D9D8764BCDF93CBF4B2A33B58D9DD586BE9BDDE78D2C0ABECD9EB45C78C0FAE31BAC4AD290A0B79ACABD6FE34439FBF21D661EA56A04FF49A901DB736AE1AC0EAE21DBE379914582F8CB  # noqa: E501  as published
"""A key of the npm package keypair, from the tests of paranoid."""


def test_a_published_key_of_keypair_is_factored():
    found = unseeded.unseeded_prime(KEYPAIR)
    assert found is not None
    assert found[1] == unseeded.KEYPAIR
    assert KEYPAIR % found[0] == 0


@pytest.mark.parametrize("bound", [1, 2, 3, 4, 5, 25, 26, 1_000])
def test_the_sieve_leaves_exactly_the_primes(bound: int):
    assert list(sieve.primes_below(bound)) == [
        n for n in range(2, bound) if all(n % divisor for divisor in range(2, n))
    ]
