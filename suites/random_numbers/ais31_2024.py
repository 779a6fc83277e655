"""The black-box suite of AIS 20/31 (2024) for internal random numbers. Pure.

Source: M. Peter, W. Schindler, "A Proposal for Functionality Classes for Random Number
Generators", version 3.0 (2024), T_irn. One trial takes 2,040,000 bits in order: 20,000 for T1
(monobit), 20,000 for T2 (poker), 1,000,000 for T3 (MultiMMC) and 1,000,000 for T4 (LZ78Y), each
bit once. Any failure asks for one more trial on the bits that follow, which must pass completely.

A single failure of T3 or T4 is no defect: a run of 26 right guesses makes one, and an ideal source
has such a run in 0.7 % of all trials.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from suites.random_numbers import ais31_tests as tests
from suites.random_numbers.ais31_2011 import BasicTest, Procedure
from suites.random_numbers.lz78y import lz78y
from suites.random_numbers.markov_models import multi_mmc

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy import uint8
    from numpy.typing import NDArray

    from suites.random_numbers.bits import BitReader
    from suites.random_numbers.prediction import Prediction

PREDICTED = 1_000_000  # bits of T3 and of T4
TRIAL_BITS = 2 * tests.SEQUENCE + 2 * PREDICTED
LEAST_ENTROPY = 0.95  # bits a bit
FALSE_ALARMS = {"T1": 1.03e-6, "T2": 1.01e-6, "T3": 7.4e-3, "T4": 7.4e-3}
"""Probability that an ideal source fails; T3 and T4 by the longest run of right guesses."""


def trial(reader: BitReader) -> Procedure:
    """One trial; ``InsufficientDataError`` before anything is judged on a part."""
    start = reader.position
    ones = int(tests.t1_monobit(reader.take(tests.SEQUENCE)[None])[0])
    basic = [BasicTest("T1", "", ones, 9655, 10345, 9654 < ones < 10346)]
    poker = float(tests.t2_poker(reader.take(tests.SEQUENCE)[None])[0])
    basic.append(BasicTest("T2", "", poker, 1.03, 57.4, 1.03 < poker < 57.4))
    for name, estimate in (("T3", multi_mmc), ("T4", lz78y)):
        basic.append(_predicted(name, estimate, reader.take(PREDICTED)))
    return Procedure("T_irn", tuple(basic), reader.position - start)


def _predicted(
    name: str, estimate: Callable[[NDArray[uint8], int], Prediction], bits: NDArray[uint8]
) -> BasicTest:
    found = estimate(bits, 2)
    note = f"{found.correct:,} of {found.predictions:,} right, longest run {found.longest_run - 1}"
    entropy = found.min_entropy
    return BasicTest(name, "", entropy, LEAST_ENTROPY, None, entropy >= LEAST_ENTROPY, note)
