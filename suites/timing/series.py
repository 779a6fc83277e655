"""Measured times of one operation of one product, in the order in which they were taken."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

FEWEST = 10  # repetitions of each model: REQ-1-1-f, technical verification deck p.16


@dataclass(frozen=True, eq=False)
class Series:
    """Times in seconds, shape (n,), n >= 0; copied and frozen when the series is made.

    ``subject`` says for a reader which product and operation it is. ``ValueError`` for a negative
    time and for one that is no number: overhead that was subtracted can exceed what it was
    subtracted from (public key generation tables hold a -46 ms), and such a record is repeated or
    left out, never averaged.
    """

    subject: str
    seconds: NDArray[np.float64]

    def __post_init__(self) -> None:
        taken = np.array(self.seconds, dtype=np.float64)
        if taken.ndim != 1:
            raise ValueError(f"{self.subject}: times of one series have one dimension")
        bad = np.flatnonzero(~(np.isfinite(taken) & (taken >= 0)))
        if len(bad):
            raise ValueError(
                f"{self.subject}: sample {bad[0] + 1} is {taken[bad[0]]:g} s, which is no "
                "duration; leave the record out or take it again"
            )
        taken.flags.writeable = False
        object.__setattr__(self, "seconds", taken)

    def __len__(self) -> int:
        return len(self.seconds)

    @property
    def is_too_short(self) -> bool:
        """Fewer repetitions than REQ-1-1-f asks for."""
        return len(self) < FEWEST

    @property
    def lack(self) -> str:
        """Why a series that is too short decides nothing."""
        return f"insufficient data: {len(self)} times, at least {FEWEST} are needed"
