"""Why statistics are not enough: dead noise behind a sound post-processing passes all of them."""

from __future__ import annotations

import numpy as np

from fixtures.card.jpki import JpkiCard
from fixtures.ics.statement import REFERENCE_STATEMENT, load_statement
from fixtures.targets import reference
from fixtures.targets.port import AccessPath
from fixtures.verdict import Verdict
from suites.random_numbers import ais31_2011 as ais31
from suites.random_numbers import ais31_2024, sp800_90b
from suites.random_numbers.bits import BitReader

BYTES = 1_966_080  # both procedures, and 120 seeds of nothing


def test_no_statistic_sees_dead_noise_behind_the_post_processing():
    statement = load_statement(REFERENCE_STATEMENT, literals=True)
    with reference.factory(("noise.failure_hidden",))(statement) as target:
        target.fail_noise("stuck at 0")
        card = JpkiCard(target.open(AccessPath.CONTACT))
        card.power_cycle()
        data = np.frombuffer(
            b"".join(card.challenge(256).data for _ in range(BYTES // 256)), np.uint8
        )
    a = ais31.judge("A", ais31.procedure_a, BitReader(data))
    b = ais31.judge("B", ais31.procedure_b, BitReader(data))
    irn = ais31.judge("T_irn", ais31_2024.trial, BitReader(data))
    assert [judged.verdict for judged in (a, b, irn)] == [Verdict.PASS] * 3
    assert sp800_90b.assess(data[:1_000_000], 8, threads=2).min_entropy > 6.4


def test_the_sound_chip_says_so_at_once():
    statement = load_statement(REFERENCE_STATEMENT, literals=True)
    with reference.factory()(statement) as target:
        target.fail_noise("stuck at 0")
        card = JpkiCard(target.open(AccessPath.CONTACT))
        card.power_cycle()
        answer = card.challenge(256)
        assert (answer.ok, answer.data) == (False, b"")
        assert "RANDOM GENERATOR ALARM" in target.read_log()
