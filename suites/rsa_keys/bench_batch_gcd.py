"""How time and memory of the batch gcd grow; every figure from a process of its own.

The moduli are products of two random odd numbers of 1,024 bits: the arithmetic is the same as with
primes, and making them takes seconds. Many of them share small factors, and so more is found than
among keys, which costs a gcd each way.
"""

from __future__ import annotations

import random
import resource
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from suites.rsa_keys.batch_gcd import common_factors
from suites.timing.figure import Figure

SIZES = (1_000, 10_000, 30_000, 100_000)  # moduli
FROM, TO = 10_000, 100_000
MOST_GROWTH = 16.0  # times the seconds of FROM that TO may take
MOST_MEMORY = 1_000.0  # MB, at TO
BLOCKS = 8
MOST_MEMORY_IN_BLOCKS = 300.0  # MB
MOST_TIME_IN_BLOCKS = 2.0  # times the seconds of all at once
HALF = 1_024  # bits


@dataclass(frozen=True)
class Cost:
    """CPU seconds of one batch gcd, and the most memory of its process, interpreter included."""

    keys: int
    blocks: int
    seconds: float
    megabytes: float


def figures() -> Iterator[Figure]:
    """Growth with the number of moduli, then the same in blocks; three to five minutes.

    Everything once, and the two that are compared once more: long numbers suffer most from others
    who use the same memory, so the smaller figure of each counts.
    """
    costs = {size: measured(size) for size in SIZES}
    for size in (FROM, TO):
        costs[size] = min(costs[size], measured(size), key=lambda cost: cost.seconds)
    for size, cost in costs.items():
        name = f"batch GCD, {size:,} moduli of {2 * HALF} bits"
        yield at_most(name, cost.seconds, "CPU s")
        limit = MOST_MEMORY if size == TO else None
        yield at_most(f"{name}, memory", cost.megabytes, "MB", limit)
    growth = costs[TO].seconds / costs[FROM].seconds
    yield at_most(f"batch GCD, {TO:,} beside {FROM:,}", growth, "times", MOST_GROWTH)
    low = measured(TO, BLOCKS)
    name = f"batch GCD, {TO:,} moduli in {BLOCKS} blocks"
    yield at_most(name, low.seconds, "CPU s")
    yield at_most(f"{name}, memory", low.megabytes, "MB", MOST_MEMORY_IN_BLOCKS)
    yield at_most(
        f"{name}, beside all at once", low.seconds / costs[TO].seconds, "times",
        MOST_TIME_IN_BLOCKS,
    )  # fmt: skip


def at_most(name: str, value: float, unit: str, limit: float | None = None) -> Figure:
    """A figure that may be so large, where that is asked for."""
    goal = "" if limit is None else f"<= {limit:g}"
    return Figure(name, value, unit, goal, None if limit is None else value <= limit)


def measured(keys: int, blocks: int = 1) -> Cost:
    """Run in a fresh interpreter, so that no memory but its own is counted."""
    done = subprocess.run(
        [sys.executable, "-m", "suites.rsa_keys.bench_batch_gcd", str(keys), str(blocks)],
        cwd=Path(__file__).parents[2], capture_output=True, text=True, check=True,
    )  # fmt: skip
    seconds, megabytes = done.stdout.split()
    return Cost(keys, blocks, float(seconds), float(megabytes))


def moduli(count: int, seed: int = 1) -> list[int]:
    draw = random.Random(seed)

    def odd() -> int:
        return draw.getrandbits(HALF) | 1 | 1 << HALF - 1

    return [odd() * odd() for _ in range(count)]


def cost(keys: int, blocks: int) -> Cost:
    """Here and now: the memory is the peak of this process."""
    numbers = moduli(keys)
    began = time.process_time()
    common_factors(numbers, blocks=blocks)
    seconds = time.process_time() - began
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return Cost(keys, blocks, seconds, peak / (1 << 20 if sys.platform == "darwin" else 1 << 10))


if __name__ == "__main__":
    if len(sys.argv) == 3:
        here = cost(int(sys.argv[1]), int(sys.argv[2]))
        print(here.seconds, here.megabytes)
    else:
        for figure in figures():
            print(figure, flush=True)
