"""The battery of public keys: every recipe by the check that has to see it, and no good key."""

from __future__ import annotations

from functools import cache
from itertools import combinations

import pytest

from fixtures.effort import Effort
from suites.rsa_keys import recipes
from suites.rsa_keys.battery import DEEP, GATED, SANITY, STRUCTURES, Battery
from suites.rsa_keys.blocklist import parse
from suites.rsa_keys.check import Check, broken_by
from suites.rsa_keys.key import KeyClass, Remark, RsaKey
from suites.rsa_keys.seeded import Seeded
from suites.rsa_keys.validator import Profile, judge

BROKEN, FINGERPRINT = KeyClass.BROKEN, KeyClass.FINGERPRINT
SEEN: dict[str, dict[str, KeyClass]] = {
    "V02": {"fermat": BROKEN, "small ratio": BROKEN},
    "V04": {"guessable distance": BROKEN},
    "V09": {"exponent": BROKEN},
    "V12": {"exponent": BROKEN},
    "V12b": {"exponent": FINGERPRINT},
    "V14": {"small ratio": BROKEN},
    "V15": {"wiener": BROKEN},
    "V19": {
        "perfect power": BROKEN, "fermat": BROKEN, "small ratio": BROKEN, "equal ends": BROKEN,
    },
    "V26": {"roca": BROKEN},
    "V27": {"roca variant": FINGERPRINT},
    "V28": {"sparse": BROKEN, "biased bits": FINGERPRINT},
    "V29": {"fraction": BROKEN, "continued fraction": FINGERPRINT},
    "V30": {"pattern": BROKEN, "swapped pattern": BROKEN},
    "V33": {"small ratio": BROKEN},
    "V34": {"equal ends": BROKEN},
    "V34a": {"equal ends": BROKEN},
    "V35": {"unseeded": BROKEN},
    "V37": {"small factor": BROKEN},
    "V38": {"small factor": BROKEN},
    "V39": {"prime modulus": BROKEN},
}  # fmt: skip
"""What each recipe's public key shows, by check. All the others show nothing, as they must."""

VALIDATED = {"V06": "K01", "V08": "K03", "V10": "K03", "V11": "K03"}
"""What a public key shows that is for a profile to allow or not, and so for the validator."""

DEEP_ONLY = {"V31": "p-1", "V31a": "p-1", "V32": "p+1"}
PRIMES = 21  # in pairs these make 210 good keys
LOW = 0xB504F334 << 992  # just above the square root of two, times 2^1023


def public(key: RsaKey) -> RsaKey:
    return RsaKey(key.subject, key.n, key.e)


@cache
def keys_of(name: str, bits: int = 2048) -> tuple[RsaKey, ...]:
    made = recipes.make(name, 1, bits=bits)
    return made if isinstance(made, tuple) else (made,)


@cache
def good_keys() -> tuple[RsaKey, ...]:
    drawn = Seeded("good keys for the battery")
    primes = [drawn.prime(LOW, 1 << 1024, e=65537) for _ in range(PRIMES)]
    return tuple(
        RsaKey(f"good {i}", p * q, 65537) for i, (p, q) in enumerate(combinations(primes, 2))
    )


@pytest.mark.parametrize("name", recipes.names(populations=False))
def test_each_recipe_is_seen_by_its_checks_and_by_no_other(name: str):
    for key in keys_of(name):
        found = Battery().examine(public(key))
        assert {r.criterion: r.key_class for r in found} == SEEN.get(name, {})
        for remark in found:
            assert (
                remark.factor is None
                or remark.factor in {key.p, key.q}
                or key.n % remark.factor == 0
            )
            assert remark.subject == key.subject
            assert remark.clause
            assert remark.reason


@pytest.mark.parametrize("name", VALIDATED)
def test_what_a_profile_forbids_the_validator_says_and_the_battery_does_not(name: str):
    (key,) = keys_of(name)
    found = judge(public(key), Profile.FIPS186_4, Seeded("profile").below)
    assert VALIDATED[name] in {remark.criterion for remark in found.remarks}
    assert not Battery().examine(public(key))


