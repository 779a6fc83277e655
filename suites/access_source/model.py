"""What an applet must take a command for, restated from the access paths. Pure.

An app, and whoever sends his commands through one (a relay), is an app; a reader is a reader by
the type of its field or by its contacts. A relay by radio to a real reader *is* a reader to the
chip and cannot be told: out of reach, named in ``docs/access_source.md``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from fixtures.targets.port import AccessPath
from fixtures.verdict import Finding, Verdict

APP = frozenset({"device_wired", "device_hci"})
TRUE = {
    AccessPath.INTERNAL: APP,
    AccessPath.CONTACT: frozenset({"external_contact"}),
    AccessPath.CONTACTLESS_A: frozenset({"external_a"}),
    AccessPath.CONTACTLESS_B: frozenset({"external_b"}),
}
"""Access path → what the applet may take a command by it for."""

UNKNOWN, UNVERIFIED, READER_OF_TYPE_F = "unknown", "unverified", "external_f"
LEAST = 299  # commands a path: with none wrong, 99 % are right at a confidence of 95 %
TYPE_F = 0xB0  # CONTACTLESS_TYPE_F and HCI_APDU_GATE of the Java Card API: one value
MEDIUM = 0xF0


@dataclass(frozen=True)
class View:
    """One command, and what the applet took it for; empty where it did not get there."""

    path: AccessPath
    command: str
    source: str

    @property
    def wrong(self) -> bool:
        return self.source not in TRUE[self.path] | {""}


def judge_views(requirement: str, subject: str, views: Sequence[View]) -> list[Finding]:
    """One finding a path: wrong must be none, of ``LEAST`` that the applet saw at least.

    INCONCLUSIVE where fewer were seen, and (one finding more) where there is no app or no reader
    among the paths: then nothing had to be told apart.
    """
    found = []
    paths = tuple(dict.fromkeys(view.path for view in views))
    for path in paths:
        of_path = [view for view in views if view.path is path]
        found.append(_judge_path(requirement, f"{subject}, {path}", of_path))
    if AccessPath.INTERNAL not in paths or len(paths) < 2:
        told = "an app and a reader are needed to be told apart; the statement names too few paths"
        found.append(Finding(requirement, Verdict.INCONCLUSIVE, told, subject))
    return found


def _judge_path(requirement: str, subject: str, views: Sequence[View]) -> Finding:
    wrong = [view for view in views if view.wrong]
    seen = sum(view.source != "" for view in views)
    if wrong:
        first = wrong[0]
        told = f"{len(wrong)} of {seen} wrong; the first: {first.command} taken for {first.source}"
        verdict = Verdict.FAIL
    elif seen < LEAST:
        verdict = Verdict.INCONCLUSIVE
        told = f"the applet saw {seen} of {len(views)} commands, {LEAST} are needed"
    else:
        verdict, told = Verdict.PASS, f"none of {seen} wrong"
    return Finding(requirement, verdict, told, subject, len(wrong), 0, "commands")


def allowed_for(value: int, protocol: dict[str, int]) -> frozenset[str]:
    """What a command may be taken for when the chip reports ``value``, 0 to 255.

    ``protocol``: what this chip declares by path. A value of no path is UNKNOWN; only B0 to BF may
    also be a reader of type F, where no app comes that way. Never an app, never a reader of another
    type: nothing is guessed.
    """
    for path, declared in protocol.items():
        if declared == value:
            return TRUE[AccessPath(path)]
    app_comes_that_way = protocol.get(AccessPath.INTERNAL, 0) & MEDIUM == TYPE_F
    if value & MEDIUM == TYPE_F and not app_comes_that_way:
        return frozenset({UNKNOWN, READER_OF_TYPE_F})
    return frozenset({UNKNOWN})


def judge_values(
    requirement: str, subject: str, seen: dict[int, str], protocol: dict[str, int]
) -> Finding:
    """Every value that a chip can report (ASI-10, ASI-11); empty sources did not get there."""
    wrong = {v: s for v, s in seen.items() if s not in allowed_for(v, protocol)}
    told = f"{len(seen)} values, each as the declaration has it or unknown"
    if wrong:
        value, source = next(iter(wrong.items()))
        wanted = " or ".join(sorted(allowed_for(value, protocol)))
        told = f"{len(wrong)} of {len(seen)} wrong; the first: {value:02X} taken for {source!r}, "
        told += f"want {wanted}"
    verdict = Verdict.FAIL if wrong else Verdict.PASS
    return Finding(requirement, verdict, told, subject, len(wrong), 0, "values")
