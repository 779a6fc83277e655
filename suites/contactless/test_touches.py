"""Phones on readers, over the air as far as the applet (REQ-6-6).

Every phone of the bench is held to every reader with which it has a type in common, at the six
positions of the deck (p.35), ten tries each. What a later firmware replaced is kept for REQ-6-6-c
and claims nothing. A reader that got worse under a new firmware is REQ-6-6-c's alone, and a pair
that fails at the centre is REQ-6-6-a's, whatever it does elsewhere.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import pytest

from fixtures.bench import Bench
from fixtures.effort import Effort
from fixtures.ics.records import read_record
from fixtures.outcome import BenchError, NotApplicable, NotRun
from fixtures.targets.desk_port import DeskPhone, DeskReader, PollingLoop
from fixtures.verdict import Finding, Findings, Verdict
from suites.contactless.criteria import Criteria, CriteriaError, judge_devices, read_criteria
from suites.contactless.desk_campaign import DeskCampaign
from suites.contactless.firmware import comparisons, current, judge_firmware, made_worse
from suites.contactless.position_judges import FEWEST, judge_claim
from suites.contactless.positions import CENTRE, DECK, Cell, Pair, Position, cells_of
from suites.contactless.probing import judge_probing
from suites.contactless.touch_types import judge_insistence, judge_types
from suites.contactless.touches import (
    Touch,
    as_try,
    judge_answers,
    judge_attempts,
    judge_frames,
)

EDGE = Position(0, 0, 25)  # mm, where attempts fail and readers show what they make of it
OF_A_CELL = {"distilled": FEWEST, "quick": 30, "full": 60}  # tries
LOOPS = (
    PollingLoop("AB"),
    PollingLoop("AB", bail_out=False),
    PollingLoop("AB", bail_out=False, on_several="prefer B"),
    PollingLoop("AB", bail_out=False, on_several="prefer B", field_reset=True),
    PollingLoop("AB", bail_out=False, on_several="collision error"),
    PollingLoop("BA"),
    PollingLoop("B"),
    PollingLoop("A"),
    PollingLoop("AB", guard_ms=3.0),  # less than a phone may need: mixed
    PollingLoop("AB", pauses=False),  # entered anywhere: mixed
)
UNDER_A_LOOP = 3  # touches
OF_EVERY_PAIR = ("REQ-6-6-a", "REQ-6-6-b", "REQ-6-6-c", "REQ-6-6-e", "REQ-6-6-f")


@dataclass(frozen=True)
class Taken:
    """A campaign and its cells, as far as they stand and were not made worse by a firmware."""

    campaign: DeskCampaign
    touches: dict[Pair, list[Touch]]
    cells: list[Cell]

    @cached_property
    def regressed(self) -> frozenset[Pair]:
        """Pairs that a new firmware made worse, by the same tests as REQ-6-6-c."""
        return made_worse(self.cells, self.campaign.firmwares())

    @cached_property
    def standing(self) -> list[Cell]:
        cells = current(self.cells, self.campaign.firmwares())
        return [cell for cell in cells if cell.pair not in self.regressed]


@pytest.fixture
def campaign(bench: Bench) -> Iterator[DeskCampaign]:
    made = DeskCampaign.of(bench)
    yield made
    if bench.statement.has("contactless.poll_order"):
        made.as_declared(made.readers)


def met(campaign: DeskCampaign) -> list[tuple[DeskReader, DeskPhone]]:
    """``NotRun`` on a bench on which no phone and reader have a type in common."""
    pairs = list(campaign.pairs())
    if not pairs:
        raise NotRun("no reader and phone of the bench have a type in common; bring such a pair")
    return pairs


def taken(campaign: DeskCampaign, effort: Effort) -> Taken:
    """At every position; with an old firmware, distilled, at the centre alone."""
    found: dict[Pair, list[Touch]] = {}
    for reader, phone in met(campaign):
        short = effort.name == "distilled" and not campaign.newest(reader)
        touches = [
            touch
            for position in ((CENTRE,) if short else DECK)
            for touch in campaign.touches(reader, phone, position, OF_A_CELL[effort.name])
        ]
        found[touches[0].pair] = touches
    tries = [as_try(touch, campaign.wanted) for of in found.values() for touch in of]
    return Taken(campaign, found, cells_of(tries))


@pytest.mark.requirement(*OF_EVERY_PAIR)
@pytest.mark.needs("contactless.touch", "contactless.position")
def test_every_phone_on_every_reader(campaign: DeskCampaign, effort: Effort, findings: Findings):
    """Frames, answers, classes at each position, before and after a firmware, both standards."""
    of = taken(campaign, effort)
    for touches in of.touches.values():
        findings.append(judge_frames(touches))
        findings.append(judge_answers(touches, campaign.wanted))
        findings.append(judge_attempts(touches, campaign.wanted))
    findings += judge_claim(of.standing)
    findings += [of_the_firmware(pair) for pair in sorted(of.regressed)]
    findings += displaced(of)
    findings += before_and_after(of.cells, campaign.firmwares())
    findings += judge_devices(of.standing, standards(campaign.desk.bench))
    findings += unjudged(findings)


def unjudged(findings: Sequence[Finding]) -> list[Finding]:
    """What no judge had anything to say of was not shown."""
    missing = set(OF_EVERY_PAIR) - {one.requirement for one in findings}
    told = "nothing that stands was left to judge"
    return [Finding(one, Verdict.NOT_RUN, told) for one in sorted(missing)]


def before_and_after(cells: Sequence[Cell], firmwares: Sequence[tuple[str, str]]) -> list[Finding]:
    """REQ-6-6-c; of readers that are all here under one firmware nothing can be said."""
    if not comparisons(cells, firmwares):
        told = "no reader is here under two firmwares; bring the old and the new one"
        return [Finding("REQ-6-6-c", Verdict.NOT_RUN, told), *judge_firmware(cells, firmwares)]
    return judge_firmware(cells, firmwares)


def of_the_firmware(pair: Pair) -> Finding:
    told = "got worse under this firmware: REQ-6-6-c is responsible"
    return Finding("REQ-6-6-a", Verdict.INCONCLUSIVE, told, str(pair))


def displaced(of: Taken) -> list[Finding]:
    """REQ-6-6-b: the positions off the centre, of pairs that communicate at it."""
    requirement = "REQ-6-6-b"
    sound = {
        cell.pair for cell in of.standing
        if cell.position == CENTRE and judge_claim([cell])[0].verdict is not Verdict.FAIL
    }  # fmt: skip
    found = []
    for pair in sorted({cell.pair for cell in of.standing} - sound):
        told = "does not communicate at the centre: REQ-6-6-a is responsible"
        found.append(Finding(requirement, Verdict.INCONCLUSIVE, told, str(pair)))
    off = [cell for cell in of.standing if cell.pair in sound and cell.position != CENTRE]
    return [*found, *(judge_claim(off, requirement=requirement) if off else [])]


def standards(bench: Bench) -> Criteria:
    """Of phones and of readers, as the statement names them; none at all where it does not."""
    file = bench.statement.pixit.touch_standards
    if not file:
        return Criteria({}, {})
    try:
        return read_criteria(read_record(file, "touch_standards"))
    except CriteriaError as error:
        raise BenchError(f"touch_standards {file}: {error}; see docs/contactless.md") from None


@pytest.mark.requirement("REQ-6-6-f", "REQ-6-6-a")
@pytest.mark.needs("contactless.touch", "contactless.position")
def test_no_retry_is_hidden_where_attempts_fail(campaign: DeskCampaign, findings: Findings):
    """At the edge of the field; nothing is asked of the shares there."""
    newest = [pair for pair in met(campaign) if campaign.newest(pair[0])]
    if not newest:
        raise NotRun("no reader with its newest firmware has a type in common with a phone")
    for reader, phone in newest:
        touches = campaign.touches(reader, phone, EDGE, FEWEST)
        findings.append(judge_attempts(touches, campaign.wanted))
        findings.append(judge_frames(touches, lossless=False))


@pytest.mark.requirement("REQ-6-6-d")
@pytest.mark.needs("contactless.type_a", "contactless.type_b", "contactless.position")
def test_the_type_is_the_one_that_the_settings_lead_to(campaign: DeskCampaign, findings: Findings):
    """Every pair as it is declared, at the centre."""
    for reader, phone in met(campaign):
        findings += judge_types(campaign.touches(reader, phone, CENTRE, FEWEST))


@pytest.mark.requirement("REQ-6-6-d")
@pytest.mark.needs("contactless.poll_order", "contactless.type_a", "contactless.type_b")
def test_every_polling_loop_leads_to_the_type_predicted(campaign: DeskCampaign, findings: Findings):
    """One reader under each loop of the decision table, with every phone."""
    free = (one for one in campaign.readers if not one.requires_b and campaign.newest(one))
    reader = next(free, None)
    if reader is None:
        raise NotApplicable("every reader of the bench insists on type B: no loop is free to set")
    if not campaign.phones:
        raise NotRun("no phone is on the bench")
    for loop in LOOPS:
        under = campaign.under(reader, loop)
        for phone in campaign.phones:
            findings += judge_types(campaign.touches(under, phone, CENTRE, UNDER_A_LOOP))


@pytest.mark.requirement("REQ-6-6-e")
@pytest.mark.needs("contactless.touch", "contactless.position")
def test_an_application_that_insists_on_type_b_serves_no_type_a(
    campaign: DeskCampaign, findings: Findings
):
    """Held to phones that know no type B."""
    apart = list(campaign.apart())
    if not apart:
        raise NotApplicable("no reader here insists on type B, or no phone here knows it not")
    for reader, phone in apart:
        findings.append(judge_insistence(campaign.touches(reader, phone, CENTRE, FEWEST)))


@pytest.mark.requirement("REQ-6-6-a")
@pytest.mark.needs("contactless.frames")
def test_a_phone_on_a_test_reader_answers_by_the_standard(
    campaign: DeskCampaign, findings: Findings
):
    """Damaged frames, reserved bits, other CIDs, repetitions, rest and waking, by each type."""
    kinds = [(phone, kind) for phone in campaign.phones for kind in phone.listen]
    if not kinds:
        raise NotRun("no phone that listens is on the bench")
    for phone, kind in kinds:
        findings += judge_probing(campaign.desk, phone.name, kind)
