"""The record that says for which chips the access source was verified (REQ-6-5-c). Pure.

A TOML file, one table for each result::

    [[verified]]
    product = "A"                # of the chip, as [pixit] or the maker calls it
    os_version = "A-1.0"         # of the chip's operating system
    date = 2026-11-01            # of the run
    result = "PASS"              # of REQ-6-5-a, -b and -d together
    seal = "…64 hex digits…"     # of the campaign that shows it

A chip may use the policy on a day for which one of them holds: the same product and the same
operating system, passed, not of a day to come, and not older than a year (OUR DESIGN).
"""

from __future__ import annotations

import datetime
import re
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from fixtures.verdict import Finding, Verdict

FRESH_FOR = datetime.timedelta(days=365)
KEYS: dict[str, type] = {
    "product": str, "os_version": str, "date": datetime.date, "result": str, "seal": str,
}  # fmt: skip
SEAL = re.compile(r"[0-9a-f]{64}")


class RecordError(ValueError):
    """The file holds no such record; one line says what is wrong with it."""


@dataclass(frozen=True)
class Result:
    """One result of a run of this suite."""

    product: str
    os_version: str
    date: datetime.date
    result: str
    seal: str

    def objection(self, product: str, os_version: str, as_of: datetime.date) -> str:
        """Why it does not hold for this chip on that day; empty where it does."""
        if self.product != product:
            return f"is of product {self.product}"
        if self.os_version != os_version:
            return f"is of operating system {self.os_version}"
        if self.result != "PASS":
            return f"says {self.result}"
        if self.date > as_of:
            return f"is of {self.date}, after {as_of}"
        if self.date + FRESH_FOR < as_of:
            return f"is of {self.date}, more than {FRESH_FOR.days} days before {as_of}"
        return ""


def read_record(text: str) -> tuple[Result, ...]:
    """Raises RecordError for what is not TOML, or not such a record."""
    try:
        table = tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        raise RecordError(f"not TOML: {error}") from None
    rows = table.get("verified")
    if set(table) != {"verified"} or not isinstance(rows, list) or not rows:
        raise RecordError("one table [[verified]] for each result is expected, and nothing else")
    for number, row in enumerate(rows, 1):
        for fault in _faults(row):
            raise RecordError(f"[[verified]] number {number}: {fault}")
    return tuple(Result(**row) for row in rows)


def _faults(row: Any) -> Iterator[str]:
    if not isinstance(row, dict):
        yield "is no table"
        return
    for key in sorted(set(row) - set(KEYS)):
        yield f"{key!r} is not a key of it; remove it"
    for key, kind in KEYS.items():
        if key not in row:
            yield f"{key} is missing; add it"
        elif type(row[key]) is not kind:
            yield f"{key} is {row[key]!r}; give {'a date' if kind is datetime.date else 'a text'}"
        elif kind is str and not row[key].strip():
            yield f"{key} is empty"
    if isinstance(row.get("seal"), str) and not SEAL.fullmatch(row["seal"]):
        yield f"seal is {row['seal']!r}; give the 64 hex digits that the campaign printed"


def judge_record(
    results: Sequence[Result],
    product: str,
    os_version: str,
    as_of: datetime.date,
    requirement: str = "REQ-6-5-c",
) -> Finding:
    """PASS where a result holds; else FAIL: the policy is off for this chip, and the reason says
    why."""
    subject = f"chip {product}, operating system {os_version}, {as_of}"
    objections = [result.objection(product, os_version, as_of) for result in results]
    if "" in objections:
        held = results[objections.index("")]
        told = f"verified on {held.date}, campaign {held.seal[:16]}…"
        return Finding(requirement, Verdict.PASS, told, subject)
    why = "; ".join(f"the result of {r.date} {o}" for r, o in zip(results, objections, strict=True))
    told = f"not verified: {why or 'no result'}; access-source policy disabled"
    return Finding(requirement, Verdict.FAIL, told, subject)
