"""Standards for phones and for readers, and each device against its own (REQ-6-6-e). Pure.

Technical verification deck p.35: standards for both sides are to be set. A TOML file::

    [phone."Alpha"]
    first_try = 0.90                # share of first attempts that each cell is to show
    worst = "△"                     # the worst class that may be seen
    positions = ["centre", "+z"]    # where both hold; everywhere if absent
    partners = ["Reference reader"] # readers it is judged with; all if absent

    [reader."ACME R1"]
    first_try = 0.95
    worst = "○"
    requires_b = true               # its application insists on Type B

    [reader."*"]                    # any reader without a standard of its own
    worst = "△"

A pair has two ends, so a device is judged with the partners its standard names: those are to be
known as sound. A share is judged as everywhere by exact bounds; a class that was seen was seen.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum, unique
from typing import Any

from fixtures.verdict import Finding, Verdict, worst
from suites.contactless.negotiation import Technology
from suites.contactless.position_judges import judge_claim
from suites.contactless.positions import Cell, Position, ResultClass

ANY = "*"
TOLD = 2  # objections to a device
KEYS = {
    "first_try": "a share between 0 and 1 such as 0.9",
    "worst": "one of ○, △, ×",
    "positions": 'a list of positions such as ["centre", "+x"]',
    "partners": "a list of names",
    "requires_b": "true or false",
}


class CriteriaError(ValueError):
    """The file holds no standards; one line says what is wrong with it."""


@unique
class Side(StrEnum):
    """Which end of a pair a standard is for."""

    PHONE = "phone"
    READER = "reader"

    def name_in(self, cell: Cell) -> str:
        return cell.pair.phone if self is Side.PHONE else cell.pair.reader

    def partner_in(self, cell: Cell) -> str:
        return cell.pair.reader if self is Side.PHONE else cell.pair.phone


@dataclass(frozen=True)
class Standard:
    """What is asked of one device; ``None`` or empty asks nothing, or names no choice."""

    first_try: float | None = None
    worst: ResultClass | None = None
    positions: frozenset[Position] = frozenset()
    partners: frozenset[str] = frozenset()
    requires_b: bool = False

    def covers(self, cell: Cell, side: Side) -> bool:
        here = not self.positions or cell.position in self.positions
        return here and (not self.partners or side.partner_in(cell) in self.partners)


@dataclass(frozen=True)
class Criteria:
    """The standards of both sides, by name."""

    phones: Mapping[str, Standard]
    readers: Mapping[str, Standard]

    def of(self, side: Side, name: str) -> Standard | None:
        """Its own, else that of any device of its side."""
        known = self.phones if side is Side.PHONE else self.readers
        return known.get(name) or known.get(ANY)


def read_criteria(text: str) -> Criteria:
    """Raises CriteriaError for what is not TOML, or no standards."""
    try:
        table = tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        raise CriteriaError(f"not TOML: {error}") from None
    if strange := sorted(set(table) - set(Side)):
        raise CriteriaError(f"{strange[0]!r} is no side; write [phone.NAME] or [reader.NAME]")
    phones, readers = (_side(side, table.get(side, {})) for side in Side)
    if not phones and not readers:
        raise CriteriaError("no standard in it; begin with a line such as [phone.NAME]")
    return Criteria(phones, readers)


def judge_devices(
    cells: Sequence[Cell], criteria: Criteria, requirement: str = "REQ-6-6-e"
) -> list[Finding]:
    """Each phone and each reader of the campaign against its own standard.

    INCONCLUSIVE where it has none, or nothing that the standard speaks of was tried.
    """
    found: list[Finding] = []
    for side in Side:
        for name in sorted({side.name_in(cell) for cell in cells}):
            own = [cell for cell in cells if side.name_in(cell) == name]
            standard = criteria.of(side, name)
            found.append(_device(f"{side} {name}", own, side, standard, requirement))
    return found


def _device(
    subject: str, own: Sequence[Cell], side: Side, standard: Standard | None, requirement: str
) -> Finding:
    if standard is None:
        told = "has no standard of its own; set one"
        return Finding(requirement, Verdict.INCONCLUSIVE, told, subject)
    covered = [cell for cell in own if standard.covers(cell, side)]
    missing = standard.positions - {cell.position for cell in covered}
    if not covered or missing:
        told = ", ".join(map(str, sorted(missing, key=lambda p: p.place))) or "with its partners"
        return Finding(requirement, Verdict.INCONCLUSIVE, f"not tried: {told}", subject)
    objections = list(_objections(covered, standard))
    verdict = worst([Verdict.PASS, *(verdict for verdict, _ in objections)])
    return Finding(requirement, verdict, _told(objections, verdict), subject)


def _told(objections: Sequence[tuple[Verdict, str]], verdict: Verdict) -> str:
    """Two of those that decide, and how many more there are of any kind."""
    deciding = [why for of, why in objections if of is verdict][:TOLD]
    more = len(objections) - len(deciding)
    return "; ".join([*deciding, *([f"and {more} more of its cells"] if more else [])])


def _objections(covered: Sequence[Cell], standard: Standard) -> Iterator[tuple[Verdict, str]]:
    """What keeps the device from its standard, each with its verdict."""
    for cell in covered:
        if standard.worst is not None and cell.worst.rank > standard.worst.rank:
            told = f"{cell}: class {cell.worst}, {standard.worst} is the worst allowed"
            yield Verdict.FAIL, told
        if standard.requires_b and (taps := _in_type_a(cell)):
            yield Verdict.FAIL, f"{cell}: {taps} taps in Type A, its application insists on B"
    if standard.first_try is not None:
        for finding in judge_claim(covered, standard.first_try):
            if finding.verdict is not Verdict.PASS:
                yield finding.verdict, f"{finding.subject}: {finding.reason}"


def _in_type_a(cell: Cell) -> int:
    return sum(one.spoken is Technology.A for one in cell.tries)


def _side(side: Side, table: Any) -> dict[str, Standard]:
    if not isinstance(table, dict) or not all(isinstance(t, dict) for t in table.values()):
        raise CriteriaError(f"[{side}] holds something else than standards by name")
    return {name: _standard(f"{side} {name}", told) for name, told in table.items()}


def _standard(subject: str, told: dict[str, Any]) -> Standard:
    if strange := [key for key in told if key not in KEYS]:
        raise CriteriaError(f"{subject}: {strange[0]!r} is not a key; use {', '.join(KEYS)}")
    if not told.keys() & {"first_try", "worst", "requires_b"}:
        raise CriteriaError(f"{subject}: asks nothing; give first_try, worst or requires_b")
    read = {key: _value(subject, key, value) for key, value in told.items()}
    return Standard(**read)


def _value(subject: str, key: str, value: Any) -> Any:
    try:
        return READ[key](value)
    except (TypeError, ValueError, AttributeError):
        raise CriteriaError(f"{subject}: {key} is {value!r}; give {KEYS[key]}") from None


def _share(value: Any) -> float:
    if not isinstance(value, float) or not 0 < value < 1:
        raise ValueError
    return value


def _flag(value: Any) -> bool:
    if not isinstance(value, bool):
        raise TypeError
    return value


def _names(value: Any) -> frozenset[str]:
    if not isinstance(value, list) or not all(isinstance(name, str) for name in value):
        raise TypeError
    return frozenset(value)


READ = {
    "first_try": _share,
    "worst": ResultClass,
    "positions": lambda value: frozenset(map(Position.parse, _names(value))),
    "partners": _names,
    "requires_b": _flag,
}
