"""The suite of 2024: its trial, its rule of repetition, and what an ideal source comes to."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from fixtures.verdict import Verdict
from suites.random_numbers import ais31_2011 as ais31
from suites.random_numbers import ais31_2024
from suites.random_numbers.bits import BitReader
from suites.random_numbers.samples import sample


def test_a_good_sample_passes_in_one_trial_of_2040000_bits():
    judged = ais31.judge("T_irn", ais31_2024.trial, BitReader(sample("ais31_4MB")))
    assert (judged.verdict, len(judged.runs)) == (Verdict.PASS, 1)
    assert judged.runs[0].bits_used == ais31_2024.TRIAL_BITS == 2_040_000
    assert [test.name for test in judged.runs[0].basic] == ["T1", "T2", "T3", "T4"]


@pytest.mark.parametrize("name", ["markov45_8", "counter8", "binom16_8"])
def test_a_bad_sample_fails_twice(name: str):
    judged = ais31.judge("T_irn", ais31_2024.trial, BitReader(sample(name)))
    assert (judged.verdict, len(judged.runs)) == (Verdict.FAIL, 2)


def test_half_a_trial_is_insufficient_data():
    judged = ais31.judge("T_irn", ais31_2024.trial, BitReader(sample("aesctr8")[:200_000]))
    assert judged.verdict is Verdict.INCONCLUSIVE
    assert "bits are missing" in judged.reason


def test_an_ideal_source_fails_in_the_end_once_in_five_thousand_times():
    assert ais31.final_failure("T_irn") == pytest.approx(2.2e-4, rel=0.02)
    expected = sum(ais31_2024.FALSE_ALARMS.values())
    assert expected == pytest.approx(ais31.EXPECTED_FAILURES["T_irn"], rel=0.01)


def test_the_published_sample_of_another_program(vector: Callable[[str], Path]):
    """G. Sakurai, AnotherAIS31TestTool v3: statistics and entropies of its sample."""
    content = vector("v3_sample_input_data_for_T1-T4.bin").read_bytes()
    assert hashlib.sha256(content).hexdigest().startswith("a3b04689c5512355"), "another file"
    run = ais31_2024.trial(BitReader(np.frombuffer(content, np.uint8)))
    found = [test.statistic for test in run.basic]
    assert found == pytest.approx([9994, 14.7392, 0.998169, 0.998943], abs=5e-7)
