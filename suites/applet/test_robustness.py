"""Any byte string is answered, and what is refused changes nothing."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import seed as seeded

from fixtures.bench import Bench
from fixtures.card.jpki import EF
from fixtures.effort import Effort
from fixtures.outcome import NotApplicable
from suites.applet.robustness import any_bytes, check_any_bytes, look_twice


@pytest.mark.requirement("JPKI-J-09")
@pytest.mark.needs("specimen.renew")
@pytest.mark.destructive
@pytest.mark.parametrize("verified", [False, True], ids=["shut", "verified"])
def test_any_bytes_are_answered(bench: Bench, effort: Effort, seed: int, verified: bool):
    """Random and nearly right commands, on a shut and on an open card."""

    @seeded(seed)
    @settings(
        max_examples=effort.any_bytes // 2,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(any_bytes)
    def answered(raw: bytes) -> None:
        assume(len(raw) >= bench.shortest_command)
        bench.renew()
        bench.card.power_cycle()
        if verified:
            bench.card.verify(EF.USER_PIN, bench.user_pin)
        check_any_bytes(bench, raw, look_twice(bench.card))

    answered()


@pytest.mark.requirement("JPKI-J-09")
@pytest.mark.parametrize("count", range(4))
def test_less_than_a_header_is_refused(bench: Bench, count: int):
    """Fewer than four bytes are no command."""
    if count < bench.shortest_command:
        raise NotApplicable(f"the link carries no command below {bench.shortest_command} bytes")
    bench.card.power_cycle()
    check_any_bytes(bench, bytes(count), look_twice(bench.card))
