"""Defective RSA keys by formula, one defect each as far as possible, and what is to be said of it.

For tests and demonstrations; all of them are made from a seed and none may ever be used. The names
V01 to V42 are those by which the suite's documents call the defects; a letter behind the number is
a variant. Where a defect brings another along (d below lambda = p - 1 of a key with p = q cannot be
long enough), both are expected.

LO is the least prime that FIPS 186-4, B.3.3 admits, HI the bound above all of them.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable
from dataclasses import dataclass, replace
from math import gcd, isqrt, lcm, prod

import gmpy2  # type: ignore[import-untyped]

from fixtures.verdict import Verdict
from suites.rsa_keys import composites
from suites.rsa_keys.key import RsaKey
from suites.rsa_keys.seeded import Seeded, family, next_prime, small_primes

F4 = 65_537
GOOD = "V01"
GENERATORS = {"V26": 65_537, "V27": 3_511}
ROCA_PRIMES = {1_024: 71, 2_048: 126, 3_072: 126, 4_096: 225}  # how many; CCS 2017, table 1
LARGEST_EXPONENT = 2**256 - 189  # a prime
POPULATIONS = {"V40": 1_000, "V41": 200, "V42": 200}


@dataclass(frozen=True)
class Expected:
    """What the validator must say, and by what a public key alone gives the defect away.

    ``violated`` are exactly the criteria; for several keys, of any of them. ``seen_by`` is empty
    where nobody sees it without the private key.
    """

    functional: Verdict
    fips: Verdict
    violated: frozenset[str]
    seen_by: str
    keys: int = 1


@dataclass(frozen=True)
class Recipe:
    """The bounds of one size, and the stream that everything is drawn from."""

    name: str
    draw: Seeded
    bits: int  # of n

    @property
    def half(self) -> int:
        return self.bits // 2

    @property
    def low(self) -> int:
        return isqrt((1 << (self.bits - 1)) - 1) + 1

    @property
    def high(self) -> int:
        return 1 << self.half

    def prime(self, e: int = F4, low: int | None = None, high: int | None = None) -> int:
        """A random prime of [LO, HI), or of the bounds given."""
        return self.draw.prime(low or self.low, high or self.high, e=e)

    def following(self, number: int, e: int = F4) -> int:
        """The first prime above ``number`` that suits ``e``."""
        while gcd((number := next_prime(number)) - 1, e) != 1:
            pass
        return number

    def key(self, p: int, q: int, e: int = F4, d: int | None = None) -> RsaKey:
        """The key of these primes; d is the inverse of e modulo lambda unless it is given."""
        order = lcm(p - 1, q - 1)
        d = pow(e, -1, order) if d is None else d
        inverse = pow(q, -1, p) if gcd(p, q) == 1 else None
        subject = f"{self.name} ({self.draw.seed})"
        return RsaKey(subject, p * q, e, d, p, q, d % (p - 1), d % (q - 1), inverse)


Made = RsaKey | tuple[RsaKey, ...]
_BY_NAME: dict[str, Callable[[Recipe], Made]] = {}
EXPECTED: dict[str, Expected] = {}
"""What is to be said of each, by name."""


def make(name: str, seed: int, *, bits: int = 2_048, size: int | None = None) -> Made:
    """The key, or the keys, of the recipe ``name``; the same for the same arguments.

    ``bits`` is the length of n (a multiple of 512, at least 1024). ``size`` is the number of keys
    of a population (V40 to V42) and of nothing else. KeyError for an unknown name.
    """
    recipe = Recipe(name, Seeded(f"{name}/{seed}/{bits}"), bits)
    if name in POPULATIONS:
        return _population(recipe, size or POPULATIONS[name])
    return _BY_NAME[name](recipe)


def make_one(name: str, seed: int, *, bits: int = 2_048) -> RsaKey:
    """``make`` for a recipe of one key; ValueError for a recipe of several."""
    made = make(name, seed, bits=bits)
    if isinstance(made, tuple):
        raise ValueError(f"recipe {name} makes several keys; call make")
    return made


def names(*, populations: bool = True) -> tuple[str, ...]:
    """All recipes in their order."""
    return tuple(name for name in EXPECTED if populations or name not in POPULATIONS)


def _expect(
    name: str,
    violated: str = "",
    *,
    seen_by: str = "",
    functional: Verdict = Verdict.PASS,
    keys: int = 1,
) -> None:
    if name in EXPECTED:
        raise ValueError(f"recipe {name} is there twice")
    fips = Verdict.FAIL if violated else Verdict.PASS
    EXPECTED[name] = Expected(functional, fips, frozenset(violated.split()), seen_by, keys)


def _recipe(
    name: str,
    violated: str = "",
    *,
    seen_by: str = "",
    functional: Verdict = Verdict.PASS,
    keys: int = 1,
) -> Callable[[Callable[[Recipe], Made]], Callable[[Recipe], Made]]:
    """Register the function below under ``name``, with what is to be said of its keys."""

    def register(function: Callable[[Recipe], Made]) -> Callable[[Recipe], Made]:
        _expect(name, violated, seen_by=seen_by, functional=functional, keys=keys)
        _BY_NAME[name] = function
        return function

    return register


# --- the distance of the primes, and their size -------------------------------------------


@_recipe(GOOD)
def _good(r: Recipe) -> Made:
    return r.key(r.prime(), r.prime())


@_recipe("V02", "K07", seen_by="Fermat, in one step")
def _fermat(r: Recipe) -> Made:
    p = r.prime(high=r.high - (1 << (r.half - 8)))
    return r.key(p, r.following(p + (1 << (r.half // 2 - 12))))


@_recipe("V03", "K07")
def _close(r: Recipe) -> Made:
    p = r.prime(high=r.high - (1 << (r.half - 8)))
    apart = (1 << (r.half - 124)) + r.draw.bits(r.half - 125)
    return r.key(p, r.following(p + apart))


@_recipe("V04", seen_by="guesses of the difference p - q")
def _bound_misread(r: Recipe) -> Made:
    """Just farther apart than they must be: allowed by the letter."""
    p = r.prime(high=r.high - (1 << (r.half - 8)))
    return r.key(p, r.following(p + (1 << (r.half - 100))))


@_recipe("V05", "K04", seen_by="the law of the moduli of a population")
def _low_prime(r: Recipe) -> Made:
    p = r.prime(low=1 << (r.half - 1), high=r.low)
    return r.key(p, r.prime(low=max(r.low, -(-(1 << (r.bits - 1)) // p))))


@_recipe("V06", "K01 K04", seen_by="length of n")
def _short_modulus(r: Recipe) -> Made:
    low = 1 << (r.half - 1)
    return r.key(r.prime(low=low, high=r.low), r.prime(low=low, high=r.low))


# --- the exponents ------------------------------------------------------------------------


@_recipe("V07", "K09")
def _phi(r: Recipe) -> Made:
    """d is reduced by (p - 1)(q - 1) instead of lambda, which a verifier does not notice."""
    while True:
        p, q = r.prime(), r.prime()
        d = pow(F4, -1, (p - 1) * (q - 1))
        if d >= lcm(p - 1, q - 1):
            return r.key(p, q, d=d)


def _with_exponent(e: int) -> Callable[[Recipe], Made]:
    return lambda r: r.key(r.prime(e), r.prime(e), e)


_recipe("V08", "K03", seen_by="e")(_with_exponent(3))
_recipe("V09", "K03 K10 K11", seen_by="e", functional=Verdict.FAIL)(_with_exponent(1))
_recipe("V10", "K03", seen_by="e")(_with_exponent(65_535))
_recipe("V11", "K03", seen_by="e")(_with_exponent(2**256 + 1))


@_recipe("V12", "K03 K06 K09 K11", seen_by="e", functional=Verdict.FAIL)
def _even_exponent(r: Recipe) -> Made:
    """No d belongs to an even e; the one of 65537 is given."""
    return replace(r.key(r.prime(), r.prime()), e=F4 + 1)


_recipe("V12b")(_with_exponent(LARGEST_EXPONENT))


@_recipe("V13", "K06 K09 K11", functional=Verdict.FAIL)
def _not_invertible(r: Recipe) -> Made:
    """65537 divides p - 1; d is the inverse in the part of the group where there is one."""
    p = r.draw.prime(r.low, r.high, residue=1, modulus=2 * F4)
    q = r.prime()
    part = lcm(p - 1, q - 1)
    while part % F4 == 0:
        part //= F4
    return r.key(p, q, d=pow(F4, -1, part))


@_recipe("V14", "K10", seen_by="Fermat with the multipliers 4 and 3")
def _short_d(r: Recipe) -> Made:
    """p = 6g + 1, q = 8g + 1, lambda = 24g: the one way to a short d with an e that is allowed."""
    span = r.high // 8 - r.low // 6 - 2
    while True:
        start = r.low // 6 + 1 + r.draw.below(span - (1 << 24))
        for g in family(((6, 1), (8, 1)), start, 1 << 24):
            if g % F4 and (d := pow(F4, -1, 24 * g)) <= r.high:
                return r.key(6 * g + 1, 8 * g + 1, d=d)


@_recipe("V15", "K03 K10", seen_by="Wiener's continued fraction of e/n")
def _wiener(r: Recipe) -> Made:
    p, q = r.prime(), r.prime()
    order = lcm(p - 1, q - 1)
    while True:
        d = r.draw.bits(r.bits // 4 - 12) | 1 << (r.bits // 4 - 13) | 1
        if gcd(d, order) == 1:
            return r.key(p, q, pow(d, -1, order), d)


# --- primes that are none -----------------------------------------------------------------


def _with_composite(search: Callable[[Seeded, int, int], int]) -> Callable[[Recipe], Made]:
    def with_composite(r: Recipe) -> Made:
        while gcd((p := search(r.draw, r.low, r.high)) - 1, F4) != 1:
            pass
        return r.key(p, r.prime())

    return with_composite


# A Carmichael number keeps every message: signatures verify, only the standard is broken.
_recipe("V16", "K08")(_with_composite(composites.carmichael))
_recipe("V18", "K08")(_with_composite(composites.arnault))


@_recipe("V17", "K08", functional=Verdict.FAIL)
def _half_liar(r: Recipe) -> Made:
    """p = (2m + 1)(4m + 1), and e*d is not 1 modulo 4m: every second message is lost."""
    while True:
        p, q = composites.half_liar(r.draw, r.low, r.high), r.prime()
        if gcd(p - 1, F4) == 1:
            key = r.key(p, q)
            if (F4 * (key.d or 0) - 1) % (4 * isqrt(p // 8)):
                return key


@_recipe("V19", "K02 K07 K10", seen_by="square test", functional=Verdict.FAIL)
def _square(r: Recipe) -> Made:
    """p = q: lambda is p - 1, and no d below it is long enough; q has no inverse modulo p."""
    p = r.prime()
    return r.key(p, p)


# --- private values that do not belong to the key -----------------------------------------


@_recipe("V20", "K11", seen_by="signatures by CRT", functional=Verdict.FAIL)
def _wrong_dp(r: Recipe) -> Made:
    key = r.key(r.prime(), r.prime())
    return replace(key, dp=(key.dp or 0) + 1)


@_recipe("V21", "K11", seen_by="signatures by CRT", functional=Verdict.FAIL)
def _wrong_half(r: Recipe) -> Made:
    """The inverse of the wrong prime; p is the larger, so that it lies in its range."""
    q, p = sorted((r.prime(), r.prime()))
    return replace(r.key(p, q), qinv=pow(p, -1, q))


@_recipe("V22", "K09", seen_by="signatures without CRT", functional=Verdict.FAIL)
def _wrong_d(r: Recipe) -> Made:
    key = r.key(r.prime(), r.prime())
    return replace(key, d=(key.d or 0) + 2)


# --- several keys -------------------------------------------------------------------------


@_recipe("V23", seen_by="batch GCD", keys=2)
def _shared_prime(r: Recipe) -> Made:
    p = r.prime()
    return r.key(p, r.prime()), r.key(p, r.prime())


@_recipe("V24", seen_by="equal moduli", keys=2)
def _duplicate(r: Recipe) -> Made:
    key = r.key(r.prime(), r.prime())
    return key, replace(key, subject=f"{key.subject}, again")


@_recipe("V25", seen_by="batch GCD, then pair by pair", keys=3)
def _both_shared(r: Recipe) -> Made:
    """The first key has a prime in common with each of the others."""
    a, b, c, d = (r.prime() for _ in range(4))
    return r.key(a, b), r.key(a, c), r.key(b, d)


# --- primes with a structure, which the standard does not forbid --------------------------


def _roca(r: Recipe) -> Made:
    """p = k*M + g**a mod M; Nemec et al., CCS 2017. Both a are odd or both even.

    A generator that is not known is seen by quadratic residues only then, which is half the keys.
    """
    order = prod(small_primes()[: ROCA_PRIMES[r.bits]])
    parity = r.draw.bits(1)

    def prime() -> int:
        while True:
            part = pow(GENERATORS[r.name], 2 * r.draw.bits(256) + parity, order)
            start = r.draw.between(r.low // order + 1, r.high // order)
            k = next(family(((order, part),), start, 4 * r.bits), None)
            if k is not None and k * order + part < r.high:
                return k * order + part

    return r.key(prime(), prime())


_recipe("V26", seen_by="residues in the group of 65537 (ROCA)")(_roca)
_recipe("V27", seen_by="quadratic residues modulo small primes")(_roca)


@_recipe("V28", seen_by="search for primes of low Hamming weight")
def _few_ones(r: Recipe) -> Made:
    def prime() -> int:
        while True:
            found = 3 << (r.half - 2) | 1
            while found.bit_count() < 24:
                found |= 1 << r.draw.below(r.half - 2)
            if gmpy2.is_prime(found):
                return found

    return r.key(prime(), prime())


def _patterned(r: Recipe) -> int:
    word = r.draw.bits(30) | 3 << 30
    return r.following(int(f"{word:08x}" * (r.half // 32), 16))


@_recipe("V29", seen_by="continued fraction of n, or lattices")
def _two_patterns(r: Recipe) -> Made:
    """A word of 32 bits repeated over each prime."""
    return r.key(_patterned(r), _patterned(r))


@_recipe("V30", seen_by="lattices")
def _one_pattern(r: Recipe) -> Made:
    return r.key(_patterned(r), r.prime())


def _smooth(r: Recipe, sign: int) -> int:
    """A prime p with p - sign = 2 times primes below 2**20, none of them 65537."""
    choice = [prime for prime in small_primes(1 << 20) if prime != F4]
    while True:
        product = 2
        while (product << 19).bit_length() < r.half:
            product *= choice[r.draw.below(len(choice))]
        first, last = (bisect_left(choice, bound // product) for bound in (r.low, r.high))
        for prime in choice[first + 1 : max(last - 1, 0)]:
            found = product * prime + sign
            if gcd(found - 1, F4) == 1 and gmpy2.is_prime(found):
                return found


@_recipe("V31", seen_by="Pollard's p - 1 without a gate")
def _smooth_minus(r: Recipe) -> Made:
    """p - 1 and q - 1, with different factors."""
    return r.key(_smooth(r, 1), _smooth(r, 1))


@_recipe("V31a", seen_by="Pollard's p - 1 without a gate")
def _one_smooth_minus(r: Recipe) -> Made:
    return r.key(_smooth(r, 1), r.prime())


@_recipe("V32", seen_by="Williams' p + 1")
def _smooth_plus(r: Recipe) -> Made:
    return r.key(_smooth(r, -1), r.prime())


@_recipe("V33", seen_by="Fermat with multipliers")
def _small_ratio(r: Recipe) -> Made:
    """q is close to 5/4 of p, and far from p."""
    p = r.prime(high=4 * (r.high // 5))
    return r.key(p, r.following(5 * p // 4))


def _equal_ends(r: Recipe, top: int, bottom: int) -> Made:
    """Primes alike in their ``top`` first and ``bottom`` last bits."""
    p = r.prime()
    while True:
        middle = r.draw.bits(r.half - top - bottom) << bottom
        q = p >> (r.half - top) << (r.half - top) | middle | p & ((1 << bottom) - 1)
        if q != p and q >= r.low and gcd(q - 1, F4) == 1 and gmpy2.is_prime(q):
            return r.key(p, q)


# 262 equal bits on top (of 1024) make the primes too close for K07; 90 do not.
_recipe("V34", "K07", seen_by="equal high and low bits")(
    lambda r: _equal_ends(r, r.half // 4 + 6, r.half // 4 + 6)
)
_recipe("V34a", seen_by="equal high and low bits")(lambda r: _equal_ends(r, 90, r.half // 2 - 70))


@_recipe("V35", seen_by="dictionary of generators that were never seeded")
def _unseeded(r: Recipe) -> Made:
    """MT19937 as GMP seeds it with 0, the two highest bits set; q is a good prime."""
    guess = int(gmpy2.mpz_urandomb(gmpy2.random_state(0), r.half)) | 3 << (r.half - 2)
    return r.key(r.following(guess), r.prime())


@_recipe("V36", "K04 K05 K08 K09 K11", functional=Verdict.FAIL)
def _three_primes(r: Recipe) -> Made:
    """n of three primes, two of which are handed out as one."""
    sizes = [r.bits // 3 + 1, r.bits // 3 + 1, r.bits - 2 * (r.bits // 3 + 1)]
    while True:
        a, b, c = (r.prime(low=7 << (size - 3), high=1 << size) for size in sizes)
        if (a * b * c).bit_length() == r.bits:
            return r.key(a * b, c, d=pow(F4, -1, lcm(a - 1, b - 1, c - 1)))


# --- a modulus that is not p times q ------------------------------------------------------


@_recipe("V37", "K02 P02", seen_by="small factors", functional=Verdict.FAIL)
def _flipped(r: Recipe) -> Made:
    """One bit of n is wrong, and n has a small factor, as most numbers have."""
    key = r.key(r.prime(), r.prime())
    small = prod(small_primes(752)[1:])
    while True:
        n = key.n ^ 1 << r.draw.between(1, r.bits - 1)
        if gcd(n, small) > 1:
            return replace(key, n=n)


@_recipe("V38", "K02 P01", seen_by="parity", functional=Verdict.FAIL)
def _even_modulus(r: Recipe) -> Made:
    """The last bit of n is wrong."""
    key = r.key(r.prime(), r.prime())
    return replace(key, n=key.n - 1)


@_recipe("V39", "K02 P03", seen_by="Miller-Rabin on n", functional=Verdict.FAIL)
def _prime_modulus(r: Recipe) -> Made:
    key = r.key(r.prime(), r.prime())
    return replace(key, n=next_prime(key.n))


# --- populations --------------------------------------------------------------------------

_expect("V40", seen_by="equal moduli", keys=POPULATIONS["V40"])
_expect("V41", "K04", seen_by="the law of the moduli", keys=POPULATIONS["V41"])
_expect("V42", seen_by="residues of the moduli", keys=POPULATIONS["V42"])


def _population(r: Recipe, size: int) -> tuple[RsaKey, ...]:
    """Keys of one device: a seed of 16 bits each, primes of full length, or n = 1 modulo 12."""
    one = {"V40": _of_short_seed, "V41": _until_long_enough, "V42": _one_modulo_12}[r.name]
    return tuple(
        replace(one(r), subject=f"{r.name} ({r.draw.seed}), key {k}") for k in range(1, size + 1)
    )


def _of_short_seed(r: Recipe) -> RsaKey:
    device = Recipe(r.name, Seeded(f"V40/{r.bits}/{r.draw.bits(16)}"), r.bits)
    return device.key(device.prime(), device.prime())


def _until_long_enough(r: Recipe) -> RsaKey:
    """Any primes with their first bit set, until n is long enough: K04 is not looked at."""
    while True:
        p, q = (r.prime(low=1 << (r.half - 1)) for _ in range(2))
        if (p * q).bit_length() == r.bits:
            return r.key(p, q)


def _one_modulo_12(r: Recipe) -> RsaKey:
    p, q = (r.draw.prime(r.low, r.high, e=F4, residue=11, modulus=12) for _ in range(2))
    return r.key(p, q)
