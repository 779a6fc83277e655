"""The ten estimates: against the standard by the letter, NIST's figures, and without a compiler."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from suites.random_numbers import estimators, lz78y, markov_models, prediction, tuples
from suites.random_numbers.bits import InsufficientDataError, unpacked
from suites.random_numbers.lag import lag
from suites.random_numbers.most_common_in_window import multi_mcw
from suites.random_numbers.samples import keystream, sample
from suites.random_numbers.sp800_90b import Assessment, Data, assess, renumbered
from suites.selfcheck import by_the_letter

NIST = (
    ("truerand_1bit", 1), ("biased-random-bits", 1), ("data.pi", 1), ("rand1_short", 1),
    ("rand8_short", 8), ("truerand_8bit", 8),
)  # fmt: skip

PUBLISHED = """
aesctr8 bit .998660800624 .960426891029 .999942184489 .941157921356 .931490699173 .998480075651
    .998462440658 .999279455445 .999387787923 .999537231984
aesctr8 lit 7.890384228825 - - - 7.295390094662 7.718814129976 7.933543160477 7.960152223458
    7.957952411601 7.957930772635
bias51_8 bit .970130517798 .944220578051 .971071259386 .872629339435 .927497032683 .997534619903
    .976999370198 .998744942187 .970144641710 .970139464950
bias51_8 lit 7.731273500634 - - - 7.353757733121 7.913871075705 7.880202498140 7.949557989065
    7.898786646007 7.897009818242
markov45_8 bit .998054477446 .600408252836 .862051691084 .709515238272 .857649296867 .984771258725
    .984386675561 .860302042352 .860304480962 .860300467838
markov45_8 lit 7.004496388356 - - - 6.903098522257 7.522372516432 6.638382735458 7.840626730464
    7.255286139799 7.254816686762
counter8 bit .998663683339 1 .999965466451 .687969726728 9.5976e-8 1.00963e-7 .823914412791
    .384621814164 .005231879136 1
counter8 lit 7.941574536992 - - - 0 0 8 8 6.53832e-6 6.53842e-6
binom16_8 bit .998668007424 1 .843731832901 .250195554042 .352231643154 .401115965326 1
    .897589555953 .239388999033 .841337581405
binom16_8 lit 2.343274079330 - - - 2.334010377909 2.828547023848 2.351466728848 2.820732168803
    2.344584838053 2.344688032771
"""
"""Min-entropies of NIST's ea_non_iid 1.1.7, in the order of 6.3.1 to 6.3.10."""

ASSESSED = {
    "aesctr8": 7.295390094662, "bias51_8": 6.981034715481, "markov45_8": 4.803266022689,
    "counter8": 0.0, "binom16_8": 1.915111992261,
}  # fmt: skip
ONE_BIT = {"aesctr8": 0.889597658306, "bias51_8": 0.820427551105, "markov45_8": 0.596233887093}


def published() -> dict[tuple[str, str], list[float | None]]:
    found: dict[tuple[str, str], list[float | None]] = {}
    name = ("", "")
    for word in PUBLISHED.split():
        if word in ASSESSED:
            name = (word, "")
        elif word in {"bit", "lit"}:
            name = (name[0], word)
            found[name] = []
        else:
            found[name].append(None if word == "-" else float(word))
    return found


@pytest.mark.parametrize("name", ASSESSED)
def test_nists_program_comes_to_the_same(name: str):
    done = assess(sample(name), 8, threads=2)
    assert done.min_entropy == pytest.approx(ASSESSED[name], abs=1e-9)
    for kind, data in (("bit", Data.BITSTRING), ("lit", Data.LITERAL)):
        ours = {e.section: e.min_entropy for e in done.estimates if e.data is data}
        for number, theirs in enumerate(published()[name, kind], 1):
            assert ours.get(f"6.3.{number}") == (
                None if theirs is None else pytest.approx(theirs, abs=4e-9)
            )


@pytest.mark.parametrize("name", ONE_BIT)
def test_bits_are_assessed_as_they_are(name: str):
    bits = unpacked(sample(name))[:1_000_000]
    done = assess(bits, 1)
    assert done.min_entropy == pytest.approx(ONE_BIT[name], abs=1e-9)
    assert {e.data for e in done.estimates} == {Data.LITERAL}


def test_four_bits_have_a_bitstring_of_four_times_the_length():
    done = assess(
        np.frombuffer(keystream(1_000_000, "jpki-rng-aesctr4"), np.uint8) & np.uint8(15), 4
    )
    assert done.min_entropy == pytest.approx(3.485636911749, abs=1e-9)
    assert (done.binding.name, done.binding.data) == ("Compression", Data.BITSTRING)


@pytest.mark.parametrize(("name", "width"), NIST)
def test_nists_own_files(vector: Callable[[str], Path], name: str, width: int):
    """Files of usnistgov/SP800-90B_EntropyAssessment, ``bin`` and ``cpp/selftest/refdata``."""
    done = assess(np.fromfile(vector(f"{name}.bin"), np.uint8), width)
    told = vector(f"{name}.res").read_text().splitlines()
    compared = 0
    for estimate in done.estimates:
        start = f"{estimate.data.capitalize()} {_named(estimate.name)} Estimate: min entropy = "
        theirs = [line[len(start) :] for line in told if line.startswith(start)]
        assert len(theirs) == 1, start
        assert estimate.min_entropy == pytest.approx(float(theirs[0]), abs=1e-8)
        compared += 1
    assert compared == (10 if width == 1 else 17)