def test_a_length_that_one_edition_allows_is_forbidden_by_nobody_else():
    """1,024 bits by FIPS 186-4."""
    key = public(keys_of("V01", 1_024)[0])
    assert not judge(key, Profile.FIPS186_4, Seeded("profile").below).remarks
    assert not Battery().examine(key)


def test_whatever_a_public_key_gives_away_is_in_the_table():
    """The recipes say by what they are seen; what needs several keys is the population's."""
    seen = {name for name in recipes.names(populations=False) if recipes.EXPECTED[name].seen_by}
    together = {"V05", "V23", "V24", "V25"}
    by_signatures = {"V20", "V21", "V22"}
    assert seen - together - by_signatures - VALIDATED.keys() <= SEEN.keys() | DEEP_ONLY.keys()


@pytest.mark.parametrize("name", DEEP_ONLY)
def test_known_primes_with_smooth_neighbours_are_divided(name: str):
    (key,) = keys_of(name)
    (found,) = Battery().examine(key)
    assert (found.criterion, found.key_class) == ("smooth", BROKEN)
    assert found.factor in {key.p, key.q}


def test_the_deep_battery_raises_to_powers_without_a_gate():
    (key,) = keys_of("V31", 1024)
    found = {r.criterion: r for r in Battery(deep=True).examine(public(key))}
    assert found.keys() == {"p-1"}
    assert found["p-1"].factor in {key.p, key.q}


def test_the_deep_battery_finds_all_smooth_recipes_at_full_length(effort: Effort):
    if effort.name != "full":
        pytest.skip("a minute and more")
    for name, check in DEEP_ONLY.items():
        (key,) = keys_of(name)
        assert check in {r.criterion for r in Battery(deep=True).examine(public(key))}


def test_the_deep_battery_asks_nothing_more_where_the_primes_are_known():
    (key,) = keys_of("V01")
    assert not Battery(deep=True).examine(key)


def test_no_good_key_is_accused():
    battery = Battery()
    accused = [battery.examine(key) for key in good_keys()]
    assert len(accused) >= 200
    assert not [remark for remarks in accused for remark in remarks]


@pytest.mark.parametrize("n", [-15, -1, 0, 1, 2, 3, 4, 5, 6, 15, 4095, 1 << 40, 3 << 2000])
@pytest.mark.parametrize("e", [-3, 0, 1, 2, 65537, 1 << 3000])
def test_any_integers_get_remarks_and_no_traceback(n: int, e: int):
    remarks = Battery(deep=True).examine(RsaKey("nonsense", n, e, p=0, q=-1))
    assert any(remark.key_class is not FINGERPRINT for remark in remarks)


def test_a_modulus_out_of_all_bounds_is_looked_at_by_its_length_alone():
    (size, *rest) = Battery().examine(RsaKey("long", (1 << 100_000) + 1, 65537))
    assert size.criterion == "size"
    assert "too many for anything else" in size.reason
    assert [remark.criterion for remark in rest] in ([], ["small factor"])


def test_a_claimed_factor_is_divided_out_before_it_is_told():
    for claimed in (1, 2, 15, 0, -3, 30):
        with pytest.raises(ValueError, match="does not divide the modulus"):
            broken_by(15, claimed, "so it says")
    assert broken_by(15, 5, "so it is").factor == 5


def test_names_of_checks_are_told_apart():
    names = [check.name for check in (*SANITY, *STRUCTURES, *GATED)]
    assert len(names) == len(set(names))
    assert {check.name for check in DEEP} - set(names) == {"p+1"}
    assert all(isinstance(check, Check) and check.clause for check in DEEP)


def test_a_listed_key_and_a_listed_prime_are_broken():
    first, second = good_keys()[:2]  # they share a prime
    known = parse("leaked.txt", memoryview(f"{first.n:x}\n".encode()))
    battery = Battery([known])
    assert [told(r) for r in battery.examine(first)] == [("blocklist", BROKEN, None)]
    (shared,) = battery.examine(second)
    assert shared.key_class is BROKEN
    assert shared.factor is not None
    assert first.n % shared.factor == 0
    assert not Battery([known]).examine(good_keys()[-1])


def told(remark: Remark) -> tuple[str, KeyClass, int | None]:
    return remark.criterion, remark.key_class, remark.factor
