"""What the deck says of issuance as a whole, held against measured runs. Pure.

Figures are the deck's (p.16 to p.18); what "about" allows is OUR DESIGN and stands beside each.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from decimal import Decimal
from statistics import fmean, stdev

from fixtures.catalogue.numbers import (
    EXTRA_WHEN_INEXPERIENCED,
    LEAST_ISSUANCE,
    MEASUREMENTS_PER_MODEL,
    WAITING_RANGE,
)
from fixtures.targets.turnaround_port import LANES, Run
from fixtures.verdict import Finding, Verdict
from suites.timing.distributions import t_quantile
from suites.turnaround.table import DECK, SECTIONS, TENTH, WAITING, means

ABOUT = 0.95  # of the least time: below it something was not timed
LONG = 1.10  # of it: a warning, no failure
SHARE_WITHIN = 0.95  # of runs whose waiting lies in the deck's range
DECK_WAITING = Decimal("23.5")  # s, sections 4 to 7 of the table; printed as 24 and 25
CONFIDENCE = 0.99

ByHandset = Mapping[str, Sequence[Run]]


def whole(run: Run) -> float:
    """Seconds from the beginning of the first section to the end of the last."""
    return run[-1].end - run[0].start


def waiting(run: Run) -> float:
    """Seconds in which the user can do nothing: sections 4 to 7."""
    return math.fsum(one.total for one in run if one.section in WAITING)


def lane_time(run: Run, lane: str, sections: Sequence[str] = SECTIONS) -> float:
    """Seconds of one lane in these sections."""
    at = LANES.index(lane)
    return math.fsum(one.cells[at] or 0.0 for one in run if one.section in sections)


def judge_count(handset: str, runs: Sequence[Run], requirement: str = "REQ-3-1-k") -> Finding:
    """Ten measurements; mean, maximum and minimum. Ten times the same is one measurement."""
    times = [whole(run) for run in runs]
    if len(times) < MEASUREMENTS_PER_MODEL:
        told = f"{len(times)} measurements, {MEASUREMENTS_PER_MODEL} are asked for"
        return Finding(requirement, Verdict.INCONCLUSIVE, told, handset)
    told = f"{len(times)} measurements: mean {fmean(times):.1f} s, "
    told += f"maximum {max(times):.1f} s, minimum {min(times):.1f} s"
    if len(set(times)) == 1:
        told = f"{len(times)} equal times of {times[0]:.6f} s: measured once and copied"
        return Finding(requirement, Verdict.FAIL, told, handset)
    return Finding(requirement, Verdict.PASS, told, handset, fmean(times), None, "s")


def judge_deck(runs: Sequence[Run], requirement: str = "REQ-3-1-m") -> list[Finding]:
    """The preset ``deck`` has the deck's means, within a tenth: totals, cells, columns."""
    found = means(runs)
    lines = {**found.rows, "bottom row": found.bottom}
    wanted = {**DECK.rows, "bottom row": DECK.bottom}
    findings = []
    for name, line in lines.items():
        pairs = zip(
            ("total", *LANES),
            (line.total, *line.cells),
            (wanted[name].total, *wanted[name].cells),
            strict=True,
        )
        off = [
            f"{column} {got} s, the deck has {want} s"
            for column, got, want in pairs
            if got is not None and want is not None and abs(got - want) > TENTH
        ]
        verdict = Verdict.FAIL if off else Verdict.PASS
        findings.append(
            Finding(
                requirement, verdict, "; ".join(off), name, float(line.total),
                float(wanted[name].total), "s",
            )
        )  # fmt: skip
    return findings


def judge_least(handsets: ByHandset, requirement: str = "REQ-3-1-o") -> Finding:
    """The mean over all handsets is about 90 s or more; beyond 99 s a warning."""
    mean = fmean(fmean(whole(run) for run in runs) for runs in handsets.values())
    least = float(LEAST_ISSUANCE)
    told = f"mean {mean:.1f} s over {len(handsets)} handsets"
    verdict = Verdict.PASS
    if mean < ABOUT * least:
        verdict = Verdict.FAIL
        told += f": below {ABOUT * least:.1f} s something is left out of the times"
    elif mean > LONG * least:
        told += f": warning, more than {LONG * least:.0f} s"
    return Finding(requirement, verdict, told, "issuance", mean, least, "s")


def judge_waiting(handsets: ByHandset, requirement: str = "REQ-3-1-p") -> Finding:
    """Of all runs on all handsets at least 95 % wait 20 to 40 s."""
    low, high = (float(end) for end in WAITING_RANGE)
    times = [waiting(run) for runs in handsets.values() for run in runs]
    within = sum(low <= time <= high for time in times) / len(times)
    told = f"{within:.1%} of {len(times)} runs wait {low:.0f} to {high:.0f} s; mean "
    told += f"{fmean(times):.1f} s, from {min(times):.1f} to {max(times):.1f} s"
    verdict = Verdict.PASS if within >= SHARE_WITHIN else Verdict.FAIL
    return Finding(requirement, verdict, told, "waiting", within, SHARE_WITHIN, "share of runs")


def judge_deck_waiting(runs: Sequence[Run], requirement: str = "REQ-3-1-p") -> Finding:
    """By the deck's means 23.5 s, which p.18 prints as 24 and p.17 as 25."""
    mean = fmean(waiting(run) for run in runs)
    verdict = Verdict.PASS if abs(mean - float(DECK_WAITING)) <= float(TENTH) else Verdict.FAIL
    told = f"sections 4 to 7 take {mean:.1f} s, the deck's rows add up to {DECK_WAITING} s"
    return Finding(requirement, verdict, told, "the deck's means", mean, float(DECK_WAITING), "s")


def judge_inexperienced(
    handset: str,
    experienced: Sequence[Run],
    inexperienced: Sequence[Run],
    requirement: str = "REQ-3-1-q",
) -> Finding:
    """30 to 60 s more. Outside, FAIL where the whole 99 % interval is; else INCONCLUSIVE."""
    low, high = (float(end) for end in EXTRA_WHEN_INEXPERIENCED)
    first, second = [whole(run) for run in experienced], [whole(run) for run in inexperienced]
    extra = fmean(second) - fmean(first)
    half = _half_width(first, second)
    told = f"{fmean(first):.1f} s and {extra:+.1f} s, {fmean(second):.1f} s in all"
    if low <= extra <= high:
        verdict = Verdict.PASS
    elif extra + half < low or extra - half > high:
        verdict = Verdict.FAIL
    else:
        verdict = Verdict.INCONCLUSIVE
        told += f" ± {half:.1f} s: take more times"
    return Finding(requirement, verdict, told, handset, extra, high, "s")


def _half_width(first: Sequence[float], second: Sequence[float]) -> float:
    """Of the interval of a difference of means; by the smaller of the degrees of freedom."""
    if min(len(first), len(second)) < 2:
        return math.inf
    spread = math.hypot(
        stdev(first) / math.sqrt(len(first)), stdev(second) / math.sqrt(len(second))
    )
    return spread * t_quantile((1 + CONFIDENCE) / 2, min(len(first), len(second)) - 1)
