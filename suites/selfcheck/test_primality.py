"""Primality: no composite passes, no prime is refused, the tables are what the theory gives."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from math import inf, log, log2, pi, sqrt

import gmpy2  # type: ignore[import-untyped]
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fixtures.effort import Effort
from suites.rsa_keys import composites
from suites.rsa_keys.lanes import powers
from suites.rsa_keys.primality import MOST_BITS, miller_rabin, probably_prime
from suites.rsa_keys.profile import ROWS, Assurance
from suites.rsa_keys.seeded import Seeded, next_prime, small_primes

HALF = 1_024
BOUNDS = (1 << (HALF - 1)) * 3 // 2, 1 << HALF  # well above sqrt(2) * 2**1023
SEEDS = {"distilled": 2, "quick": 10, "full": 500}
DECEIVERS = [composites.carmichael, composites.half_liar, composites.arnault]

FOUND_BY_OTHERS = (
    2_047, 3_277, 3_215_031_751,  # pass the bases 2; 2; 2, 3, 5 and 7
    3_825_123_056_546_413_051,  # the first nine primes
    318_665_857_834_031_151_167_461, 3_317_044_064_679_887_385_961_981,  # the first 12 and 13
    323, 377, 5_459, 5_777, 10_877,  # Lucas, and strong Lucas, pseudoprimes
    1_093**2, 3_511**2,  # squares that pass the base 2
    512_461, 294_409, 56_052_361,  # Carmichael numbers
    18_446_744_073_709_551_617, 2**67 - 1, 2**1_025 - 1,
)  # fmt: skip


def literally(n: int, base: int) -> bool:
    """FIPS 186-4, C.3.1, one round: base**m = 1, or base**(2**j * m) = -1 for some j < a."""
    a = max(k for k in range(n.bit_length()) if (n - 1) % 2**k == 0)
    m = (n - 1) // 2**a
    return base**m % n == 1 or any(base ** (2**j * m) % n == n - 1 for j in range(a))


def always(value: int) -> Callable[[int], int]:
    return lambda _: value


def test_a_round_is_that_of_the_standard():
    for n in range(5, 130, 2):
        for base in range(2, n - 1):
            assert miller_rabin(n, 1, always(base - 2)) == literally(n, base)


def test_small_numbers_are_all_told():
    primes = set(small_primes(20_000))
    draw = Seeded("small").below
    assert {n for n in range(-20, 20_000) if probably_prime(n, 2, draw)} == primes
    large = [p for p in small_primes(1 << 20) if p > 752][::97]
    assert all(probably_prime(p, 3, draw) for p in large)
    assert not any(probably_prime(p * p, 0, draw) for p in large)


@given(st.integers(0, 2**96), st.integers(0, 3))
def test_another_library_says_the_same(n: int, rounds: int):
    draw = Seeded(str(n)).below
    assert probably_prime(n, rounds, draw) == gmpy2.is_prime(n, 40)
    assert probably_prime(next_prime(n), rounds, draw)


@given(st.integers(2**40, 2**200), st.integers(2**40, 2**200))
def test_no_product_passes(a: int, b: int):
    assert not probably_prime(next_prime(a) * next_prime(b), 0, Seeded("product").below)


@pytest.mark.parametrize("n", FOUND_BY_OTHERS)
def test_pseudoprimes_that_others_found_are_refused(n: int):
    assert not any(probably_prime(n, rounds, Seeded(str(n)).below) for rounds in (0, 1, 5))


# --- numbers made to deceive --------------------------------------------------------------


@pytest.mark.parametrize("made", DECEIVERS)
def test_no_composite_made_to_deceive_is_accepted(
    made: Callable[[Seeded, int, int], int], effort: Effort
):
    for seed in range(SEEDS[effort.name]):
        n = made(Seeded(f"deceiver {seed}"), *BOUNDS)
        assert BOUNDS[0] <= n < BOUNDS[1]
        assert not probably_prime(n, 0, Seeded(f"bases {seed}").below)


@pytest.mark.parametrize(("made", "least", "most"), [
    (composites.carmichael, 0.03, 0.14), (composites.half_liar, 0.15, 0.34),
    (composites.arnault, 0.15, 0.34),
])  # fmt: skip
def test_random_bases_alone_would_not_do(
    made: Callable[[Seeded, int, int], int], least: float, most: float
):
    """1 in 13, and 1 in 4, of single rounds are passed: the reason for the Lucas test."""
    n, draw = made(Seeded("liars"), *BOUNDS), Seeded("rounds").below
    passed = sum(miller_rabin(n, 1, draw) for _ in range(400)) / 400
    assert least < passed < most


def test_fixed_bases_alone_would_not_do():
    fooled = composites.fooled(HALF)
    n = composites.arnault(Seeded("fixed"), *BOUNDS)
    assert fooled == small_primes()[: len(fooled)]
    assert len(fooled) >= 48
    assert all(gmpy2.is_strong_prp(n, a) for a in fooled)
    assert gmpy2.powmod(next_prime(1 << 200), n - 1, n) == 1  # Carmichael


# --- bases, and what cannot be asked ------------------------------------------------------


def test_bases_are_drawn_for_every_round_and_from_all_that_are_allowed():
    asked: list[int] = []

    def draw(limit: int) -> int:
        asked.append(limit)
        return limit - 1  # the largest base, n - 2

    prime = next_prime(1 << 600)
    assert probably_prime(prime, 7, draw)
    assert asked == [prime - 3] * 7


def test_a_base_that_shares_a_factor_ends_the_test():
    """gmpy2's own strong test raises ValueError here."""
    p, q = next_prime(1 << 100), next_prime(1 << 120)
    assert not miller_rabin(p * q, 1, lambda _: p - 2)


