"""Published figures for the digits of e and π, and the worked example of a handbook.

SP 800-22 (Rev. 1a), appendix B; Handbook of Applied Cryptography, example 5.31. They check the
tails of the distributions and the counts that the judges stand on.
"""

from __future__ import annotations

import hashlib
import math

import gmpy2  # type: ignore[import-untyped]
import numpy as np
import pytest

from suites.random_numbers import ais31_tests as rules
from suites.random_numbers.probabilities import chi_squared_tail

DIGITS = 1_000_000


def digits(name: str) -> np.ndarray:
    """The first million binary digits, those before the point included."""
    with gmpy2.context(gmpy2.get_context(), precision=DIGITS + 200):
        value = gmpy2.exp(gmpy2.mpfr(1)) if name == "e" else gmpy2.const_pi(DIGITS + 200)
        whole = int(gmpy2.floor(value * gmpy2.mpfr(2) ** (DIGITS - 2)))
    return np.unpackbits(np.frombuffer(whole.to_bytes(DIGITS // 8, "big"), np.uint8))


def monobit(bits: np.ndarray) -> float:
    """SP 800-22, 2.1."""
    ones = int(rules.t1_monobit(bits[None])[0])
    return math.erfc(abs(2 * ones - len(bits)) / math.sqrt(2 * len(bits)))


def block_frequency(bits: np.ndarray, size: int) -> float:
    """SP 800-22, 2.2."""
    blocks = bits[: len(bits) // size * size].reshape(-1, size)
    ones = rules.t1_monobit(blocks) / size
    return chi_squared_tail(float(4 * size * ((ones - 0.5) ** 2).sum()), len(blocks))


def runs(bits: np.ndarray) -> float:
    """SP 800-22, 2.3."""
    p = bits.mean()
    zeros, ones, _ = rules.runs(bits)
    found = int(zeros.sum() + ones.sum())
    spread = 2 * math.sqrt(2 * len(bits)) * p * (1 - p)
    return math.erfc(abs(found - 2 * len(bits) * p * (1 - p)) / spread)


@pytest.mark.parametrize(
    ("name", "sha256", "expected"),
    [
        ("e", "7ae61691f949a9a92d5ed8b65722bfcf0179964064d5f2c7e2a971b32ac97d49",
         (0.953749, 0.211072, 0.561917)),
        ("pi", "e31af8c5229974786fbac6931fb44f8596d4466eaa853f40df458fd352453155",
         (0.578211, 0.380615, 0.419268)),
    ],
)  # fmt: skip
def test_digits_have_the_published_p_values(
    name: str, sha256: str, expected: tuple[float, float, float]
):
    bits = digits(name)
    assert hashlib.sha256(np.packbits(bits).tobytes()).hexdigest() == sha256
    found = (monobit(bits), block_frequency(bits, 128), runs(bits))
    assert found == pytest.approx(expected, abs=1e-6)


def test_the_worked_example_of_the_handbook():
    pattern = "11100 01100 01000 10100 11101 11100 10010 01001".replace(" ", "")
    bits = np.array([int(bit) for bit in pattern * 4], np.uint8)
    ones = int(rules.t1_monobit(bits[None])[0])
    zeros = len(bits) - ones
    assert (zeros, ones) == (84, 76)
    assert (zeros - ones) ** 2 / len(bits) == pytest.approx(0.4)
    pairs = np.bincount(2 * bits[:-1] + bits[1:])
    assert pairs.tolist() == [44, 40, 40, 35]
    serial = 4 / 159 * (pairs**2).sum() - 2 / 160 * (zeros**2 + ones**2) + 1
    assert serial == pytest.approx(0.6252, abs=5e-5)
    triples = np.bincount(bits[:159].reshape(-1, 3) @ np.array([4, 2, 1]))
    assert triples.tolist() == [5, 10, 6, 4, 12, 3, 6, 7]
    assert 8 / 53 * (triples**2).sum() - 53 == pytest.approx(9.6415, abs=5e-5)
    gaps, blocks, _ = rules.runs(bits)
    expected = [(160 - n + 3) / 2 ** (n + 2) for n in (1, 2, 3)]
    x4 = sum(
        (found - want) ** 2 / want
        for counts in (gaps, blocks)
        for found, want in zip(counts, expected, strict=False)
    )
    assert x4 == pytest.approx(31.7913, abs=5e-5)
    different = int((bits[8:] ^ bits[:-8]).sum())
    assert different == 100
    assert 2 * (different - 152 / 2) / math.sqrt(152) == pytest.approx(3.8933, abs=5e-5)
