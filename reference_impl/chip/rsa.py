"""RSA-2048 key pairs: where they come from, how they are stored, the private operation.

FIPS 186-4 B.3.1 for the private exponent; RFC 8017 5.1.2 for the operation with the Chinese
remainder theorem. The modulus is the product of two primes of equal size, as the ordinance on
public personal authentication demands.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import cycle
from typing import Protocol

from reference_impl.chip.arithmetic import inverse, lcm, power
from reference_impl.chip.drbg import RandomBytes
from reference_impl.chip.primes import PRIME_BYTES, Primes

EXPONENT = 65_537
MODULUS_BYTES = 256
LEAST_PRIVATE_EXPONENT = 1 << 1_024  # B.3.1: d > 2**(nlen/2), against short exponents


@dataclass(frozen=True)
class PublicKey:
    n: int
    e: int


@dataclass(frozen=True, repr=False)
class KeyPair:
    """Two primes and both exponents."""

    p: int
    q: int
    e: int
    d: int

    @classmethod
    def from_primes(cls, p: int, q: int, e: int = EXPONENT) -> KeyPair:
        """The pair with the smallest d. Raises ZeroDivisionError where e has no inverse."""
        return cls(p, q, e, inverse(e, lcm(p - 1, q - 1)))

    @classmethod
    def decode(cls, stored: bytes) -> KeyPair:
        e, p, q, d = (
            int.from_bytes(part, "big")
            for part in (stored[:4], stored[4:132], stored[132:260], stored[260:])
        )
        return cls(p, q, e, d)

    def encode(self) -> bytes:
        """e (4 bytes), p and q (128 each), d (256), big-endian."""
        primes = self.p.to_bytes(PRIME_BYTES, "big") + self.q.to_bytes(PRIME_BYTES, "big")
        return self.e.to_bytes(4, "big") + primes + self.d.to_bytes(MODULUS_BYTES, "big")

    @property
    def public(self) -> PublicKey:
        return PublicKey(self.p * self.q, self.e)

    def private_operation(self, message: bytes) -> bytes:
        """message**d mod n, 256 bytes.

        A wrong half of the CRT computation would give a factor away (Boneh, DeMillo, Lipton
        1997), so the result is checked and, if wrong, computed again without the theorem.
        """
        m, n = int.from_bytes(message, "big"), self.p * self.q
        at_p = power(m, self.d % (self.p - 1), self.p)
        at_q = power(m, self.d % (self.q - 1), self.q)
        s = at_q + self.q * ((at_p - at_q) * inverse(self.q, self.p) % self.p)
        if power(s, self.e, n) != m:
            s = power(m, self.d, n)
        return s.to_bytes(MODULUS_BYTES, "big")

    def __repr__(self) -> str:
        return f"KeyPair({self.public.n.bit_length()} bits)"


class KeyPairSource(Protocol):
    """Where a chip gets a new key pair from."""

    def new_pair(self) -> KeyPair:
        """A pair nobody has had before."""


class FipsKeyPairs:
    """Key pairs made on the chip, by the FIPS 186-4 procedure."""

    def __init__(self, random: RandomBytes, primes: Primes | None = None) -> None:
        self._primes = primes or Primes(random)

    def new_pair(self) -> KeyPair:
        while True:
            pair = KeyPair.from_primes(*self._primes.pair(EXPONENT))
            if self.private_exponent_is_long(pair):
                return pair

    def private_exponent_is_long(self, pair: KeyPair) -> bool:
        return pair.d > LEAST_PRIVATE_EXPONENT


class PooledKeys:
    """Key pairs made beforehand, handed out in order and then from the start again.

    For benches that need thousands of generations; ``FipsKeyPairs`` makes the pool.
    """

    def __init__(self, pairs: Sequence[KeyPair]) -> None:
        if not pairs:
            raise ValueError("a pool needs at least one key pair")
        self._next = cycle(pairs)

    def new_pair(self) -> KeyPair:
        return next(self._next)