def test_what_cannot_be_asked_is_said():
    with pytest.raises(ValueError, match="-1 rounds"):
        probably_prime(7, -1, Seeded("").below)
    with pytest.raises(ValueError, match="16385 bits"):
        probably_prime(1 << MOST_BITS, 1, Seeded("").below)


# --- the tables ---------------------------------------------------------------------------


def error_exponent(k: int, t: int) -> float:
    """log2 of p(k, t), FIPS 186-4, F.1 (Damgard, Landrock, Pomerance), the best M.

    An odd number of ``k`` bits, drawn at random, that passed ``t`` rounds is composite with this
    probability at most.
    """
    best = inf
    total = 0.0  # the double sum, over 2**(k - 2)
    inner = 2.0 ** -(2 + (k - 1) / 2)
    for m in range(3, int(2 * sqrt(k - 1))):
        inner += 2.0 ** -(m + (k - 1) / m)
        total += 2.0 ** (m - (m - 1) * t) * inner
        bracket = 2.0 ** (-m * t) + 8 * (pi**2 - 6) / 3 * total
        best = min(best, log2(2.00743 * log(2) * k) - k + (k - 2) + log2(bracket))
    return best


@pytest.mark.parametrize(("k", "t", "told"), [
    (512, 2, -47.5), (512, 7, -100.5), (1_024, 2, -72.8), (1_024, 4, -109.8), (1_024, 5, -124.2),
    (1_536, 3, -117.3), (2_048, 2, -109.0), (2_048, 4, -161.6),
])  # fmt: skip
def test_the_error_is_that_of_the_appendix(k: int, t: int, told: float):
    assert error_exponent(k, t) == pytest.approx(told, abs=0.06)


STRENGTH = {1_024: 80, 2_048: 112, 3_072: 128, 4_096: 144}  # bits, by the length of n


@pytest.mark.parametrize(("length", "strength"), STRENGTH.items())
def test_rounds_are_the_fewest_that_reach_the_strength(length: int, strength: int):
    rounds = Assurance.TABLE.rounds(length // 2)
    assert error_exponent(length // 2, rounds) <= -strength
    assert error_exponent(length // 2, rounds - 1) > -strength


@pytest.mark.parametrize("asked", ROWS, ids=lambda row: row.length)
def test_auxiliary_primes_have_rounds_for_their_length(asked):
    error = error_exponent(asked.auxiliary_bits, asked.auxiliary_rounds)
    assert error <= -STRENGTH[asked.length]


def test_between_the_rows_the_shorter_one_counts():
    rounds = [Assurance.TABLE.rounds(bits) for bits in (1, 600, 1_200, 1_600, 9_000)]
    assert rounds == [5, 5, 5, 4, 4]
    assert Assurance.HIGH.rounds(1_024) == 64


# --- powers side by side ------------------------------------------------------------------

moduli = st.one_of(
    st.integers(2**699, 2**1_038 - 1), st.integers(1, 2**1_100),
    st.sampled_from([2**1_038 - 1, 2**1_024 - 1, 2**1_023 + 1, 2**699 + 1, 2**1_040 - 1]),
).map(lambda n: n | 1)  # fmt: skip


@settings(deadline=None)  # the first waits for the compiler
@given(moduli, st.lists(st.integers(0, 2**1_100), max_size=19), st.integers(0, 2**1_100))
def test_powers_side_by_side_are_powers(n: int, bases: list[int], exponent: int):
    bases = [base % n for base in bases] + [n - 1, 1 % n, 0]
    assert powers(bases, exponent, n) == [pow(base, exponent, n) for base in bases]


@pytest.mark.parametrize("exponent", [0, 1, 2, 31, 32, 33, 2**1_024 - 1, 2**1_024, 1 << 1_030])
def test_powers_to_exponents_at_the_ends_of_a_window(exponent: int):
    n = next_prime(1 << 1_023)
    bases = [2, n - 1, n - 2, 1 << 1_000]
    assert powers(bases, exponent, n) == [pow(base, exponent, n) for base in bases]


def test_without_the_compiler_the_powers_are_the_same():
    code = (
        "from suites.rsa_keys.lanes import loop, powers; n = 2**1023 + 1155;"
        "print(loop() is None, powers([3, 5, 7, 11, 13], n >> 1, n))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], env=os.environ | {"NUMBA_DISABLE_JIT": "1"},
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    n = 2**1_023 + 1_155
    assert done.stdout.strip() == f"True {powers([3, 5, 7, 11, 13], n >> 1, n)}"
