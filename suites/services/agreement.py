"""Do the parties agree? What chip, SP-TSM and JPKI system hold, side by side (REQ-3-1-b, 3-2-a).

A certificate in force lies on one chip, with its key; the SP-TSM knows where; nobody holds
another one in force for the same person and purpose.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

PURPOSES = ("signature", "user-authentication")


@dataclass(frozen=True)
class OnChip:
    """One certificate as a phone's chip shows it, and whether the chip signs with its key."""

    se_id: str
    purpose: str
    serial: str
    signs: bool


@dataclass(frozen=True)
class Bound:
    """One line of the SP-TSM's table: certificate number → SE-ID."""

    serial: str
    purpose: str
    person: str
    se_id: str
    state: str  # valid, held, revoked


@dataclass(frozen=True)
class Issued:
    """One certificate as the JPKI system knows it: good, hold or revoked."""

    serial: str
    purpose: str
    state: str


@dataclass(frozen=True)
class View:
    """What the parties hold at one moment."""

    chips: tuple[OnChip, ...]
    table: tuple[Bound, ...]
    jpki: tuple[Issued, ...]


def contradictions(view: View) -> list[str]:
    """Everything in which the parties disagree, in words."""
    return [*_keys(view), *_tables(view), *_duplicates(view), *_orphans(view)]


def _keys(view: View) -> list[str]:
    return [
        f"{chip.se_id}: the key on the chip is not that of its {chip.purpose} certificate"
        for chip in view.chips
        if not chip.signs
    ]


def _tables(view: View) -> list[str]:
    """The SP-TSM says of each certificate what the JPKI says of it."""
    states = {(one.purpose, one.serial): one.state for one in view.jpki}
    same = {"good": "valid", "hold": "held", "revoked": "revoked"}
    found = []
    for line in view.table:
        told = states.get((line.purpose, line.serial))
        if told is None:
            found.append(f"the JPKI knows no {line.purpose} certificate {line.serial}")
        elif same[told] != line.state:
            found.append(f"{line.serial} is {told} at the JPKI and {line.state} at the SP-TSM")
    return found


def _duplicates(view: View) -> list[str]:
    """One certificate in force for each person and purpose."""
    in_force = Counter((one.person, one.purpose) for one in view.table if one.state == "valid")
    return [
        f"{number} {purpose} certificates of one person are in force"
        for (_, purpose), number in in_force.items()
        if number > 1
    ]


def _orphans(view: View) -> list[str]:
    """What is in force lies on the chip it is bound to."""
    there = {(chip.se_id, chip.serial) for chip in view.chips}
    return [
        f"the {line.purpose} certificate {line.serial} in force is not on {line.se_id}"
        for line in view.table
        if line.state == "valid" and (line.se_id, line.serial) not in there
    ]
