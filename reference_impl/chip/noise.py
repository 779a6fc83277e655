"""The chip's physical noise: raw numbers, the tests on them, and what they are condensed to.

Shape of AIS 20/31 (2011) PTG.2: a total-failure test (PTG.2.1, PTG.2.2), an online test (PTG.2.3)
and a start-up test on the raw numbers, each before any of them is used. The raw numbers here are
bits with one bit of entropy each; the model takes them from an entropy source and lets them fail
in the ways in which noise fails.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from hashlib import sha256

from reference_impl.chip.entropy import EntropySource

START_UP_BYTES = 1_024  # of raw numbers, tested and thrown away
SEED_RAW_BYTES = 256  # raw numbers condensed to one seed
EQUAL_BITS = 31  # SP 800-90B 4.4.1: 1 + 30 / H, a false alarm in 2**30, H = 1
MOST_CHI_SQUARED = 80.0  # of 16 nibbles, 15 degrees of freedom: once in 1e10 windows
WORD_BYTES = 8  # no two equal in a window of 32: a false alarm in 2**55 windows
START_UP_SIGMA = 6.5  # of the number of ones: once in 1e10 starts


@dataclass
class NoiseSource:
    """Raw numbers, 8 bits a byte. ``failure``: what a test bench lets become of them."""

    entropy: EntropySource
    failure: Callable[[bytes], bytes] | None = None

    def raw(self, size: int) -> bytes:
        numbers = self.entropy.read(size)
        return numbers if self.failure is None else self.failure(numbers)


@dataclass
class NoiseTests:
    """What is asked of raw numbers before they are used."""

    _run: str = field(default="", init=False)  # equal bits at the end of what came before

    def power_on(self) -> None:
        self._run = ""

    def start_up(self, raw: bytes) -> bool:
        """Once after every power-up: long enough to see a bias the online test cannot."""
        count = 8 * len(raw)
        ones = int.from_bytes(raw, "big").bit_count()
        return 4 * (ones - count / 2) ** 2 <= START_UP_SIGMA**2 * count

    def total_failure(self, raw: bytes) -> bool:
        """True without ``EQUAL_BITS`` equal bits in a row, also across two reads."""
        bits = self._run + f"{int.from_bytes(raw, 'big'):0{8 * len(raw)}b}"
        passed = "0" * EQUAL_BITS not in bits and "1" * EQUAL_BITS not in bits
        self._run = bits[len(bits.rstrip(bits[-1])) :] if passed else ""
        return passed

    def online(self, raw: bytes) -> bool:
        """Repeated words and the frequencies of nibbles in one window: patterns, a strong bias.

        A block that comes again and again may hold all nibbles evenly, so words are compared too.
        """
        words = [raw[n : n + WORD_BYTES] for n in range(0, len(raw), WORD_BYTES)]
        digits = raw.hex()
        expected = len(digits) / 16
        squares = sum((digits.count(digit) - expected) ** 2 for digit in "0123456789abcdef")
        return len(set(words)) == len(words) and squares / expected <= MOST_CHI_SQUARED


def condensed(raw: bytes) -> bytes:
    """32 bytes of full entropy from 256 raw ones (SP 800-90B 3.1.5.1.1, SHA-256 is vetted)."""
    return sha256(raw).digest()


# --- how noise fails ----------------------------------------------------------------------


def _stuck(value: int) -> Callable[[bytes], bytes]:
    return lambda raw: bytes([value]) * len(raw)


def _repeated_block(raw: bytes) -> bytes:
    return (raw[:16] * (len(raw) // 16 + 1))[: len(raw)]


def _drop_out(raw: bytes) -> bytes:
    """Silence for 40 bits now and then, sound otherwise."""
    return raw[:100] + bytes(5) + raw[105:]


def _biased(raw: bytes) -> bytes:
    """55 % ones: every tenth bit that was 0, the same ones every time, is a 1."""
    mask = int.from_bytes((b"\x80\x20\x08\x02\x00" * (len(raw) // 5 + 1))[: len(raw)], "big")
    return (int.from_bytes(raw, "big") | mask).to_bytes(len(raw), "big")


FAILURES: dict[str, Callable[[bytes], bytes]] = {
    "stuck at 0": _stuck(0x00),
    "stuck at 1": _stuck(0xFF),
    "stuck byte": _stuck(0xC5),
    "period 2": _stuck(0xAA),
    "repeated block": _repeated_block,
    "drop-out": _drop_out,
    "bias": _biased,
}
