"""A reader and a card with a bad channel between: an answer is right, or there is none.

The channel is the tester's. It loses frames, turns up to three bits round, turns a stretch of up to
sixteen, or ends a frame early; what a CRC of 16 bits cannot see it does not do.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from suites.contactless.crc import content
from suites.contactless.link_judge import judge_trace
from suites.selfcheck.link import Link, link
from suites.selfcheck.lone_contactless import Done, Lost

FWT_4 = 4_096 << 4
Fate = tuple[str, int]
FATES = st.one_of(
    st.just(("passes", 0)),
    st.tuples(st.sampled_from(["lost", "one bit", "stretch", "ends early"]), st.integers(0, 4_000)),
)


@dataclass
class Channel:
    """What becomes of the frames, in the order in which they are sent; afterwards all pass."""

    kind: str
    fates: list[Fate] = field(default_factory=list)

    def carried(self, data: bytes) -> bytes | None:
        fate, at = self.fates.pop(0) if self.fates else ("passes", 0)
        damaged = bytearray(data)
        if fate == "lost":
            return None
        if fate == "ends early":
            damaged = damaged[: at % len(data)]
        elif fate != "passes":
            for bit in (0,) if fate == "one bit" else (0, 5, 9, 15):
                place = (at + bit) % (8 * len(data))
                damaged[place // 8] ^= 1 << place % 8
        seen = content(self.kind, bytes(damaged)) is None
        return bytes(damaged) if seen else data


def select(pair: Link, channel: Channel) -> None:
    """In a field that has just come, over a channel that is well."""
    channel.fates = []
    assert isinstance(pair.run("select"), Done)


@pytest.fixture(params=["A", "B", "A with CID", "B with CID"])
def pair(request: pytest.FixtureRequest) -> Iterator[Link]:
    with link(request.param[0], 2, 3 if "CID" in request.param else 0, fsci=1, fwi=4) as both:
        yield both


@settings(max_examples=120, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    fates=st.lists(FATES, max_size=40),
    orders=st.lists(
        st.tuples(
            st.integers(0, 120), st.binary(min_size=1, max_size=70), st.sampled_from([0, 3 * FWT_4])
        ),
        min_size=1, max_size=4,
    ),
)  # fmt: skip
def test_no_wrong_answer_is_ever_delivered(
    pair: Link, fates: list[Fate], orders: list[tuple[int, bytes, int]]
):
    """Nor is a command executed twice, nor the answer to another one given; and no rule breaks."""
    channel = Channel(pair.reader.kind)
    pair.carried, pair.trace = channel.carried, []
    select(pair, channel)
    executed = executions(pair)
    channel.fates = list(fates)
    for size, payload, work in orders:
        done = pair.run("exchange", pair.card.order(size, payload, work))
        if isinstance(done, Lost):
            event("given up")
            select(pair, channel)
            now = executions(pair)
            assert now - executed in (1, 2), "the lost command ran once or not at all"
            executed = now
            continue
        executed += 1
        assert done.result == executed.to_bytes(4, "big") + (payload * 121)[:size]
    assert judge_trace(pair.reader.kind, pair.trace, lossless=False) == []


def executions(pair: Link) -> int:
    """How many commands the card has executed, this one included."""
    done = pair.run("exchange", pair.card.order(0, b"?"))
    assert isinstance(done, Done)
    return int.from_bytes(done.result, "big")


@pytest.mark.parametrize("every", [5, 7, 11])
def test_single_losses_are_made_good(pair: Link, every: int):
    """One frame in five lost, at whatever place, costs repetitions and no command."""
    channel = Channel(pair.reader.kind)
    pair.carried = channel.carried
    for phase in range(every):
        select(pair, channel)
        fates = [("lost" if i % every == phase else "passes", 0) for i in range(400)]
        channel.fates = fates
        for _ in range(3):
            done = pair.run("exchange", pair.card.order(200, b"abc", 2 * FWT_4))
            assert isinstance(done, Done)
            assert done.result[4:] == (b"abc" * 67)[:200]
