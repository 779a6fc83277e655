"""What comes out of the generator: statistics, repetitions, and what a reset brings."""

from __future__ import annotations

import pytest

from fixtures.bench import Bench
from fixtures.verdict import Finding, Findings, Verdict
from suites.random_numbers import ais31_2011 as ais31
from suites.random_numbers import ais31_2024
from suites.random_numbers.ais31_2011 import Judged
from suites.random_numbers.harvest import CardReader, block_of, next_block, repeated

REQUIREMENT = "REQ-1-2-a"
MOST_BYTES = 2_400_000  # of one procedure with its repetition
RESTARTS = 24
FIRST_BYTES = 32  # of each restart


def sequence(bench: Bench) -> CardReader:
    """A new sequence after a power cycle."""
    card = bench.card
    card.power_cycle()
    size = block_of(card)
    return CardReader(fetch=lambda: next_block(card, size), most=MOST_BYTES)


def note(findings: Findings, judged: Judged, reader: CardReader) -> None:
    """The procedure as one finding, each failed basic test as another."""
    told = judged.reason or f"{sum(len(run.basic) for run in judged.runs)} basic tests passed"
    what = f"procedure {judged.name}"
    alarm = judged.false_alarm
    findings.append(Finding(REQUIREMENT, judged.verdict, told, what, false_alarm=alarm))
    findings += [
        finding
        for finding in judged.findings(REQUIREMENT, f"procedure {judged.name}")
        if finding.verdict is not Verdict.PASS
    ][:20]
    findings += [
        Finding(REQUIREMENT, Verdict.FAIL, f"block {later} is block {earlier} again", "blocks")
        for earlier, later in repeated(reader.blocks)[:5]
    ]


@pytest.mark.requirement(REQUIREMENT)
@pytest.mark.needs("challenge.get")
def test_the_output_passes_the_procedures_of_2011(bench: Bench, findings: Findings):
    """Procedure A, then B, each on bits of its own; B is not asked once A has refuted."""
    for name, run in (("A", ais31.procedure_a), ("B", ais31.procedure_b)):
        reader = sequence(bench)
        judged = ais31.judge(name, run, reader)
        note(findings, judged, reader)
        if judged.verdict is Verdict.FAIL:
            break


@pytest.mark.requirement(REQUIREMENT)
@pytest.mark.needs("challenge.get")
def test_the_output_passes_the_suite_of_2024(bench: Bench, findings: Findings):
    """T_irn: monobit, poker, MultiMMC and LZ78Y; at most two trials."""
    reader = sequence(bench)
    note(findings, ais31.judge("T_irn", ais31_2024.trial, reader), reader)


@pytest.mark.requirement(REQUIREMENT)
@pytest.mark.needs("challenge.get")
def test_no_power_up_begins_like_another(bench: Bench, findings: Findings):
    """The first numbers after each of 24 power cycles, held against each other."""
    first = []
    for _ in range(RESTARTS):
        bench.card.power_cycle()
        first.append(next_block(bench.card, FIRST_BYTES))
    same = repeated(first)
    findings += [
        Finding(
            REQUIREMENT, Verdict.FAIL, f"power-up {later} began like power-up {earlier}", "restarts"
        )
        for earlier, later in same[:5]
    ] or [Finding(REQUIREMENT, Verdict.PASS, subject="restarts")]
