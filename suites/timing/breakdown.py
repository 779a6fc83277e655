"""A measured time split into applet, transport, OMAPI and TSM: whether the parts add up. Pure.

REQ-1-1-h (deck p.17, 18). Rules: no part is negative; the sum is the total within one resolution of
the clock; and a delay that is put into the transport lengthens the transport and nothing else.
"""

from __future__ import annotations

import math
from dataclasses import astuple, dataclass, fields
from typing import TYPE_CHECKING

import numpy as np

from fixtures.verdict import Finding, Verdict
from suites.timing.distributions import t_quantile
from suites.timing.welch import welch

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

SHOWN = 5  # records that do not add up are named so often, then counted
CHANCE = 1e-5  # that the interval of a difference misses it, both sides together
ROUNDING = 1e-9  # s, what sums of floating numbers may be off


@dataclass(frozen=True)
class Parts:
    """Where the time of one operation went, in seconds; ``total`` is measured by itself."""

    applet: float
    transport: float
    omapi: float
    tsm: float
    total: float

    @property
    def sum(self) -> float:
        return math.fsum((self.applet, self.transport, self.omapi, self.tsm))

    @property
    def gap(self) -> float:
        """What the parts have more than the total, in seconds."""
        return self.sum - self.total


NAMES = tuple(field.name for field in fields(Parts))[:-1]


def judge_breakdown(
    parts: Sequence[Parts],
    resolution: float,
    requirement: str = "REQ-1-1-h",
    subject: str = "breakdown",
) -> list[Finding]:
    """One finding for each of the first five records that do not add up, then one for all.

    ``resolution``: of the clock, in seconds.
    """
    if not parts:
        lack = "no time is split into its parts"
        return [Finding(requirement, Verdict.INCONCLUSIVE, lack, subject)]
    wrong = [(n, told) for n, one in enumerate(parts, 1) if (told := _wrong(one, resolution))]
    found = [
        Finding(requirement, Verdict.FAIL, told, f"{subject}: time {n}", parts[n - 1].gap,
                resolution, "s")
        for n, told in wrong[:SHOWN]
    ]  # fmt: skip
    worst = max((abs(one.gap) for one in parts if math.isfinite(one.gap)), default=math.nan)
    told = f"{len(wrong)} of {len(parts)} times do not add up" if wrong else ""
    verdict = Verdict.FAIL if wrong else Verdict.PASS
    value = worst if math.isfinite(worst) else None
    return [*found, Finding(requirement, verdict, told, subject, value, resolution, "s")]


def _wrong(one: Parts, resolution: float) -> str:
    values = dict(zip((*NAMES, "total"), astuple(one), strict=True))
    for name, value in values.items():
        if not value >= -(resolution + ROUNDING):
            return f"{name} is {value:g} s, which is no duration"
    if not abs(one.gap) <= resolution + ROUNDING:
        return f"the parts sum to {one.sum:.6g} s, the whole took {one.total:.6g} s"
    return ""


def judge_delay(
    before: Sequence[Parts],
    after: Sequence[Parts],
    delay: float,
    resolution: float,
    requirement: str = "REQ-1-1-h",
    *,
    paired: bool = False,
) -> list[Finding]:
    """Whether ``delay`` seconds put into the transport show there, and there only.

    One finding for each part and one for the total. ``paired``: the n-th of both is the same
    operation (same seed, same key), so that what varies between operations cancels out. A part
    that varies so much that it could hide half of the delay is INCONCLUSIVE. ``ValueError`` for
    pairs of unequal number.
    """
    if paired and len(before) != len(after):
        raise ValueError(f"{len(before)} and {len(after)} operations are no pairs")
    if min(len(before), len(after)) < 2:
        return [Finding(requirement, Verdict.INCONCLUSIVE, "two times of each are the least")]
    old, new = _columns(before), _columns(after)
    return [
        _delay(requirement, name, _difference(old[name], new[name], paired), delay, resolution)
        for name in old
    ]


def _columns(parts: Sequence[Parts]) -> dict[str, NDArray[np.float64]]:
    values = np.array([astuple(one) for one in parts])
    return dict(zip((*NAMES, "total"), values.T, strict=True))


def _delay(
    requirement: str,
    name: str,
    measured: tuple[float, float],
    delay: float,
    resolution: float,
) -> Finding:
    longer, error = measured
    wanted = delay if name in ("transport", "total") else 0.0
    told, verdict = f"{name} took {longer * 1e3:+.3f} ms, want {wanted * 1e3:+.3f} ms", Verdict.FAIL
    if error > delay / 2:
        told = f"{name} is known to {error * 1e3:.0f} ms only, which could hide the delay"
        verdict = Verdict.INCONCLUSIVE
    elif abs(longer - wanted) <= error + resolution + ROUNDING:
        verdict, told = Verdict.PASS, ""
    chance = CHANCE if error > ROUNDING else None
    return Finding(requirement, verdict, told, f"delay: {name}", longer, wanted, "s", chance)


def _difference(
    old: NDArray[np.float64], new: NDArray[np.float64], paired: bool
) -> tuple[float, float]:
    """Mean difference and half its interval, in seconds."""
    quantile = 1 - CHANCE / 2
    if not paired:
        found = welch(new, old)
        return found.difference, found.error * t_quantile(quantile, found.degrees)
    apart = new - old
    error = float(apart.std(ddof=1)) / math.sqrt(len(apart))
    return float(apart.mean()), error * t_quantile(quantile, len(apart) - 1)
