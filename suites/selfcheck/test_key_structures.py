"""Checks that factor by a structure of the primes: against the definition, and at their edges."""

from __future__ import annotations

from fractions import Fraction
from itertools import islice
from math import isqrt

import gmpy2  # type: ignore[import-untyped]
import numpy as np
import pytest
from gmpy2 import mpz
from hypothesis import example, given, settings
from hypothesis import strategies as st

from suites.rsa_keys import fermat, near, near_gate, patterns, sparse, sparse_gate, structure
from suites.rsa_keys.divisor import large_divisor
from suites.rsa_keys.seeded import Seeded

DRAWN = Seeded("structures of primes")
HALF = 512  # bits of the primes here
P, Q = (DRAWN.prime(3 << HALF - 2, 1 << HALF) for _ in range(2))


def next_prime(number: int) -> int:
    return int(gmpy2.next_prime(number))


# --- Fermat and Lehman ------------------------------------------------------------------------


def by_hand(n: int, steps: int) -> int | None:
    """Fermat as he wrote it."""
    a = isqrt(n - 1) + 1
    for step in range(steps):
        square = (a + step) ** 2 - n
        if isqrt(square) ** 2 == square:
            return a + step - isqrt(square)
    return None


@settings(max_examples=150, deadline=None)
@given(st.integers(1 << 20, 1 << 40), st.integers(0, 1 << 22))
def test_the_sieve_finds_what_fermat_finds(start: int, distance: int):
    p = next_prime(start)
    n = p * next_prime(p + distance)
    assert fermat.close_primes(n, 640) == by_hand(n, 640)


