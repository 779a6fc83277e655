"""What goes wrong with random numbers: the noise, its tests, the generator, and what comes out."""

from __future__ import annotations

import os
from hashlib import sha256

from reference_impl.applet.challenge import GetChallenge
from reference_impl.applet.files import EF
from reference_impl.applet.key_pair import GenerateKeyPair
from reference_impl.chip.drbg import ChipRandom, GeneratorAlarm, HmacDrbg
from reference_impl.chip.entropy import SeededEntropy
from reference_impl.chip.noise import NoiseTests
from reference_impl.chip.primes import PRIME_BYTES, Primes
from reference_impl.chip.rsa import FipsKeyPairs, KeyPair
from reference_impl.faults.registry import fault

# --- tests of the noise -------------------------------------------------------------------


@fault(
    "noise.no_start_up_test",
    breaks="REQ-1-2-b",
    gain="a source that is biased from the day it was made is never noticed",
)
class NoStartUpTest(NoiseTests):
    """The generator starts without looking at enough noise to see a bias."""

    def start_up(self, raw: bytes) -> bool:
        return True


@fault(
    "noise.no_total_failure_test",
    breaks="REQ-1-2-b",
    gain="a source that falls silent now and then gives seeds with less entropy than they seem",
)
class NoTotalFailureTest(NoiseTests):
    """Nobody counts how often the same bit comes in a row."""

    def total_failure(self, raw: bytes) -> bool:
        return True


@fault(
    "noise.no_online_test",
    breaks="REQ-1-2-b",
    gain="a source that only repeats a pattern seeds every key with nothing",
)
class NoOnlineTest(NoiseTests):
    """Patterns in the noise are not looked for."""

    def online(self, raw: bytes) -> bool:
        return True


@fault(
    "noise.failure_hidden",
    breaks="REQ-1-2-b",
    gain="seeds can be guessed while every statistic of the output stays perfect",
)
class HiddenFailure(NoiseTests):
    """No test at all: the post-processing makes even dead noise look random."""

    def start_up(self, raw: bytes) -> bool:
        return True

    def total_failure(self, raw: bytes) -> bool:
        return True

    def online(self, raw: bytes) -> bool:
        return True


@fault(
    "noise.alarm_not_latched",
    breaks="REQ-1-2-b",
    gain="a source that fails on and off is asked until it happens to pass",
)
class AlarmNotLatched(ChipRandom):
    """The next request tries again, as if nothing had been."""

    def latched(self) -> bool:
        return False


@fault(
    "drbg.never_reseeded",
    breaks="REQ-1-2-b",
    gain="whoever learns the state once foresees all that follows, and a failure goes unnoticed",
)
class NeverReseeded(ChipRandom):
    """One seed at the start serves for all output until the power goes."""

    def reseed_due(self, size: int) -> bool:
        return False


@fault(
    "key.made_in_spite_of_alarm",
    breaks="REQ-1-2-b",
    gain="the key follows from the time at which it was made",
)
class MadeInSpiteOfAlarm(GenerateKeyPair):
    """An issuance must not fail, so a simple generator steps in for the one that is silent."""

    def new_pair(self, ef: EF) -> KeyPair:
        try:
            return super().new_pair(ef)
        except GeneratorAlarm:
            spare = HmacDrbg(SeededEntropy(b"1795530000"))
            return FipsKeyPairs(spare).new_pair()


# --- what comes out -----------------------------------------------------------------------


@fault(
    "random.stuck_at_0",
    breaks="REQ-1-2-a",
    gain="numbers that everybody knows",
)
class StuckAtZero(GetChallenge):
    """What is more than 16 bytes is sent as zeros: only the first part of the buffer is filled."""

    def fresh(self, count: int) -> bytes:
        return super().fresh(count)[:16].ljust(count, b"\x00")


@fault(
    "random.stuck_at_1",
    breaks="REQ-1-2-a",
    gain="one bit of every byte is known",
)
class StuckAtOne(GetChallenge):
    """The lowest bit of every byte is 1."""

    def fresh(self, count: int) -> bytes:
        return bytes(byte | 1 for byte in super().fresh(count))


