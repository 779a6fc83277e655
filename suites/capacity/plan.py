"""The record of countermeasures for an applet above 64 KB (REQ-6-4-d), read and judged. Pure.

A TOML file with these keys, all needed::

    measure = "split signing and issuing into two packages"   # what is done
    owner = "ACME, applet team"                               # who answers for it
    date = 2026-11-01                                         # of the decision
    due = 2027-03-31                                          # by when it is done
    size = 70000                                              # bytes it was decided for, at most
    expected_size = 52000                                     # bytes of the largest part afterwards

It holds where nothing is missing, the decision is not of the future and the measure not overdue on
the day of judging, the size of the applet is not beyond what was decided on, and what is expected
afterwards is within the limit. Then going beyond the limit is a DEVIATION, else a FAIL.
"""

from __future__ import annotations

import datetime
import tomllib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

LIMIT = 65_536  # bytes: 64 KB, technical verification deck p.34 (6-4)
KINDS: dict[str, type] = {
    "measure": str, "owner": str, "date": datetime.date, "due": datetime.date, "size": int,
    "expected_size": int,
}  # fmt: skip
NO_ANSWERS = frozenset({"?", "-", "…", "...", "n/a", "none", "tbd", "todo", "未定", "なし"})


class PlanError(ValueError):
    """The file holds no record; one line says what is wrong with it."""


@dataclass(frozen=True)
class Plan:
    """What is done about an applet that is too large; sizes in bytes."""

    measure: str
    owner: str
    date: datetime.date
    due: datetime.date
    size: int
    expected_size: int

    def __str__(self) -> str:
        return (
            f"{self.measure} ({self.owner}, decided {self.date}, due {self.due}, "
            f"{self.expected_size:,} bytes expected)"
        )


def read_plan(text: str) -> Plan:
    """Raises PlanError for what is not TOML, or not such a record."""
    try:
        table = tomllib.loads(text)
    except (ValueError, RecursionError) as error:  # ValueError: also a number of 5,000 digits
        raise PlanError(f"not TOML: {error}") from None
    for fault in _faults(table):
        raise PlanError(fault)
    shown = {key: " ".join(told.split()) for key, told in table.items() if isinstance(told, str)}
    return Plan(**table | shown)


def _faults(table: Mapping[str, Any]) -> Iterator[str]:
    for key in table:
        if key not in KINDS:
            yield f"{key!r} is not a key of the record; remove it"
    for key, kind in KINDS.items():
        if key not in table:
            yield f"{key} is missing; add it"
        elif type(table[key]) is not kind:
            yield f"{key} is {table[key]!r}; give {_wanted(kind)}"
        elif kind is str and table[key].strip().lower() in NO_ANSWERS | {""}:
            yield f"{key} is {table[key]!r}, which says nothing"
        elif kind is int and table[key] < 1:
            yield f"{key} is {table[key]}; give a number of bytes"


def _wanted(kind: type) -> str:
    return {str: "a text", int: "a number of bytes", datetime.date: "a date as 2026-11-01"}[kind]


def objections(plan: Plan, size: int, as_of: datetime.date) -> list[str]:
    """Why the record does not cover an applet of so many bytes on that day; empty: it does."""
    told = {
        f"is of {plan.date}, which is after {as_of}": plan.date > as_of,
        f"was to be carried out by {plan.due}, and the applet is still too large": plan.due < as_of,
        f"was due on {plan.due}, before it was decided on {plan.date}": plan.due < plan.date,
        f"was decided for {plan.size:,} bytes at most, there are {size:,}": plan.size < size,
        f"expects {plan.expected_size:,} bytes, still more than {LIMIT:,}":
            plan.expected_size > LIMIT,
    }  # fmt: skip
    return [f"the record {why}" for why, holds in told.items() if holds]