@settings(max_examples=100, deadline=None)
@given(st.integers(1 << 30, 1 << 40), st.integers(1 << 18, 1 << 26))
def test_the_sieve_ends_where_it_says(start: int, distance: int):
    p = next_prime(start)
    q = next_prime(p + distance)
    needed = (p + q) // 2 - isqrt(p * q - 1) - 1
    assert fermat.close_primes(p * q, needed + 1) in {p, q}
    if needed >= 64:
        assert fermat.close_primes(p * q, needed // 64 * 64) is None


@pytest.mark.parametrize(("u", "v"), [(5, 4), (3, 2), (32, 31), (31, 1), (2, 1), (4, 3)])
def test_a_ratio_of_small_numbers_is_found_either_way_round(u: int, v: int):
    for first, second in ((u, v), (v, u)):
        q = next_prime(P * first // second)
        assert fermat.primes_in_ratio(P * q) in {P, q}


def test_a_ratio_with_a_larger_term_is_not():
    assert fermat.primes_in_ratio(P * next_prime(P * 37 // 33)) is None


# --- a guess ----------------------------------------------------------------------------------


@settings(max_examples=60, deadline=None)
@given(st.integers(-(1 << 160), 1 << 160), st.integers(0, 3))
def test_a_guess_within_a_sixth_of_n_gives_the_prime(offset: int, length: int):
    q = next_prime(Q >> length * 8)
    assert near.factor_near(P * q, P + offset, 160) in {P, q}


def test_a_guess_that_is_farther_away_does_not():
    assert near.factor_near(P * Q, P + (1 << 240), 160) is None


@pytest.mark.parametrize("guess", [-1, 0, 1, P * Q, P * Q + 1])
def test_a_guess_that_can_be_no_factor_is_none(guess: int):
    assert near.factor_near(P * Q, guess, 20) is None


@settings(max_examples=300, deadline=None)
@given(st.integers(-(1 << 16), 1 << 16), st.integers(0, 1 << 60))
def test_the_table_of_guesses_leaves_no_near_one_out(offset: int, change: int):
    guess, other = P + 2 * change, Q + 2 * change
    table = near_gate.Table.of([other, guess, other + 12345])
    assert 1 in set(table.near_a_factor(Q * (guess + offset)))


def test_the_table_of_guesses_leaves_most_others_out():
    table = near_gate.Table.of([DRAWN.between(3 << HALF - 2, 1 << HALF) for _ in range(2000)])
    assert len(list(table.near_a_factor(P * Q))) < 100


# --- what the primes have in common -----------------------------------------------------------


@settings(max_examples=50, deadline=None)
@given(st.integers(1, 1 << 256).map(lambda x: 8 * x + 1), st.integers(4, 400))
def test_the_root_modulo_a_power_of_two_is_one(n: int, bits: int):
    root = int(structure.root_modulo_power_of_two(mpz(n), bits))
    assert (root * root - n) % (1 << bits) == 0


@pytest.mark.parametrize("low", [0, 3, 64, 128, 200, HALF // 2])
def test_equal_ends_of_half_the_bits_together_are_found(low: int):
    high = HALF // 2 - low + 1
    middle = HALF - low - high
    for attempt in range(1000):
        head, tail = P >> (HALF - high) << (HALF - high), P % (1 << low) if low else 0
        made = head | DRAWN.bits(middle) << low | tail | 1
        if low == 0:
            made = next_prime(made)
        if made != P and gmpy2.is_prime(made):
            assert (structure.equal_ends(P * made) or fermat.close_primes(P * made)) in {P, made}
            return
        assert attempt < 999


@pytest.mark.parametrize("low", [HALF // 2, HALF // 2 + 2, HALF // 2 + 9])
def test_an_equal_lower_half_is_enough(low: int):
    high = HALF - low
    tops = (DRAWN.bits(high) | 1 << high - 1 for _ in iter(int, 1))
    primes = (q for top in tops if gmpy2.is_prime(q := top << low | P % (1 << low)))
    for q in islice(primes, 4):
        assert structure.equal_ends(P * q) in {P, q}


def test_equal_ends_that_are_too_short_are_not():
    low = 100
    step = 1 << low
    q = next(q for k in range(1, 5000) if gmpy2.is_prime(q := Q - (Q - P) % step + k * step))
    assert structure.equal_ends(P * q) is None


@pytest.mark.parametrize("k", structure.DISTANCES)
def test_a_power_of_two_between_the_primes_is_guessed(k: int):
    p = DRAWN.prime(31 << 1019, 1 << 1024)
    q = next_prime(p - (1 << 1024 - k))
    assert structure.guessable_distance(p * q) in {p, q}


# --- patterns ---------------------------------------------------------------------------------


def repeated(width: int, bits: int) -> int:
    """A prime that repeats a random word whose first and last bits are set."""
    word = DRAWN.bits(width) | 1 | 1 << width - 1
    times = -(-bits // width)
    number = int(f"{word:0{width}b}" * times, 2) >> (times * width - bits)
    return next_prime(number)


@pytest.mark.parametrize("width", [w for w in patterns.WORDS if w <= 128])
def test_one_prime_of_a_repeated_word_is_enough(width: int):
    p = repeated(width, 1024)
    assert patterns.repeated_word(p * DRAWN.prime(3 << 1022, 1 << 1024)) is not None


@pytest.mark.parametrize(("word", "period"), [(8, 3), (16, 7), (32, 5), (64, 3)])
def test_a_repeated_word_with_halves_exchanged_is_found(word: int, period: int):
    """As in the cards of Taiwan: a short period written in words, neighbours exchanged."""
    plain = "".join("110100111010011"[:period] for _ in range(-(-1024 // period) + 1))[:1024]
    words = [plain[i : i + word] for i in range(0, 1024, word)]
    for i in range(0, len(words), 2):
        words[i], words[i + 1] = words[i + 1], words[i]
    p = next_prime(int("".join(words), 2) | 3 << 1022)
    q = DRAWN.prime(3 << 1022, 1 << 1024)
    assert patterns.repeated_swapped_word(p * q) in {p, q}


def test_two_patterned_primes_are_found_by_the_fraction_of_their_product():
    p, q = repeated(40, 1024), repeated(28, 1024)  # neither width is in the list
    assert patterns.both_near_fractions(p * q) in {p, q}
    assert patterns.large_quotient(p * q) is not None


@settings(max_examples=40, deadline=None)
@given(st.integers(1 << 300, 1 << 400))
def test_partial_quotients_are_those_of_the_fraction(n: int):
    """Every quotient that is worth a try, with the denominator of the convergent before it."""
    rest, expected = Fraction(n, 1 << n.bit_length()), []
    v0, v = 0, 1
    while rest:
        rest = 1 / rest
        quotient = rest.numerator // rest.denominator
        if quotient >= patterns.WORTH_A_TRY:
            expected.append((quotient, v))
        v0, v = v, quotient * v + v0
        rest -= quotient
    assert [(q, int(d)) for q, d in patterns._quotients(n)] == expected


@pytest.mark.parametrize(("width", "digit"), [(128, 48), (64, 24), (32, 10)])
def test_primes_that_leave_machine_words_empty_are_found_as_polynomials(width: int, digit: int):
    p, q = (
        next_prime(sum((DRAWN.bits(digit) | 1) << at for at in range(0, 1024, width)))
        for _ in range(2)
    )
    assert patterns.digits_of_a_polynomial(p * q) in {p, q}


def test_a_small_common_factor_is_no_pattern():
    assert large_divisor(3 * P * Q, 3 * Q) is not None
    assert large_divisor(3 * P * Q, 3) is None
    assert large_divisor(P * Q, P * Q) is None
    assert patterns.repeated_word(3 * next_prime(P * Q)) is None


# --- few ones ---------------------------------------------------------------------------------


def with_ones(ones: int, bits: int = 1024) -> int:
    while True:
        number = 1 | 3 << bits - 2
        while number.bit_count() < ones:
            number |= 1 << DRAWN.below(bits)
        if gmpy2.is_prime(number):
            return number


@pytest.mark.parametrize("ones", [16, 24, 64])
def test_primes_of_few_ones_are_found(ones: int):
    p, q = with_ones(ones), with_ones(ones)
    assert sparse.search(p * q).factor in {p, q}


@pytest.mark.parametrize("ones", [24, 48, 96, 128, None])
@pytest.mark.parametrize("steps", [1, 10, 300])
def test_the_gate_says_what_the_search_in_whole_numbers_says(ones: int | None, steps: int):
    n = with_ones(ones) * with_ones(ones) if ones else P * Q
    slow = sparse.in_whole_numbers(n, steps, steps)
    places = (n.bit_length() + 1) // 2 - 1
    pairs = np.array([n >> 2 * i & 3 for i in reversed(range(places))], np.uint64)
    ordinary = sparse_gate.is_ordinary(
        pairs, n.bit_length(), (n >> 2 * places) - 1, sparse.COST_OF_A_ONE, steps
    )
    assert ordinary == (slow.factor is None and slow.cheapest >= n.bit_length())


WORDS = st.integers(0, (1 << 190) - 1) | st.integers(0, 1 << 66) | st.just((1 << 128) - 1)


def as_words(number: int) -> sparse_gate.Words:
    low, middle, high = (np.uint64(number >> at & (1 << 64) - 1) for at in (0, 64, 128))
    return low, middle, high


def as_number(words: sparse_gate.Words) -> int:
    return sum(int(word) << 64 * i for i, word in enumerate(words))


@settings(max_examples=300, deadline=None)
@given(WORDS, WORDS, st.integers(0, 1))
@example(1 << 128, 1, 0)
@example((1 << 128) - 1, 1, 1)
def test_three_words_reckon_like_whole_numbers(a: int, b: int, low: int):
    first, second = as_words(a), as_words(b)
    assert sparse_gate._less(first, second) == (a < b)
    assert as_number(sparse_gate._plus(first, second)) == a + b
    assert as_number(sparse_gate._doubled(first, np.uint64(low))) == 2 * a + low
    assert sparse_gate._length(first) == a.bit_length()
    larger, smaller = (first, second) if a >= b else (second, first)
    assert as_number(sparse_gate._minus(larger, smaller)) == abs(a - b)


def test_only_the_heads_of_sparse_primes_are_a_suspicion():
    head = 1 << 767 | 1 << 766
    heads = [head | sum(1 << DRAWN.below(766) for _ in range(24)) for _ in range(2)]
    p, q = (next_prime(h << 256 | DRAWN.bits(256)) for h in heads)
    found = sparse.search(p * q, longest=40_000)
    assert found.factor is None
    assert found.is_suspicious((p * q).bit_length())
