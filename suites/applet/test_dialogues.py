"""Any order of commands, against the model: an exhaustive tour and random walks."""

from __future__ import annotations

import pytest

from fixtures.bench import Bench
from fixtures.effort import Effort
from fixtures.verdict import Finding, Findings, Verdict
from suites.applet.dialogue import Story
from suites.applet.machine import explore
from suites.applet.tour import distilled, sequences, sparing, tour

JUDGED = (
    "JPKI-J-01",
    "JPKI-J-02",
    "JPKI-J-03",
    "JPKI-J-04",
    "JPKI-J-06",
    "JPKI-J-08",
    "JPKI-J-09",
    "JPKI-J-10",
    "JPKI-PIN-01",
    "JPKI-PIN-02",
    "JPKI-EF-01",
)


def note(findings: Findings, stories: list[Story]) -> None:
    """One finding for each story; what no story speaks of is passed by the test's end."""
    for story in stories:
        findings.append(Finding(story.requirement, Verdict.FAIL, str(story)))


@pytest.mark.requirement(*JUDGED)
@pytest.mark.needs("pin.auth", "pin.sign", "pin.change", "specimen.renew")
@pytest.mark.destructive
def test_every_short_dialogue_follows_the_model(bench: Bench, effort: Effort, findings: Findings):
    """Every order of up to four steps (distilled effort: those that find every fault)."""
    dialogues = sequences(effort.tour_length) if effort.tour_length else distilled()
    note(findings, [told.story for told in tour(bench, dialogues)])


@pytest.mark.requirement(*JUDGED)
@pytest.mark.needs("pin.auth", "pin.sign", "pin.change", "specimen.renew")
@pytest.mark.destructive
def test_any_walk_follows_the_model(bench: Bench, effort: Effort, seed: int, findings: Findings):
    """Random walks over everything a terminal, holder and administrator can do."""
    note(findings, explore(bench, effort, seed))


@pytest.mark.requirement("JPKI-J-01", "JPKI-J-02", "JPKI-J-10", "JPKI-PIN-01", "JPKI-PIN-02")
@pytest.mark.needs("pin.auth", "pin.sign", "pin.change")
def test_the_sparing_dialogues_follow_the_model(bench: Bench, findings: Findings):
    """The distilled dialogues that leave a try everywhere: what a real device can stand."""
    note(findings, [told.story for told in tour(bench, sparing(distilled()))])
