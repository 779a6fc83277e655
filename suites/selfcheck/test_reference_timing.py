"""The reference's own time: presets declare what their models come to, and the port shows it.

The models are restated here from what ``timing.presets`` promises, not taken from the reference: a
geometric search for a prime has mean 1/p and variance (1 - p)/p².
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pytest

from fixtures.bench import Bench
from fixtures.card.jpki import EF
from fixtures.recorder import Recorder
from fixtures.targets.port import AccessPath, Clock, TimeBreakdown, TimingPresets
from fixtures.targets.reference import Reference
from fixtures.targets.resolve import resolve
from suites.timing.keygen_model import judge_keygen
from suites.timing.measuring import Measurement, applet_series
from suites.timing.series import Series

PRIME = 2 / (1_024 * math.log(2))  # density among odd numbers of 1,024 bits
COMMAND = 0.003  # s, in every command


@pytest.fixture
def bench() -> Iterator[Bench]:
    resolved = resolve("reference", None, seed=5)
    with resolved.open() as target:
        yield Bench(target, resolved.statement, Recorder(), resolved.statement.pixit.paths[0])


def pairs(bench: Bench, count: int) -> np.ndarray:
    """Seconds of the applet for key pairs of the signature key."""
    key = EF.SIGNATURE_KEY
    parts = Measurement(bench, "reference", signs=False).take(count, (key,)).keys[key]
    return applet_series("reference", parts).seconds


# --- presets ------------------------------------------------------------------------------


@dataclass(frozen=True)
class Model:
    """``searches`` geometric searches with probability ``p``, each trial of ``trial`` seconds."""

    constant: float
    trial: float
    searches: int
    p: float = PRIME

    @property
    def mean(self) -> float:
        return COMMAND + self.constant + self.searches * self.trial / self.p

    @property
    def sd(self) -> float:
        return self.trial * math.sqrt(self.searches * (1 - self.p)) / self.p


BATCH = 1_000
MODELS = {
    "A": Model(1.647, 493e-6, 2),
    "B": Model(1.797, 564e-6, 1),
    "C": Model(0.827, BATCH * 550e-6, 2, p=1 - (1 - PRIME) ** BATCH),
    "D": Model(0.197, 3_660e-6, 2),
}


def test_what_a_preset_declares_is_what_its_model_comes_to(bench: Bench):
    declared = {one.name: (one.mean_s, one.sd_s) for one in bench.presets()}
    assert set(declared) == set(MODELS)
    for name, model in MODELS.items():
        assert declared[name] == pytest.approx((model.mean, model.sd), abs=0.001), name


@pytest.mark.parametrize("name", MODELS)
def test_no_preset_is_faster_than_its_constant_part(bench: Bench, name: str):
    bench.use_preset(name)
    times, model = pairs(bench, 60), MODELS[name]
    trials = (times - COMMAND - model.constant) / model.trial
    assert np.allclose(trials, np.round(trials)), "time is taken by whole trials"
    assert trials.min() >= model.searches


def test_a_preset_goes_on_until_another_is_chosen(bench: Bench):
    bench.use_preset("D")
    wide = pairs(bench, 30)
    again = pairs(bench, 30)  # after a reset
    bench.use_preset("B")
    assert np.std(wide) > 0.5
    assert np.std(again) > 0.5
    assert np.std(pairs(bench, 30)) < 0.5


def test_what_is_stored_stays_when_the_product_changes(bench: Bench):
    card = bench.card
    card.power_cycle()
    before = card.public_key_object(EF.USER_KEY).data
    bench.use_preset("C")
    card.power_cycle()
    assert card.public_key_object(EF.USER_KEY).data == before
    assert card.verify(EF.USER_PIN, bench.user_pin).ok


def test_a_new_specimen_is_itself_again(bench: Bench):
    bench.use_preset("B")
    bench.delay_transport(10**9)
    bench.renew()
    before = bench.recorder.spent_ns
    bench.card.power_cycle()
    assert bench.recorder.spent_ns - before < 10**9


def test_an_unknown_preset_is_refused_by_name(bench: Bench):
    with pytest.raises(ValueError, match="no preset 'E'; there are A, B, C, D"):
        bench.use_preset("E")


def test_the_same_seed_takes_the_same_times():
    def times(seed: int) -> list[float]:
        resolved = resolve("reference", None, seed=seed)
        with resolved.open() as target:
            path = resolved.statement.pixit.paths[0]
            bench = Bench(target, resolved.statement, Recorder(), path)
            bench.use_preset("D")
            return [float(time) for time in pairs(bench, 5)]

    assert times(5) == times(5) != times(6)


def test_product_d_searches_plainly(bench: Bench):
    bench.use_preset("D")
    assert_like_a_search(Series("product D", pairs(bench, 100)))


# --- the chip itself ----------------------------------------------------------------------


def test_each_candidate_that_is_tried_is_paid_for(bench: Bench):
    """The true path: whole candidates, as many as there are numbers to a prime, by the law."""
    times = pairs(bench, 16)
    tried = (times - COMMAND - 0.497) / 2_113e-6
    assert np.allclose(tried, np.round(tried))
    # 32 searches: mean 355, standard deviation 355 / sqrt(32) of their mean; five of them
    assert abs(tried.mean() / 2 - 1 / PRIME) < 5 / PRIME / math.sqrt(32)
    assert_like_a_search(Series("the chip itself", times))


def assert_like_a_search(series: Series) -> None:
    """Two prime searches, one after the other: a shifted Gamma law of shape 2."""
    judged = judge_keygen(series, np.random.default_rng(7))
    assert {str(finding.verdict) for finding in judged} == {"PASS"}, judged


# --- clock and lanes ----------------------------------------------------------------------


def test_the_reference_offers_all_three_ports(bench: Bench):
    for port in (Clock, TimeBreakdown, TimingPresets):
        assert isinstance(bench.target, port)


def test_exchanges_are_timed_by_the_targets_clock_and_nobody_waits(bench: Bench):
    card = bench.card
    target = bench.target
    assert isinstance(target, Clock)
    card.power_cycle()
    card.authenticate_administrator(bench.administrator_key)
    before, spent = target.now_ns(), bench.recorder.spent_ns
    assert card.generate(EF.USER_KEY).ok
    assert bench.recorder.spent_ns - spent == target.now_ns() - before > 500_000_000


@pytest.mark.parametrize("path", AccessPath)
def test_the_lanes_of_every_exchange_add_up_to_the_nanosecond(bench: Bench, path: AccessPath):
    channel = bench.channel_by(path)
    channel.reset()
    for command in ("00A4040C0AD392F000260100000001", "00B0860000", "0020009804", "FF", "00840000"):
        spent = bench.recorder.spent_ns
        channel.transmit(bytes.fromhex(command))
        parts = bench.last_breakdown()
        total = parts.applet + parts.transport + parts.omapi + parts.tsm
        assert bench.recorder.spent_ns - spent == total
        assert (parts.omapi > 0) == (path is AccessPath.INTERNAL)
        assert parts.tsm == 0


def test_a_longer_answer_is_longer_on_its_way(bench: Bench):
    def way(path: AccessPath, count: int) -> int:
        channel = bench.channel_by(path)
        channel.transmit(bytes((0x00, 0xB0, 0x86, 0x00, count)))
        return bench.last_breakdown().transport

    bench.card.power_cycle()
    per_byte = {path: (way(path, 101) - way(path, 1)) / 100 for path in AccessPath}
    # 106 kbit/s with parity; 12 etu a byte at 115,200 bit/s
    assert per_byte[AccessPath.CONTACTLESS_A] == pytest.approx(9 / 106e3 * 1e9, rel=0.01)
    assert per_byte[AccessPath.CONTACTLESS_B] == pytest.approx(10 / 106e3 * 1e9, rel=0.01)
    assert per_byte[AccessPath.CONTACT] == pytest.approx(12 / 115_200 * 1e9, rel=0.01)
    assert per_byte[AccessPath.INTERNAL] < 10_000


def test_a_delay_lasts_until_it_is_taken_back(bench: Bench):
    def transport() -> int:
        bench.card.select_ap()
        return bench.last_breakdown().transport

    undelayed = transport()
    bench.delay_transport(100_000_000)
    assert [transport() for _ in range(2)] == [undelayed + 100_000_000] * 2
    bench.delay_transport(0)
    assert transport() == undelayed


def test_the_clock_never_goes_back(bench: Bench):
    target = bench.target
    assert isinstance(target, Reference)
    seen = [target.now_ns()]
    for disturb in (target.renew, target.reset, lambda: target.use_preset("A"), target.renew):
        disturb()
        seen.append(target.now_ns())
        bench.card.power_cycle()
        seen.append(target.now_ns())
    assert all(before <= after for before, after in itertools.pairwise(seen))
