"""Whether the time of a signature tells what was signed, or with which key. Pure.

Rules:

1. two classes (fixed and random digest, or two keys), interleaved in random order, by the number
   of runs on both sides: classes taken one after the other would show every drift of the clock as a
   leak, classes in turn every disturbance of period 2. Blind to other patterns (AABB has as many
   runs as chance), so draw the order, do not devise it;
2. Welch's t, alarm beyond 4.5 (Goodwill et al., NIAT 2011: test vector leakage assessment); the
   same after cropping the longest times at 100 percentiles, and on squared distances from the
   mean (Reparaz, Balasch, Verbauwhede: dudect, DATE 2017);
3. an alarm on all times is confirmed where the same statistic alarms on the first half and on the
   second, in the same direction: then FAIL; else INCONCLUSIVE, take more times;
4. a number known for each signature (Hamming weight of a digest) is a covariate: the slope of the
   regression is held against the same 4.5;
5. what nothing was found in is bounded, not proved: the least difference that would have been seen
   with probability 0.9 is said. It falls with the square root of the number of signatures.

No requirement of the deck asks for it, so the findings carry the name LEAKAGE.
"""

from __future__ import annotations

import math
from dataclasses import replace
from statistics import NormalDist
from typing import TYPE_CHECKING

import numpy as np

from fixtures.verdict import Finding, Verdict
from suites.timing.welch import ALARM, Welch, resolvable, welch

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from suites.timing.series import Series

    Statistic = Callable[[NDArray[np.float64], NDArray[np.float64]], NDArray[np.float64]]

REQUIREMENT = "LEAKAGE"
LEAST = 100  # times of each class, half of them in each half; t is taken for normal
FEWEST_CROPPED = 50  # times of each class that a crop must leave
CROPS = 100
EACH = 2 * NormalDist().cdf(-ALARM)  # that a statistic alarms without a leak
FALSE_ALARM = (CROPS + 2) * EACH  # that one of them does, at most


def crops(times: NDArray[np.float64], count: int = CROPS) -> NDArray[np.float64]:
    """The times beyond which dudect cuts off: quantiles 1 - 0.5 ^ (10 i / count), i = 1 … count."""
    shares = 1 - 0.5 ** (10 * np.arange(1, count + 1) / count)
    return np.array(np.quantile(times, shares), dtype=np.float64)


