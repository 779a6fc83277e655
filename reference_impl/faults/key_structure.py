"""What goes wrong with the primes and exponents of a key pair that was made on the chip.

Most of these keys sign and verify like any other; what is wrong shows only to whoever looks.
"""

from __future__ import annotations

from hashlib import shake_256

from reference_impl.chip.arithmetic import gcd, inverse, lcm, next_prime, power, primorial
from reference_impl.chip.drbg import HmacDrbg, RandomBytes
from reference_impl.chip.entropy import SeededEntropy
from reference_impl.chip.primes import PRIME_BITS, PRIME_BYTES, Primes
from reference_impl.chip.rsa import EXPONENT, FipsKeyPairs, KeyPair, PrivateOperation
from reference_impl.faults.registry import fault

LEAST = 3 << (PRIME_BITS - 2)  # three quarters of the range, safely above its lower bound
MOST = (1 << PRIME_BITS) - 1

# --- how far the primes are apart ---------------------------------------------------------


@fault(
    "key.close_primes",
    breaks="REQ-1-2-d",
    gain="Fermat's method factors the modulus at once",
)
class ClosePrimes(Primes):
    """The second prime is looked for upwards from a place not far behind the first."""

    def pair(self, exponent: int) -> tuple[int, int]:
        p, _ = super().pair(exponent)
        return p, prime_above(p + (1 << 500), exponent)


@fault(
    "key.primes_with_equal_ends",
    breaks="REQ-1-2-d",
    gain="a quarter of the bits of one prime is known from the other, which factors the modulus",
)
class EqualEnds(Primes):
    """The buffer of the second prime still holds the first; only its middle is drawn anew."""

    def pair(self, exponent: int) -> tuple[int, int]:
        p, _ = super().pair(exponent)
        shift, middle = 264, (1 << 496) - 1
        while True:
            new = int.from_bytes(self.random.generate(PRIME_BYTES), "big") & middle
            q = p & ~(middle << shift) | new << shift
            if q != p and self.suits(q, exponent) and self.probably_prime(q):
                return p, q


