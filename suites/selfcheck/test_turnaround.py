"""The judges of turnaround: the deck's table by the letter, and what each is there to find."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fixtures.catalogue.numbers import ISSUANCE, ISSUANCE_CELLS
from fixtures.targets.turnaround_port import LANES, PlannedTask, Run, SectionTime
from fixtures.verdict import Verdict
from suites.turnaround import judges, outliers
from suites.turnaround.charts import bars, chart, judge_chart
from suites.turnaround.schedule import BEFORE, end_of, judge_plan, objections
from suites.turnaround.table import (
    DASHES,
    DECK,
    SECTIONS,
    Line,
    Table,
    judge_arithmetic,
    judge_dashes,
    judge_order,
    means,
    residuals,
)

PASS, FAIL, INCONCLUSIVE = Verdict.PASS, Verdict.FAIL, Verdict.INCONCLUSIVE


def deck_run(stretch: float = 1.0) -> Run:
    """The deck's cells as one issuance; sections one after the other."""
    now, run = 0.0, []
    for section in SECTIONS:
        cells = DECK.rows[section].cells
        taken = tuple(None if cell is None else float(cell) * stretch for cell in cells)
        total = sum(cell for cell in taken if cell is not None)
        run.append(SectionTime(section, now, now + total, taken))
        now += total
    return tuple(run)


def changed(run: Run, section: int, change: Callable[[SectionTime], SectionTime]) -> Run:
    return (*run[:section], change(run[section]), *run[section + 1 :])


# --- the table ----------------------------------------------------------------------------


def test_the_deck_has_exactly_four_residuals_of_a_tenth():
    told = {one.place: one.value for one in residuals(DECK) if one.value}
    assert told == {
        "F-ISS-2": Decimal("-0.1"),
        "F-ISS-8": Decimal("0.1"),
        "column tsm": Decimal("-0.1"),
        "bottom row": Decimal("0.1"),
    }
    assert judge_arithmetic(DECK, "deck").verdict is PASS
    assert "4 residuals" in judge_arithmetic(DECK, "deck").reason


def test_the_residuals_by_the_letter():
    """Row by row, with nothing but a sum."""
    for row, section in zip(ISSUANCE.values(), SECTIONS, strict=True):
        parts = [cell for cell in row[1:] if cell is not None]
        found = next(one for one in residuals(DECK) if one.place == section)
        assert found.value == row[0] - sum(parts)
        assert found.bound == Decimal("0.05") * (len(parts) + 1)


@given(st.sampled_from(SECTIONS), st.sampled_from([-1, 1]))
def test_half_a_second_in_any_total_is_found(section: str, sign: int):
    line = DECK.rows[section]
    wrong = replace(line, total=line.total + sign * Decimal("0.5"))
    assert judge_arithmetic(Table({**DECK.rows, section: wrong}, DECK.bottom), "t").verdict is FAIL


@given(st.data())
def test_half_a_second_in_any_cell_is_found(data: st.DataObject):
    section = data.draw(st.sampled_from(SECTIONS))
    cells = list(DECK.rows[section].cells)
    at = data.draw(st.sampled_from([n for n, cell in enumerate(cells) if cell is not None]))
    cells[at] = (cells[at] or Decimal(0)) + Decimal("0.5")
    wrong = Line(DECK.rows[section].total, tuple(cells))
    assert judge_arithmetic(Table({**DECK.rows, section: wrong}, DECK.bottom), "t").verdict is FAIL


def test_63_cells_of_which_some_are_dashes():
    assert sum(1 + len(line.cells) for line in DECK.rows.values()) == ISSUANCE_CELLS
    assert sum(dash for dashes in DASHES.values() for dash in dashes) == 24
    assert DECK.rows["F-ISS-8"].cells[LANES.index("app")] == 0  # measured, and nothing


def test_a_dash_is_no_zero_and_a_zero_no_dash():
    run = deck_run()
    assert judge_dashes([run], "s").verdict is PASS
    for section, one in enumerate(run):
        for lane, cell in enumerate(one.cells):
            other = 0.0 if cell is None else None
            cells = (*one.cells[:lane], other, *one.cells[lane + 1 :])
            wrong = changed(run, section, lambda s, c=cells: replace(s, cells=c))  # type: ignore[misc]
            found = judge_dashes([run, wrong], "s")
            assert found.verdict is FAIL
            assert f"run 2: {one.section} {LANES[lane]}" in found.reason


