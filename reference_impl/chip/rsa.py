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
from reference_impl.chip.primes import Primes

EXPONENT = 65_537
MODULUS_BYTES = 256
LENGTH_BYTES = 2  # before each number of a stored key pair
LEAST_PRIVATE_EXPONENT = 1 << 1_024  # B.3.1: d > 2**(nlen/2), against short exponents


def unsigned(number: int) -> bytes:
    """Big-endian, in as few bytes as it takes."""
    return number.to_bytes((number.bit_length() + 7) // 8, "big")


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
        numbers = []
        while stored:
            end = LENGTH_BYTES + int.from_bytes(stored[:LENGTH_BYTES], "big")
            numbers.append(int.from_bytes(stored[LENGTH_BYTES:end], "big"))
            stored = stored[end:]
        return cls(*numbers)

    def encode(self) -> bytes:
        """p, q, e and d, big-endian, each after its length (2 bytes)."""
        numbers = (unsigned(number) for number in (self.p, self.q, self.e, self.d))
        return b"".join(len(n).to_bytes(LENGTH_BYTES, "big") + n for n in numbers)

    @property
    def public(self) -> PublicKey:
        return PublicKey(self.p * self.q, self.e)

    def __repr__(self) -> str:
        return f"KeyPair({self.public.n.bit_length()} bits)"


class PrivateOperation:
    """message**d mod n by the Chinese remainder theorem (RFC 8017, 5.1.2, form 2b).

    A wrong half of the computation would give a factor away (Boneh, DeMillo, Lipton 1997), so the
    result is checked and, if wrong, computed again without the theorem.
    """

    def __call__(self, pair: KeyPair, message: bytes) -> bytes:
        """256 bytes."""
        m, n = int.from_bytes(message, "big"), pair.p * pair.q
        s = self.joined(pair, self.at(pair, pair.p, m), self.at(pair, pair.q, m))
        if not self.right(pair, s, m):
            s = power(m, pair.d, n)
        return self.delivered(s, n)

    def exponent_at(self, pair: KeyPair, prime: int) -> int:
        """dP or dQ: the inverse of e modulo prime - 1."""
        return pair.d % (prime - 1)

    def coefficient(self, pair: KeyPair) -> int:
        """qInv: the inverse of q modulo p."""
        return inverse(pair.q, pair.p)

    def at(self, pair: KeyPair, prime: int, m: int) -> int:
        """The result modulo one of the primes."""
        return power(m, self.exponent_at(pair, prime), prime)

    def joined(self, pair: KeyPair, at_p: int, at_q: int) -> int:
        """The result modulo n from those modulo p and q (Garner)."""
        return at_q + pair.q * ((at_p - at_q) * self.coefficient(pair) % pair.p)

    def right(self, pair: KeyPair, s: int, m: int) -> bool:
        """Whether the public exponent leads back."""
        return power(s, pair.e, pair.p * pair.q) == m

    def delivered(self, s: int, n: int) -> bytes:
        """As many bytes as the modulus has (I2OSP, 4.1), with the zeros in front."""
        return s.to_bytes(MODULUS_BYTES, "big")


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
            pair = self.made_of(*self._primes.pair(EXPONENT))
            if self.private_exponent_is_long(pair):
                return pair

    def made_of(self, p: int, q: int) -> KeyPair:
        """Both exponents for two primes: d is the least inverse of e (B.3.1 criterion 3)."""
        return KeyPair.from_primes(p, q, EXPONENT)

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
