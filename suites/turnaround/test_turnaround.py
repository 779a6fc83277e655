"""Issuance timed section by section on every handset of the target (REQ-3-1-k to -t, -x)."""

from __future__ import annotations

from itertools import pairwise
from statistics import fmean

import pytest

from fixtures.bench import Bench
from fixtures.catalogue.numbers import (
    HANDSET_WITH_LONG_APPLET_TIME,
    HANDSET_WITH_LONG_KEY_GENERATION,
    MEASUREMENTS_PER_MODEL,
)
from fixtures.outcome import Inconclusive
from fixtures.targets.port import AccessPath
from fixtures.targets.turnaround_port import Run, TimedHandset
from fixtures.verdict import Finding, Findings, Verdict
from suites.timing.touching import Toucher
from suites.turnaround import judges, outliers
from suites.turnaround.charts import chart, judge_chart
from suites.turnaround.schedule import judge_plan
from suites.turnaround.setup import judge_setup
from suites.turnaround.table import (
    DECK,
    MAKES_A_KEY,
    judge_arithmetic,
    judge_dashes,
    judge_order,
    means,
)

TYPES = (AccessPath.CONTACTLESS_A, AccessPath.CONTACTLESS_B)
THE_DECK = "deck"
PERSONS = 30  # of each kind: their mean is known to about 2 s
MANY = 200  # runs a handset where they cost nothing: a model in virtual time


@pytest.fixture
def models(bench: Bench) -> list[TimedHandset]:
    """The handsets that are phones."""
    return [one for one in bench.handsets() if one.name != THE_DECK]


def runs_of(bench: Bench, models: list[TimedHandset], count: int) -> dict[str, tuple[Run, ...]]:
    return {one.name: bench.time_issuance(one.name, count) for one in models}


def as_many_as_it_costs(bench: Bench) -> int:
    """A model is asked for more than real phones, which take two minutes each time."""
    return MANY if bench.statement.has("timing.presets") else MEASUREMENTS_PER_MODEL


def the_deck(bench: Bench) -> tuple[Run, ...]:
    if THE_DECK not in {one.name for one in bench.handsets()}:
        raise Inconclusive("the target has no preset with the deck's means")
    return bench.time_issuance(THE_DECK, MEASUREMENTS_PER_MODEL)


@pytest.mark.requirement("REQ-3-1-j")
@pytest.mark.needs("tsm.sp", "tsm.sei", "services.jpki", "handset.turnaround")
def test_the_set_up_is_on_record_and_what_is_assumed_is_not_measured(
    bench: Bench, models: list[TimedHandset], findings: Findings
):
    """What the statement tells stands in ``run.json``; the same code for a model and for phones."""
    runs = runs_of(bench, models, MEASUREMENTS_PER_MODEL)
    findings += judge_setup(bench.statement.setup.model_dump(), runs)


@pytest.mark.requirement("REQ-3-1-k", "REQ-3-1-l", "REQ-3-1-n")
@pytest.mark.needs("handset.turnaround")
def test_every_model_is_measured_ten_times(
    bench: Bench, models: list[TimedHandset], findings: Findings
):
    """Mean, maximum and minimum; 63 cells in which a dash is no zero; and the table adds up."""
    resolution = bench.statement.pixit.timing_resolution_s
    for name, runs in runs_of(bench, models, MEASUREMENTS_PER_MODEL).items():
        subject = f"handset {name}"
        findings.append(judges.judge_count(subject, runs))
        dashes = judge_dashes(runs, subject)
        findings += [dashes, judge_order(runs, resolution, subject)]
        if dashes.verdict is Verdict.PASS:
            findings.append(judge_arithmetic(means(runs), subject))


@pytest.mark.requirement("REQ-3-1-n")
def test_the_table_of_the_deck_adds_up(findings: Findings):
    """Its four residuals of a tenth are rounding; no target has part in this."""
    findings.append(judge_arithmetic(DECK, "the deck's table"))


@pytest.mark.requirement("REQ-3-1-m", "REQ-3-1-p")
@pytest.mark.needs("handset.turnaround", "timing.presets")
def test_the_means_of_the_deck_come_out(bench: Bench, findings: Findings):
    """Nine sections, seven columns, 91.0 s, of which 23.5 s are waiting."""
    runs = the_deck(bench)
    findings += judges.judge_deck(runs)
    findings.append(judges.judge_deck_waiting(runs))


@pytest.mark.requirement("REQ-3-1-o", "REQ-3-1-p")
@pytest.mark.needs("handset.turnaround")
def test_issuance_and_its_waiting_take_as_long_as_in_the_deck(
    bench: Bench, models: list[TimedHandset], findings: Findings
):
    """At least about 90 s; the waiting with the spread of key generation 20 to 40 s."""
    runs = runs_of(bench, models, as_many_as_it_costs(bench))
    findings += [judges.judge_least(runs), judges.judge_waiting(runs)]


