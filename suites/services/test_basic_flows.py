"""REQ-3-1-b: renewal, revocation and the other basic flows leave chip, TSM and JPKI agreed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from fixtures.card.jpki import EF
from fixtures.outcome import Inconclusive
from suites.services.agreement import PURPOSES, contradictions
from suites.services.flow_model import (
    RENEWAL,
    RENEWAL_AFTER_THE_CARD,
    REVOCATION,
    UNBLOCKING,
    Definition,
    deviations,
)
from suites.services.parties import (
    bound,
    certificate_on,
    certificates_of,
    issue,
    issued_phone,
    signs_with,
    view,
)

if TYPE_CHECKING:
    from fixtures.bench import Bench
    from fixtures.services.world import World


def done(world: World, kind: str, definition: Definition) -> None:
    """Run the flow, which must end well and by its definition."""
    before = len(world.executed())
    outcome = world.start("phone", kind)
    assert outcome.done, f"{kind} is {outcome.state}: {outcome.detail}"
    steps = [entry.step for entry in world.executed()[before:]]
    assert not (found := deviations(definition, steps)), found


def agreed(world: World, **phones: str) -> None:
    found = contradictions(view(world, **phones))
    assert not found, found


@pytest.mark.requirement("REQ-3-1-b")
@pytest.mark.parametrize("card", ["the same", "renewed"])
def test_renewal_replaces_both_certificates(bench: Bench, card: str):
    with bench.new_world() as world:
        se_id = issued_phone(world)
        before = certificates_of(world, se_id)
        if card == "renewed":
            world.renew_card("holder")
        done(world, "renew", RENEWAL if card == "the same" else RENEWAL_AFTER_THE_CARD)
        after = {one.purpose: one.serial for one in bound(world) if one.state == "valid"}
        assert set(after) == set(PURPOSES)
        assert not set(after.values()) & set(before.values()), "a certificate was not renewed"
        agreed(world, phone=se_id)


@pytest.mark.requirement("REQ-3-1-b")
def test_revocation_by_the_user(bench: Bench):
    with bench.new_world() as world:
        se_id = issued_phone(world)
        done(world, "revoke", REVOCATION)
        assert {one.state for one in bound(world)} == {"revoked"}
        agreed(world, phone=se_id)


@pytest.mark.requirement("REQ-3-1-b")
def test_an_invalidated_card_ends_the_phone_too(bench: Bench):
    with bench.new_world() as world:
        numbers = world.person("holder")
        se_id = world.phone("phone", "holder")
        issue(world, "phone")
        path = f"/v1/cards/{numbers['card_id']}/invalidations"
        world.http("jpki", "POST", path, {"cause": "lost"}, role="municipality")
        world.operate("sp-tsm", "POST", "sync")
        assert {one.state for one in bound(world)} == {"revoked"}, "the SP-TSM did not notice"
        assert world.table("sp-tsm", "orders"), "nothing is done about the phone"
        agreed(world, phone=se_id)


@pytest.mark.requirement("REQ-3-1-b")
def test_suspension(bench: Bench):
    with bench.new_world() as world:
        numbers = world.person("holder")
        se_id = world.phone("phone", "holder")
        issue(world, "phone")
        body = {"person_id": numbers["person_id"], "medium": "phone"}
        world.http("jpki", "POST", "/v1/suspensions", body, role="call-centre")
        world.operate("sp-tsm", "POST", "sync")
        assert {one.state for one in bound(world)} == {"held"}, "the SP-TSM did not notice"
        assert not world.table("sp-tsm", "orders"), "a suspension deletes nothing"
        agreed(world, phone=se_id)


@pytest.mark.requirement("REQ-3-1-b")
def test_a_blocked_pin_is_unblocked_with_the_card(bench: Bench):
    with bench.new_world() as world:
        se_id = issued_phone(world)
        card = world.card("phone")
        card.select_ap()
        for _ in range(3):
            card.verify(EF.USER_PIN, b"0000")
        card.channel.reset()
        world.user("phone", pin="8642")
        done(world, "unblock", UNBLOCKING)
        card.select_ap()
        assert card.verify(EF.USER_PIN, b"8642").ok, "the new PIN is not in force"
        world.user("phone", pin="1357")
        done(world, "unblock", UNBLOCKING)
        agreed(world, phone=se_id)


@pytest.mark.requirement("REQ-3-1-b")
def test_nobody_unblocks_the_phone_of_another_person(bench: Bench):
    with bench.new_world() as world:
        issued_phone(world)
        world.person("thief")
        world.give("phone", "thief", reset=False)
        world.user("phone", pin="6666", password="THIEF666")
        assert not world.start("phone", "unblock").done, "any card unblocks any phone"
        card = world.card("phone")
        card.select_ap()
        assert not card.verify(EF.USER_PIN, b"6666").ok


@pytest.mark.requirement("REQ-3-1-b")
def test_change_of_pin_and_password(bench: Bench):
    with bench.new_world() as world:
        issued_phone(world)
        world.change("phone", "pin", "9753")
        world.change("phone", "password", "CHANGED77")
        card = world.card("phone")
        for purpose, value in (("signature", "CHANGED77"), ("user-authentication", "9753")):
            own = certificate_on(card, purpose, value)
            assert own, f"the new value does not open the {purpose} certificate"
            assert signs_with(card, purpose, own, value)


@pytest.mark.requirement("REQ-3-1-b")
def test_change_of_phone_there_and_back(bench: Bench):
    with bench.new_world() as world:
        first = issued_phone(world, "first")
        second = world.phone("second", "holder")
        for phone in ("second", "first"):
            issue(world, phone)
            while world.work("sp-tsm"):
                pass
            named = [row["se_id"] for row in world.table("sei-tsm", "deletions")]
            if named[-1:] != [first if phone == "second" else second]:
                raise Inconclusive(f"deletion was ordered for {named}; see REQ-5-2-h and i")
            world.settle("first", "second")
            agreed(world, first=first, second=second)
        in_force = {one.se_id for one in bound(world) if one.state == "valid"}
        assert in_force == {first}, f"in force on {in_force}"
