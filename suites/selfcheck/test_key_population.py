"""Populations by formula, with what is to be found between their keys, and nothing else."""

from __future__ import annotations

import math
import random
from dataclasses import replace
from functools import cache

import gmpy2  # type: ignore[import-untyped]
import pytest

from fixtures.effort import Effort
from suites.rsa_keys import population
from suites.rsa_keys.key import KeyClass, RsaKey
from suites.rsa_keys.population import examine
from suites.rsa_keys.recipes import make

HALF = 256  # bits of a prime
LOW = math.isqrt(1 << 2 * HALF - 1) + 1
F4 = 65_537


def drawn_prime(draw: random.Random, low: int = LOW, remainder: int = 1, by: int = 2) -> int:
    """Uniform over the primes from ``low`` to 2^HALF with the remainder; gcd(p - 1, e) = 1."""
    while True:
        p = draw.randrange(low, 1 << HALF) // by * by + remainder
        if p >= low and p.bit_length() == HALF and p % F4 != 1 and gmpy2.is_prime(p):
            return p


def named(moduli: list[int], e: int = F4) -> list[RsaKey]:
    return [RsaKey(f"key {number}", n, e) for number, n in enumerate(moduli, 1)]


def recipe(name: str, seed: int, bits: int = 1_024) -> tuple[RsaKey, ...]:
    made = make(name, seed, bits=bits)
    assert isinstance(made, tuple)
    return made


@cache
def good_primes(count: int, seed: int = 1) -> tuple[int, ...]:
    draw = random.Random(seed)
    return tuple({drawn_prime(draw): None for _ in range(count)})


def good_moduli(count: int, seed: int = 1) -> list[int]:
    primes = good_primes(2 * count, seed)
    return [p * q for p, q in zip(primes[::2], primes[1::2], strict=True)]


def test_two_thousand_good_keys_raise_nothing():
    found = examine(named(good_moduli(2_000)))
    assert found.remarks == ()
    assert found.keys == 2_000
    (group,) = found.groups
    assert group.spread is not None
    assert group.spread.law is not None
    assert group.spread.law.name == "FIPS interval"
    assert [row.names for row in group.sources] == ["Microsoft CNG, Bouncy Castle 1.54"]
    assert (found.tests, round(found.false_alarm, 4)) == (10, 0.01)
    assert [part for part in found.bounds if part.startswith("2,000 keys without a duplicate")]
    assert any("would be shown (K04) with probability 1.00" in part for part in found.bounds)


def test_ten_thousand_good_keys_raise_nothing(effort: Effort):
    if effort.name != "full":
        pytest.skip("a minute")
    assert examine(named(good_moduli(10_000, seed=2))).remarks == ()


# --- the recipes of several keys ------------------------------------------------------------------


def test_v23_a_shared_prime_breaks_both_keys():
    one, other = recipe("V23", 1)
    keys = [replace(one, subject="a"), replace(other, subject="b"), *named(good_moduli(30))]
    found = examine(keys)
    assert {(r.criterion, r.key_class, r.subject) for r in found.remarks} == {
        ("shared-prime", KeyClass.BROKEN, "a"),
        ("shared-prime", KeyClass.BROKEN, "b"),
    }
    for remark, partner in zip(found.remarks, ("b", "a"), strict=True):
        assert remark.factor in {one.p, one.q}
        assert f"with {partner}:" in remark.reason


def test_v24_a_duplicate_breaks_both_and_is_no_shared_prime():
    one, other = recipe("V24", 1)
    found = examine([replace(one, subject="a"), replace(other, subject="b")])
    assert [(r.criterion, r.subject) for r in found.remarks] == [
        ("duplicate", "a"), ("duplicate", "b"),
    ]  # fmt: skip
    assert "the modulus of b" in found.remarks[0].reason
    assert all(r.factor is None for r in found.remarks)


def test_v25_both_primes_shared_are_found_one_by_one():
    ab, ac, bd = recipe("V25", 1)
    keys = [replace(key, subject=name) for key, name in zip((ab, ac, bd), "xyz", strict=True)]
    found = examine(keys)
    told = {(r.subject, r.factor) for r in found.remarks}
    a, b = math.gcd(ab.n, ac.n), math.gcd(ab.n, bd.n)
    assert told == {("x", a), ("x", b), ("y", a), ("z", b)}
    assert a * b == ab.n
    assert ["another factor" in r.reason for r in found.remarks if r.subject != "x"] == [False] * 2


