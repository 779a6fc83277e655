"""SP 800-90B, IID track (section 5): may the samples be independent and alike? Pure.

χ² tests and the LRS test decide at 0.001. Then 19 statistics of the samples are held against those
of up to 10,000 permutations: each must lie within all but five of them on either side. A statistic
is decided as soon as six lie on each side; the length after bzip2 costs more than all others
together, so it comes last, and only while nothing else has failed.
"""

from __future__ import annotations

import bz2
import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from suites.random_numbers.estimators import most_common_value
from suites.random_numbers.permutations import CHEAP, NAMES, Views, cheap_statistics, shuffle
from suites.random_numbers.probabilities import chi_squared_tail
from suites.random_numbers.sp800_90b import bitstring, renumbered
from suites.random_numbers.tuples import repeats

if TYPE_CHECKING:
    from numpy.typing import NDArray

SIGNIFICANCE = 0.001
PERMUTATIONS = 10_000
EACH_SIDE = 5  # of the permutations; more than that on both sides decides
LEAST_EXPECTED = 5.0  # in a bin of a χ² test
SUBSETS = 10
LONGEST_TUPLE = 11  # bits


@dataclass(frozen=True)
class IidTest:
    """One test: its statistic, the p-value or the permutations on each side, and the outcome."""

    name: str
    section: str
    statistic: float
    passed: bool | None  # None: not run, because another had failed
    p: float | None = None
    degrees: int | None = None
    sides: tuple[int, int, int] | None = None  # permutations below, equal, above


@dataclass(frozen=True)
class Iid:
    """All tests, how many permutations were made, and H of the IID track, bits a symbol."""

    tests: tuple[IidTest, ...]
    permutations: int
    min_entropy: float

    @property
    def passed(self) -> bool:
        return all(test.passed for test in self.tests)

    @property
    def failed(self) -> tuple[IidTest, ...]:
        return tuple(test for test in self.tests if test.passed is False)


def judge(
    symbols: NDArray[np.uint8],
    width: int,
    *,
    seed: int = 1,
    complete: bool = False,
    permutations: int = PERMUTATIONS,
    told: Callable[[int], None] = lambda _: None,
) -> Iid:
    """Judge symbols of ``width`` bits (1 to 8), one a byte, at least 1,000 of them.

    ``complete``: all 19 statistics for all permutations, whatever is decided. ``told`` is called
    with the number of permutations done.
    """
    tests = [*_chi_squared(symbols), _longest_repeat(symbols)]
    shuffled, made = _permuted(symbols, seed, complete, permutations, tests, told)
    entropy = most_common_value(renumbered(symbols)[0])
    if width > 1:
        entropy = min(entropy, width * most_common_value(bitstring(symbols, width)))
    return Iid((*tests, *shuffled), made, entropy)


# --- χ² (5.2.1 to 5.2.4) ------------------------------------------------------------------


def _chi_squared(symbols: NDArray[np.uint8]) -> list[IidTest]:
    numbered, alphabet = renumbered(symbols)
    if alphabet == 2:
        found = (_independent_bits(numbered), _alike_bits(numbered))
    else:
        found = (_independent(numbered, alphabet), _alike(numbered, alphabet))
    names = ("chi-square independence", "chi-square goodness of fit")
    sections = ("5.2.3", "5.2.4") if alphabet == 2 else ("5.2.1", "5.2.2")
    return [
        IidTest(name, section, x, p >= SIGNIFICANCE, p, degrees)
        for name, section, (x, degrees) in zip(names, sections, found, strict=True)
        for p in (chi_squared_tail(x, degrees) if degrees > 0 else 0.0,)
    ]


def _bins(expected: NDArray[np.float64]) -> NDArray[np.int64]:
    """The bin of each cell: the rarest are put together until 5 are expected in every bin."""
    order = np.argsort(expected, kind="stable")
    bins = np.empty(len(expected), np.int64)
    bin_, total = 0, 0.0
    for cell in order.tolist():
        bins[cell] = bin_
        total += float(expected[cell])
        if total >= LEAST_EXPECTED:
            bin_, total = bin_ + 1, 0.0
    if total and bin_:
        bins[bins == bin_] = bin_ - 1
    return bins


def _statistic(observed: NDArray[Any], expected: NDArray[Any]) -> float:
    return float(((observed - expected) ** 2 / expected).sum())


