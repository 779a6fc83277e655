"""The actor with card readers on a desk, who holds phones to them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from pytest_bdd import then, when

from fixtures.bench import Bench
from fixtures.outcome import Inconclusive, expect
from fixtures.targets.desk_port import DeskPhone, DeskReader, PollingLoop
from suites.contactless import on_air
from suites.contactless.desk_campaign import DeskCampaign
from suites.contactless.positions import CENTRE
from suites.contactless.touches import Touch

Seen = tuple[str, str, str]  # where, got, want
ROUNDS = {
    "ends at the first": {"bail_out": True},
    "whole": {"bail_out": False},
    "whole, field off inside": {"bail_out": False, "field_reset": True},
}


def kind_of(phone: DeskPhone) -> str:
    """The column of a phone."""
    if phone.listen in ("A", "B"):
        return {"A": "phone of type A", "B": "card of type B"}[phone.listen]
    return "phone that silences one type" if phone.exclusive else "phone of both types"


def loop_of(row: dict[str, str]) -> PollingLoop:
    order = row["loop"].replace(", ", "")
    return PollingLoop(order, on_several=row["two answers"], **ROUNDS[row["round"]])


@when("each kind of phone is held to a reader under each of these loops", target_fixture="spoken")
def under_each_loop(bench: Bench, datatable: Sequence[Sequence[str]]) -> list[Seen]:
    campaign = DeskCampaign.of(bench)
    reader = next(one for one in campaign.readers if not one.requires_b and campaign.newest(one))
    head, *rows = datatable
    try:
        return [seen for row in rows
                for seen in under(campaign, reader, dict(zip(head, row, strict=True)))]  # fmt: skip
    finally:
        campaign.as_declared([reader])


def under(campaign: DeskCampaign, reader: DeskReader, row: dict[str, str]) -> Iterator[Seen]:
    """Every phone under the loop of this row."""
    set_so = campaign.under(reader, loop_of(row))
    for phone in campaign.phones:
        link = on_air.link(campaign.touch(set_so, phone, CENTRE).attempts[0].passed)
        if link is None:
            raise Inconclusive(f"{phone.name} is not reached: REQ-6-6-a is responsible")
        where = f"{phone.name} on {reader.name}, loop {row['loop']}, round {row['round']}"
        yield where, str(link), row[kind_of(phone)]


@then("each speaks the type in its column")
def each_speaks(spoken: list[Seen]) -> None:
    for where, got, want in spoken:
        expect("REQ-6-6-d", got, want, where)


@when("each phone is held to each reader that takes its type", target_fixture="held")
def each_phone(bench: Bench) -> tuple[DeskCampaign, list[Touch]]:
    """By whichever firmware of the reader reads it: what a firmware does is REQ-6-6-c's."""
    campaign = DeskCampaign.of(bench)
    found: dict[tuple[str, str], Touch] = {}
    for reader, phone in campaign.pairs():
        before = found.get(key := (reader.name, phone.name))
        if before is None or not brought(campaign, before):
            found[key] = campaign.touch(reader, phone, CENTRE)
    return campaign, list(found.values())


def brought(campaign: DeskCampaign, touch: Touch) -> bool:
    return touch.attempts[-1].answers == campaign.wanted


@then("every touch brings what the application answers by its own way")
def same_answers(held: tuple[DeskCampaign, list[Touch]]) -> None:
    campaign, touches = held
    for touch in touches:
        last = touch.attempts[-1]
        expect("REQ-6-6-a", last.answers, campaign.wanted, f"{touch} ({last.why or 'no error'})")
