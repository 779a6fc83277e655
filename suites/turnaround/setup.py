"""With what was measured: the set-up is told, and what is assumed is no measurement. Pure.

Deck p.16: the JPKI system was simulated and is outside the measured object, the TSMs were test
environments, the card a test card; 「その時間は想定値」. Assumed seconds are the same in every run
and on every model: where they spread, somebody has measured them, or drawn them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from fixtures.targets.turnaround_port import LANES, Run
from fixtures.verdict import Finding, Verdict

WANTED = {"jpki": "simulated", "sp_tsm": "test", "sei_tsm": "test", "card": "test"}
NAMES = {
    "jpki": "the JPKI system",
    "sp_tsm": "the SP-TSM",
    "sei_tsm": "the SEI-TSM",
    "card": "the My Number Card",
}
SAME = 1e-6  # s, what two records of one assumed time may differ by


def judge_setup(
    told: Mapping[str, str], runs: Mapping[str, Sequence[Run]], requirement: str = "REQ-3-1-j"
) -> list[Finding]:
    """``told``: party → what it is, by the statement; ``runs``: by handset."""
    findings = [_told(told, party, requirement) for party in WANTED]
    if told.get("jpki") == WANTED["jpki"]:
        findings.append(_assumed(runs, requirement))
    return findings


def _told(told: Mapping[str, str], party: str, requirement: str) -> Finding:
    subject, found, wanted = NAMES[party], told.get(party, ""), WANTED[party]
    if not found:
        reason = f"not on record; say under [setup] {party} what it is"
        return Finding(requirement, Verdict.FAIL, reason, subject)
    if found != wanted:
        reason = f"is {found}; the deck measures with one that is {wanted}"
        return Finding(requirement, Verdict.FAIL, reason, subject)
    return Finding(requirement, Verdict.PASS, found, subject)


def _assumed(runs: Mapping[str, Sequence[Run]], requirement: str) -> Finding:
    subject = "assumed time of the JPKI system"
    for section, times in assumed_times(runs).items():
        if max(times) - min(times) > SAME:
            spread = f"{min(times):.3f} to {max(times):.3f} s"
            reason = f"{section} has {spread}: what is assumed is a constant"
            return Finding(requirement, Verdict.FAIL, reason, subject)
    told = ", ".join(f"{name} {times[0]:.1f} s" for name, times in assumed_times(runs).items())
    if not told:
        return Finding(requirement, Verdict.INCONCLUSIVE, "no section has one", subject)
    return Finding(requirement, Verdict.PASS, told, subject)


def assumed_times(runs: Mapping[str, Sequence[Run]]) -> dict[str, list[float]]:
    """Section → the JPKI system's seconds in every run of every handset, where it has a part."""
    found: dict[str, list[float]] = {}
    for section, seconds in _cells(runs):
        found.setdefault(section, []).append(seconds)
    return found


def _cells(runs: Mapping[str, Sequence[Run]]) -> Iterator[tuple[str, float]]:
    at = LANES.index("jpki")
    for of_handset in runs.values():
        for run in of_handset:
            for one in run:
                if (cell := one.cells[at]) is not None:
                    yield one.section, cell
