"""What came of interruptions, counted by flow and by the place that was interrupted.

REQ-3-2-a: whatever was interrupted is completed, and nothing is left behind; REQ-3-2-b: it went
on at the declared step. An interruption that did not take place shows nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from fixtures.outcome import Inconclusive
from fixtures.verdict import Finding, Verdict

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

COMPLETED, DECLARED = "REQ-3-2-a", "REQ-3-2-b"
NOT_INTERRUPTED = "it was not interrupted: what was counted before did not pass again"


@dataclass(frozen=True)
class Tried:
    """One interruption and what came of it: everything wrong, in words."""

    flow: str
    place: str  # the link that was cut, or the TSM that ended
    interruption: str
    interrupted: bool
    resumed: bool
    wrong: tuple[str, ...]  # REQ-3-2-a
    misplaced: tuple[str, ...]  # REQ-3-2-b


@dataclass(frozen=True)
class Count:
    """How many interruptions were tried, how many ended well, and with how many was any wrong."""

    tried: int
    resumed: int
    wrong: int

    def __str__(self) -> str:
        return f"{self.tried} / {self.resumed} / {self.wrong}"


def counted(tries: Iterable[Tried]) -> Count:
    """All of them."""
    tries = list(tries)
    return Count(
        len(tries),
        sum(one.resumed for one in tries),
        sum(bool(one.wrong or one.misplaced) for one in tries),
    )


def by_place(tries: Sequence[Tried]) -> dict[str, dict[str, Count]]:
    """Flow → place → count, in the order in which they were tried."""
    cells: dict[str, dict[str, list[Tried]]] = {}
    for one in tries:
        cells.setdefault(one.flow, {}).setdefault(one.place, []).append(one)
    return {
        flow: {place: counted(of) for place, of in places.items()} for flow, places in cells.items()
    }


def told(tries: Iterable[Tried]) -> str:
    """The matrix in a line: interruptions tried, completed, wrong."""
    count = counted(tries)
    return (
        f"{count.tried} interruptions tried, {count.resumed} completed afterwards, "
        f"{count.wrong} wrong"
    )


def expect_interrupted(tries: Sequence[Tried]) -> None:
    """Raises Inconclusive unless each took place, and there was one."""
    if not tries:
        raise Inconclusive("there is no place where it can be interrupted")
    for one in tries:
        if not one.interrupted:
            raise Inconclusive(f"{one.flow}: {one.interruption}: {NOT_INTERRUPTED}")


def judged(tries: Sequence[Tried]) -> list[Finding]:
    """One finding for everything that is wrong; PASS where nothing is."""
    found = [finding for one in tries for finding in _of(one)]
    for requirement in (COMPLETED, DECLARED):
        if not any(finding.requirement == requirement for finding in found):
            found.append(_without_remark(requirement, tries))
    return found


def _of(one: Tried) -> Iterator[Finding]:
    subject = f"{one.flow}: {one.interruption}"
    for requirement, reasons in ((COMPLETED, one.wrong), (DECLARED, one.misplaced)):
        for reason in reasons:
            yield Finding(requirement, Verdict.FAIL, reason, subject)
    if not one.interrupted:
        yield Finding(COMPLETED, Verdict.INCONCLUSIVE, NOT_INTERRUPTED, subject)


def _without_remark(requirement: str, tries: Sequence[Tried]) -> Finding:
    if tries:
        return Finding(requirement, Verdict.PASS)
    return Finding(requirement, Verdict.NOT_RUN, "nothing was interrupted")