@pytest.mark.requirement("REQ-3-1-q")
@pytest.mark.needs("handset.turnaround", "timing.presets")
def test_the_inexperienced_need_longer(
    bench: Bench, models: list[TimedHandset], findings: Findings
):
    """30 to 60 s more on every handset."""
    for one in models:
        experienced = bench.time_issuance(one.name, PERSONS)
        inexperienced = bench.time_issuance(one.name, PERSONS, experienced=False)
        subject = f"handset {one.name}"
        findings.append(judges.judge_inexperienced(subject, experienced, inexperienced))


@pytest.mark.requirement("REQ-3-1-r")
@pytest.mark.needs("handset.turnaround", "timing.presets")
def test_waiting_is_hidden_behind_the_user(bench: Bench, findings: Findings):
    """The plan of every handset keeps the order and hides what can be hidden."""
    for one in bench.handsets():
        tasks = bench.plan_in_parallel(one.name)
        findings.append(judge_plan(tasks, f"handset {one.name}"))


@pytest.mark.requirement("REQ-3-1-s")
@pytest.mark.needs("handset.turnaround")
def test_a_model_slow_in_open_mobile_api_is_found(
    bench: Bench, models: list[TimedHandset], findings: Findings
):
    """By the applet's time when the app calls it; in the deck's set it is handset F."""
    runs = runs_of(bench, models, MEASUREMENTS_PER_MODEL)
    applet = {
        name: [judges.lane_time(run, "applet_for_app") for run in of_model]
        for name, of_model in runs.items()
    }
    expected = HANDSET_WITH_LONG_APPLET_TIME if bench.statement.has("timing.presets") else ""
    findings.append(outliers.judge_outliers(applet, "Open Mobile API", "REQ-3-1-s", expected))


@pytest.mark.requirement("REQ-3-1-t")
@pytest.mark.needs("handset.turnaround", "key.generate")
def test_a_model_slow_in_making_keys_is_found(
    bench: Bench, models: list[TimedHandset], findings: Findings
):
    """By the sections that make a key; in the deck's set handset H, as item 1-1 has its chip."""
    runs = runs_of(bench, models, as_many_as_it_costs(bench))
    making = {
        name: [judges.lane_time(run, "applet_for_tsm", MAKES_A_KEY) for run in of_model]
        for name, of_model in runs.items()
    }
    presets = bench.presets() if bench.statement.has("timing.presets") else ()
    expected = HANDSET_WITH_LONG_KEY_GENERATION if presets else ""
    findings.append(outliers.judge_outliers(making, "key generation", "REQ-3-1-t", expected))
    known = {one.name: outliers.Product(one.name, one.mean_s, one.sd_s) for one in presets}
    findings += agreement(models, runs, known)


def agreement(
    models: list[TimedHandset],
    runs: dict[str, tuple[Run, ...]],
    known: dict[str, outliers.Product],
) -> list[Finding]:
    """Each handset whose product item 1-1 knows, beside the next one."""
    of_chip = [one for one in models if one.product in known]
    keys = {one.name: _keys(runs[one.name]) for one in of_chip}
    found: list[Finding] = []
    for other, one in pairwise([*of_chip[-1:], *of_chip]):
        beside = [(keys[other.name], known[other.product])]
        subject = f"handset {one.name}"
        found += outliers.judge_agreement(subject, keys[one.name], known[one.product], beside)
    return found


def _keys(runs: tuple[Run, ...]) -> list[float]:
    """Half of both sections together: what is in them beside the key pair stands still."""
    first = [judges.lane_time(run, "applet_for_tsm", MAKES_A_KEY[:1]) for run in runs]
    second = [judges.lane_time(run, "applet_for_tsm", MAKES_A_KEY[1:]) for run in runs]
    centre_1, centre_2 = fmean(first), fmean(second)
    middle = (centre_1 + centre_2) / 2
    return [time - centre_1 + middle for time in first] + [
        time - centre_2 + middle for time in second
    ]


@pytest.mark.requirement("REQ-3-1-x")
@pytest.mark.needs("handset.turnaround")
def test_charts_show_every_model(bench: Bench, models: list[TimedHandset], findings: Findings):
    """Issuance, touch and on-line use, each a chart that is drawn from times alone."""
    runs = runs_of(bench, models, MEASUREMENTS_PER_MODEL)
    shown = {
        "issuance": {name: [judges.whole(run) for run in taken] for name, taken in runs.items()},
        "online": {
            one.name: [all_ for all_, _ in bench.time_online_use(one.name, MEASUREMENTS_PER_MODEL)]
            for one in models
        },
    }
    if touched := touches(bench):
        shown["touch"] = touched
    for kind, times in shown.items():
        findings.append(judge_chart(kind, times, chart(kind, times).svg))


def touches(bench: Bench) -> dict[str, list[float]]:
    """Signatures by touch of each model; empty where the bench has no reader or no presets."""
    paths = [path for path in TYPES if path in bench.statement.pixit.paths]
    asked = ("contactless.touch", "pin.auth", "timing.presets")
    if not paths or not all(bench.statement.has(capability) for capability in asked):
        return {}
    found = {}
    try:
        for preset in bench.presets():
            bench.use_preset(preset.name)
            parts = Toucher.of(bench, preset.name).touches(paths[0], MEASUREMENTS_PER_MODEL)
            found[preset.name] = [part.total for part in parts]
    finally:
        bench.use_preset(None)
    return found
