"""How long the judges of random numbers take, in CPU seconds and in yardsticks of the machine."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import numpy as np

from suites.random_numbers import ais31_2011, ais31_2024
from suites.random_numbers.bits import BitReader
from suites.random_numbers.lz78y import lz78y
from suites.random_numbers.markov_models import multi_mmc
from suites.random_numbers.samples import keystream

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray

SAMPLE = 4_000_000  # bytes
SIZES = (100_000, 1_000_000, 10_000_000)  # bits of one prediction estimate


def cpu_seconds(work: Callable[[], object]) -> float:
    """CPU seconds of one call, all threads together."""
    began = time.process_time()
    work()
    return time.process_time() - began


def timings() -> Iterator[tuple[str, float, float | None]]:
    """Name, CPU seconds, and the goal in yardsticks where one was set."""
    data = np.frombuffer(keystream(SAMPLE, "jpki-rng-bench"), np.uint8)

    def both() -> None:
        ais31_2011.procedure_a(BitReader(data))
        ais31_2011.procedure_b(BitReader(data))

    yield "AIS 31 (2011) A and B, 15.3 Mbit", cpu_seconds(both), 5.0
    yield "AIS 31 (2024), one trial", cpu_seconds(lambda: ais31_2024.trial(BitReader(data))), 4.0
    for size in SIZES:
        bits = BitReader(data).take(size)
        yield f"MultiMMC and LZ78Y, {size / 1e6:g} Mbit", cpu_seconds(lambda: _predict(bits)), None  # noqa: B023  called at once


def _predict(bits: NDArray[np.uint8]) -> None:
    multi_mmc(bits, 2)
    lz78y(bits, 2)
