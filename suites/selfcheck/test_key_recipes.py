"""Every recipe: it is what it says, and the validator says of it what is expected, and no more.

Two other programs are asked too. OpenSSL and pyca/cryptography look whether a key works and not
whether it conforms, so they accept what only the standard refuses; where they differ from our
``functional`` verdict the reason is written here.
"""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable
from functools import cache
from math import isqrt, prod

import gmpy2  # type: ignore[import-untyped]
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from fixtures.verdict import Verdict, worst
from suites.rsa_keys import recipes
from suites.rsa_keys.key import KeyClass, RsaKey
from suites.rsa_keys.seeded import Seeded, small_primes
from suites.rsa_keys.validator import Assurance, Profile, judge

SINGLE = recipes.names(populations=False)
OPENSSL = shutil.which("openssl")
WORKS_BUT_REFUSED = {
    "V16": "a Carmichael number for p: messages come back, but it is no prime",
    "V18": "the same, made to pass fixed bases too",
}


@cache
def made(name: str) -> tuple[RsaKey, ...]:
    keys = recipes.make(name, 1)
    return keys if isinstance(keys, tuple) else (keys,)


@pytest.mark.parametrize("profile", Profile)
@pytest.mark.parametrize("name", SINGLE)
def test_the_validator_says_exactly_what_is_expected(name: str, profile: Profile):
    expected = recipes.EXPECTED[name]
    found = [judge(key, profile, Seeded(name).below) for key in made(name)]
    assert len(found) == expected.keys
    assert {r.criterion for v in found for r in v.remarks} == expected.violated
    assert worst(v.functional for v in found) is expected.functional
    assert worst(v.fips for v in found) is expected.fips
    for remark in (r for v in found for r in v.remarks):
        assert profile.document in remark.clause or remark.clause.startswith("SP 800-")
        assert remark.reason
    broken = any(r.key_class is KeyClass.BROKEN for v in found for r in v.remarks)
    assert broken is (expected.functional is Verdict.FAIL)


@pytest.mark.parametrize("name", ["V01", "V12b", "V16", "V17", "V18"])
def test_high_assurance_comes_to_the_same(name: str):
    for key in made(name):
        found = judge(key, Profile.FIPS186_4, Seeded(name).below, assurance=Assurance.HIGH)
        assert {r.criterion for r in found.remarks} == recipes.EXPECTED[name].violated


@pytest.mark.parametrize("name", SINGLE)
def test_a_public_key_shows_no_more_than_it_can(name: str):
    """The standard's partial validation sees length, exponent, and a modulus that is none."""
    seen = recipes.EXPECTED[name].violated & {"K01", "K03", "P01", "P02", "P03"}
    if name in ("V14", "V19"):
        seen = seen | {"P03"}  # a square always, and V14 often, tells a factor to a random base
    for key in made(name):
        public = RsaKey(key.subject, key.n, key.e)
        found = judge(public, Profile.FIPS186_4, Seeded(name).below)
        criteria = {r.criterion for r in found.remarks}
        assert criteria == seen or (name == "V14" and criteria == set())


def test_the_same_seed_makes_the_same_key_and_another_another():
    assert recipes.make("V02", 5) == recipes.make("V02", 5)
    assert recipes.make("V02", 5) != recipes.make("V02", 6)
    with pytest.raises(KeyError):
        recipes.make("V99", 1)
    with pytest.raises(ValueError, match="several keys"):
        recipes.make_one("V24", 1)


# --- what each recipe is, in numbers ------------------------------------------------------


def largest_factor(n: int) -> int:
    for prime in small_primes(1 << 20):
        while n % prime == 0 and n > prime:
            n //= prime
    return n


def in_group(n: int, generator: int) -> bool:
    """Whether n is a power of the generator modulo every prime of the ROCA product."""
    return all(n % r in {pow(generator, k, r) for k in range(r)} for r in small_primes()[1:126])


CLAIMS: dict[str, Callable[[RsaKey], bool]] = {
    "V02": lambda k: abs(_p(k) - _q(k)).bit_length() == 501,
    "V04": lambda k: 0 < abs(_p(k) - _q(k)) - (1 << 924) < 1 << 20,
    "V05": lambda k: _p(k) ** 2 < 1 << 2_047 and k.n.bit_length() == 2_048,
    "V10": lambda k: k.e == 65_535,
    "V14": lambda k: 4 * (_p(k) - 1) == 3 * (_q(k) - 1),
    "V15": lambda k: (k.d or 0).bit_length() == 500,
    "V26": lambda k: in_group(_p(k), 65_537) and in_group(k.n, 65_537),
    "V27": lambda k: in_group(_p(k), 3_511) and not in_group(k.n, 65_537),
    "V28": lambda k: _p(k).bit_count() == _q(k).bit_count() == 24,
    "V29": lambda k: len({f"{_p(k):x}"[i : i + 8] for i in range(0, 248, 8)}) == 1,
    "V31": lambda k: max(largest_factor(_p(k) - 1), largest_factor(_q(k) - 1)) < 1 << 20,
    "V31a": lambda k: largest_factor(_p(k) - 1) < 1 << 20 < largest_factor(_q(k) - 1),
    "V32": lambda k: largest_factor(_p(k) + 1) < 1 << 20 < largest_factor(_p(k) - 1),
    "V33": lambda k: isqrt(20 * k.n) >= 2 * _q(k) - 1_000 and 0 < 4 * _q(k) - 5 * _p(k) < 1 << 14,
    "V34": lambda k: _alike(k, 262, 262),
    "V34a": lambda k: _alike(k, 90, 442),
    "V36": lambda k: not gmpy2.is_prime(_p(k)) and gmpy2.is_prime(_q(k)),
    "V39": lambda k: gmpy2.is_prime(k.n),
}  # fmt: skip


