"""The health tests a noise source carries with it (SP 800-90B 4.4) and their cut-offs. Pure."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from suites.random_numbers.probabilities import binomial_quantile

if TYPE_CHECKING:
    from numpy.typing import NDArray

WINDOW_BINARY, WINDOW = 1_024, 512  # samples of the adaptive proportion test
FALSE_ALARM = 2.0**-30  # of one test; 2^-20 to 2^-40 are usual


def rct_cutoff(min_entropy: float, false_alarm: float = FALSE_ALARM) -> int:
    """4.4.1: equal samples in a row that are too many; ``min_entropy`` bits a sample."""
    return 1 + math.ceil(-math.log2(false_alarm) / min_entropy)


def apt_cutoff(min_entropy: float, window: int = WINDOW, false_alarm: float = FALSE_ALARM) -> int:
    """4.4.2: samples equal to the first of a window that are too many."""
    return 1 + binomial_quantile(window, 2.0**-min_entropy, false_alarm)


def repetition_count(symbols: NDArray[np.uint8], cutoff: int) -> int | None:
    """Where ``cutoff`` equal samples in a row are complete for the first time (from 0)."""
    if len(symbols) < cutoff:
        return None
    starts = np.flatnonzero(np.diff(symbols, prepend=symbols[0] ^ 1))
    runs = np.diff(starts, append=len(symbols))
    long = np.flatnonzero(runs >= cutoff)
    return int(starts[long[0]]) + cutoff - 1 if len(long) else None


def adaptive_proportion(symbols: NDArray[np.uint8], cutoff: int, window: int) -> int | None:
    """The first window (from 0) with ``cutoff`` samples that equal its first."""
    windows = symbols[: len(symbols) // window * window].reshape(-1, window)
    over = np.flatnonzero((windows == windows[:, :1]).sum(axis=1) >= cutoff)
    return int(over[0]) if len(over) else None
