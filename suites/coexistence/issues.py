"""The list of operational issues of coexistence and what was done about each (REQ-6-3-d). Pure.

A TOML file; all keys are needed but ``due`` and ``title_ja``::

    model = "Phone 1"                       # as the statement names it
    date = 2026-11-01                       # on which the list was last gone through

    [[issue]]
    id = "COEX-01"
    topic = "simultaneous access"           # see TOPICS
    title = "A second app selects the JPKI applet while the first one signs"
    seen = "6985"                           # a status word, or in words what is seen
    disposition = "avoided"                 # see Disposition
    measure = "the app asks again after 200 ms, three times"
    owner = "ACME, app team"
    due = 2027-03-31                        # only, and always, while the disposition is "open"

It holds where every topic of the deck has an issue, no id stands twice, every issue says what was
done and by whom, nothing open is overdue on the day of judging, and the list is of this model and
not of the future. An issue that is still open, and in time, leaves the requirement INCONCLUSIVE.
"""

from __future__ import annotations

import datetime
import re
import tomllib
from dataclasses import dataclass
from enum import StrEnum, unique
from typing import TYPE_CHECKING, Any

from fixtures.verdict import Finding, Verdict

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

REQUIREMENT = "REQ-6-3-d"
TOPICS = ("mutual influence", "simultaneous access", "short memory", "operation")
"""What the technical verification deck speaks of (p.34, 6-3): 6-3-a, -b, -c, and daily use."""

NO_ANSWERS = frozenset({"", "?", "-", "…", "...", "n/a", "none", "tbd", "todo", "未定", "なし"})
IDENTIFIER = re.compile(r"[A-Z][A-Z0-9]*-[0-9]{2,4}")
LIST_KEYS: dict[str, type] = {"model": str, "date": datetime.date, "issue": list}
TEXTS = ("id", "topic", "title", "seen", "disposition", "measure", "owner", "title_ja")
ISSUE_KEYS: dict[str, type] = dict.fromkeys(TEXTS, str) | {"due": datetime.date}
OPTIONAL = frozenset({"due", "title_ja"})


@unique
class Disposition(StrEnum):
    """What became of an issue."""

    AVOIDED = "avoided"  # by design; it does not occur any more
    HANDLED = "handled"  # it occurs, and is answered as the measure says
    ACCEPTED = "accepted"  # it occurs, and the measure says why that may be
    OPEN = "open"  # the measure is still to come, by the day that is due


class IssuesError(ValueError):
    """The file holds no such list; one line says what is wrong with it."""


@dataclass(frozen=True)
class Issue:
    """One entry of the list."""

    id: str
    topic: str
    title: str
    seen: str
    disposition: Disposition
    measure: str
    owner: str
    due: datetime.date | None = None
    title_ja: str = ""


@dataclass(frozen=True)
class Issues:
    """The whole list, of one model, as of one day."""

    model: str
    date: datetime.date
    issues: tuple[Issue, ...]


def read_issues(text: str) -> Issues:
    """Raises IssuesError for what is not TOML, or not such a list."""
    try:
        table = tomllib.loads(text)
    except (ValueError, RecursionError) as error:  # ValueError: also a number of 5,000 digits
        raise IssuesError(f"not TOML: {error}") from None
    for fault in _faults(table, LIST_KEYS, ""):
        raise IssuesError(fault)
    return Issues(table["model"], table["date"], tuple(_issues(table["issue"])))


def _issues(rows: list[Any]) -> Iterator[Issue]:
    seen: set[str] = set()
    for number, row in enumerate(rows, 1):
        place = f"issue {number}: "
        if not isinstance(row, dict):
            raise IssuesError(f"{place}{row!r} is no table; write [[issue]]")
        for fault in (*_faults(row, ISSUE_KEYS, place), *_unsaid(row, place)):
            raise IssuesError(fault)
        if row["id"] in seen:
            raise IssuesError(f"{place}{row['id']} stands twice; give each issue an id of its own")
        seen.add(row["id"])
        yield Issue(**row | {"disposition": Disposition(row["disposition"])})


def _faults(table: Mapping[str, Any], keys: Mapping[str, type], place: str) -> Iterator[str]:
    for key in table:
        if key not in keys:
            yield f"{place}{key!r} is not a key of the list; remove it"
    for key, kind in keys.items():
        if key not in table:
            if key not in OPTIONAL:
                yield f"{place}{key} is missing; add it"
        elif type(table[key]) is not kind:
            yield f"{place}{key} is {table[key]!r}; give {_wanted(kind)}"
        elif kind is str and table[key].strip().lower() in NO_ANSWERS:
            yield f"{place}{key} is {table[key]!r}, which says nothing"


def _unsaid(row: Mapping[str, Any], place: str) -> Iterator[str]:
    if not IDENTIFIER.fullmatch(row["id"]):
        yield f"{place}id is {row['id']!r}; give letters and a number, as COEX-01"
    if row["topic"] not in TOPICS:
        yield f"{place}topic is {row['topic']!r}; say one of {', '.join(TOPICS)}"
    if row["disposition"] not in tuple(Disposition):
        yield f"{place}disposition is {row['disposition']!r}; say one of {', '.join(Disposition)}"
    if row["disposition"] == Disposition.OPEN and "due" not in row:
        yield f"{place}it is open without a day on which it is due; add due"
    if row["disposition"] != Disposition.OPEN and "due" in row:
        yield f"{place}it is {row['disposition']} and still due; remove due, or say open"


def _wanted(kind: type) -> str:
    return {str: "a text", list: "tables [[issue]]", datetime.date: "a date as 2026-11-01"}[kind]


def judge_issues(told: Issues, model: str, as_of: datetime.date) -> Finding:
    """Whether the list answers for this model on that day."""
    if against := objections(told, model, as_of):
        return Finding(REQUIREMENT, Verdict.FAIL, "; ".join(against), subject=told.model)
    waiting = [f"{issue.id} (due {issue.due})" for issue in told.issues if issue.due is not None]
    if waiting:
        reason = f"still open: {', '.join(waiting)}"
        return Finding(REQUIREMENT, Verdict.INCONCLUSIVE, reason, subject=told.model)
    return Finding(REQUIREMENT, Verdict.PASS, subject=told.model)


def objections(told: Issues, model: str, as_of: datetime.date) -> list[str]:
    """Why the list does not answer for the model on that day; empty: it does."""
    missing = [topic for topic in TOPICS if all(one.topic != topic for one in told.issues)]
    overdue = [one.id for one in told.issues if one.due is not None and one.due < as_of]
    against = {
        f"the list is of {told.model!r}, the statement of {model!r}": told.model != model,
        f"the list is of {told.date}, which is after {as_of}": told.date > as_of,
        f"no issue on {', '.join(missing)}": bool(missing),
        f"overdue: {', '.join(overdue)}": bool(overdue),
    }
    return [why for why, holds in against.items() if holds]
