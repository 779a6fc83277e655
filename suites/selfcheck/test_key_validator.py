"""The validator: bounds to the last unit, the formulas by the letter, and no value unnoticed."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from decimal import Decimal, localcontext
from fractions import Fraction
from math import gcd, isqrt, lcm
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from fixtures.verdict import Verdict
from suites.rsa_keys import criteria, recipes
from suites.rsa_keys.auxiliary_primes import Origin, Search, search
from suites.rsa_keys.criteria import Breach, Criterion, CrtValue, Primes
from suites.rsa_keys.factoring import recover
from suites.rsa_keys.key import KeyClass, RsaKey
from suites.rsa_keys.primality import probably_prime
from suites.rsa_keys.procedure import Tape
from suites.rsa_keys.public_validation import Nature, enhanced_miller_rabin
from suites.rsa_keys.seeded import Seeded, next_prime, small_primes
from suites.rsa_keys.validator import Assurance, Generation, Profile, Validation, judge
from suites.rsa_keys.workers import judge_all

GOOD = recipes.make_one(recipes.GOOD, 1)
SHORT = recipes.make_one(recipes.GOOD, 1, bits=1_024)  # judged in a fifth of the time
VALUES = ("n", "e", "d", "p", "q", "dp", "dq", "qinv")
OTHERS = (
    "K12: of p or q, no auxiliary primes are declared",
    "K13: no residues modulo 8 are declared",
)


def judged(key: RsaKey, profile: Profile = Profile.FIPS186_4, **more) -> Validation:
    return judge(key, profile, Seeded("judge").below, **more)


def violated(validation: Validation) -> set[str]:
    return {remark.criterion for remark in validation.remarks}


def broken(found: Iterable[Breach]) -> list[Criterion]:
    return [breach.criterion for breach in found]


# --- bounds to the last unit --------------------------------------------------------------


@pytest.mark.parametrize(("e", "legal"), [
    (1, False), (3, False), (65_535, False), (65_536, False), (65_537, True), (65_538, False),
    (65_539, True), (2**256 - 1, True), (2**256, False), (2**256 + 1, False), (0, False),
    (-65_537, False),
])  # fmt: skip
def test_the_bounds_of_e(e: int, legal: bool):
    assert broken(criteria.public_exponent(e)) == ([] if legal else [Criterion.EXPONENT])


def test_the_bounds_of_the_primes():
    root = isqrt(1 << 2_047)
    inside = (1 << 1_024) - 1
    for p, expected in (
        (root, [Criterion.LOWER_BOUND]), (root + 1, []), (inside, []),
        (inside + 1, [Criterion.UPPER_BOUND]), (0, [Criterion.LOWER_BOUND]),
        (-inside, [Criterion.LOWER_BOUND]),
    ):  # fmt: skip
        assert broken(criteria.bounds(Primes(p, inside, 2_048))) == expected
        assert broken(criteria.bounds(Primes(inside, p, 2_048))) == expected


@pytest.mark.parametrize(("apart", "legal"), [(2**924 + 1, True), (2**924, False), (0, False)])
def test_the_least_distance(apart: int, legal: bool):
    p = 1 << 1_023
    for primes in (Primes(p, p + apart, 2_048), Primes(p + apart, p, 2_048)):
        assert broken(criteria.distance(primes)) == ([] if legal else [Criterion.DISTANCE])


def test_the_least_d():
    primes = Primes(GOOD.p or 0, GOOD.q or 0, 2_048)
    for d, expected in ((1 << 1_024, True), ((1 << 1_024) + 1, False)):
        found = broken(criteria.private_exponent(primes, 65_537, d))
        assert (Criterion.LONG_D in found) is expected


def test_d_ends_below_lambda():
    p, q, d = GOOD.p or 0, GOOD.q or 0, GOOD.d or 0
    primes = Primes(p, q, 2_048)
    assert not broken(criteria.private_exponent(primes, 65_537, d))
    (longer,) = criteria.private_exponent(primes, 65_537, d + lcm(p - 1, q - 1))
    assert (longer.criterion, longer.broken) == (Criterion.INVERSE, False)
    (least,) = criteria.private_exponent(primes, 1, lcm(p - 1, q - 1) + 1)
    assert least.criterion is Criterion.INVERSE


@pytest.mark.parametrize(("length", "by_186_4", "by_186_5"), [
    (1_024, True, False), (2_046, False, False), (2_047, False, False), (2_048, True, True),
    (2_049, False, False), (2_050, False, True), (3_072, True, True), (4_096, False, True),
])  # fmt: skip
def test_lengths_of_the_two_editions(length: int, by_186_4: bool, by_186_5: bool):
    for profile, allowed in ((Profile.FIPS186_4, by_186_4), (Profile.FIPS186_5, by_186_5)):
        for n in (1 << (length - 1), (1 << length) - 1):
            assert broken(criteria.modulus_length(n, profile)) == [Criterion.LENGTH] * (not allowed)


# --- by the letter ------------------------------------------------------------------------


@given(st.integers(-(2**70), 2**70), st.integers(-(2**70), 2**70), st.sampled_from([32, 64, 128]))
def test_the_bounds_are_those_of_the_formula(p: int, q: int, length: int):
    half = length // 2
    with localcontext(prec=80):
        least = Decimal(2).sqrt() * Decimal(2) ** (half - 1)
        low = [Criterion.LOWER_BOUND for prime in (p, q) if prime < least]
        high = [Criterion.UPPER_BOUND for prime in (p, q) if prime > 2**half - 1]
    primes = Primes(p, q, length)
    assert sorted(broken(criteria.bounds(primes))) == sorted(low + high)
    close = abs(p - q) <= Fraction(2) ** (half - 100)
    assert broken(criteria.distance(primes)) == [Criterion.DISTANCE] * close


primes_below_400 = st.sampled_from(small_primes(400)[1:])


@given(
    primes_below_400, primes_below_400, st.integers(-5, 400), st.integers(-5, 10**5),
    st.none() | st.integers(-1, 2),
)  # fmt: skip
def test_exponents_are_those_of_the_formula(p: int, q: int, e: int, d: int, turns: int | None):
    primes = Primes(p, q, 16)
    order = next(m for m in range(1, p * q) if m % (p - 1) == 0 == m % (q - 1))
    if turns is not None and gcd(e, order) == 1:  # an inverse, in its range or out of it
        d = pow(e, -1, order) + turns * order
    is_inverse = 0 < d < order and any(e * d == 1 + k * order for k in range(-1, 400 * 6))
    found = broken(criteria.private_exponent(primes, e, d))
    assert (Criterion.INVERSE not in found) == is_inverse
    assert (Criterion.LONG_D not in found) == (d > 2**8)
    common = [c for c in (p - 1, q - 1) if any(c % f == 0 == e % f for f in range(2, c + 1))]
    assert len(broken(criteria.coprime(primes, e))) == len(common)


@given(st.integers(2, 1_500).map(lambda k: 2 * k + 1))
def test_the_enhanced_test_knows_powers_of_primes(n: int):
    powers = {p**k: p for p in small_primes(3_003) for k in range(1, 12) if p**k < 3_003}
    for seed in range(6):
        found = enhanced_miller_rabin(n, 30, Seeded(f"enhanced {seed}").below)
        assert (found.nature is Nature.PROBABLY_PRIME) == (powers.get(n) == n)
        assert (found.nature is Nature.COMPOSITE_WITH_FACTOR) == (found.factor is not None)
        if n in powers:
            assert found.nature is not Nature.COMPOSITE_AND_NO_PRIME_POWER
        assert found.factor is None or (n % found.factor == 0 and 1 < found.factor < n)


def test_a_modulus_is_composite_and_no_prime_power():
    found = enhanced_miller_rabin(GOOD.n, 1, Seeded("modulus").below)
    assert found.nature is Nature.COMPOSITE_AND_NO_PRIME_POWER
    for power in (2, 3):
        cubed = enhanced_miller_rabin(SHORT.p**power, 1, Seeded("power").below)  # type: ignore[operator]
        assert cubed.nature is Nature.COMPOSITE_WITH_FACTOR


# --- no value unnoticed -------------------------------------------------------------------

CONCERNS = {
    "n": {"K02"}, "p": {"K02"}, "q": {"K02"}, "d": {"K09"}, "e": {"K03", "K06", "K09"},
    "dp": {"K11"}, "dq": {"K11"}, "qinv": {"K11"},
}  # fmt: skip
changes = st.one_of(
    st.integers(0, 1_100).map(lambda bit: lambda value: value ^ 1 << bit),
    st.integers(-(2**64), 2**64).filter(bool).map(lambda by: lambda value: value + by),
    st.integers(-(2**2_100), 2**2_100).map(lambda new: lambda _: new),
    st.just(lambda value: -value),
)


@given(st.sampled_from(VALUES), changes)
@settings(max_examples=150, deadline=None)
def test_a_change_of_any_one_value_is_noticed(name: str, change):
    old = getattr(SHORT, name)
    assume(change(old) != old)
    found = judged(replace(SHORT, **{name: change(old)}))
    assert violated(found) & CONCERNS[name]
    assert found.fips is Verdict.FAIL


@pytest.mark.parametrize(("name", "by"), [
    ("d", "order"), ("dp", "p"), ("dq", "q"), ("qinv", "inverse"),
])  # fmt: skip
def test_the_same_value_a_period_later_works_and_does_not_conform(name: str, by: str):
    p, q = SHORT.p or 0, SHORT.q or 0
    period = {"order": lcm(p - 1, q - 1), "p": p - 1, "q": q - 1, "inverse": p}[by]
    found = judged(replace(SHORT, **{name: getattr(SHORT, name) + period}))
    assert violated(found) == CONCERNS[name]
    assert (found.functional, found.fips) == (Verdict.PASS, Verdict.FAIL)
    assert {remark.key_class for remark in found.remarks} == {KeyClass.CONFORMANCE}


anything = st.one_of(
    st.none(), st.integers(-3, 5), st.integers(-(2**70), 2**70), st.integers(-(2**600), 2**600),
    st.sampled_from([getattr(SHORT, name) for name in VALUES]),
    st.sampled_from([2**20_000 + 1, -(2**20_000), 2**40_000]),
)  # fmt: skip


@given(st.fixed_dictionaries(dict.fromkeys(VALUES, anything)), st.sampled_from(Profile))
@settings(max_examples=150, deadline=None)
def test_no_value_is_too_odd_to_be_judged(values: dict[str, Any], profile: Profile):
    n, e = (values.pop(name) or 0 for name in ("n", "e"))
    found = judged(RsaKey("odd", n, e, **values), profile)
    sound = (n, e, values["d"]) == (SHORT.n, SHORT.e, SHORT.d)
    assert sound or found.fips is Verdict.FAIL or values["d"] is None


# --- as much as is known ------------------------------------------------------------------


def test_a_good_key_passes_both_editions():
    for profile in Profile:
        assert judged(GOOD, profile) == Validation(Verdict.PASS, Verdict.PASS, (), OTHERS)


def test_a_public_key_is_said_to_be_one():
    found = judged(RsaKey("public", GOOD.n, GOOD.e))
    assert (found.functional, found.fips) == (Verdict.NOT_APPLICABLE, Verdict.PASS)
    assert found.not_checked == (
        "K02, K04 to K08, K11 to K13: p and q are not known", "K09, K10: d not known",
    )  # fmt: skip


SMOOTH = {"V31", "V31a", "V32"}  # nothing new here, and seconds to make


@pytest.mark.parametrize("name", sorted(set(recipes.names(populations=False)) - SMOOTH))
def test_primes_are_derived_where_they_can_be(name: str):
    """From e and d, and from one of the two; what is found without CRT values is the same."""
    made = recipes.make(name, 2, bits=1_024)
    for whole in made if isinstance(made, tuple) else (made,):
        key = replace(whole, dp=None, dq=None, qinv=None)
        if whole.p == whole.q or whole.n != (whole.p or 0) * (whole.q or 0):
            continue
        told = judged(key)
        for known in (replace(key, p=None), replace(key, q=None)):
            assert judged(known).remarks == told.remarks
        derived = judged(replace(key, p=None, q=None))
        if not violated(told) & {"K06", "K08", "K09"} and key.e > 1:
            unlucky = {"P03"} if name == "V14" else set()  # random bases tell its factors, often
            assert violated(derived) - unlucky == violated(told)
            assert any(line.startswith("K11") for line in derived.not_checked)
        assert derived.fips == told.fips


def test_crt_values_decide_which_derived_prime_is_p():
    for key in (recipes.make_one(recipes.GOOD, seed, bits=1_024) for seed in range(4)):
        assert judged(replace(key, p=None, q=None)).remarks == ()


def test_primes_without_d_are_judged_without_it():
    found = judged(replace(GOOD, d=None, dp=None, dq=None, qinv=None))
    assert (found.functional, found.fips) == (Verdict.NOT_APPLICABLE, Verdict.PASS)
    assert "K09, K10: d is not known" in found.not_checked
    assert "K11: dP, dQ, qInv not known" in found.not_checked


@pytest.mark.parametrize(("left_out", "functional"), [
    ("dp dq qinv", Verdict.PASS), ("d", Verdict.PASS), ("d qinv", Verdict.NOT_APPLICABLE),
    ("d dp", Verdict.NOT_APPLICABLE), ("d q", Verdict.PASS), ("p q", Verdict.PASS),
    ("d p q", Verdict.NOT_APPLICABLE), ("d p q dp dq qinv", Verdict.NOT_APPLICABLE),
])  # fmt: skip
def test_a_key_works_only_with_what_a_signature_takes(left_out: str, functional: Verdict):
    """d, or both primes (one tells the other) with dP, dQ and qInv."""
    unknown: dict[str, Any] = dict.fromkeys(left_out.split())
    found = judged(replace(SHORT, **unknown))
    assert found.functional is functional


def test_primes_too_long_to_test_leave_no_verdict():
    long = (1 << 20_000) + 1
    found = judged(RsaKey("long", long * (long + 2), 65_537, p=long, q=long + 2))
    assert any(line.startswith("K08") for line in found.not_checked)
    assert violated(found) >= {"K01", "K07"}
    public = judged(RsaKey("long", (1 << 20_000) - 1, 65_537), Profile.FIPS186_5)
    assert (public.fips, public.remarks) == (Verdict.INCONCLUSIVE, ())


@given(st.integers(0, 2**32))
@settings(max_examples=20, deadline=None)
def test_e_and_d_give_the_primes(seed: int):
    draw = Seeded(f"recover {seed}")
    p, q = (draw.prime(1 << 100, 1 << 101, e=65_537) for _ in range(2))
    assume(p != q)
    for order in (lcm(p - 1, q - 1), (p - 1) * (q - 1)):
        d = pow(65_537, -1, order)
        assert recover(p * q, 65_537, d, draw.below) == (max(p, q), min(p, q))
        assert recover(p * q, 65_537, d + 2, draw.below) is None


def test_no_secret_stands_in_what_is_said():
    for name in ("V19", "V20", "V22", "V37"):
        key = recipes.make_one(name, 1)
        said = repr(judged(key))
        for value in (key.d, key.p, key.q, key.dp, key.dq):
            assert str(value) not in said
            assert f"{value:x}" not in said


def test_what_holds_a_secret_shows_none_of_it():
    tape = Tape(b"\xaa" * 40, GOOD, Seeded("tape").below)
    shown = repr([
        tape, Primes(GOOD.p or 0, GOOD.q or 0, 2_048), Origin(11, 12, 13, 14, 15),
        Generation(Origin(GOOD.p, GOOD.q, GOOD.p)), Search(GOOD.p, 7),
        CrtValue("dP", 11, GOOD.e, 13, 14),
    ])  # fmt: skip
    assert "aa" not in shown
    assert "\\x" not in shown
    assert not {str(value) for value in (GOOD.p, GOOD.q, 11, 12, 13, 14, 15)} & set(
        re.findall(r"\d+", shown.replace(str(GOOD.n), ""))
    )


def test_high_assurance_draws_64_bases_for_each_prime():
    for assurance, rounds in ((Assurance.TABLE, 5), (Assurance.HIGH, 64)):
        calls: list[int] = []

        def draw(limit: int, calls: list[int] = calls) -> int:
            calls.append(limit)
            return Seeded(str(len(calls))).below(limit)

        assert judge(GOOD, Profile.FIPS186_4, draw, assurance=assurance).fips is Verdict.PASS
        assert len(calls) == 2 * rounds


def test_many_keys_come_back_in_their_order_from_any_number_of_processes():
    keys = [recipes.make_one(name, 1, bits=1_024) for name in ("V01", "V02", "V07", "V20", "V38")]
    alone = list(judge_all(keys * 4, Profile.FIPS186_4))
    assert list(judge_all(keys * 4, Profile.FIPS186_4, processes=2)) == alone
    assert [violated(found) for found in alone[:5]] == [
        set(recipes.EXPECTED[name].violated) for name in ("V01", "V02", "V07", "V20", "V38")
    ]  # fmt: skip


# --- how the primes were made -------------------------------------------------------------


def made_from(draw: Seeded, bits: int = 150) -> tuple[int, Origin]:
    """A prime of 1024 bits by C.9, with the values it was made from."""
    while True:
        x1, x2 = (draw.between(3 << (bits - 2), 1 << bits) | 1 for _ in range(2))
        p1, p2 = next_prime(x1 - 1), next_prime(x2 - 1)
        x = draw.between(3 << 1_022, 1 << 1_024)
        found = search(x, p1, p2, e=65_537, half=1_024, most=5_120, draw=draw.below)
        if found.prime is not None:
            return found.prime, Origin(p1, p2, x, x1, x2)


@pytest.fixture(scope="module")
def declared() -> tuple[RsaKey, Generation]:
    draw = Seeded("auxiliary primes")
    (p, of_p), (q, of_q) = made_from(draw), made_from(draw)
    d = pow(65_537, -1, lcm(p - 1, q - 1))
    return RsaKey("made", p * q, 65_537, d, p, q), Generation(of_p, of_q)


def test_declared_primes_are_found_again(declared: tuple[RsaKey, Generation]):
    key, generation = declared
    for profile in Profile:
        found = judged(key, profile, generation=generation)
        assert (found.fips, found.remarks) == (Verdict.PASS, ())
        assert not any(line.startswith("K12") for line in found.not_checked)


@pytest.mark.parametrize(("change", "reason"), [
    ({"p1": 2**151 - 1}, "p1 is not the first prime"),
    ({"x": 3 << 1_022}, "not the prime that Xp"),
    ({"x": isqrt(1 << 2_047)}, "Xp is not between sqrt(2) * 2**1023 and 2**1024"),
    ({"x": 1 << 1_024}, "Xp is not between"),
    ({"x": -(3 << 1_022)}, "Xp is not between"),
    ({"x1": None, "p1": 3}, "p1 has 2 bits"),
    ({"x1": None, "x": None, "p1": 2**160 - 47}, "p1 does not divide p - 1"),
    ({"x2": None, "x": None, "p2": 2**160 - 47}, "p2 does not divide p + 1"),
    ({"x1": None, "p1": 0}, "p1 does not divide"),
    ({"provable": True, "x2": None, "p2": 2**400 - 593}, "not below 494"),
])  # fmt: skip
def test_what_is_declared_falsely_is_noticed(declared: tuple[RsaKey, Generation], change, reason):
    key, generation = declared
    assert generation.p is not None
    wrong = replace(generation, p=replace(generation.p, **change))
    found = judged(key, generation=wrong)
    assert violated(found) == {"K12"}
    assert any(reason in remark.reason for remark in found.remarks)


@pytest.mark.parametrize(("left_out", "gap"), [
    ("p1 p2 x x1 x2", "K12: p1, p2, Xp not told"), ("x", "K12: Xp not told"),
    ("p1 x1", "K12: p1 not told"), ("p2 x2 x", "K12: p2, Xp not told"), ("p1 p2", None),
])  # fmt: skip
def test_what_a_declaration_leaves_out_is_named(
    declared: tuple[RsaKey, Generation], left_out: str, gap: str | None
):
    key, generation = declared
    assert generation.p is not None
    unknown: dict[str, Any] = dict.fromkeys(left_out.split())
    found = judged(key, generation=replace(generation, p=replace(generation.p, **unknown)))
    assert found.remarks == ()
    assert [line for line in found.not_checked if line.startswith("K12")] == [gap] * (
        gap is not None
    )


def test_an_empty_declaration_is_no_declaration():
    found = judged(SHORT, generation=Generation(Origin(), Origin(provable=True)))
    assert [line for line in found.not_checked if line.startswith("K12")] == [
        "K12: p1, p2, Xp not told",
        "K12: q is made from a seed, which is not asked for; it was not made once more",
        "K12: q1, q2 not told",
    ]


def test_an_auxiliary_prime_that_is_none_is_noticed(declared: tuple[RsaKey, Generation]):
    key, generation = declared
    divisor = (key.p or 0) - 1
    wrong = replace(generation, p=Origin(p1=divisor))
    assert any("is no prime" in r.reason for r in judged(key, generation=wrong).remarks)


def test_declared_residues_are_held():
    p, q = (GOOD.p or 0) % 8, (GOOD.q or 0) % 8
    right = Generation(p_mod_8=p, q_mod_8=q)
    assert judged(GOOD, Profile.FIPS186_5, generation=right).remarks == ()
    wrong = Generation(p_mod_8=p ^ 2)
    assert violated(judged(GOOD, Profile.FIPS186_5, generation=wrong)) == {"K13"}


primes_below_60 = st.sampled_from(small_primes(60)[3:])


@given(
    primes_below_60, primes_below_60, st.integers(3 << 18, 7 << 17), st.sampled_from([3, 65_537])
)
@settings(max_examples=25, deadline=None)
def test_the_search_finds_the_first_that_is_allowed(p1: int, p2: int, x: int, e: int):
    """C.9 by the letter, on numbers small enough to try every one of them."""
    draw = Seeded(f"search {x}")
    found = search(x, p1, p2, e=e, half=20, most=5_000, draw=draw.below)
    allowed = (
        y for y in range(x, 1 << 20)
        if y % (2 * p1) == 1 and (y + 1) % p2 == 0 and gcd(y - 1, e) == 1
        and probably_prime(y, 0, draw.below)
    )  # fmt: skip
    assert found.prime == (next(allowed, None) if p1 != p2 else None)
