"""Twenty readers and twenty phones that nobody has thought of together, each held to each once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from itertools import combinations, product

import pytest

from fixtures.bench import Bench
from fixtures.recorder import Recorder
from fixtures.targets.reference import factory
from fixtures.targets.resolve import resolve
from suites.contactless.desk_campaign import SELECT, DeskCampaign
from suites.contactless.link_judge import judge_trace
from suites.contactless.on_air import traces

CROWD = 20


@pytest.fixture(scope="module")
def campaign() -> Iterator[DeskCampaign]:
    statement = resolve("reference", None).statement
    with factory(seed=1)(statement) as target:
        target.gather(CROWD)
        yield DeskCampaign.of(Bench(target, statement, Recorder(), statement.pixit.paths[0]))


def test_no_two_are_alike(campaign: DeskCampaign):
    assert (len(campaign.readers), len(campaign.phones)) == (CROWD, CROWD)
    bare = [replace(one, name="", firmware="") for one in campaign.readers]
    assert all(one != other for one, other in combinations(bare, 2))
    plain = [replace(one, name="") for one in campaign.phones]
    assert all(one != other for one, other in combinations(plain, 2))


def test_every_order_and_every_set_of_types_is_among_them(campaign: DeskCampaign):
    assert {one.loop.order for one in campaign.readers} == {"AB", "BA", "A", "B"}
    assert {one.listen for one in campaign.phones} == {"AB", "A", "B"}


def test_none_of_them_breaks_a_rule_of_the_link(campaign: DeskCampaign):
    """Whatever was agreed on: sizes of frames, CID, PPS, waiting times, bytes left out of ATS."""
    came: Counter[str] = Counter()
    for reader, phone in product(campaign.readers, campaign.phones):
        key = (reader.name, reader.firmware)
        told = campaign.desk.attempt(key, phone.name, (0, 0, 0), (SELECT,))
        came[told.spoken if told.answers else ""] += 1
        for kind, trace in traces(told.passed):
            assert judge_trace(kind, trace, lossless=False) == []
    assert min(came["A"], came["B"]) >= CROWD
