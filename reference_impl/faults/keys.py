"""What goes wrong with key pairs.

The defects sit where the applet takes a new pair over, so that they work alike for pairs made
on the chip and for pairs from a pool.
"""

from __future__ import annotations

from reference_impl.applet.files import EF
from reference_impl.applet.key_pair import GenerateKeyPair
from reference_impl.chip.arithmetic import inverse, lcm, next_prime
from reference_impl.chip.rsa import KeyPair, PublicKey
from reference_impl.faults.registry import fault

SMALL_FACTOR = 751  # the largest prime of the trial division in SP 800-89, 5.3.3


@fault(
    "key.modulus_2047_bits",
    breaks="REQ-1-1-a",
    gain="a key below the size the ordinance demands",
)
class OneBitShort(GenerateKeyPair):
    """Only one of the two primes has its highest bits set, and nobody looks at the product."""

    def new_pair(self, ef: EF) -> KeyPair:
        pair = super().new_pair(ef)
        return KeyPair.from_primes(pair.p, prime_above(pair.q >> 1, pair.e), pair.e)


@fault(
    "key.same_pair_every_time",
    breaks="REQ-1-1-a",
    gain="the key of a revoked certificate lives on in the next one",
)
class HandsTheOldPairOut(GenerateKeyPair):
    """Where a key pair exists already, generation returns it instead of making a new one."""

    def new_pair(self, ef: EF) -> KeyPair:
        return self.keys.find(ef) or super().new_pair(ef)


@fault(
    "key.answers_another_public_key",
    breaks="REQ-1-1-i",
    gain="a certificate is issued for a key nobody has; no signature ever verifies",
)
class AnnouncesAnotherKey(GenerateKeyPair):
    """The public key in the answer is that of the next pair, made for nothing else."""

    def announced(self, pair: KeyPair) -> PublicKey:
        return self.source.new_pair().public


@fault(
    "key.exponent_3",
    breaks="REQ-1-1-i",
    gain="signatures can be forged before verifiers that are lax about the padding",
)
class ExponentThree(GenerateKeyPair):
    """The public exponent is 3, for the sake of speed."""

    def new_pair(self, ef: EF) -> KeyPair:
        pair = super().new_pair(ef)
        return KeyPair.from_primes(prime_above(pair.p, 3), prime_above(pair.q, 3), 3)


@fault(
    "key.small_factor",
    breaks="REQ-1-1-i",
    gain="a factor is found by trial division, and the key is weaker than its length",
)
class SmallFactor(GenerateKeyPair):
    """What should be a prime is one times 751: the test of primality missed it."""

    def new_pair(self, ef: EF) -> KeyPair:
        pair = super().new_pair(ef)
        cofactor = prime_above(pair.p // SMALL_FACTOR, pair.e)
        order = lcm(lcm(SMALL_FACTOR - 1, cofactor - 1), pair.q - 1)
        return KeyPair(SMALL_FACTOR * cofactor, pair.q, pair.e, inverse(pair.e, order))


def prime_above(number: int, exponent: int) -> int:
    """The next prime whose predecessor has no factor in common with the (prime) exponent."""
    prime = next_prime(number)
    while prime % exponent == 1:
        prime = next_prime(prime)
    return prime
