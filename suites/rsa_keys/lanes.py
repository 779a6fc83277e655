"""Eight powers with one exponent and one modulus, side by side in a processor that can do so.

A prime is tested with several bases, which have exponent and modulus in common. Where the processor
has AVX-512 IFMA (multiply-add of 52-bit words, eight at a time), the bases are raised together, one
in each lane, in a third of the time that one after the other takes; anywhere else gmpy2 does it.
The results are the same. The first use after an installation waits some seconds for the compiler.

Numbers are 20 words of 52 bits, the low one first, in Montgomery's form with R = 2**1040. A modulus
has 1038 bits at most, so that R is above 4 * modulus and products of numbers below 2 * modulus stay
there: nothing is subtracted before the end (C. D. Walter, Electronics Letters 35, 1999).
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from math import prod
from typing import TYPE_CHECKING

import gmpy2  # type: ignore[import-untyped]
import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

LANES = 8
WORDS = 20
WORD_BITS = 52
MASK = (1 << WORD_BITS) - 1
R_BITS = WORDS * WORD_BITS
LEAST_BITS, MOST_BITS = 700, R_BITS - 2  # of the modulus; below, one after the other is as fast
FEWEST = 3  # bases for which it is worth while
WINDOW = 5  # bits of the exponent taken at a time

LINE = 64  # bytes of a line of the cache
PAIR_BYTES = 2 * WORD_BITS // 8  # two words fill whole bytes
R_BYTES = R_BITS // 8
SPARE = bytes(8)
_EVEN = np.arange(0, R_BYTES, PAIR_BYTES)
PLACES = np.sort(np.concatenate([_EVEN, _EVEN + 6]))[:, None] + np.arange(8)  # of 8 bytes each
SHIFTS = np.array([0, 4] * (WORDS // 2), np.uint64)  # of the word in them
OVERRIDES = {
    "NUMBA_CPU_NAME",
    "NUMBA_CPU_FEATURES",
}  # then the compiler does not see this processor
Raise = Callable[..., None]


def powers(bases: Sequence[int], exponent: int, modulus: int) -> list[int]:
    """Each of ``bases`` to the ``exponent``, modulo the odd ``modulus``; all are positive."""
    fits = LEAST_BITS <= modulus.bit_length() <= MOST_BITS and len(bases) >= FEWEST
    raised = loop() if fits else None
    if raised is None:
        return [int(gmpy2.powmod(base, exponent, modulus)) for base in bases]
    found: list[int] = []
    for begin in range(0, len(bases), LANES):
        found += _side_by_side(raised, bases[begin : begin + LANES], exponent, modulus)
    return found


def _side_by_side(raised: Raise, bases: Sequence[int], exponent: int, modulus: int) -> list[int]:
    """As many bases as there are lanes, or fewer; idle lanes hold 0."""
    idle = [0] * (LANES - len(bases))
    table = _aligned(1 << WINDOW, WORDS, LANES)
    table[0] = _words([(1 << R_BITS) % modulus] * LANES)  # 1 in Montgomery's form
    table[1] = _words([*((base << R_BITS) % modulus for base in bases), *idle])
    constants = _aligned(WORDS + 1, LANES)
    constants[:WORDS] = _words([modulus] * LANES)
    constants[WORDS] = -pow(modulus & MASK, -1, 1 << WORD_BITS) & MASK
    result = _aligned(WORDS, LANES)
    raised(result, table, _digits(exponent), constants)
    back = gmpy2.invert(1 << R_BITS, modulus)
    return [int(value * back % modulus) for value in _values(result, len(bases))]


def _words(values: Sequence[int]) -> NDArray[np.uint64]:
    """Values below R as words, one value in each column."""
    text = b"".join(value.to_bytes(R_BYTES, "little") + SPARE for value in values)
    rows = np.frombuffer(text, np.uint8).reshape(LANES, -1)
    found: NDArray[np.uint64] = rows.take(PLACES, axis=1).view(np.uint64)[..., 0]
    return (found >> SHIFTS & np.uint64(MASK)).T


def _values(words: NDArray[np.uint64], count: int) -> Iterator[int]:
    """The number in each of the first columns."""
    for column in np.ascontiguousarray(words.T[:count]):
        yield _spread(column[::2]) + (_spread(column[1::2]) << WORD_BITS)


def _spread(words: NDArray[np.uint64]) -> int:
    """The sum of words[i] * 2**(104 * i)."""
    slots = np.zeros((WORDS // 2, PAIR_BYTES), np.uint8)
    slots[:, :8] = np.ascontiguousarray(words).view(np.uint8).reshape(-1, 8)
    return int.from_bytes(slots.tobytes(), "little")


def _digits(exponent: int) -> NDArray[np.uint8]:
    """The exponent to the base 2**WINDOW, the high digit first."""
    count = max(1, -(-exponent.bit_length() // WINDOW))
    size = -(-count * WINDOW // 8)
    bits = np.unpackbits(np.frombuffer(exponent.to_bytes(size, "big"), np.uint8))
    weights = 1 << np.arange(WINDOW - 1, -1, -1, dtype=np.uint8)
    digits: NDArray[np.uint8] = bits[size * 8 - count * WINDOW :].reshape(-1, WINDOW) @ weights
    return digits


def _aligned(*shape: int) -> NDArray[np.uint64]:
    """Room that begins with a line of the cache, as loads of eight words like it."""
    room = np.empty(prod(shape) + LANES, np.uint64)
    begin = -room.ctypes.data % LINE // 8
    return room[begin : begin + prod(shape)].reshape(shape)


@cache
def loop() -> Raise | None:
    """The compiled loop, or None where the processor, or the installation, has no such thing."""
    if os.environ.get("NUMBA_DISABLE_JIT", "0") != "0" or OVERRIDES & set(os.environ):
        return None
    try:
        from llvmlite.binding import get_host_cpu_features  # type: ignore[import-untyped]  # noqa: PLC0415
    except ImportError:  # pragma: no cover
        return None
    if not get_host_cpu_features().get("avx512ifma", False):
        return None
    from suites.rsa_keys.ifma import raise_all  # noqa: PLC0415  does not compile elsewhere

    made: Raise = raise_all
    return made