def _named(name: str) -> str:
    kinds = {"MCV": "Most Common Value", "t-tuple": "t-Tuple"}
    predictors = ("MultiMCW", "Lag", "MultiMMC", "LZ78Y")
    return f"{name} Prediction" if name in predictors else kinds.get(name, name)


# --- by the letter ------------------------------------------------------------------------

sequences = st.integers(2, 9).flatmap(
    lambda k: st.one_of(
        st.lists(st.integers(0, k - 1), min_size=70, max_size=400),
        st.lists(st.integers(0, k - 1), min_size=1, max_size=9).map(lambda part: part * 70),
        st.integers(0, 2**32).map(
            lambda n: (np.random.default_rng(n).random(700) ** 3 * k).astype(int).tolist()
        ),
    ).map(lambda found: (found, k))
)


def as_judged(right: list[bool], alphabet: int) -> prediction.Prediction:
    run = longest = 0
    for hit in right:
        run = run + 1 if hit else 0
        longest = max(longest, run)
    return prediction.estimate(len(right), sum(right), longest + 1, alphabet)


@given(sequences)
def test_predictors_are_those_of_the_standard(drawn: tuple[list[int], int]):
    s, k = drawn
    symbols = np.array(s, np.uint8)
    assert multi_mcw(symbols, k) == as_judged(by_the_letter.multi_mcw(s), k)
    assert lag(symbols, k) == as_judged(by_the_letter.lag(s), k)
    assert markov_models.multi_mmc(symbols, k) == as_judged(by_the_letter.multi_mmc(s), k)
    assert lz78y.lz78y(symbols, k) == as_judged(by_the_letter.lz78y(s), k)


@given(sequences, st.sampled_from([3, 40, 200]), st.sampled_from(lz78y.Counted))
def test_a_full_dictionary_takes_nothing_more(
    drawn: tuple[list[int], int], entries: int, counted: lz78y.Counted
):
    s, k = drawn
    expected = by_the_letter.lz78y(s, entries, counted is lz78y.Counted.PAIRS)
    assert lz78y.lz78y(np.array(s, np.uint8), k, entries, counted) == as_judged(expected, k)


@pytest.mark.parametrize(("k", "count"), [(2, 250_000), (16, 110_000)])
def test_the_limit_of_entries_is_kept(k: int, count: int):
    """More pairs of context and symbol than there is room for, at one order or at many."""
    symbols = sample("aesctr8")[:count] % k
    expected = as_judged(by_the_letter.multi_mmc(symbols.tolist()), k)
    assert markov_models.multi_mmc(symbols, k) == expected


@pytest.mark.parametrize("bias", [0.5, 0.8])
def test_short_contexts_suffice_after_the_beginning(bias: float):
    bits = (np.random.default_rng(5).random(300_000) < bias).astype(np.uint8)
    expected = as_judged(by_the_letter.lz78y(bits.tolist()), 2)
    assert lz78y.lz78y(bits, 2) == expected


@given(sequences)
@settings(max_examples=30)
def test_repeats_are_counted_at_every_length(drawn: tuple[list[int], int]):
    s = drawn[0][:250]
    most, pairs = tuples._counted(np.array(s, np.uint8), max(1, (drawn[1] - 1).bit_length()))
    expected_most, expected_pairs = by_the_letter.repeats(s)
    longest = max((n for n, p in enumerate(expected_pairs, 1) if p), default=0)
    assert pairs[1 : longest + 2].tolist() == expected_pairs[: longest + 1]
    often = [m for m in expected_most if m >= 2]
    assert most[1 : len(often) + 1].tolist() == often


def test_constant_symbols_have_no_entropy():
    assert assess(np.full(10_000, 7, np.uint8), 8).min_entropy == 0


def test_too_few_symbols_are_said_to_be_too_few():
    with pytest.raises(InsufficientDataError, match="compression"):
        assess(np.zeros(100, np.uint8), 8)


# --- with and without a compiler ----------------------------------------------------------

WITHOUT = """
import json, sys
from dataclasses import asdict
import numpy as np
from suites.random_numbers.sp800_90b import assess
from suites.random_numbers.samples import keystream
data = np.frombuffer(keystream(2_000, "jpki-without"), np.uint8)
print(json.dumps([asdict(assess(data & (2**w - 1), w))["estimates"] for w in (8, 4)]))
"""


def test_results_are_the_same_without_compiled_loops():
    said = []
    for disabled in ("0", "1"):
        environment = os.environ | {"NUMBA_DISABLE_JIT": disabled}
        done = subprocess.run(
            [sys.executable, "-c", WITHOUT], env=environment, capture_output=True, text=True,
            check=True, timeout=300,
        )  # fmt: skip
        said.append(json.loads(done.stdout))
    assert said[0] == said[1]


# --- mistakes that public tools have made -------------------------------------------------


def test_ties_of_the_window_go_to_the_symbol_that_came_last():
    """A most common value that leaves the window may leave others that were as many all along."""
    s = [0, 0, 1, 1, 2, 2] * 40
    symbols, k = renumbered(np.array(s, np.uint8))
    assert multi_mcw(symbols, k) == as_judged(by_the_letter.multi_mcw(s), k)


def test_the_last_block_of_the_collision_estimate_is_not_invented():
    assert list(estimators._collisions(np.array([0, 1, 1, 0, 1], np.uint8))) == [0, 1]
    assert list(estimators._collisions(np.array([0, 0, 0, 1, 0], np.uint8))) == [1, 1]


def test_an_assessment_scales_bits_by_the_width():
    done = assess(sample("bias51_8")[:50_000], 8)
    assert isinstance(done, Assessment)
    assert done.h_bitstring is not None
    assert done.min_entropy == min(done.h_original, 8 * done.h_bitstring)