def test_v40_seeds_of_16_bits_show_in_a_thousand_keys():
    draw = random.Random(40)
    seeds = [draw.getrandbits(16) for _ in range(1_000)]

    @cache
    def device(seed: int) -> int:
        own = random.Random(f"V40/{seed}")
        return drawn_prime(own) * drawn_prime(own)

    found = examine(named([device(seed) for seed in seeds]))
    repeated = {f"key {i}" for i, seed in enumerate(seeds, 1) if seeds.count(seed) > 1}
    assert {r.subject for r in found.remarks} == repeated != set()
    assert {r.criterion for r in found.remarks} == {"duplicate"}
    (told,) = [part for part in found.bounds if part.startswith("pairs of equal moduli")]
    bits = float(told.split("a seed of about ")[1].split()[0])
    assert 14.5 < bits < 17.5


def rejected_moduli(count: int, seed: int) -> list[int]:
    """Primes with their first bit set, drawn until n is long enough."""
    draw = random.Random(seed)
    found: list[int] = []
    while len(found) < count:
        n = drawn_prime(draw, 1 << HALF - 1) * drawn_prime(draw, 1 << HALF - 1)
        if n.bit_length() == 2 * HALF:
            found.append(n)
    return found


def test_v41_primes_below_the_bound_show_in_two_hundred_public_keys():
    found = examine(named(rejected_moduli(200, 41)))
    (failure,) = [r for r in found.remarks if r.key_class is not KeyClass.FINGERPRINT]
    assert (failure.criterion, failure.key_class) == ("K04", KeyClass.CONFORMANCE)
    assert failure.subject == "200 moduli of 512 bits"
    assert failure.statistic is not None
    assert failure.bound is not None
    assert failure.statistic > failure.bound
    assert {r.criterion for r in found.remarks} == {"K04", "source"}


def test_v41_too_few_keys_are_not_judged():
    found = examine(named(rejected_moduli(19, 43)))
    assert [r for r in found.remarks if r.criterion in {"K04", "modulus-law"}] == []
    assert "19 moduli of 512 bits: too few to test a law, which takes 20 keys" in found.bounds


def test_v42_moduli_that_are_1_modulo_12_are_a_fingerprint_and_no_failure():
    draw = random.Random(42)
    moduli = [
        drawn_prime(draw, remainder=11, by=12) * drawn_prime(draw, remainder=11, by=12)
        for _ in range(200)
    ]
    found = examine(named(moduli))
    assert {r.criterion for r in found.remarks} == {"n mod 3", "n mod 4", "n mod 8"} | (
        {"source"} if any(group.sources for group in found.groups) else set()
    )
    assert {r.key_class for r in found.remarks} == {KeyClass.FINGERPRINT}
    assert all("always 1" in r.reason for r in found.remarks if r.criterion == "n mod 3")


def test_two_top_bits_are_a_fingerprint_and_no_failure():
    draw = random.Random(44)
    low = 3 << HALF - 2
    found = examine(named([drawn_prime(draw, low) * drawn_prime(draw, low) for _ in range(500)]))
    assert {r.criterion for r in found.remarks} == {"modulus-law", "source"}
    assert {r.key_class for r in found.remarks} == {KeyClass.FINGERPRINT}
    assert "costs 0.46 bits" in found.remarks[0].reason


@pytest.mark.parametrize("name", ["V40", "V41", "V42"])
def test_the_recipes_at_full_length(name: str, effort: Effort):
    if effort.name != "full":
        pytest.skip("a minute each")
    found = {(r.criterion, r.key_class) for r in examine(recipe(name, 1, bits=2_048)).remarks}
    wanted = {
        "V40": ("duplicate", KeyClass.BROKEN),
        "V41": ("K04", KeyClass.CONFORMANCE),
        "V42": ("n mod 3", KeyClass.FINGERPRINT),
    }
    assert wanted[name] in found
    assert {kind for _, kind in found} <= {wanted[name][1], KeyClass.FINGERPRINT}


# --- what else comes in ---------------------------------------------------------------------------


def test_a_prime_of_16_bits_of_seed_shows_without_any_duplicate():
    draw = random.Random(45)

    @cache
    def prime(seed: int) -> int:
        return drawn_prime(random.Random(f"prime {seed}"))

    pairs = {(draw.getrandbits(14), draw.getrandbits(14)): None for _ in range(400)}
    found = examine(named([prime(a) * prime(b) for a, b in pairs]))
    assert {r.criterion for r in found.remarks} == {"shared-prime"}
    (told,) = [part for part in found.bounds if part.startswith("pairs of keys with a prime")]
    assert 12.5 < float(told.split("a seed of about ")[1].split()[0]) < 15.5


