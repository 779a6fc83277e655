"""The statistics that permutations are compared by (SP 800-90B 5.1.1 to 5.1.10). Pure.

Bits are looked at as the standard says: as counts of ones in 8 (conversion I) for directional runs,
periodicity and covariance, as numbers of 8 bits (conversion II) for collisions.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from suites.random_numbers.compiled import compiled

if TYPE_CHECKING:
    from numpy.typing import NDArray

LAGS = (1, 2, 8, 16, 32)
NAMES = (
    "excursion", "directional runs", "longest directional run", "increases and decreases",
    "runs about the median", "longest run about the median",
    "collision mean", "collision maximum",
    *(f"periodicity {lag}" for lag in LAGS), *(f"covariance {lag}" for lag in LAGS),
    "bzip2 length",
)  # fmt: skip
CHEAP = len(NAMES) - 1  # all but the last


@dataclass(frozen=True)
class Views:
    """What stays the same under permutation: mean and median, and whether these are bits."""

    symbols: NDArray[np.uint8] = field(repr=False)

    @property
    def binary(self) -> bool:
        return int(self.symbols.max()) <= 1

    def mean(self) -> float:
        return float(self.symbols.mean(dtype=np.float64))

    def median(self) -> float:
        return 0.5 if self.binary else float(np.median(self.symbols))


def cheap_statistics(views: Views, symbols: NDArray[np.uint8]) -> NDArray[np.float64]:
    """The first 18 of ``NAMES``, of a permutation of the symbols of ``views``."""
    found = np.empty(CHEAP, np.float64)
    if views.binary:
        bytes_ = np.packbits(symbols)
        ones = np.bitwise_count(bytes_)
        _excursion_and_median(symbols, views.mean(), views.median(), found)
        _directional(ones, found)
        _collisions(bytes_, found)
    else:
        ones = symbols
        _excursion_and_median(symbols, views.mean(), views.median(), found)
        _directional(symbols, found)
        _collisions(symbols, found)
    for n, lag in enumerate(LAGS):
        found[8 + n], found[13 + n] = _at_lag(ones, lag)
    return found


@compiled
def shuffle(symbols: NDArray[np.uint8], state: NDArray[np.uint64]) -> None:
    """Fisher and Yates, with a xorshift generator (Marsaglia 2003) whose state lives on."""
    x = state[0]
    for n in range(symbols.size - 1, 0, -1):
        x ^= x << np.uint64(13)
        x ^= x >> np.uint64(7)
        x ^= x << np.uint64(17)
        other = np.int64(((x >> np.uint64(32)) * np.uint64(n + 1)) >> np.uint64(32))
        symbols[n], symbols[other] = symbols[other], symbols[n]
    state[0] = x


@compiled
def _excursion_and_median(
    symbols: NDArray[np.uint8], mean: float, median: float, found: NDArray[np.float64]
) -> None:
    total, most = np.int64(0), 0.0
    runs, longest, run = 1, 1, 1
    above = symbols[0] >= median
    for n in range(symbols.size):
        total += np.int64(symbols[n])
        away = abs(total - (n + 1) * mean)
        most = max(most, away)
        if n > 0:
            now = symbols[n] >= median
            if now == above:
                run += 1
            else:
                runs += 1
                run = 1
                above = now
            longest = max(longest, run)
    found[0], found[4], found[5] = most, runs, longest


@compiled
def _directional(symbols: NDArray[np.uint8], found: NDArray[np.float64]) -> None:
    ups, runs, longest, run = 0, 1, 1, 1
    before = symbols[1] >= symbols[0]
    ups += before
    for n in range(1, symbols.size - 1):
        now = symbols[n + 1] >= symbols[n]
        ups += now
        if now == before:
            run += 1
        else:
            runs += 1
            run = 1
            before = now
        longest = max(longest, run)
    found[1], found[2], found[3] = runs, longest, max(ups, symbols.size - 1 - ups)


@compiled
def _collisions(symbols: NDArray[np.uint8], found: NDArray[np.float64]) -> None:
    last = np.full(256, -1, np.int64)
    start, count, total, most = 0, 0, 0, 0
    for n in range(symbols.size):
        if last[symbols[n]] >= start:
            length = n - start + 1
            count += 1
            total += length
            most = max(most, length)
            start = n + 1
        last[symbols[n]] = n
    found[6], found[7] = total / max(count, 1), most


@compiled
def _at_lag(symbols: NDArray[np.uint8], lag: int) -> tuple[int, np.int64]:
    same, product = 0, np.int64(0)
    for n in range(symbols.size - lag):
        same += symbols[n] == symbols[n + lag]
        product += np.int64(symbols[n]) * np.int64(symbols[n + lag])
    return same, product
