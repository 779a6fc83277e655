"""The suite of 2024 and its predictors, against literal restatements and against NIST's program."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fixtures.verdict import Verdict
from suites.random_numbers import ais31_2011 as ais31
from suites.random_numbers import ais31_2024
from suites.random_numbers.bits import BitReader, unpacked
from suites.random_numbers.predictors import _result, lz78y, multi_mmc
from suites.random_numbers.samples import sample

VECTORS = os.environ.get("JPKI_CONFORMANCE_VECTORS", "")
NIST = ("truerand_1bit", "biased-random-bits", "data.pi")


def slow_multi_mmc(bits: list[int], orders: int = 16, entries: int = 100_000) -> list[bool]:
    """SP 800-90B 6.3.9 as it is written, place by place."""
    counts: list[dict[tuple[int, ...], dict[int, int]]] = [{} for _ in range(orders + 1)]
    entered = [0] * (orders + 1)
    score, winner, right = [0] * (orders + 1), 1, []
    for i in range(2, len(bits)):
        guesses: list[int | None] = [None] * (orders + 1)
        for d in range(1, min(orders, i) + 1):
            if i - d >= 1:
                x, y = tuple(bits[i - d - 1 : i - 1]), bits[i - 1]
                if y in counts[d].get(x, {}):
                    counts[d][x][y] += 1
                elif entered[d] < entries:
                    counts[d].setdefault(x, {})[y] = 1
                    entered[d] += 1
            known = counts[d].get(tuple(bits[i - d : i]))
            if known:
                guesses[d] = max(known, key=lambda y: (known[y], y))
        right.append(guesses[winner] == bits[i])
        for d in range(1, orders + 1):
            if guesses[d] == bits[i]:
                score[d] += 1
                if score[d] >= score[winner]:
                    winner = d
    return right


def slow_lz78y(bits: list[int], entries: int) -> list[bool]:
    """SP 800-90B 6.3.10 as it is written, place by place."""
    counts: dict[tuple[int, ...], list[int]] = {}
    right = []
    for i in range(17, len(bits)):
        for j in range(16, 0, -1):
            x = tuple(bits[i - j - 1 : i - 1])
            if x not in counts and len(counts) < entries:
                counts[x] = [0, 0]
            if x in counts:
                counts[x][bits[i - 1]] += 1
        most, guess = 0, None
        for j in range(16, 0, -1):
            zeros, ones = counts.get(tuple(bits[i - j : i]), (0, 0))
            if max(zeros, ones) > most:
                most, guess = max(zeros, ones), int(ones >= zeros)
        right.append(guess == bits[i])
    return right


bit_strings = st.one_of(
    st.lists(st.integers(0, 1), min_size=30, max_size=300),
    st.lists(st.integers(0, 1), min_size=1, max_size=9).map(lambda part: part * 30),
    st.integers(0, 2**32).map(
        lambda n: (np.random.default_rng(n).random(400) < 0.8).astype(int).tolist()
    ),
).filter(lambda bits: len(bits) >= 30)


@given(bit_strings)
def test_multi_mmc_is_the_one_of_the_standard(bits: list[int]):
    assert multi_mmc(np.array(bits, np.uint8)) == _result(np.array(slow_multi_mmc(bits)))


@given(bit_strings, st.sampled_from([3, 40, 65_536]))
def test_lz78y_is_the_one_of_the_standard(bits: list[int], entries: int):
    expected = _result(np.array(slow_lz78y(bits, entries)))
    assert lz78y(np.array(bits, np.uint8), entries) == expected


def test_the_limit_of_entries_is_kept():
    """At order 16 not all 131,072 pairs of context and symbol fit."""
    bits = unpacked(sample("aesctr8"))[:250_000]
    found = multi_mmc(bits)
    assert found == _result(np.array(slow_multi_mmc(bits.tolist())))


@pytest.mark.skipif(not VECTORS, reason="NOT_RUN: JPKI_CONFORMANCE_VECTORS names no folder")
@pytest.mark.parametrize("name", NIST)
def test_nists_program_says_the_same(name: str):
    """Files of usnistgov/SP800-90B_EntropyAssessment, ``bin`` and ``cpp/selftest/refdata``."""
    folder = Path(VECTORS)
    bits = np.fromfile(folder / f"{name}.bin", np.uint8)
    told = (folder / f"{name}.res").read_text()
    for kind, found in (("MultiMMC", multi_mmc(bits)), ("LZ78Y", lz78y(bits))):
        for word, value in (("C", found.correct), ("r", found.longest_run)):
            assert f"Literal {kind} Prediction Estimate: {word} = {value}\n" in told
        line = next(
            x for x in told.splitlines() if x.startswith(f"Literal {kind} Prediction Estimate: min")
        )
        assert found.min_entropy == pytest.approx(float(line.rpartition("=")[2]), abs=1e-12)


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