def _independent(symbols: NDArray[np.uint8], alphabet: int) -> tuple[float, int]:
    count = len(symbols)
    p = np.bincount(symbols, minlength=alphabet) / count
    pairs = symbols[: count // 2 * 2].reshape(-1, 2).astype(np.int64)
    expected = np.outer(p, p).reshape(-1) * (count // 2)
    observed = np.bincount(pairs[:, 0] * alphabet + pairs[:, 1], minlength=alphabet**2)
    bins = _bins(expected)
    number = int(bins.max()) + 1
    return (
        _statistic(np.bincount(bins, observed), np.bincount(bins, expected)),
        number - alphabet,
    )


def _alike(symbols: NDArray[np.uint8], alphabet: int) -> tuple[float, int]:
    length = len(symbols) // SUBSETS
    expected = np.bincount(symbols, minlength=alphabet) / SUBSETS
    bins = _bins(expected)
    wanted = np.bincount(bins, expected)
    x = math.fsum(
        _statistic(np.bincount(bins, np.bincount(subset, minlength=alphabet)), wanted)
        for subset in symbols[: length * SUBSETS].reshape(SUBSETS, -1)
    )
    return x, (SUBSETS - 1) * (len(wanted) - 1)


def _independent_bits(bits: NDArray[np.uint8]) -> tuple[float, int]:
    p1 = float(bits.mean())
    length = LONGEST_TUPLE
    while length > 1 and min(p1, 1 - p1) ** length * (len(bits) // length) < LEAST_EXPECTED:
        length -= 1
    tuples = bits[: len(bits) // length * length].reshape(-1, length).astype(np.int64)
    observed = np.bincount(
        tuples @ (1 << np.arange(length - 1, -1, -1)), minlength=1 << length
    ).astype(float)
    ones = np.bitwise_count(np.arange(1 << length)).astype(float)
    expected = p1**ones * (1 - p1) ** (length - ones) * len(tuples)
    return _statistic(observed, expected), (1 << length) - 2


def _alike_bits(bits: NDArray[np.uint8]) -> tuple[float, int]:
    length = len(bits) // SUBSETS
    ones = bits[: length * SUBSETS].reshape(SUBSETS, -1).sum(axis=1)
    expected = float(bits.mean()) * length
    both = _statistic(ones.astype(float), np.full(SUBSETS, expected))
    return both + _statistic(length - ones.astype(float), np.full(SUBSETS, length - expected)), 9


# --- LRS (5.2.5) --------------------------------------------------------------------------


def _longest_repeat(symbols: NDArray[np.uint8]) -> IidTest:
    numbered, alphabet = renumbered(symbols)
    longest = repeats(numbered, alphabet).v
    collide = float(((np.bincount(numbered) / len(numbered)) ** 2).sum())
    windows = len(numbered) - longest + 1
    if longest == 0 or collide >= 1:
        p = float(longest == 0)
    else:
        p = -math.expm1(windows * (windows - 1) / 2 * math.log1p(-(collide**longest)))
    return IidTest("longest repeated substring", "5.2.5", longest, p >= SIGNIFICANCE, p)


# --- permutations (5.1) -------------------------------------------------------------------


def _permuted(  # noqa: PLR0917  all of them its own
    symbols: NDArray[np.uint8],
    seed: int,
    complete: bool,
    permutations: int,
    before: list[IidTest],
    told: Callable[[int], None],
) -> tuple[list[IidTest], int]:
    views = Views(symbols)
    original = np.append(cheap_statistics(views, symbols), float(_compressed(symbols)))
    sides = np.zeros((3, len(NAMES)), np.int64)
    state = np.array([seed * 0x9E3779B97F4A7C15 % (1 << 64) | 1], np.uint64)
    work = symbols.copy()

    def decided(which: slice) -> bool:
        low, high = sides[0, which] + sides[1, which], sides[1, which] + sides[2, which]
        return bool(((low > EACH_SIDE) & (high > EACH_SIDE)).all())

    def side(which: slice, found: NDArray[np.float64] | float) -> None:
        difference = np.sign(found - original[which]).astype(int)
        for n, sign in enumerate(np.atleast_1d(difference), which.start):
            sides[sign + 1, n] += 1

    cheap, last = slice(0, CHEAP), slice(CHEAP, CHEAP + 1)
    made = 0
    while made < permutations and (complete or not decided(cheap)):
        shuffle(work, state)
        side(cheap, cheap_statistics(views, work))
        made += 1
        told(made)
        if complete:
            side(last, float(_compressed(work)))
    compress = complete or (decided(cheap) and all(test.passed for test in before))
    again = 0
    while compress and not complete and again < permutations and not decided(last):
        shuffle(work, state)
        side(last, float(_compressed(work)))
        again += 1
        told(made + again)
    return [
        IidTest(
            name,
            "5.1",
            float(original[n]),
            decided(slice(n, n + 1)) if n < CHEAP or compress else None,
            sides=(int(sides[0, n]), int(sides[1, n]), int(sides[2, n])),
        )
        for n, name in enumerate(NAMES)
    ], made + again


def _compressed(symbols: NDArray[np.uint8]) -> int:
    """5.1.11: bytes after bzip2 of the decimal numbers with single spaces between."""
    return len(bz2.compress(" ".join(map(str, symbols.tolist())).encode(), 5))