@fault(
    "key.primes_in_a_simple_ratio",
    breaks="REQ-1-2-d",
    gain="Fermat's method on a small multiple of the modulus factors it at once",
)
class SimpleRatio(Primes):
    """The second prime is derived from the first, so that one search is spared."""

    def pair(self, exponent: int) -> tuple[int, int]:
        p = 0
        while 4 * p < 5 * LEAST:
            p = draw_prime(self.random, LEAST, MOST, exponent)
        return p, prime_above(4 * p // 5, exponent)


# --- how large they are -------------------------------------------------------------------


@fault(
    "key.primes_below_the_bound",
    breaks="REQ-1-2-d",
    gain="the modulus does not have the distribution the standard counts on",
)
class BelowTheBound(Primes):
    """Primes of 1,024 bits are taken as they come, until the product has 2,048 bits."""

    def large_enough(self, candidate: int) -> bool:
        return candidate.bit_length() == PRIME_BITS

    def pair(self, exponent: int) -> tuple[int, int]:
        while True:
            p, q = super().pair(exponent)
            if (p * q).bit_length() == 2 * PRIME_BITS:
                return p, q


@fault(
    "key.unbalanced_primes",
    breaks="JPKI-KEY-01",
    gain="the smaller prime is the cheaper one to find by elliptic curves",
)
class Unbalanced(FipsKeyPairs):
    """A prime of 900 bits beside one of 1,148: the half of the work goes faster."""

    def made_of(self, p: int, q: int) -> KeyPair:
        small = prime_above(p >> 124, EXPONENT)
        return KeyPair.from_primes(small, prime_above(q << 124 | p >> 900, EXPONENT))


# --- whether they are primes --------------------------------------------------------------


@fault(
    "key.composite_factor",
    breaks="JPKI-KEY-01",
    gain="the modulus has four factors of which three are short enough to be found one day",
)
class CarmichaelFactor(Primes):
    """Primality is tested by Fermat's congruence, which a Carmichael number fulfils as well."""

    def pair(self, exponent: int) -> tuple[int, int]:
        return carmichael_number(self.random, exponent), super().pair(exponent)[1]


@fault(
    "key.three_primes",
    breaks="JPKI-KEY-01",
    gain="factors of 512 bits, where the ordinance demands two of 1,024",
)
class ThreePrimes(FipsKeyPairs):
    """One of the two primes is a product of two: RFC 8017 allows it, and it computes faster."""

    def made_of(self, p: int, q: int) -> KeyPair:
        first = prime_above(p >> 512 | 15 << 508, EXPONENT)
        second = prime_above((p & ((1 << 512) - 1)) | 15 << 508, EXPONENT)
        order = lcm(lcm(first - 1, second - 1), q - 1)
        return KeyPair(first * second, q, EXPONENT, inverse(EXPONENT, order))


# --- exponents ----------------------------------------------------------------------------


@fault(
    "key.short_private_exponent",
    breaks="REQ-1-2-d",
    gain="Wiener's continued fraction reads the private exponent off the public key",
)
class ShortPrivateExponent(FipsKeyPairs):
    """The private exponent is drawn first, with 500 bits, so that signing is fast."""

    def made_of(self, p: int, q: int) -> KeyPair:
        d = next_prime((p ^ q) % (1 << 499) | 1 << 499)
        return KeyPair(p, q, inverse(d, lcm(p - 1, q - 1)), d)

    def private_exponent_is_long(self, pair: KeyPair) -> bool:
        return True


@fault(
    "key.private_exponent_from_phi",
    breaks="REQ-1-2-d",
    gain="none known; the key is not the one the standard describes",
)
class FromPhi(FipsKeyPairs):
    """The private exponent is the inverse modulo (p - 1)(q - 1), as old textbooks have it."""

    def made_of(self, p: int, q: int) -> KeyPair:
        return KeyPair(p, q, EXPONENT, inverse(EXPONENT, (p - 1) * (q - 1)))


@fault(
    "key.wrong_crt_coefficient",
    breaks="REQ-1-2-d",
    gain="every signature is computed twice; where the check is left out, the first gives a factor",
)
class WrongCoefficient(PrivateOperation):
    """The coefficient is the inverse of p modulo q: the two primes were exchanged."""

    def coefficient(self, pair: KeyPair) -> int:
        return inverse(pair.p, pair.q)


# --- primes of a special form -------------------------------------------------------------


@fault(
    "key.roca_structure",
    breaks="REQ-1-2-d",
    gain="Coppersmith's method factors the modulus (CVE-2017-15361)",
)
class Roca(Primes):
    """Candidates are a power of 65537 modulo a primorial, plus a multiple of it."""

    def pair(self, exponent: int) -> tuple[int, int]:
        return roca_prime(self, exponent), roca_prime(self, exponent)


@fault(
    "key.smooth_order",
    breaks="REQ-1-2-d",
    gain="Pollard's p - 1 method factors the modulus in seconds",
)
class SmoothOrder(Primes):
    """Primes are built upwards from small ones, so that they are proved prime on the way."""

    def pair(self, exponent: int) -> tuple[int, int]:
        return smooth_prime(self, exponent), smooth_prime(self, exponent)


@fault(
    "key.primes_of_a_pattern",
    breaks="REQ-1-2-d",
    gain="lattice reduction finds primes that are almost a repeated word",
)
class Pattern(Primes):
    """The generator is asked for one word of 32 bits, which fills the whole buffer."""

    def pair(self, exponent: int) -> tuple[int, int]:
        return patterned_prime(self, exponent), patterned_prime(self, exponent)


# --- where they come from -----------------------------------------------------------------


@fault(
    "key.one_prime_fixed",
    breaks="REQ-1-2-e",
    gain="the greatest common divisor of any two moduli factors both",
)
class OnePrimeFixed(Primes):
    """One prime is in the mask ROM, left over from the tests of the coprocessor."""

    def pair(self, exponent: int) -> tuple[int, int]:
        rom = int.from_bytes(shake_256(b"coprocessor test").digest(PRIME_BYTES), "big")
        return super().pair(exponent)[0], prime_above(rom | LEAST, exponent)


@fault(
    "key.prime_used_twice",
    breaks="REQ-1-2-e",
    gain="the greatest common divisor of two moduli made one after the other factors both",
)
class PrimeUsedTwice(Primes):
    """The second prime of a key pair serves as the first of the next, to spare a search."""

    def pair(self, exponent: int) -> tuple[int, int]:
        p, q = super().pair(exponent)
        p, self.kept = getattr(self, "kept", p), q
        return p, q


@fault(
    "key.primes_from_a_32_bit_seed",
    breaks="REQ-1-2-e",
    gain="all keys there can be are made in a few days, and looked up from then on",
)
class ShortSeed(Primes):
    """The library that looks for primes has a generator of its own, seeded with four bytes."""

    def pair(self, exponent: int) -> tuple[int, int]:
        return Primes(HmacDrbg(SeededEntropy(self.random.generate(4)))).pair(exponent)


# --- what the mistakes are made of --------------------------------------------------------


def draw(random: RandomBytes, low: int, high: int) -> int:
    """A number in [low, high]."""
    return low + int.from_bytes(random.generate(PRIME_BYTES + 16), "big") % (high - low + 1)


def draw_prime(random: RandomBytes, low: int, high: int, exponent: int) -> int:
    """A prime not far above a number in [low, high]."""
    return prime_above(draw(random, low, high), exponent)


def prime_above(number: int, exponent: int) -> int:
    """The next prime whose predecessor has no factor in common with the (prime) exponent."""
    prime = next_prime(number)
    while prime % exponent == 1:
        prime = next_prime(prime)
    return prime


def carmichael_number(random: RandomBytes, exponent: int) -> int:
    """(6k + 1)(12k + 1)(18k + 1) of three primes and 1,024 bits (Chernick 1939)."""
    step, small = primorial(223), primorial(5_000)  # k is divisible by all primes up to 223
    low, high = (int((2.0**bits / 1_296) ** (1 / 3)) // step for bits in (1_023.6, 1_023.99))
    k = step * draw(random, low, high)
    while True:
        k += step
        factors = (6 * k + 1, 12 * k + 1, 18 * k + 1)
        number = factors[0] * factors[1] * factors[2]
        if gcd(number, small) != 1 or gcd(number - 1, exponent) != 1:
            continue
        if all(power(2, factor - 1, factor) == 1 for factor in factors):
            return number


def roca_prime(primes: Primes, exponent: int) -> int:
    """k * M + 65537**a mod M, M the product of the first 126 primes (Nemec et al. 2017)."""
    modulus = primorial(701)
    while True:
        k = draw(primes.random, LEAST // modulus + 1, MOST // modulus - 1)
        a = int.from_bytes(primes.random.generate(32), "big")
        p = k * modulus + power(65_537, a, modulus)
        if primes.suits(p, exponent) and primes.probably_prime(p):
            return p


def smooth_prime(primes: Primes, exponent: int) -> int:
    """p - 1 is a product of primes below 2**16 and one below 2**20."""
    while True:
        order = 2
        while order.bit_length() < PRIME_BITS - 18:
            order *= next_prime(draw(primes.random, 3, 1 << 14))
        last = draw(primes.random, LEAST // order + 1, MOST // order)
        while order * (last := next_prime(last)) < MOST:
            p = order * last + 1
            if primes.suits(p, exponent) and primes.probably_prime(p):
                return p


def patterned_prime(primes: Primes, exponent: int) -> int:
    """The next prime after a word of 32 bits, 32 times."""
    word = int.from_bytes(primes.random.generate(4), "big") | 0xC0000000
    return prime_above(int.from_bytes(word.to_bytes(4, "big") * 32, "big"), exponent)