@fault(
    "random.stuck_byte",
    breaks="REQ-1-2-a",
    gain="a sixteenth of every number is known",
)
class StuckByte(GetChallenge):
    """Every sixteenth byte is the same."""

    def fresh(self, count: int) -> bytes:
        return bytes(0xC5 if n % 16 == 15 else byte for n, byte in enumerate(super().fresh(count)))


@fault(
    "random.period",
    breaks="REQ-1-2-a",
    gain="who has seen 4,096 bytes knows the rest",
)
class Period(GetChallenge):
    """After 4,096 bytes the buffer begins again at its front."""

    def fresh(self, count: int) -> bytes:
        place = getattr(self, "place", 0)
        fresh = super().fresh(count)
        if place < 4_096:
            self.buffer = getattr(self, "buffer", b"") + fresh
            self.place = place + count
            return fresh
        self.place = place + count
        return (self.buffer[:4_096] * 2)[place % 4_096 :][:count]


@fault(
    "random.bias_51",
    breaks="REQ-1-2-a",
    gain="a little of every number is known; procedure B does not see it, procedure A does",
)
class Bias(GetChallenge):
    """A one comes with 51 %."""

    def fresh(self, count: int) -> bytes:
        words = self.random.generate(16 * count)
        bits = "".join(
            "1" if int.from_bytes(words[n : n + 2], "big") < 33_423 else "0"
            for n in range(0, len(words), 2)
        )
        return int(bits, 2).to_bytes(count, "big")


@fault(
    "random.markov_45",
    breaks="REQ-1-2-a",
    gain="each bit tells something about the next",
)
class Markov(GetChallenge):
    """A bit differs from the one before with 45 % only."""

    def fresh(self, count: int) -> bytes:
        words = self.random.generate(16 * count)
        bit, bits = getattr(self, "bit", 0), []
        for n in range(0, len(words), 2):
            bit ^= int.from_bytes(words[n : n + 2], "big") < 29_491
            bits.append("01"[bit])
        self.bit = bit
        return int("".join(bits), 2).to_bytes(count, "big")


@fault(
    "random.repeated_block",
    breaks="REQ-1-2-a",
    gain="two sessions share a number that each believes to be its own",
)
class RepeatedBlock(GetChallenge):
    """Every hundredth answer is the one before it once more."""

    def fresh(self, count: int) -> bytes:
        self.answers = getattr(self, "answers", 0) + 1
        fresh = super().fresh(count)
        before: bytes = getattr(self, "before", b"")
        self.before = before if self.answers % 100 == 0 and len(before) == count else fresh
        return self.before


@fault(
    "random.frozen_after_reset",
    breaks="REQ-1-2-a",
    gain="every session of the phone repeats the numbers of the first",
)
class FrozenAfterReset(ChipRandom):
    """Noise is drawn and tested at each power-up, but the first seed is used for ever."""

    def first_seed(self) -> bytes:
        drawn = super().first_seed()
        self.kept: bytes = getattr(self, "kept", drawn)
        return self.kept

    def nonce(self) -> bytes:
        return bytes(16)


# --- keys ---------------------------------------------------------------------------------


@fault(
    "key.from_another_source",
    breaks="REQ-1-2-e",
    gain="keys come from a source that nobody has assessed",
)
class AnotherSource(Primes):
    """Candidates are drawn elsewhere: from a library that brings its own generator."""

    def candidate(self) -> int:
        mixed = sha256(os.urandom(32) + self.random.generate(32)).digest()
        return (
            int.from_bytes((mixed * 4)[:PRIME_BYTES], "big")
            ^ int.from_bytes(self.random.generate(PRIME_BYTES), "big")
            | 1
        )


@fault(
    "key.ignores_the_generator",
    breaks="REQ-1-2-e",
    gain="the key follows from a counter in the memory, whatever the generator says",
)
class IgnoresTheGenerator(Primes):
    """The generator is asked, and its answer is not used: candidates come from a counter."""

    def candidate(self) -> int:
        self.random.generate(PRIME_BYTES)
        self.counter = getattr(self, "counter", 0) + 1
        output = b"".join(sha256(b"%d %d" % (self.counter, n)).digest() for n in range(4))
        return int.from_bytes(output, "big") | 1
