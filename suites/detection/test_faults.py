"""A check that has never failed proves nothing: each named fault, found and localised."""

from __future__ import annotations

import os
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

import pytest

from fixtures.catalogue.load import load_catalogue
from fixtures.targets.reference import known_faults
from fixtures.verdict import Verdict
from reports.detection import (
    Detection,
    campaign_on,
    detect,
    judge_detection,
    verdict_of,
)

FAULTS = known_faults()
WITHOUT_A_FAULT = {
    "REQ-0-b", "REQ-1-1-f", "REQ-1-2-c", "REQ-3-1-i", "REQ-3-1-x", "REQ-6-3-d", "REQ-6-4-d",
    "JPKI-REAL-01",
}  # fmt: skip
"""What stands in place of a fault: broken records that are rejected, for REQ-0-b (which judges the
suite) in test_trace, for REQ-1-1-f (which judges how often was measured) in test_timing_port, for
REQ-3-1-i in test_models, for REQ-3-1-x (which judges charts) in test_turnaround, for REQ-6-3-d
(which judges a record) in test_coexistence_issues, for REQ-6-4-d (the same) in test_judge_applet;
mistakes of public tools that are caught, for REQ-1-2-c (which judges the judges) in
test_ais31_2011. JPKI-REAL-01 below."""


@pytest.fixture(scope="module")
def apart() -> Iterator[ProcessPoolExecutor]:
    """A process in which campaigns run, so that they share nothing with this one."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        yield pool


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_is_found_and_localised(apart: ProcessPoolExecutor, name: str):
    found = apart.submit(detect, name, "distilled").result()
    told = f"{found.detection}: FAIL {found.failed}, ERROR {found.broken}; {found.reason}"
    assert found.good, told


def test_the_clean_reference_is_accused_of_nothing(apart: ProcessPoolExecutor):
    result = apart.submit(campaign_on, (), "distilled", 7).result()
    assert {v.id for v in result.verdicts.values() if v.verdict is not Verdict.PASS} == set()


def test_every_automated_requirement_has_a_fault():
    broken = {fault.breaks for fault in FAULTS.values() if fault.equivalent is None}
    assert set(load_catalogue().automated) - broken == WITHOUT_A_FAULT


def test_there_are_enough_faults():
    assert sum(fault.equivalent is None for fault in FAULTS.values()) >= 25


def test_opensc_notices_a_chained_signature(apart: ProcessPoolExecutor):
    """JPKI-REAL-01 fails for a real client too: it writes a wrong signature without a word."""
    clean = apart.submit(verdict_of, "JPKI-REAL-01", ()).result()
    if clean is Verdict.NOT_RUN and "CI" not in os.environ:
        pytest.skip("no PC/SC daemon or no OpenSC on this machine")
    assert clean is Verdict.PASS
    faulty = apart.submit(verdict_of, "JPKI-REAL-01", ("signature.answers_61xx",)).result()
    assert faulty is Verdict.FAIL


# --- the judge of detections itself -------------------------------------------------------

FAULT = next(fault for fault in FAULTS.values() if fault.breaks == "JPKI-J-10")
CLOSURE = load_catalogue().closure("JPKI-J-10")


def kind(**verdicts: Verdict) -> Detection:
    told = {id_.replace("_", "-"): verdict for id_, verdict in verdicts.items()}
    return judge_detection(FAULT, told, CLOSURE, "").detection


def test_the_primary_alone_is_localised():
    assert kind(JPKI_J_10=Verdict.FAIL, JPKI_J_01=Verdict.PASS) is Detection.LOCALISED


def test_what_the_primary_implies_is_localised():
    assert kind(JPKI_J_10=Verdict.FAIL, REQ_3_2_d=Verdict.FAIL) is Detection.LOCALISED


def test_an_unrelated_accusation_is_not():
    assert kind(JPKI_J_10=Verdict.FAIL, JPKI_J_01=Verdict.FAIL) is Detection.FOUND


def test_inconclusive_is_missed():
    assert kind(JPKI_J_10=Verdict.INCONCLUSIVE) is Detection.MISSED
