"""How times come about: recorder, stopwatch, replay, and the judges that stand beside them."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fixtures.bench import Bench
from fixtures.card.jpki import EF
from fixtures.guard import Guard
from fixtures.ics.statement import Pixit
from fixtures.outcome import BenchError, Inconclusive, NotRun
from fixtures.provenance import Origin, Provenance
from fixtures.recorder import RecordedChannel, Recorder
from fixtures.targets.deadline import deadlined
from fixtures.targets.port import (
    AccessPath,
    Breakdown,
    Channel,
    Clock,
    TimeBreakdown,
    TimingPresets,
)
from fixtures.targets.replay import Replay
from fixtures.targets.resolve import resolve
from fixtures.verdict import Findings, Verdict
from fixtures.wear import Specimen, WearBook
from suites.timing import judged, test_times
from suites.timing.apart import FALSE_ALARM, LARGEST_RATIO, judge_apart
from suites.timing.breakdown import Parts, judge_breakdown
from suites.timing.declared import (
    ALARM,
    MEAN_ALARMS,
    SD_ALARMS,
    judge_declared,
    relative_error_of_sd,
)
from suites.timing.measuring import Measurement, Stopwatch, Times, applet_series
from suites.timing.series import Series
from suites.timing.summary import judge_count, judge_mean, summary

RESOLVED = resolve("reference", None, seed=1)
PATH = RESOLVED.statement.pixit.paths[0]
BOTH = (EF.SIGNATURE_KEY, EF.USER_KEY)


@pytest.fixture
def bench() -> Iterator[Bench]:
    with RESOLVED.open() as target:
        yield Bench(target, RESOLVED.statement, Recorder(), PATH)


# --- the recorder's clock -----------------------------------------------------------------


@dataclass
class Slow:
    """A target in its own time: a second for each command, and no answer to FF."""

    now: int = 7

    def open(self, _: AccessPath, /) -> Slow:
        return self

    def now_ns(self) -> int:
        return self.now

    def reset(self) -> bytes:
        return b"\x3b\x00"

    def transmit(self, command: bytes, /) -> bytes:
        self.now += 10**9
        if command == b"\xff":
            raise OSError("unplugged")
        return b"\x90\x00"


def test_a_target_with_a_clock_is_timed_by_it():
    recorder = Recorder()
    channel = Bench(Slow(), RESOLVED.statement, recorder, PATH).channel
    channel.reset()
    channel.transmit(b"\x00")
    channel.transmit(b"\x00")
    assert recorder.spent_ns == 2 * 10**9


def test_what_was_not_answered_and_what_is_no_exchange_is_not_counted():
    recorder = Recorder()
    channel = Bench(Slow(), RESOLVED.statement, recorder, PATH).channel
    with pytest.raises(BenchError):
        channel.transmit(b"\xff")
    recorder.renewed(PATH)
    assert recorder.spent_ns == 0


def test_writing_down_takes_no_part_in_the_time(tmp_path: Path):
    """The clock is read before anything is written: here it ticks only when it is read."""
    ticks = iter(range(0, 10_000, 10))
    recorder = Recorder.to_file(tmp_path / "t.jsonl")
    recorder.clock = lambda: next(ticks)
    channel = RecordedChannel(Slow(), PATH, recorder)
    channel.transmit(b"\x00")
    recorder.close()
    assert recorder.spent_ns == 10
    assert '"took_ns":10,' in (tmp_path / "t.jsonl").read_text()


def test_a_target_without_a_clock_is_timed_by_the_host():
    class Plain:
        def open(self, _: AccessPath, /) -> Slow:
            return Slow()

    recorder = Recorder()
    Bench(Plain(), RESOLVED.statement, recorder, PATH).channel.transmit(b"\x00")
    assert recorder.spent_ns < 10**9


def test_a_deadline_lets_the_ports_of_time_through():
    with deadlined(RESOLVED.factory, 60)(RESOLVED.statement) as target:
        for port in (Clock, TimeBreakdown, TimingPresets):
            assert isinstance(target, port)
        bench = Bench(target, RESOLVED.statement, Recorder(), PATH)
        bench.use_preset("A")
        bench.delay_transport(5)
        bench.card.power_cycle()
        assert bench.last_breakdown().applet > 0
        assert len(bench.presets()) == 4
        assert bench.recorder.spent_ns > 50_000_000


def test_a_claim_without_its_port_is_the_benchs_fault():
    bench = Bench(Slow(), RESOLVED.statement, Recorder(), PATH)
    with pytest.raises(BenchError, match=r"claims timing\.breakdown, but the target has no"):
        bench.last_breakdown()
    with pytest.raises(BenchError, match=r"claims timing\.presets, but the target has no"):
        bench.presets()


# --- measuring ----------------------------------------------------------------------------


def test_a_measurement_keeps_both_keys_and_the_signatures_apart(bench: Bench):
    bench.use_preset("D")
    times = Measurement(bench, "product D").take(12)
    assert [len(times.of_key(ef)) for ef in BOTH] == [12, 12]
    assert times.of_key(EF.USER_KEY).subject == "product D, user key"
    assert summary(times.of_signing).mean == pytest.approx(0.22, abs=0.03)
    both = times.of_both_keys.seconds
    assert both[::2].tolist() == times.of_key(EF.SIGNATURE_KEY).seconds.tolist()
    assert both[1::2].tolist() == times.of_key(EF.USER_KEY).seconds.tolist()


def test_the_parts_of_a_measurement_add_up(bench: Bench):
    bench.use_preset("A")
    times = Measurement(bench, "A").take(3)
    parts = [*times.keys[EF.USER_KEY], *times.keys[EF.SIGNATURE_KEY], *times.signatures]
    assert judge_breakdown(parts, 0.0)[-1].verdict is Verdict.PASS
    assert applet_series("A", parts).seconds.max() < max(one.total for one in parts)


def test_where_parts_are_not_told_the_whole_stands_for_the_applet():
    nan = float("nan")
    assert applet_series("x", [Parts(nan, nan, nan, nan, 2.5)]).seconds.tolist() == [2.5]


def test_a_short_answer_is_timed_to_its_end(bench: Bench):
    """Without extended length GET RESPONSE belongs to the time of the pair."""
    capabilities = {**bench.statement.capabilities, "apdu.extended": False}
    bench = replace(
        bench, statement=bench.statement.model_copy(update={"capabilities": capabilities})
    )
    bench.use_preset("C")
    before = bench.recorder.exchanges
    watch = Measurement(bench, "C", signs=False)
    parts = watch.take(1, (EF.USER_KEY,)).keys[EF.USER_KEY][0]
    assert bench.recorder.exchanges - before > 10
    assert parts.omapi == pytest.approx(2 * 0.012), "two exchanges through OMAPI"
    assert judge_breakdown([parts], 0.0)[-1].verdict is Verdict.PASS


def test_a_stopwatch_starts_from_nothing(bench: Bench):
    watch = Stopwatch.of(bench)
    watch.card.power_cycle()
    watch.start()
    assert watch.read() == Parts(0, 0, 0, 0, 0)


def test_wear_limits_leave_a_short_series_that_decides_nothing(bench: Bench, tmp_path: Path):
    limits = {"key_generations": 7, "challenges": 100, "failed_authentications": 5}
    book = WearBook(Specimen("ACME", "Phone 1", "GP-SE A", "0001"), limits, tmp_path)
    guard = Guard(Provenance(Origin.TEST, "made for this test"), may_destroy=True, wear=book)
    bench.use_preset("A")
    times = Measurement(replace(bench, guard=guard), "worn").take(10)
    assert [len(times.of_key(ef)) for ef in BOTH] == [4, 3]
    for ef in BOTH:
        assert judge_count(times.of_key(ef)).verdict is Verdict.INCONCLUSIVE
        assert judge_mean(times.of_key(ef)).verdict is Verdict.INCONCLUSIVE
    with pytest.raises(NotRun, match="GENERATE ASYMMETRIC KEY PAIR was not sent"):
        Measurement(replace(bench, guard=guard), "worn").take(10)


@pytest.mark.parametrize(
    ("fault", "told"),
    [
        ("key.same_pair_every_time", "was there before; see REQ-1-1-a"),
        ("key.answers_another_public_key", "not that of the pair; see REQ-1-1-i"),
        ("key.exponent_3", None),
    ],
)
def test_only_new_and_valid_pairs_are_timed(fault: str, told: str | None):
    faulty = resolve("reference", None, faults=(fault,), seed=1)
    with faulty.open() as target:
        measurement = Measurement(Bench(target, faulty.statement, Recorder(), PATH), "faulty")
        if told is None:
            assert len(measurement.take(2).signatures) == 2
            return
        with pytest.raises(Inconclusive, match=told):
            measurement.take(2)


def test_a_refused_pin_ends_the_measurement(bench: Bench):
    bench.card.power_cycle()
    for _ in range(3):
        bench.card.verify(EF.USER_PIN, b"0000")
    with pytest.raises(Inconclusive, match="the right PIN is refused"):
        Measurement(bench, "blocked").take(1)


# --- a bench of real instruments ----------------------------------------------------------


@dataclass
class Instruments:
    """The parts come from instruments; the host's clock also sees the adapter, 85 µs a call."""

    inner: Any
    overhead: int = 0

    def open(self, path: AccessPath, /) -> Wired:
        return Wired(self, self.inner.open(path))

    def host_ns(self) -> int:
        return int(self.inner.now_ns()) + self.overhead

    def last_breakdown(self) -> Breakdown:
        parts: Breakdown = self.inner.last_breakdown()
        return parts

    def delay_transport(self, nanoseconds: int, /) -> None:
        self.inner.delay_transport(nanoseconds)


