"""A set of access rules as it was read from an element: what it lets whom do. Pure.

Asked of every application that a rule or the caller names, of the one that is selected by default
and of one that no rule names; by every app that a rule names, and by one that none does. What holds
for these holds for all: to the decision order two names that no rule has are the same.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from fixtures.card.jpki import JPKI_AP
from fixtures.verdict import Finding, Verdict
from suites.access_control.model import CARRIER, Decision, decide
from suites.access_control.rules import Rule

RULE = "REQ-2-1-m"
SHORTEST = 5  # bytes of an AID that OMAPI takes
SHA_1 = 20  # bytes


@dataclass(frozen=True)
class Line:
    """What one app may do with one application.

    ``app``: the hash a rule names it by, None for an app that no rule names. ``other``: the
    application is one that no rule names.
    """

    application: bytes | None
    app: bytes | None
    decision: Decision
    other: bool = False


@dataclass(frozen=True)
class Remark:
    """Something a reader of the rules should know; the rules do what they do all the same."""

    rule: int  # its place, from 1; 0 for all of them
    said: str


def lines(rules: Sequence[Rule], applications: Sequence[bytes] = (JPKI_AP,)) -> Iterator[Line]:
    """Every application by every app that the rules about it tell from all others."""
    known = applications_of(rules, applications)
    for application in known:
        about = concerning(rules, application)
        for app in apps_of(about):
            decision = decide(about, application, names(app))
            yield Line(application, app, decision, application == known[-1])


def applications_of(
    rules: Sequence[Rule], applications: Sequence[bytes] = ()
) -> list[bytes | None]:
    """Those that are named; then None, for what is selected by default; then one that is not."""
    named = (*applications, *(rule.aid for rule in rules if rule.aid not in (b"", CARRIER)))
    other = next(name for name in (bytes((n,)) * 16 for n in range(0x100)) if name not in named)
    return [*(one for one in dict.fromkeys(named) if one is not None), None, other]


def concerning(rules: Sequence[Rule], application: bytes | None) -> list[Rule]:
    """What is said of this application and of all; nothing else decides on it."""
    return [rule for rule in rules if rule.aid in (application, b"")]


def apps_of(rules: Sequence[Rule]) -> list[bytes | None]:
    """Those that a rule names, and None for all others."""
    return [*dict.fromkeys(rule.app for rule in rules if rule.app), None]


def names(app: bytes | None) -> list[bytes]:
    """An app that no rule names might as well have no name."""
    return [] if app is None else [app]


def judge_dump(rules: Sequence[Rule], subject: str, application: bytes = JPKI_AP) -> Finding:
    """FAIL where an app that no rule names reaches the application, or where no app does."""

    def open_to(app: bytes | None, size: int) -> bool:
        return decide(rules, application[:size], names(app)).open

    parts = [size for size in range(SHORTEST, len(application) + 1) if open_to(None, size)]
    if parts:
        whole = "its name" if len(application) in parts else f"the first {parts[-1]} bytes of it"
        told = f"an app that no rule names opens {application.hex().upper()} by {whole}"
        return Finding(RULE, Verdict.FAIL, told, subject)
    about = concerning(rules, application)
    own = [app for app in apps_of(about) if open_to(app, len(application))]
    if not own:
        told = f"no app opens {application.hex().upper()}, not even the holder's"
        return Finding(RULE, Verdict.FAIL, told, subject)
    return Finding(RULE, Verdict.PASS, "", subject)


def remarks(rules: Sequence[Rule]) -> Iterator[Remark]:
    """Rules without effect, filters that never match, names by SHA-1, the default application."""
    applications = applications_of(rules)
    for at, rule in enumerate(rules, 1):
        if rule.aid != CARRIER and is_idle(rules, at - 1, applications):
            yield Remark(at, "changes nothing: without it every app may do the same")
        for told in filters_of(rule):
            if any(header & ~mask & 0xFF for header, mask in zip(told[:4], told[4:], strict=True)):
                yield Remark(at, f"the filter {told.hex().upper()} matches no command at all")
        if len(rule.app) == SHA_1:
            yield Remark(at, "names its app by SHA-1, for which collisions can be made")
    if decide(rules, None, []).open:
        yield Remark(0, "whatever is selected by default is open to every app")


def is_idle(rules: Sequence[Rule], at: int, applications: Sequence[bytes | None]) -> bool:
    """Whether without this rule every app may do the same with every application."""
    rule = rules[at]
    for application in applications if rule.aid == b"" else [rule.aid]:
        about = concerning(rules, application)
        rest = concerning((*rules[:at], *rules[at + 1 :]), application)
        own = {one.app for one in about if one.aid == rule.aid} - {rule.app}  # not touched by it
        for app in (app for app in apps_of(about) if app not in own):
            one, other = (decide(these, application, names(app)) for these in (about, rest))
            if not same(one, other):
                return False
    return True


def filters_of(rule: Rule) -> list[bytes]:
    said = rule.apdu or b""
    return [said[at : at + 8] for at in range(0, len(said), 8)] if len(said) >= 8 else []


def same(one: Decision, other: Decision) -> bool:
    """By what may be done, whichever line of the decision order says so."""
    return (one.open, one.filters, one.nfc) == (other.open, other.filters, other.nfc)
