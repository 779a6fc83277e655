"""The judges find seeded defects and leave a good source alone (REQ-1-2-c)."""

from __future__ import annotations

import numpy as np
import pytest

from fixtures.verdict import Verdict
from suites.random_numbers import ais31_2011 as ais31
from suites.random_numbers.bits import BitReader
from suites.random_numbers.samples import sample

SEEDED = {  # verdicts of A and B: what AIS 31's bounds make of each defect
    "bias51_8": (Verdict.FAIL, Verdict.PASS),
    "markov45_8": (Verdict.FAIL, Verdict.FAIL),
    "counter8": (Verdict.FAIL, Verdict.PASS),
}


@pytest.mark.requirement("REQ-1-2-c")
@pytest.mark.parametrize("name", SEEDED)
def test_a_seeded_defect_is_found(name: str):
    """Procedure A takes 36,000 bytes more than the samples have: their front once more."""
    data = sample(name)
    a = ais31.judge("A", ais31.procedure_a, BitReader(np.concatenate((data, data[:36_000]))))
    b = ais31.judge("B", ais31.procedure_b, BitReader(data))
    assert (a.verdict, b.verdict) == SEEDED[name]


@pytest.mark.requirement("REQ-1-2-c")
def test_a_good_source_is_left_alone():
    for name, run in (("A", ais31.procedure_a), ("B", ais31.procedure_b)):
        judged = ais31.judge(name, run, BitReader(sample("ais31_4MB")))
        assert (judged.verdict, len(judged.runs)) == (Verdict.PASS, 1)