def _p(key: RsaKey) -> int:
    return key.p or 0


def _q(key: RsaKey) -> int:
    return key.q or 0


def _alike(key: RsaKey, top: int, bottom: int) -> bool:
    differing = _p(key) ^ _q(key)
    return differing < 1 << (1_024 - top) and differing % (1 << bottom) == 0


@pytest.mark.parametrize("name", CLAIMS)
def test_a_recipe_is_what_it_says(name: str):
    assert all(CLAIMS[name](key) for key in made(name))


def test_keys_that_share_primes_share_what_is_said():
    one, two = made("V23")
    assert gmpy2.gcd(one.n, two.n) == one.p
    assert one.n != two.n
    first, again = made("V24")
    assert first.n == again.n
    a, b, c = made("V25")
    assert {gmpy2.gcd(a.n, b.n), gmpy2.gcd(a.n, c.n)} == {a.p, a.q}
    assert gmpy2.gcd(b.n, c.n) == 1


def test_populations_are_what_they_say():
    short = recipes.make("V40", 1, bits=1_024, size=12)
    assert isinstance(short, tuple)
    assert len({key.subject for key in short}) == len(short) == 12
    again = recipes.make("V40", 1, bits=1_024, size=12)
    assert again == short
    low = recipes.make("V41", 1, bits=1_024, size=12)
    assert isinstance(low, tuple)
    verdicts = [judge(key, Profile.FIPS186_4, Seeded("V41").below) for key in low]
    for key, found in zip(low, verdicts, strict=True):
        below = min(_p(key), _q(key)) ** 2 < 1 << 1_023
        assert {r.criterion for r in found.remarks} == ({"K04"} if below else set())
    assert any(v.remarks for v in verdicts)
    one = recipes.make("V42", 1, bits=1_024, size=6)
    assert isinstance(one, tuple)
    assert all(key.n % 12 == 1 for key in one)


# --- two other opinions -------------------------------------------------------------------


def der(key: RsaKey) -> bytes:
    """RSAPrivateKey of RFC 8017, A.1.2; a missing value is 0."""
    values = (0, key.n, key.e, key.d, key.p, key.q, key.dp, key.dq, key.qinv)
    body = b"".join(_tagged(2, (v or 0).to_bytes((v or 0).bit_length() // 8 + 1)) for v in values)
    return _tagged(0x30, body)


def _tagged(tag: int, content: bytes) -> bytes:
    length = len(content)
    if length < 0x80:
        return bytes([tag, length]) + content
    size = length.to_bytes((length.bit_length() + 7) // 8)
    return bytes([tag, 0x80 | len(size)]) + size + content


def openssl_accepts(key: RsaKey) -> bool:
    words = (OPENSSL or "openssl", "rsa", "-inform", "DER", "-check", "-noout")
    done = subprocess.run(words, input=der(key), capture_output=True, check=False)
    return done.returncode == 0 and b"RSA key ok" in done.stdout + done.stderr


def cryptography_accepts(key: RsaKey) -> bool:
    values = (key.p, key.q, key.d, key.dp, key.dq, key.qinv)
    p, q, d, dp, dq, qinv = (v or 0 for v in values)
    numbers = rsa.RSAPrivateNumbers(p, q, d, dp, dq, qinv, rsa.RSAPublicNumbers(key.e, key.n))
    try:
        numbers.private_key()
    except ValueError:
        return False
    return True


def expected_elsewhere(name: str) -> bool:
    if name in WORKS_BUT_REFUSED:
        return False
    return recipes.EXPECTED[name].functional is Verdict.PASS


@pytest.mark.skipif(OPENSSL is None, reason="NOT_RUN: no openssl on PATH")
@pytest.mark.parametrize("name", SINGLE)
def test_openssl_agrees_on_what_works(name: str):
    assert {openssl_accepts(key) for key in made(name)} == {expected_elsewhere(name)}


@pytest.mark.parametrize("name", SINGLE)
def test_cryptography_agrees_on_what_works(name: str):
    assert {cryptography_accepts(key) for key in made(name)} == {expected_elsewhere(name)}


def test_the_moduli_of_roca_have_their_published_size():
    assert prod(small_primes()[:126]).bit_length() == 971
