"""The chip's deterministic random bit generator: HMAC_DRBG with SHA-256.

SP 800-90A Rev. 1, 10.1.2, security strength 256 bit, no prediction resistance.
"""

from __future__ import annotations

import hmac
from dataclasses import dataclass, field
from typing import Protocol

from reference_impl.chip.entropy import EntropySource
from reference_impl.chip.memory import Store

STRENGTH = 32  # bytes of entropy for instantiation and reseeding (256 bit)
NONCE = 16  # bytes; half the strength (8.6.7)
RESEED_INTERVAL = 100_000  # requests; table 2 allows up to 2**48
LARGEST_REQUEST = 65_536  # bytes; 2**19 bit in table 2

POWER_UPS = "boots"  # name in the store


class RandomBytes(Protocol):
    """Anything that hands out random bytes."""

    def generate(self, size: int) -> bytes:
        """``size`` bytes, 0 to 65,536. Raises ValueError for more."""


class HmacDrbg:
    """One instantiation."""

    def __init__(
        self, entropy: EntropySource, personalization: bytes = b"", nonce: bytes | None = None
    ) -> None:
        self._entropy = entropy
        self._key = bytes(32)
        self._value = b"\x01" * 32
        seed = entropy.read(STRENGTH)
        self._update(seed + (entropy.read(NONCE) if nonce is None else nonce) + personalization)
        self._requests = 1

    def generate(self, size: int) -> bytes:
        if not 0 <= size <= LARGEST_REQUEST:
            raise ValueError(f"{size} bytes asked for, a request is 0 to {LARGEST_REQUEST}")
        if self._requests > RESEED_INTERVAL:
            self.reseed()
        output = b""
        while len(output) < size:
            self._value = hmac.digest(self._key, self._value, "sha256")
            output += self._value
        self._update(b"")
        self._requests += 1
        return output[:size]

    def reseed(self) -> None:
        """10.1.2.4, with fresh entropy and no additional input."""
        self._update(self._entropy.read(STRENGTH))
        self._requests = 1

    def _update(self, provided: bytes) -> None:
        """10.1.2.2."""
        self._key = hmac.digest(self._key, self._value + b"\x00" + provided, "sha256")
        self._value = hmac.digest(self._key, self._value, "sha256")
        if provided:
            self._key = hmac.digest(self._key, self._value + b"\x01" + provided, "sha256")
            self._value = hmac.digest(self._key, self._value, "sha256")


@dataclass
class ChipRandom:
    """The generator as the chip runs it: instantiated afresh in every power-up that needs it.

    A persistent count of instantiations is the nonce, so that even an entropy source that
    starts over with the chip never leads to the same output twice.
    """

    store: Store
    entropy: EntropySource
    _drbg: HmacDrbg | None = field(default=None, init=False)

    def power_on(self) -> None:
        self._drbg = None

    def generate(self, size: int) -> bytes:
        if self._drbg is None:
            self._drbg = HmacDrbg(self.entropy, b"JPKI reference chip", self._nonce())
        return self._drbg.generate(size)

    def _nonce(self) -> bytes:
        count = (int.from_bytes(self.store.get(POWER_UPS), "big") + 1).to_bytes(NONCE, "big")
        with self.store.transaction() as changes:
            changes[POWER_UPS] = count
        return count