def test_one_pattern_in_p_minus_1_is_factored():
    draw = random.Random(46)
    g = 2 * int(gmpy2.next_prime(draw.getrandbits(149) | 1 << 148))
    own = [math.prod(drawn_prime(draw, remainder=1, by=g) for _ in range(2)) for _ in range(2)]
    found = examine(named(good_moduli(20) + own))
    assert [(r.criterion, r.key_class, r.subject) for r in found.remarks] == [
        ("shared-structure", KeyClass.BROKEN, "key 21"),
        ("shared-structure", KeyClass.BROKEN, "key 22"),
    ]
    for remark, n in zip(found.remarks, own, strict=True):
        assert remark.factor is not None
        assert 1 < remark.factor < n
        assert n % remark.factor == 0


def test_a_pattern_that_is_too_short_to_factor_is_a_fingerprint():
    draw = random.Random(47)
    g = 2 * int(gmpy2.next_prime(draw.getrandbits(134) | 1 << 133))
    low = 1 << 512 - 1 | 1 << 512 - 2

    def prime() -> int:
        while True:
            p = draw.randrange(low, 1 << 512) // g * g + 1
            if gmpy2.is_prime(p):
                return p

    (remark,) = examine(named([prime() * prime(), prime() * prime()])).remarks
    assert (remark.criterion, remark.key_class) == ("shared-structure", KeyClass.FINGERPRINT)
    assert "that of key 2" in remark.reason


def test_a_pattern_of_many_keys_is_one_remark():
    draw = random.Random(49)
    g = 2 * int(gmpy2.next_prime(draw.getrandbits(139) | 1 << 138))
    moduli = [drawn_prime(draw, remainder=1, by=g) for _ in range(25)]  # n - 1 is all that counts
    (remark,) = [r for r in examine(named(moduli)).remarks if r.criterion == "shared-structure"]
    assert (remark.subject, remark.key_class) == ("key 1", KeyClass.FINGERPRINT)
    assert "that of key 2 and 23 more" in remark.reason


def test_a_public_exponent_divisible_by_3_and_n_of_2_modulo_3_contradict():
    good = next(n for n in good_moduli(30) if n % 3 == 2)
    (remark,) = examine(named([good], e=65_541)).remarks
    assert (remark.criterion, remark.key_class) == ("K06", KeyClass.CONFORMANCE)


def test_any_integers_are_compared_without_a_crash():
    strange = [0, 1, -1, -good_moduli(1)[0], 2, 3, 4, 4, 15, 1 << 4_096, (1 << 4_095) - 1]
    keys = [RsaKey("a", n, e) for n in strange for e in (0, -3, 1, F4)]
    found = examine([*keys, *named(good_moduli(25))])
    assert found.keys == 7 * 4 + 25
    assert found.bounds[0] == "16 keys without a modulus above 1 were not compared"
    assert "6 moduli of an odd length, or below 512 bits: no law is tested" in found.bounds
    assert {r.subject for r in found.remarks} == {"a"}
    assert "another key that is called a" in found.remarks[0].reason


def test_no_keys_and_one_key_say_nothing():
    assert examine([]) == population.Population(0, (), (), ())
    one = examine(named(good_moduli(1)))
    assert one.remarks == ()
    assert one.bounds == ("1 modulus of 512 bits: too few to test a law, which takes 20 keys",)


def test_lengths_are_judged_apart():
    """Two laws, two lengths: the pool of both would fit neither."""
    draw = random.Random(48)
    longer: list[int] = []
    while len(longer) < 60:
        n = draw.randrange(1 << 287, 1 << 288) * draw.randrange(1 << 287, 1 << 288)
        if n.bit_length() == 576 and math.gcd(n, 3 * 5 * 7 * 11 * 13 * 17 * 19 * 2) == 1:
            longer.append(n)
    found = examine(named(good_moduli(100) + longer))
    groups = {group.length: group for group in found.groups}
    assert groups[512].spread is not None
    assert groups[512].spread.standard.fits
    assert groups[576].spread is not None
    assert not groups[576].spread.standard.fits


def test_a_seed_is_bounded_by_keys_that_could_be_equal():
    """Nineteen of each of two lengths are more than nineteen, but not thirty-eight."""
    short = [n >> 32 | 1 for n in good_moduli(19)]
    told = "\n".join(examine(named(good_moduli(19) + short)).bounds)
    assert "38 keys of 2 lengths without a duplicate: a seed of 6 bits or fewer" in told
    together = "\n".join(examine(named(good_moduli(38))).bounds)
    assert "38 keys without a duplicate: a seed of 7 bits or fewer" in together


def test_many_keys_are_compared_in_blocks_with_the_same_answer(monkeypatch: pytest.MonkeyPatch):
    one, other = recipe("V23", 2)
    keys = [*named(good_moduli(50)), one, other]
    whole = examine(keys)
    monkeypatch.setattr(population, "MANY", 10)
    assert examine(keys) == whole


def test_progress_is_told():
    steps: list[str] = []
    examine(named(good_moduli(3)), steps.append)
    assert steps[0] == "3 keys: equal moduli"
    assert len(steps) == 4