def cropped_t(
    first: NDArray[np.float64], second: NDArray[np.float64], limits: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Welch's t of the times up to each limit; 0 where fewer than 50 of a class are left."""
    centre = float(np.concatenate([first, second]).mean())  # sums of squares keep their digits
    n, mean, error2 = zip(*(_moments(one - centre, limits - centre) for one in (first, second)),
                          strict=True)  # fmt: skip
    error = np.sqrt(error2[0] + error2[1])
    enough = (np.minimum(*n) >= FEWEST_CROPPED) & (error > 0)
    t = np.zeros(len(limits))
    np.divide(mean[0] - mean[1], error, out=t, where=enough)
    return t


def _moments(
    times: NDArray[np.float64], limits: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Number, mean and squared error of the mean of the times up to each limit."""
    ordered = np.sort(times)
    count = np.searchsorted(ordered, limits, side="right")
    sums, squares = (np.concatenate([[0.0], np.cumsum(x)])[count] for x in (ordered, ordered**2))
    n = np.maximum(count, 2).astype(np.float64)
    variance = np.maximum(squares - sums * sums / n, 0) / (n - 1)
    return count.astype(np.float64), sums / n, variance / n


def runs_z(is_second: NDArray[np.bool_]) -> float:
    """How many standard deviations the number of runs is off random order (Wald, Wolfowitz)."""
    n = len(is_second)
    ones = int(np.count_nonzero(is_second))
    both = 2.0 * ones * (n - ones)
    mean = both / n + 1
    variance = both * (both - n) / (n * n * (n - 1))
    runs = 1 + int(np.count_nonzero(is_second[1:] != is_second[:-1]))
    return (runs - mean) / math.sqrt(variance) if variance > 0 else -math.inf


def judge_leakage(
    series: Series, classes: Sequence[str], requirement: str = REQUIREMENT
) -> list[Finding]:
    """Two classes against each other; ``classes`` has one name for each time, in the same order.

    Findings for the order of the classes, the means, the cropped means and the spread.
    ``ValueError`` where the classes are not two, or not as many as the times.
    """
    names = sorted(set(classes))
    if len(names) != 2 or len(classes) != len(series):
        raise ValueError(f"{series.subject}: two classes are compared, one name for each time")
    second = np.array([name == names[1] for name in classes])
    short = _too_few(series, second, LEAST, requirement)
    if short is not None:
        return [short]
    mixed = _interleaved(series, second, requirement)
    if mixed.verdict is not Verdict.PASS:
        return [mixed]
    for half in _halves(len(series)):  # each is to confirm an alarm
        short = _too_few(series, second[half], LEAST // 2, requirement)
        if short is not None:
            return [mixed, replace(short, reason=f"{short.reason} in each half")]
    return [mixed, *(_confirmed(series, second, *one, requirement) for one in _statistics(series))]


def _too_few(
    series: Series, second: NDArray[np.bool_], least: int, requirement: str
) -> Finding | None:
    """The finding where a class has less."""
    few = int(min(second.sum(), (~second).sum()))
    if few >= least:
        return None
    lack = f"insufficient data: {few} times of a class, at least {least} are needed"
    return Finding(requirement, Verdict.INCONCLUSIVE, lack, series.subject, few, least)


def judge_covariate(
    series: Series,
    covariate: NDArray[np.float64],
    requirement: str = REQUIREMENT,
    name: str = "covariate",
) -> Finding:
    """Regression of the times on a number known of each; ``name`` tells a reader which."""
    subject = f"{series.subject}: {name}"
    if len(covariate) != len(series):
        raise ValueError(f"{subject}: one number for each time is needed")
    if len(series) < 2 * LEAST or np.ptp(covariate) == 0:
        lack = f"insufficient data: {2 * LEAST} times at different values are needed"
        return Finding(requirement, Verdict.INCONCLUSIVE, lack, subject)
    slope, error = regression(series.seconds, covariate)
    halves = [regression(series.seconds[h], covariate[h]) for h in _halves(len(series))]
    verdict = _verdict(_t(slope, error), [_t(*half) for half in halves])
    per = resolvable(error) * 1e6
    told = {
        Verdict.PASS: f"a slope of {per:.3g} µs a unit would have been seen",
        Verdict.INCONCLUSIVE: "the time depends on it, but not in both halves; take more times",
    }.get(verdict, f"the time changes by {slope * 1e6:.3g} µs a unit")
    t = _t(slope, error)
    return Finding(requirement, verdict, told, subject, t, ALARM, "t", EACH**2 / 2)


def regression(times: NDArray[np.float64], covariate: NDArray[np.float64]) -> tuple[float, float]:
    """Slope of the least-squares line and its standard error; (0, 0) for a constant covariate."""
    x, y = covariate - covariate.mean(), times - times.mean()
    square = float(x @ x)
    if square == 0:
        return 0.0, 0.0
    slope = float(x @ y) / square
    rest = y - slope * x
    return slope, math.sqrt(float(rest @ rest) / (len(x) - 2) / square)


def _t(slope: float, error: float) -> float:
    return Welch(slope, error, 1).t


def _halves(count: int) -> tuple[slice, slice]:
    return slice(0, count // 2), slice(count // 2, count)


def _verdict(whole: float, halves: Sequence[float]) -> Verdict:
    """By rule 3."""
    if abs(whole) <= ALARM:
        return Verdict.PASS
    same = all(abs(half) > ALARM and half * whole > 0 for half in halves)
    return Verdict.FAIL if same else Verdict.INCONCLUSIVE


def _interleaved(series: Series, second: NDArray[np.bool_], requirement: str) -> Finding:
    """Too few runs: a drift would look like a leak. Too many: whatever alternates would."""
    z = runs_z(second)
    told = ""
    if abs(z) > ALARM:
        told = "the classes were not taken in random order; " + (
            "a drift would look like a leak"
            if z < 0
            else "a disturbance that alternates as they do would look like a leak"
        )
    return Finding(
        requirement, Verdict.INCONCLUSIVE if told else Verdict.PASS, told,
        f"{series.subject}: order of the classes", z if math.isfinite(z) else None, ALARM, "σ",
    )  # fmt: skip


def _statistics(
    series: Series,
) -> list[tuple[str, Statistic]]:
    """Each maps two samples to the t values of one kind; limits come from all times together."""
    limits = crops(series.seconds)
    return [
        ("means", lambda a, b: np.array([welch(a, b).t])),
        ("means of cropped times", lambda a, b: cropped_t(a, b, limits)),
        ("spread", lambda a, b: np.array([welch((a - a.mean()) ** 2, (b - b.mean()) ** 2).t])),
    ]


def _confirmed(
    series: Series,
    second: NDArray[np.bool_],
    name: str,
    statistic: Statistic,
    requirement: str,
) -> Finding:
    times = series.seconds
    whole = statistic(times[~second], times[second])
    place = int(np.argmax(np.abs(whole)))
    t = float(whole[place])
    halves = [
        float(statistic(times[h][~second[h]], times[h][second[h]])[place])
        for h in _halves(len(times))
    ]
    verdict = _verdict(t, halves)
    told = {
        Verdict.PASS: "",
        Verdict.INCONCLUSIVE: "the classes differ, but not in both halves; take more times",
    }.get(verdict, f"the classes differ: t = {t:.1f}, in the halves {halves[0]:.1f}, "
                   f"{halves[1]:.1f}")  # fmt: skip
    if name == "means" and verdict is Verdict.PASS:
        error = welch(times[~second], times[second]).error
        told = f"a difference of {resolvable(error) * 1e6:.3g} µs would have been seen"
    value = t if math.isfinite(t) else math.copysign(1e9, t)
    chance = len(whole) * EACH**2 / 2  # both halves, on the same side
    return Finding(
        requirement, verdict, told, f"{series.subject}: {name}", value, ALARM, "t", chance
    )  # fmt: skip