@dataclass
class Wired:
    """A channel whose every command costs the adapter something."""

    bench: Instruments
    inner: Channel

    def reset(self) -> bytes:
        return self.inner.reset()

    def transmit(self, command: bytes, /) -> bytes:
        self.bench.overhead += 85_000
        return self.inner.transmit(command)


def parts_told_by_instruments(resolution: float) -> set[Verdict]:
    """REQ-1-1-h of a bench that states this resolution."""
    pixit = RESOLVED.statement.pixit.model_copy(update={"timing_resolution_s": resolution})
    statement = RESOLVED.statement.model_copy(update={"pixit": pixit})
    found = Findings()
    with RESOLVED.open() as target:
        instruments = Instruments(target)
        recorder = Recorder(clock=instruments.host_ns)
        bench = Bench(instruments, statement, recorder, PATH)
        test_times.test_the_parts_of_a_time_add_up_by_every_path(bench, found)
        test_times.test_a_delay_on_the_way_shows_in_the_transport_only(bench, found)
    return {one.verdict for one in found}


def test_what_the_adapter_takes_lies_within_the_resolution_that_is_stated():
    by_default = Pixit.model_fields["timing_resolution_s"].default
    assert parts_told_by_instruments(by_default) == {Verdict.PASS}
    assert Verdict.FAIL in parts_told_by_instruments(50e-6)


