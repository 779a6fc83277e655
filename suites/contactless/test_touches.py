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
from fixtures.outcome import BenchError
from fixtures.targets.desk_port import PollingLoop
from fixtures.verdict import Finding, Findings, Verdict
from suites.contactless.criteria import Criteria, CriteriaError, judge_devices, read_criteria
from suites.contactless.desk_campaign import DeskCampaign
from suites.contactless.firmware import Change, comparisons, current, judge_firmware
from suites.contactless.position_judges import (
    FEWEST,
    REFUTED,
    judge_claim,
    judge_count,
    judge_grid,
)
from suites.contactless.positions import CENTRE, DECK, Cell, Grid, Pair, Position, cells_of
from suites.contactless.probing import judge_probing
from suites.contactless.touches import (
    Touch,
    as_try,
    judge_answers,
    judge_attempts,
    judge_frames,
    judge_insistence,
    judge_types,
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


@dataclass(frozen=True)
class Taken:
    """A campaign and its cells, as far as they stand and were not made worse by a firmware."""

    campaign: DeskCampaign
    touches: dict[Pair, list[Touch]]
    cells: list[Cell]

    @cached_property
    def regressed(self) -> frozenset[Pair]:
        """Pairs that a new firmware made worse somewhere, beyond chance."""
        compared = comparisons(self.cells, self.campaign.firmwares())
        worse = (one for one in compared if one.change is Change.REGRESSION)
        return frozenset(one.after.pair for one in worse if one.chance <= REFUTED)

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


def taken(campaign: DeskCampaign, effort: Effort) -> Taken:
    """At every position; with an old firmware, distilled, at the centre alone."""
    found: dict[Pair, list[Touch]] = {}
    for reader, phone in campaign.pairs():
        short = effort.name == "distilled" and not campaign.newest(reader)
        touches = [
            touch
            for position in ((CENTRE,) if short else DECK)
            for touch in campaign.touches(reader, phone, position, OF_A_CELL[effort.name])
        ]
        found[touches[0].pair] = touches
    tries = [as_try(touch, campaign.wanted) for of in found.values() for touch in of]
    return Taken(campaign, found, cells_of(tries))


@pytest.mark.requirement("REQ-6-6-a", "REQ-6-6-b", "REQ-6-6-c", "REQ-6-6-e", "REQ-6-6-f")
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
    findings += [judge_count(cell) for cell in of.cells]


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
    for pair in sorted(sound):
        tried = {touch.position for touch in of.touches[pair]}
        found.append(judge_grid(pair, tried, Grid.DECK, requirement))
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
    for reader, phone in campaign.pairs():
        if campaign.newest(reader):
            touches = campaign.touches(reader, phone, EDGE, FEWEST)
            findings.append(judge_attempts(touches, campaign.wanted))
            findings.append(judge_frames(touches, lossless=False))
            findings += [judge_count(cell) for cell in cells(touches, campaign.wanted)]


def cells(touches: Sequence[Touch], wanted: Sequence[bytes]) -> list[Cell]:
    return cells_of(as_try(touch, wanted) for touch in touches)


@pytest.mark.requirement("REQ-6-6-d")
@pytest.mark.needs("contactless.type_a", "contactless.type_b", "contactless.position")
def test_the_type_is_the_one_that_the_settings_lead_to(campaign: DeskCampaign, findings: Findings):
    """Every pair as it is declared, at the centre."""
    for reader, phone in campaign.pairs():
        findings += judge_types(campaign.touches(reader, phone, CENTRE, FEWEST))


@pytest.mark.requirement("REQ-6-6-d")
@pytest.mark.needs("contactless.poll_order", "contactless.type_a", "contactless.type_b")
def test_every_polling_loop_leads_to_the_type_predicted(campaign: DeskCampaign, findings: Findings):
    """One reader under each loop of the decision table, with every phone."""
    reader = next(one for one in campaign.readers if not one.requires_b and campaign.newest(one))
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
    for reader, phone in campaign.apart():
        findings.append(judge_insistence(campaign.touches(reader, phone, CENTRE, FEWEST)))


@pytest.mark.requirement("REQ-6-6-a")
@pytest.mark.needs("contactless.frames")
def test_a_phone_on_a_test_reader_answers_by_the_standard(
    campaign: DeskCampaign, findings: Findings
):
    """Damaged frames, reserved bits, other CIDs, repetitions, rest and waking, by each type."""
    for phone in campaign.phones:
        for kind in phone.listen:
            findings += judge_probing(campaign.desk, phone.name, kind)
