"""What goes wrong with key pairs.

The defects sit where the applet takes a new pair over, so that they work alike for pairs made
on the chip and for pairs from a pool.
"""

from __future__ import annotations

from contextlib import AbstractContextManager

from reference_impl.applet.files import EF
from reference_impl.applet.key_pair import GenerateKeyPair
from reference_impl.applet.private_keys import PrivateKeys
from reference_impl.chip.arithmetic import inverse, lcm
from reference_impl.chip.drbg import POWER_UPS
from reference_impl.chip.memory import Transaction
from reference_impl.chip.rsa import KeyPair, PublicKey
from reference_impl.faults.key_structure import prime_above
from reference_impl.faults.registry import fault

SMALL_FACTOR = 751  # the largest prime of the trial division in SP 800-89, 5.3.3


@fault(
    "key.modulus_2047_bits",
    breaks="JPKI-KEY-01",
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
    breaks="REQ-1-2-d",
    gain="signatures can be forged before verifiers that are lax about the padding",
)
class ExponentThree(GenerateKeyPair):
    """The public exponent is 3, for the sake of speed."""

    def new_pair(self, ef: EF) -> KeyPair:
        pair = super().new_pair(ef)
        return KeyPair.from_primes(prime_above(pair.p, 3), prime_above(pair.q, 3), 3)


@fault(
    "key.small_factor",
    breaks="JPKI-KEY-01",
    gain="a factor is found by trial division, and the key is weaker than its length",
)
class SmallFactor(GenerateKeyPair):
    """What should be a prime is one times 751: the test of primality missed it."""

    def new_pair(self, ef: EF) -> KeyPair:
        pair = super().new_pair(ef)
        cofactor = prime_above(pair.p // SMALL_FACTOR, pair.e)
        order = lcm(lcm(SMALL_FACTOR - 1, cofactor - 1), pair.q - 1)
        return KeyPair(SMALL_FACTOR * cofactor, pair.q, pair.e, inverse(pair.e, order))


@fault(
    "key.even_exponent",
    breaks="REQ-1-2-d",
    gain="a certificate is issued for a key that no signature can be verified with",
)
class EvenExponent(GenerateKeyPair):
    """The lowest bit of the public exponent is lost on the way to the host."""

    def announced(self, pair: KeyPair) -> PublicKey:
        return PublicKey(pair.public.n, pair.e & ~1)


@fault(
    "key.one_pair_for_both_uses",
    breaks="REQ-1-2-d",
    gain="whoever has a log-in signed can have a document signed, with the four-digit PIN",
)
class OnePairForBoth(GenerateKeyPair):
    """The pair that was made for log-in is taken for documents as well."""

    def new_pair(self, ef: EF) -> KeyPair:
        fresh = super().new_pair(ef)
        shared = self.keys.find(EF.USER_KEY) if ef is EF.SIGNATURE_KEY else None
        return shared or fresh


@fault(
    "key.first_pair_again_after_reset",
    breaks="REQ-1-2-d",
    gain="the next holder of the phone, or the next certificate, gets a key that is known already",
)
class PairKeptInStock(GenerateKeyPair):
    """A pair is made in advance, so that nobody waits; it is not struck off once handed out."""

    def new_pair(self, ef: EF) -> KeyPair:
        power_up = self.keys.store.get(POWER_UPS)
        fresh = super().new_pair(ef)
        if getattr(self, "power_up", None) == power_up:
            return fresh
        self.power_up = power_up
        self.stock = getattr(self, "stock", fresh)
        return self.stock


@fault(
    "key.former_pair_left_in_memory",
    breaks="REQ-5-1-d",
    gain="who buys a used phone and opens its chip signs as its former holder",
)
class LeavesTheFormerPair(PrivateKeys):
    """A new key pair is written elsewhere, and the place of the former one merely given back."""

    def erasing(self) -> AbstractContextManager[Transaction]:
        return self.store.transaction()