def test_times_from_files_and_from_a_bench_have_one_resolution_unless_told():
    assert Pixit.model_fields["timing_resolution_s"].default == judged.RESOLUTION


# --- judged again from a record -----------------------------------------------------------


def story(bench: Bench) -> Times:
    names = [preset.name for preset in bench.presets()]
    bench.use_preset(names[-1])
    bench.delay_transport(1_000_000)
    times = Measurement(bench, names[-1]).take(3)
    bench.use_preset(None)
    bench.delay_transport(0)
    return times


def test_a_record_tells_the_same_times_and_parts(tmp_path: Path):
    with RESOLVED.open() as target:
        recorder = Recorder.to_file(tmp_path / "apdu" / "story.jsonl")
        told = story(Bench(target, RESOLVED.statement, recorder, PATH))
        recorder.close()
    replay = Replay(tmp_path)
    replay.begin("story")
    again = story(Bench(replay, RESOLVED.statement, Recorder(), PATH))
    replay.finished()
    assert again == told
    assert told.keys[EF.USER_KEY][0].transport > 0.001


def test_another_preset_than_the_recorded_one_is_another_scenario(tmp_path: Path):
    with RESOLVED.open() as target:
        recorder = Recorder.to_file(tmp_path / "apdu" / "story.jsonl")
        story(Bench(target, RESOLVED.statement, recorder, PATH))
        recorder.close()
    replay = Replay(tmp_path)
    replay.begin("story")
    replay.presets()
    with pytest.raises(BenchError, match="the scenario differs from the record"):
        replay.use_preset("A")


# --- REQ-1-1-f: how often was measured ----------------------------------------------------


def test_nine_times_are_no_measurement_and_ten_are():
    """The broken record in place of a fault: a target cannot make the suite measure too little."""
    for count, verdict in ((0, "INCONCLUSIVE"), (9, "INCONCLUSIVE"), (10, "PASS"), (11, "PASS")):
        assert judge_count(Series("x", np.ones(count))).verdict == verdict


def test_mean_most_and_least_are_those_of_the_times():
    found = summary(Series("x", np.array([3.0, 1.0, 8.0, 4.0])))
    assert (found.mean, found.most, found.least) == (4.0, 8.0, 1.0)


# --- REQ-1-1-g: timed apart ---------------------------------------------------------------


def apart(first: list[float], second: list[float]) -> Verdict:
    return judge_apart(Series("a", np.array(first)), Series("b", np.array(second))).verdict


means = st.floats(0.001, 100)


@given(means, means)
def test_two_means_are_apart_from_a_ratio_of_five_on(one: float, other: float):
    ratio = max(one / other, other / one)
    if abs(ratio - LARGEST_RATIO) > 1e-6:
        wanted = Verdict.FAIL if ratio > LARGEST_RATIO else Verdict.PASS
        assert apart([one] * 10, [other] * 10) is wanted


def test_the_times_of_the_deck_are_apart():
    assert apart([3.9] * 10, [2.8] * 10) is Verdict.PASS


def test_times_that_are_missing_decide_nothing():
    assert apart([2.0] * 10, [2.0] * 9) is Verdict.INCONCLUSIVE
    assert apart([2.0] * 10, []) is Verdict.INCONCLUSIVE
    assert apart([0.0] * 10, [0.0] * 10) is Verdict.INCONCLUSIVE
    assert apart([0.0] * 10, [1.0] * 10) is Verdict.FAIL