def test_a_section_missing_or_out_of_order_is_found():
    run = deck_run()
    for wrong in (run[:-1], (), run[::-1]):
        assert judge_dashes([wrong], "s").verdict is FAIL


def test_sections_that_overlap_or_leave_a_gap_are_found():
    run = deck_run()
    assert judge_order([run], 0.001, "s").verdict is PASS
    for shift in (-0.2, 0.2):
        moved = changed(run, 4, lambda s, d=shift: replace(s, start=s.start + d, end=s.end + d))  # type: ignore[misc]
        assert judge_order([moved], 0.001, "s").verdict is FAIL


def test_means_of_runs_are_printed_to_a_tenth():
    found = means([deck_run(0.9), deck_run(1.1)])
    assert found.rows["F-ISS-1"] == DECK.rows["F-ISS-1"]
    assert found.bottom.total == Decimal("91.0")  # what the deck's cells add up to


# --- what the deck says of the whole ------------------------------------------------------


def test_the_decks_own_means_pass_and_others_do_not():
    assert {one.verdict for one in judges.judge_deck([deck_run()])} == {PASS}
    assert FAIL in {one.verdict for one in judges.judge_deck([deck_run(1.05)])}


def test_ten_equal_times_are_one():
    assert judges.judge_count("s", [deck_run()] * 10).verdict is FAIL
    runs = [deck_run(1 + n / 100) for n in range(10)]
    told = judges.judge_count("s", runs)
    assert told.verdict is PASS
    assert all(word in told.reason for word in ("mean", "maximum", "minimum"))
    assert judges.judge_count("s", runs[:9]).verdict is INCONCLUSIVE


@pytest.mark.parametrize(
    ("stretch", "verdict", "word"),
    [(1.0, PASS, "mean"), (0.9, FAIL, "left out"), (1.2, PASS, "warning")],
)
def test_issuance_takes_about_90_s_at_least(stretch: float, verdict: Verdict, word: str):
    found = judges.judge_least({"A": [deck_run(stretch)]})
    assert (found.verdict, word in found.reason) == (verdict, True)


def test_waiting_lies_within_20_to_40_s():
    assert judges.judge_deck_waiting([deck_run()]).verdict is PASS
    assert judges.judge_deck_waiting([deck_run(1.1)]).verdict is FAIL
    assert judges.judge_waiting({"A": [deck_run()] * 20}).verdict is PASS
    assert judges.judge_waiting({"A": [deck_run()] * 19 + [deck_run(2)]}).verdict is PASS
    assert judges.judge_waiting({"A": [deck_run()] * 18 + [deck_run(2)] * 2}).verdict is FAIL


@pytest.mark.parametrize(("extra", "verdict"), [(10, FAIL), (35, PASS), (55, PASS), (90, FAIL)])
def test_the_inexperienced_need_30_to_60_s_more(extra: float, verdict: Verdict):
    usual = [deck_run(1 + n / 1000) for n in range(10)]
    slow = [deck_run(1 + n / 1000 + extra / 90.9) for n in range(10)]
    assert judges.judge_inexperienced("s", usual, slow).verdict is verdict


def test_a_difference_that_is_not_known_well_decides_nothing():
    usual = [deck_run(0.7 + n / 10) for n in range(6)]
    slow = [deck_run(1.0 + n / 10) for n in range(6)]
    assert judges.judge_inexperienced("s", usual, slow).verdict is INCONCLUSIVE


# --- models that stand out ----------------------------------------------------------------

USUAL = {name: [1.0 + n / 100 for n in range(10)] for name in "ABCDEG"}


def test_the_model_that_stands_out_is_named():
    found = outliers.judge_outliers(USUAL | {"F": [2.0] * 10}, "w", "REQ-3-1-s", "F")
    assert (found.verdict, "F: 2.0 s" in found.reason) == (PASS, True)
    assert "ask the maker" in found.reason


def test_another_one_or_none_fails_where_the_deck_has_one():
    assert outliers.judge_outliers(USUAL, "w", "R", "F").verdict is FAIL
    assert outliers.judge_outliers(USUAL | {"H": [2.0] * 10}, "w", "R", "F").verdict is FAIL
    assert outliers.judge_outliers(USUAL, "w", "R").verdict is PASS
    assert outliers.judge_outliers({"A": [1.0] * 10}, "w", "R").verdict is INCONCLUSIVE


def test_a_mean_that_is_not_known_well_does_not_stand_out():
    wild = [0.2, 0.2, 0.2, 0.2, 9.0]
    assert outliers.stand_out(USUAL | {"F": wild}) == []


