"""All that can be found out about one public key, or one key pair, without its neighbours.

A battery is a list of checks. The standard one asks what the public tools paranoid, badkeys and
roca-detect ask of a single key, and more: small ratios, a prime n, polynomials, other generators
than ROCA's. The deep one adds p − 1 and p + 1 without a gate, some fifteen seconds to a key of 2048
bits. Where the primes are known, p ± 1 is simply divided, and the deep checks have nothing to add.

In two places the standard battery asks less than paranoid, and only the deep one as much: p − 1 is
tried from 80 smooth bits of n − 1 on (60 there, which one good key in a hundred reaches), and
primes are looked for near the numbers of known generators, not wherever their upper two thirds
agree. The lists of Debian's keys, of keypair's and of leaked primes are data for the user to bring.

Classes: BROKEN for a modulus that was factored, or whose private key is as good as public;
FINGERPRINT for what only tells where it comes from. What contradicts FIPS 186 the validator judges.

What no check here can see, from the public key alone: primes that are composite, out of range or
unequal in a way none of the structures has. The validator sees that, where the primes are known.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import gmpy2  # type: ignore[import-untyped]

from suites.rsa_keys import (
    fermat,
    patterns,
    roca,
    sanity,
    smoothness,
    sparse,
    structure,
    unseeded,
)
from suites.rsa_keys.blocklist import Blocklist
from suites.rsa_keys.check import Check, Sighting, broken_by, by_factoring
from suites.rsa_keys.key import KeyClass, Remark, RsaKey

LEAST_MODULUS = 6  # the product of two different primes; below, only the sanity checks are asked
LEAST_LENGTH = 512  # bits of n from which a fingerprint means anything
ROCA = "Nemec et al., ACM CCS 2017 (CVE-2017-15361)"
CERTIFIED = "Bernstein et al., Factoring RSA keys from certified smart cards, Asiacrypt 2013"


def _roca(key: RsaKey) -> Sighting | None:
    if key.n.bit_length() < LEAST_LENGTH or not roca.is_power_of_generator(key.n):
        return None
    reason = "the modulus is a power of 65537 modulo all primes up to 167: the primes are of ROCA"
    return Sighting(KeyClass.BROKEN, reason)


def _roca_variant(key: RsaKey) -> Sighting | None:
    if key.n.bit_length() < LEAST_LENGTH or (g := roca.like_a_power(key.n)) is None:
        return None
    if roca.is_power_of_generator(key.n) or gmpy2.is_square(key.n):
        return None
    what = "a square modulo each prime" if g == 1 else f"like a power of {g} modulo the primes"
    reason = f"the modulus is {what} from 5 to 229: primes made as in ROCA, with another generator?"
    return Sighting(KeyClass.FINGERPRINT, reason, 2.0**-35, None, "probability by chance")


def _large_quotient(key: RsaKey) -> Sighting | None:
    if key.n.bit_length() < LEAST_LENGTH or (quotient := patterns.large_quotient(key.n)) is None:
        return None
    reason = "the modulus is nearly a simple fraction: a pattern repeats in it, or in its primes"
    bits = float(quotient.bit_length())
    return Sighting(KeyClass.FINGERPRINT, reason, bits, 48.0, "bit of the partial quotient")


def _sparse(key: RsaKey) -> Sighting | None:
    if key.n.bit_length() < LEAST_LENGTH:
        return None
    length = key.n.bit_length()
    found = sparse.search(key.n)
    if found.factor is not None:
        return broken_by(key.n, found.factor, "both primes have few ones among their bits")
    if not found.is_suspicious(length):
        return None
    reason = "a product of two numbers with few ones comes closer to the modulus than by chance"
    return Sighting(KeyClass.FINGERPRINT, reason, found.cheapest, length - sparse.MARGIN, "bit")


def _unseeded(key: RsaKey) -> Sighting | None:
    if key.n.bit_length() < LEAST_LENGTH:
        return None
    found = unseeded.unseeded_prime(key.n)
    if found is None:
        return None
    return broken_by(key.n, found[0], f"a prime comes from a known generator: {found[1]}")


def _unseeded_by_its_head(key: RsaKey) -> Sighting | None:
    if key.n.bit_length() < LEAST_LENGTH or (found := unseeded.unseeded_head(key.n)) is None:
        return None
    return broken_by(key.n, found[0], f"a prime begins as a known generator does: {found[1]}")


def _divided(key: RsaKey) -> Sighting | None:
    """p ± 1 of the primes that are known."""
    for prime in (key.p, key.q):
        if prime is None or not 1 < prime < key.n or key.n % prime:
            continue
        for neighbour, sign in ((prime - 1, "−"), (prime + 1, "+")):
            if smoothness.is_smooth(neighbour):
                reason = f"p {sign} 1 has no large prime factor: anybody can factor the modulus"
                return broken_by(key.n, prime, reason)
    return None


SANITY = (
    Check("size", "FIPS 186-5 5.1", sanity.size),
    Check("exponent", "FIPS 186-5 A.1.1", sanity.exponent),
    Check("small factor", "SP 800-56B rev. 2, 6.4.2.2", sanity.small_factor),
)
"""For any integers; the others want a modulus that can be the product of two primes."""

STRUCTURES = (
    Check("prime modulus", "SP 800-56B rev. 2, 6.4.2.2", sanity.prime_modulus),
    Check("perfect power", "SP 800-56B rev. 2, 6.4.2.2", sanity.perfect_power),
    by_factoring(
        "fermat", "FIPS 186-4 B.3.1 2(d); Fermat 1643", fermat.close_primes,
        "the primes are so close that Fermat finds them",
    ),
    by_factoring(
        "small ratio", "Lehman, Math. Comp. 28, 1974", fermat.primes_in_ratio,
        "the primes are nearly in a ratio of small numbers",
    ),
    by_factoring(
        "equal ends", "paranoid, CheckHighAndLowBitsEqual", structure.equal_ends,
        "the primes have their high and low bits in common",
    ),
    by_factoring(
        "guessable distance", "FIPS 186-4 B.3.3 step 5.4, misread", structure.guessable_distance,
        "the distance of the primes is nearly a power of two",
    ),
    Check("wiener", "Wiener, IEEE Trans. Inf. Theory 36, 1990", sanity.small_private_exponent),
    Check("roca", ROCA, _roca),
    Check("roca variant", ROCA, _roca_variant),
    by_factoring(
        "fraction", CERTIFIED, patterns.both_near_fractions, "both primes repeat a pattern",
    ),
    Check("continued fraction", CERTIFIED, _large_quotient),
    by_factoring("pattern", CERTIFIED, patterns.repeated_word, "a prime repeats a word"),
    by_factoring(
        "swapped pattern", CERTIFIED, patterns.repeated_swapped_word,
        "a prime repeats a word, with halves exchanged",
    ),
    by_factoring(
        "polynomial", "badkeys, rsapoly", patterns.digits_of_a_polynomial,
        "most of each machine word of the primes is empty",
    ),
    Check("sparse", "paranoid, CheckLowHammingWeight", _sparse),
    Check("unseeded", "paranoid, CheckUnseededRand; CVE-2021-41117", _unseeded),
    Check("biased bits", "badkeys, rsabias", sanity.biased_bits),
    Check("equal bytes", "badkeys, pattern", sanity.equal_bytes),
    Check("xz", "CVE-2024-3094", sanity.xz_backdoor),
)  # fmt: skip

P_MINUS_1 = "Pollard, Proc. Camb. Phil. Soc. 76, 1974"
P_PLUS_1 = "Williams, Math. Comp. 39, 1982"
GATED = (
    by_factoring(
        "p-1", P_MINUS_1, smoothness.smooth_p_minus_1_gated, "p − 1 has no large prime factor"
    ),
    Check("smooth", f"{P_MINUS_1}; {P_PLUS_1}", _divided),
)
DEEP = (
    Check("unseeded", "paranoid, CheckUnseededRand; CVE-2021-41117", _unseeded_by_its_head),
    by_factoring("p-1", P_MINUS_1, smoothness.smooth_p_minus_1, "p − 1 has no large prime factor"),
    by_factoring("p+1", P_PLUS_1, smoothness.smooth_p_plus_1, "p + 1 has no large prime factor"),
)


def _ask(checks: Iterable[Check], key: RsaKey) -> list[Remark]:
    return [remark for check in checks if (remark := check.remark(key)) is not None]


def _are_primes_known(key: RsaKey) -> bool:
    return key.p is not None and key.q is not None and key.p * key.q == key.n


@dataclass(frozen=True)
class Battery:
    """The checks to run on each key, and the lists of known keys to look it up in."""

    blocklists: Sequence[Blocklist] = ()
    deep: bool = False

    def examine(self, key: RsaKey) -> list[Remark]:
        """Everything the battery sees in one key, in the order of the checks.

        The integers of the key may be anything. A good key of 2048 bits takes about 17 ms, deep
        some fifteen seconds.
        """
        remarks = _ask(SANITY, key)
        if key.n < LEAST_MODULUS or key.n.bit_length() > sanity.MOST_LENGTH:
            return remarks
        remarks += _ask([self._check_of(blocklist) for blocklist in self.blocklists], key)
        remarks += _ask((*STRUCTURES, *GATED), key)
        for check in DEEP if self.deep and not _are_primes_known(key) else ():
            if any(remark.key_class is KeyClass.BROKEN for remark in remarks):
                break
            remarks += _ask([check], key)
        return remarks

    @staticmethod
    def _check_of(blocklist: Blocklist) -> Check:
        def look(key: RsaKey) -> Sighting | None:
            if (factor := blocklist.shared_factor(key.n)) is not None:
                return broken_by(key.n, factor, f"a prime of it is in the list {blocklist.name}")
            if blocklist.names(key.n):
                reason = f"the key is in the list {blocklist.name} of known keys"
                return Sighting(KeyClass.BROKEN, reason)
            return None

        return Check("blocklist", f"list {blocklist.name}", look)
