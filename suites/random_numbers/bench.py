"""How long the judges of random numbers take, in CPU seconds and in yardsticks of the machine."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from suites.random_numbers import ais31_2011, ais31_2024, iid, sp800_90b
from suites.random_numbers.bits import BitReader
from suites.random_numbers.samples import keystream
from suites.random_numbers.sp800_90b import Assessment, Data

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray

SAMPLE = 4_000_000  # bytes
SIZES = (100_000, 1_000_000, 10_000_000)  # symbols of 8 bits
NIST = "ea_non_iid"


@dataclass(frozen=True)
class Timing:
    """One figure: seconds (of CPU, or by the clock), the bytes that were judged, the goal."""

    name: str
    seconds: float
    size: int
    goal: float | None = None  # yardsticks
    unit: str = "CPU s"


def timings() -> Iterator[Timing]:
    """All judges; the compiled loops are ready before the first is timed."""
    data = np.frombuffer(keystream(SIZES[-1], "jpki-rng-bench"), np.uint8)
    warm()

    def both() -> None:
        ais31_2011.procedure_a(BitReader(data))
        ais31_2011.procedure_b(BitReader(data))

    trial = ais31_2024.TRIAL_BITS // 8
    yield Timing("AIS 31 (2011) A and B, 15.3 Mbit", _cpu(both), 1_909_000, 5.0)
    once = _cpu(lambda: ais31_2024.trial(BitReader(data)))
    yield Timing("AIS 31 (2024), one trial", once, trial, 4.0)
    for size in SIZES:
        goal = 36.0 if size == SIZES[1] else None
        name = f"SP 800-90B non-IID, {size / 1e6:g} M symbols of 8 bit"
        yield Timing(name, _cpu(lambda: _by_blocks(data[:size])), size, goal)  # noqa: B023  at once
    block = data[: SIZES[1]]
    began = time.perf_counter()
    sp800_90b.assess(block, 8, threads=2)
    wall = time.perf_counter() - began
    yield Timing("the same million on two threads", wall, len(block), 20.0, "s")
    judged = _cpu(lambda: iid.judge(data[: SIZES[0]], 8))
    yield Timing("SP 800-90B IID track, 0.1 M symbols of 8 bit", judged, SIZES[0])
    yield from _beside_nist(block)


def _by_blocks(data: NDArray[np.uint8]) -> None:
    """As ``judge rng`` does: a million symbols at a time."""
    for begin in range(0, len(data), SIZES[1]):
        sp800_90b.assess(data[begin : begin + SIZES[1]], 8)


def warm() -> None:
    """Compile every loop, or load it compiled."""
    data = np.frombuffer(keystream(8_000, "jpki-rng-warm"), np.uint8)
    sp800_90b.assess(data, 8)
    sp800_90b.assess(data & np.uint8(1), 1)
    iid.judge(data[:2_000], 8, permutations=1)
    lasting = np.frombuffer(keystream(40_000, "jpki-rng-warm"), np.uint8)
    sp800_90b.assess(np.unpackbits(lasting), 1)


def _cpu(work: Callable[[], object]) -> float:
    """CPU seconds of one call, all threads together."""
    began = time.process_time()
    work()
    return time.process_time() - began


def _beside_nist(block: NDArray[np.uint8]) -> Iterator[Timing]:
    """NIST's own program on the same million, where it is on PATH."""
    if shutil.which(NIST) is None:
        return
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "sample.bin"
        file.write_bytes(block.tobytes())
        before = os.times()
        told = subprocess.run([NIST, "-v", "-v", str(file), "8"], capture_output=True, text=True,
                              check=False).stdout  # fmt: skip
        after = os.times()
    used = after.children_user + after.children_system
    used -= before.children_user + before.children_system
    yield Timing(f"{NIST}, the same million", used, len(block))
    print(f"{NIST} beside ours: {differences(told, sp800_90b.assess(block, 8))}")


def differences(told: str, ours: Assessment) -> str:
    """The largest difference between NIST's output and our estimates, and where."""
    pattern = re.compile(r"(Literal|Bitstring) (.+?) (?:Prediction )?Estimate: min entropy = (\S+)")
    names = {"Most Common Value": "MCV", "t-Tuple": "t-tuple"}
    theirs = {
        (names.get(name, name), Data(kind.lower())): float(value)
        for kind, name, value in pattern.findall(told)
    }
    found = {
        (e.name, e.data): abs(theirs[e.name, e.data] - e.min_entropy)
        for e in ours.estimates
        if (e.name, e.data) in theirs
    }
    if not found:
        return "its output could not be read"
    worst = max(found, key=lambda key: found[key])
    return f"{len(found)} estimates, largest difference {found[worst]:.2e} ({' '.join(worst)})"


if __name__ == "__main__":
    warm()