def test_sound_searches_are_not_accused_of_being_one():
    """The widest there are, ten times each: none of 20,000, and by formula one in 700,000.

    The ratio of the means of ten Gamma(2) times is that of two Gamma(20), so it exceeds r with the
    probability that Beta(20, 20) exceeds r / (r + 1): a sum of binomial terms.
    """
    x = LARGEST_RATIO / (LARGEST_RATIO + 1)
    tail = sum(math.comb(39, k) * x**k * (1 - x) ** (39 - k) for k in range(20))
    assert 2 * tail == pytest.approx(FALSE_ALARM, rel=0.05)
    draws = np.random.default_rng(1).gamma(2.0, 1.0, (20_000, 2, 10)).mean(axis=2)
    assert (draws.max(axis=1) / draws.min(axis=1)).max() < LARGEST_RATIO


# --- REQ-1-1-j: as declared ---------------------------------------------------------------


def laws(generator: np.random.Generator, shape: tuple[int, int]) -> dict[str, np.ndarray]:
    """Times like those of products A, B, C and D, with mean 0 and standard deviation 1."""
    batches = generator.negative_binomial(2, 0.94, shape).astype(float)
    return {
        "two searches": (generator.gamma(2.0, 1.0, shape) - 2) / np.sqrt(2),
        "one search": generator.exponential(1.0, shape) - 1,
        "batches": (batches - 2 * 0.06 / 0.94) / (np.sqrt(2 * 0.06) / 0.94),
    }


@pytest.mark.parametrize("count", [100, 1_000])
def test_a_sound_preset_is_rarely_doubted_and_hardly_ever_failed(count: int):
    """Alarms of both statistics together; a FAIL takes two in a row, so their square."""
    for name, drawn in laws(np.random.default_rng(3), (1_500, count)).items():
        alarms = sum(
            any(f.verdict is not Verdict.PASS for f in judge_declared(Series(name, one), 5.0, 1.0))
            for one in 5.0 + drawn
        )
        assert alarms / len(drawn) < 2 * (MEAN_ALARMS + SD_ALARMS), (name, alarms)


def test_what_the_declaration_misses_is_an_alarm_and_then_a_failure():
    times = Series("x", np.random.default_rng(5).normal(2.3, 0.2, 100))
    first = judge_declared(times, 2.0, 0.2)
    assert [finding.verdict for finding in first] == [Verdict.INCONCLUSIVE, Verdict.PASS]
    again = judge_declared(times, 2.0, 0.2, repeated=True)
    assert [finding.verdict for finding in again] == [Verdict.FAIL, Verdict.PASS]
    narrow = judge_declared(times, 2.3, 0.4, repeated=True)
    assert [finding.verdict for finding in narrow] == [Verdict.PASS, Verdict.FAIL]


def test_the_interval_of_the_mean_is_the_declared_one():
    """By hand: 0.5 / sqrt(25) = 0.1, so the mean may be off by 0.329 s."""
    spread = np.tile([-0.5, 0.5], 13)[:25] * 0.98
    for off, verdict in ((0.32, Verdict.PASS), (0.35, Verdict.INCONCLUSIVE)):
        times = Series("x", 2 + off + spread - spread.mean())
        assert judge_declared(times, 2.0, 0.5)[0].verdict is verdict
    assert pytest.approx(3.2905, abs=0.001) == ALARM, "two-sided 0.1 % of a normal law"


def test_the_error_of_a_standard_deviation_is_seen_in_many_samples():
    drawn = laws(np.random.default_rng(9), (4_000, 400))["two searches"]
    told = np.mean([relative_error_of_sd(Series("x", one + 5)) for one in drawn[:200]])
    assert told == pytest.approx(np.log(drawn.std(axis=1, ddof=1)).std(), rel=0.15)


def test_the_interval_of_the_spread_is_one_of_ratios():
    """By hand: 25 times with k = 6 are known to sqrt(5 / 100), so 3.29 of that is a factor 2.09."""
    spread = np.tile([-1.0, 1.0], 13)[:25]
    spread /= spread.std(ddof=1)  # kurtosis 1, so the least is taken
    for factor, verdict in ((2.05, "PASS"), (2.12, "INCONCLUSIVE")):
        for sd in (0.1 * factor, 0.1 / factor):
            assert judge_declared(Series("x", 2 + sd * spread), 2.0, 0.1)[1].verdict == verdict


def test_times_that_are_all_the_same_have_too_little_spread():
    judged = judge_declared(Series("x", np.full(20, 2.0)), 2.0, 0.2)
    assert [finding.verdict for finding in judged] == [Verdict.PASS, Verdict.INCONCLUSIVE]
