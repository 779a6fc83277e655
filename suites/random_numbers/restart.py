"""Restart tests of SP 800-90B 3.1.4: a thousand restarts, a thousand samples of each. Pure."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from suites.random_numbers.probabilities import binomial_quantile

if TYPE_CHECKING:
    from numpy.typing import NDArray

RESTARTS, SAMPLES = 1_000, 1_000
SIGNIFICANCE = 0.99  # of all 2,000 rows and columns together


@dataclass(frozen=True)
class Restart:
    """What a restart matrix came to.

    Attributes
    ----------
    most, cutoff
        The most often a symbol came in one row or column, and what is too often.
    h_rows, h_columns
        Assessed min-entropy of the matrix read by rows and by columns; ``None`` where the sanity
        check failed before.
    min_entropy
        The least of both and of the claim; 0 where the test failed.
    """

    most: int
    cutoff: int
    claim: float
    h_rows: float | None
    h_columns: float | None

    @property
    def passed(self) -> bool:
        return not self.reason

    @property
    def reason(self) -> str:
        if self.most > self.cutoff:
            return (
                f"a symbol came {self.most} times in one row or column, {self.cutoff} are allowed"
            )
        if self.h_rows is not None and self.h_columns is not None:
            least = min(self.h_rows, self.h_columns)
            if least < self.claim / 2:
                return f"the matrix has {least:.4f} bits a sample, half of the claim is needed"
        return ""

    @property
    def min_entropy(self) -> float:
        if not self.passed or self.h_rows is None or self.h_columns is None:
            return 0.0
        return min(self.h_rows, self.h_columns, self.claim)


def cutoff(claim: float, alphabet: int) -> int:
    """How often a symbol may come in a row or column of 1,000 (3.1.4.3); claim in bits a sample."""
    each = 1 - SIGNIFICANCE ** (1 / (RESTARTS + SAMPLES))
    return binomial_quantile(SAMPLES, 2.0**-claim, each / alphabet)


def judge(
    matrix: NDArray[np.uint8], claim: float, assessed: Callable[[NDArray[np.uint8]], float]
) -> Restart:
    """Judge a matrix (a row for each restart) against a claimed min-entropy, bits a sample.

    ``assessed``: the track that applies, of a million samples. ``ValueError`` for another shape.
    """
    if matrix.shape != (RESTARTS, SAMPLES):
        raise ValueError(f"a restart matrix is {RESTARTS} x {SAMPLES}, not {matrix.shape}")
    most = max(_most(matrix), _most(matrix.T))
    allowed = cutoff(claim, len(np.unique(matrix)))
    if most > allowed:
        return Restart(most, allowed, claim, None, None)
    rows = assessed(np.ascontiguousarray(matrix).reshape(-1))
    columns = assessed(np.ascontiguousarray(matrix.T).reshape(-1))
    return Restart(most, allowed, claim, rows, columns)


def _most(rows: NDArray[np.uint8]) -> int:
    return max(int(np.bincount(row).max()) for row in rows)
