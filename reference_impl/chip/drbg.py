"""The chip's deterministic random bit generator: HMAC_DRBG with SHA-256.

SP 800-90A Rev. 1, 10.1.2, security strength 256 bit, no prediction resistance.
"""

from __future__ import annotations

import hmac
from dataclasses import dataclass, field
from typing import Protocol

from reference_impl.chip.entropy import EntropySource
from reference_impl.chip.memory import Store
from reference_impl.chip.noise import (
    SEED_RAW_BYTES,
    START_UP_BYTES,
    NoiseSource,
    NoiseTests,
    condensed,
)

STRENGTH = 32  # bytes of entropy for instantiation and reseeding (256 bit)
NONCE = 16  # bytes; half the strength (8.6.7)
RESEED_INTERVAL = 100_000  # requests; table 2 allows up to 2**48
MOST_BYTES_A_SEED = 16_384  # AIS 20/31 (2024), DRG.4.10: 2**17 bits
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


class GeneratorAlarm(Exception):  # noqa: N818  what the chip raises, as its documents say
    """The noise failed a test: no output until the next power-up."""


@dataclass
class ChipRandom:
    """The generator as the chip runs it: DRG.4-like, seeded by tested noise.

    Instantiated afresh in every power-up that needs it, after the start-up test; reseeded after
    16,384 bytes of output (AIS 20/31 (2024), DRG.4.10: 2**17 bits) and before every key pair.
    So no more than 16,384 bytes come out between a failure of the noise and the alarm, and no key
    pair. The alarm stays until the next power-up. A persistent count of instantiations is the
    nonce, so that even a noise source that starts over with the chip never leads to the same
    output twice.
    """

    store: Store
    noise: NoiseSource
    tests: NoiseTests = field(default_factory=NoiseTests)
    tape: bytearray | None = None  # a test bench records what is handed out
    played: bytearray | None = None  # a test bench hands this out in place of it
    _drbg: HmacDrbg | None = field(default=None, init=False)
    _alarm: bool = field(default=False, init=False)
    _handed_out: int = field(default=0, init=False)  # bytes since the last seed

    def power_on(self) -> None:
        self._drbg = None
        self._alarm = False
        self.tests.power_on()

    def generate(self, size: int) -> bytes:
        """``size`` bytes. Raises GeneratorAlarm, then and until the next power-up."""
        if self.played is not None:
            return self._replayed(size)
        self._ready(self.reseed_due(size))
        output = self.output(size)
        self._handed_out += size
        if self.tape is not None:
            self.tape += output
        return output

    def refresh(self) -> None:
        """Fresh noise now: what comes next is a key. Raises GeneratorAlarm."""
        if self.played is None:
            self._ready(reseed=True)

    def reseed_due(self, size: int) -> bool:
        return self._handed_out + size > MOST_BYTES_A_SEED

    def output(self, size: int) -> bytes:
        """What a request brings."""
        if self._drbg is None:
            raise GeneratorAlarm
        return self._drbg.generate(size)

    def read(self, size: int) -> bytes:
        """The entropy input of the generator: condensed noise that passed its tests."""
        seed = b""
        while len(seed) < size:
            raw = self.noise.raw(SEED_RAW_BYTES)
            self._insist(self.tests.total_failure(raw) and self.tests.online(raw))
            seed += condensed(raw)
        return seed[:size]

    def latched(self) -> bool:
        """Whether an alarm of this power-up still stands."""
        return self._alarm

    def first_seed(self) -> bytes:
        """What the generator is instantiated from, beside its nonce."""
        return self.read(STRENGTH)

    def _ready(self, reseed: bool) -> None:
        if self.latched():
            raise GeneratorAlarm
        if self._drbg is None:
            raw = self.noise.raw(START_UP_BYTES)
            self._insist(self.tests.start_up(raw))
            seed = _Once(self.first_seed(), self)
            self._drbg = HmacDrbg(seed, b"JPKI reference chip", self.nonce())
        elif reseed:
            self._drbg.reseed()
        else:
            return
        self._handed_out = 0

    def _insist(self, passed: bool) -> None:
        if not passed:
            self._alarm = True
            self._drbg = None
            raise GeneratorAlarm

    def _replayed(self, size: int) -> bytes:
        if self.played is None or len(self.played) < size:
            raise GeneratorAlarm
        output = bytes(self.played[:size])
        del self.played[:size]
        return output

    def nonce(self) -> bytes:
        count = (int.from_bytes(self.store.get(POWER_UPS), "big") + 1).to_bytes(NONCE, "big")
        with self.store.transaction() as changes:
            changes[POWER_UPS] = count
        return count


@dataclass
class _Once:
    """The first seed, and after it what the chip's noise brings."""

    first: bytes
    then: EntropySource

    def read(self, size: int) -> bytes:
        found, self.first = self.first, b""
        return found or self.then.read(size)
