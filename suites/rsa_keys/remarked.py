"""Remarks of a long run as findings, from the moment each of them comes.

A target that goes wrong now and then may also refuse, or vanish, before the run is over; what was
seen until then stands. Rules:

1. what breaks the key is told first, whenever it came;
2. of many remarks the first are told, and how many are not, and how many of those break the key.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from fixtures.verdict import Finding, Findings, Verdict, worst
from suites.rsa_keys.harvest import finding
from suites.rsa_keys.key import KeyClass, Remark

if TYPE_CHECKING:
    from collections.abc import Iterable

MOST_SHOWN = 10  # remarks


@dataclass
class Remarked:
    """The remarks about one requirement; ``findings`` has them, behind what was in it before."""

    findings: Findings
    requirement: str
    remarks: list[Remark] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.first = len(self.findings)

    def note(self, remarks: Iterable[Remark]) -> None:
        """Told at once."""
        if more := list(remarks):
            self.remarks += more
            self.findings[self.first :] = self.told()

    def end(self, subject: str) -> None:
        """The run is over: PASS where there was nothing to remark."""
        if not self.remarks:
            self.findings.append(Finding(self.requirement, Verdict.PASS, subject=subject))

    def told(self) -> list[Finding]:
        in_order = sorted(self.remarks, key=lambda one: one.key_class is not KeyClass.BROKEN)
        shown, hidden = in_order[:MOST_SHOWN], in_order[MOST_SHOWN:]
        return [
            *(finding(self.requirement, one) for one in shown),
            *([self.left_out(hidden)] if hidden else []),
        ]

    def left_out(self, hidden: list[Remark]) -> Finding:
        broken = sum(one.key_class is KeyClass.BROKEN for one in hidden)
        return Finding(
            self.requirement, worst(one.verdict for one in hidden),
            f"{len(hidden):,} more remarks of {len(self.remarks):,} are not shown, "
            f"{broken:,} of them {KeyClass.BROKEN}",
            "the other remarks", len(self.remarks), MOST_SHOWN, "remarks",
        )  # fmt: skip
