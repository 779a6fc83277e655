"""Statistics of the order in which values came: rank correlation, and its law by shuffling. Pure.

Ranks, because one very long time would decide any correlation of the times themselves.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import ArrayLike, NDArray


def ranks(values: ArrayLike) -> NDArray[np.float64]:
    """Ranks from 1, equal values sharing the mean of theirs."""
    _, inverse, counts = np.unique(np.asarray(values), return_inverse=True, return_counts=True)
    last = np.cumsum(counts)
    return np.asarray((last - (counts - 1) / 2)[inverse], dtype=np.float64)


def correlation(a: NDArray[np.float64], b: NDArray[np.float64]) -> NDArray[np.float64]:
    """Pearson's along the last axis; 0 where one side is constant."""
    a = a - a.mean(axis=-1, keepdims=True)
    b = b - b.mean(axis=-1, keepdims=True)
    scale = np.sqrt((a * a).sum(axis=-1) * (b * b).sum(axis=-1))
    both = (a * b).sum(axis=-1)
    found = np.divide(both, scale, out=np.zeros_like(both), where=scale > 0)
    return np.asarray(found, dtype=np.float64)


def rank_correlation(a: ArrayLike, b: ArrayLike) -> float:
    """Spearman's, of values in pairs."""
    return float(correlation(ranks(a), ranks(b)))


def neighbours(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Correlation of each value with the next, along the last axis."""
    return correlation(values[..., :-1], values[..., 1:])


def drift(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Correlation with the place in the order, along the last axis."""
    place = np.arange(values.shape[-1], dtype=np.float64)
    return correlation(values, np.broadcast_to(place, values.shape))


def shuffled_p(
    statistic: Callable[[NDArray[np.float64]], NDArray[np.float64]],
    values: NDArray[np.float64],
    times: int,
    generator: np.random.Generator,
) -> tuple[float, float]:
    """The statistic, and the share of shuffled orders that are at least as far from their mean.

    The p-value counts the order found as one of ``times`` + 1, so it is never 0.
    """
    found = float(statistic(values))
    rows = max(1, 1_000_000 // len(values))
    law = np.concatenate([
        statistic(generator.permuted(np.tile(values, (min(rows, times - n), 1)), axis=1))
        for n in range(0, times, rows)
    ])  # fmt: skip
    centre = law.mean()
    further = np.count_nonzero(np.abs(law - centre) >= abs(found - centre) - 1e-12)
    return found, (1 + int(further)) / (times + 1)