def test_key_generation_of_another_law_or_mean_does_not_agree():
    slow, fast = outliers.Product("D", 2.8, 1.8), outliers.Product("A", 2.0, 0.25)
    of_a = [1.0 + fast.mean + fast.sd * (n % 3 - 1) * 1.22 for n in range(400)]
    of_d = [1.0 + slow.mean + slow.sd * (n % 3 - 1) * 1.22 for n in range(400)]
    beside = [(of_a, fast)]
    agreed = outliers.judge_agreement("H", of_d, slow, beside)
    assert {one.verdict for one in agreed} == {PASS}
    steady = [time * 0 + 3.8 + (n % 3 - 1) / 100 for n, time in enumerate(of_d)]
    assert outliers.judge_agreement("H", steady, slow, beside)[0].verdict is FAIL
    longer = [time + 3 for time in of_d]
    assert outliers.judge_agreement("H", longer, slow, beside)[1].verdict is FAIL


# --- the plan -----------------------------------------------------------------------------


def plan() -> list[PlannedTask]:
    """By hand, from the deck's means."""
    times = {
        "F-ISS-1": (0, 18.1), "F-ISS-2 user": (18.1, 31.2), "F-ISS-4": (18.1, 22.7),
        "F-ISS-5": (22.7, 30.1), "F-ISS-2 system": (31.2, 34.2), "F-ISS-3 user": (34.2, 44.5),
        "F-ISS-6": (34.2, 37.5), "F-ISS-7": (37.5, 45.7), "F-ISS-3 system": (45.7, 48.6),
        "F-ISS-8": (48.6, 60.7), "F-ISS-9": (60.7, 68.7),
    }  # fmt: skip
    return [PlannedTask(name, *time) for name, time in times.items()]


def test_a_plan_by_hand_hides_the_waiting():
    assert list(objections(plan())) == []
    assert end_of(plan()) == pytest.approx(68.7)
    assert judge_plan(plan(), "s").verdict is PASS


@pytest.mark.parametrize(
    ("task", "before"), [(task, one) for task, before in BEFORE.items() for one in before]
)
def test_every_order_that_is_broken_is_found(task: str, before: str):
    end = {one.name: one.end for one in plan()}[before]
    moved = [
        replace(one, start=end - 0.1, end=end - 0.1 + one.end - one.start)
        if one.name == task
        else one
        for one in plan()
    ]
    assert f"{task} begins before {before} has ended" in list(objections(moved))


def test_two_at_once_and_a_serial_plan_are_found():
    both = [replace(one, start=22.0) if one.name == "F-ISS-5" else one for one in plan()]
    assert any("the GP-SE is to do" in why for why in objections(both))
    ends = {"": 0.0}
    order = ("F-ISS-1", "F-ISS-2 user", "F-ISS-2 system", "F-ISS-3 user", "F-ISS-3 system",
             "F-ISS-4", "F-ISS-5", "F-ISS-6", "F-ISS-7", "F-ISS-8", "F-ISS-9")  # fmt: skip
    took = {one.name: one.end - one.start for one in plan()}
    for before, name in pairwise(("", *order)):
        ends[name] = ends[before] + took[name]
    serial = [PlannedTask(name, ends[name] - took[name], ends[name]) for name in order]
    assert list(objections(serial)) == []
    assert judge_plan(serial, "s").verdict is FAIL


def test_a_plan_without_a_task_is_found():
    assert judge_plan(plan()[:-1], "s").verdict is FAIL


# --- charts -------------------------------------------------------------------------------


def test_every_model_is_on_a_chart_with_its_mean():
    times = {"A": [1.0, 2.0, 4.5], "端末F": [9.0, 10.0]}
    drawn = chart("issuance", times)
    assert judge_chart("issuance", times, drawn.svg).verdict is PASS
    figures = [(bar.mean, bar.least, bar.most) for bar in bars(times)]
    assert figures == [(2.5, 1.0, 4.5), (9.5, 9.0, 10.0)]
    assert chart("issuance", times).svg == drawn.svg


def test_a_chart_that_lost_a_model_is_rejected():
    drawn = chart("online", {"A": [1.0]}).svg
    lost = judge_chart("online", {"A": [1.0], "B-1": [3.0]}, drawn)
    assert (lost.verdict, "B-1" in lost.reason) == (FAIL, True)
    with pytest.raises(ValueError, match="no times of B"):
        bars({"A": [1.0], "B": []})
