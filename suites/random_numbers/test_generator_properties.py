"""Whatever happens to the noise, in whatever order: after an alarm silence until the power goes."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import seed as seeded
from hypothesis import strategies as st

from fixtures.bench import Bench
from fixtures.effort import Effort
from fixtures.outcome import Violation
from suites.random_numbers.harvest import block_of

REQUIREMENT = "REQ-1-2-b"
FAILURES = ("stuck at 0", "stuck at 1", "stuck byte", "period 2", "repeated block", "drop-out")
events = st.lists(
    st.one_of(
        st.tuples(st.just("ask"), st.integers(1, 24)),
        st.tuples(st.just("fail"), st.sampled_from(FAILURES)),
        st.sampled_from([("sound", 0), ("power cycle", 0)]),
    ),
    min_size=2,
    max_size=14,
)


@pytest.mark.requirement(REQUIREMENT)
@pytest.mark.needs("rng.failure", "challenge.get", "specimen.renew")
@pytest.mark.destructive
def test_silence_lasts_until_the_power_goes(bench: Bench, effort: Effort, seed: int):
    """Failures, recoveries, power cycles and requests in any order, against the rule alone."""
    bound = bench.statement.pixit.bytes_after_noise_failure
    bench.card.power_cycle()
    size = block_of(bench.card)

    @seeded(seed)
    @settings(max_examples=effort.machine_walks, deadline=None, database=None,
              suppress_health_check=list(HealthCheck))  # fmt: skip
    @given(events)
    def obeyed(story: list[tuple[str, str | int]]) -> None:
        bench.fail_noise(None)
        bench.card.power_cycle()
        failed = silent = dead_start = False
        told = 0  # bytes since the failure
        for event, value in story:
            if event == "fail":
                bench.fail_noise(str(value))
                failed, told = True, told if failed else 0
            elif event == "sound":
                bench.fail_noise(None)
                failed = dead_start = False  # it may start now, unless it has tried before
            elif event == "power cycle":
                bench.card.power_cycle()
                silent, dead_start = False, failed
            for _ in range(int(value) if event == "ask" else 0):
                answer = bench.card.challenge(size)
                if answer.ok and silent:
                    raise Violation(REQUIREMENT, answer.sw, "silence", f"an alarm in {story}")
                if answer.ok and dead_start and failed:
                    raise Violation(REQUIREMENT, answer.sw, "no start", f"{story}")
                silent = not answer.ok
                told += size if failed and answer.ok else 0
                if told > bound:
                    raise Violation(REQUIREMENT, told, bound, f"bytes out in {story}")

    try:
        obeyed()
    finally:
        bench.fail_noise(None)
