"""REQ-5-2-h to j and o: from a revoked certificate to the one phone that is told."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from fixtures.outcome import Inconclusive
from suites.services.old_phone import named_for_deletion
from suites.services.parties import (
    bound,
    certificates_of,
    change_of_phone,
    issue,
    issued_elsewhere,
    issued_phone,
    messages,
)

if TYPE_CHECKING:
    from fixtures.bench import Bench
    from fixtures.services.world import World

NO_CONNECTION = 0  # where TLS itself refuses the peer


def tokens_of(world: World) -> dict[str, str]:
    """The SEI-TSM's table: SE-ID → token."""
    return {row["se_id"]: row["token"] for row in world.table("sei-tsm", "tokens")}


@pytest.mark.requirement("REQ-5-2-h")
def test_each_revoked_certificate_leads_to_the_phone_it_lies_on(bench: Bench):
    with bench.new_world() as world:
        phones = [issued_phone(world, "phone 0")]
        for n in (1, 2):
            phones.append(world.phone(f"phone {n}", "holder"))
            issue(world, f"phone {n}")
            named = list(dict.fromkeys(named_for_deletion(world)))  # twice for one: see REQ-5-2-d
            if phones[n] in named:
                raise Inconclusive("the new phone is named; see REQ-5-2-i")
            assert named == phones[:n], f"orders after change {n}: {named}"


@pytest.mark.requirement("REQ-5-2-h")
def test_an_unknown_certificate_is_noted_and_nothing_is_deleted(bench: Bench):
    """The person has a phone that another SP-TSM issued: this one cannot know where."""
    with bench.new_world() as world:
        world.person("holder")
        issued_elsewhere(world)
        world.phone("new", "holder")
        issue(world, "new")
        assert named_for_deletion(world) == [], "something was deleted for what nobody knows"
        states = [row["state"] for row in world.table("sp-tsm", "orders")]
        assert states == ["unknown"], f"the order is {states}"


@pytest.mark.requirement("REQ-5-2-i")
def test_only_the_sp_tsm_orders_deletions(bench: Bench):
    with bench.new_world() as world:
        se_id = issued_phone(world)
        body = {"request": "forged", "se_id": se_id}
        for role in ("", "municipality", "call-centre"):
            status, _ = world.http("sei-tsm", "POST", "/deletions", body, role=role)
            assert status in (401, 403), f"{role or 'nobody'} orders a deletion: {status}"
        for certificate in ("expired", "early", "stranger"):
            status, _ = world.http(
                "sei-tsm", "POST", "/deletions", body, role="sp-tsm", certificate=certificate
            )
            told = f"an SP-TSM whose certificate is {certificate} orders a deletion: {status}"
            assert status in (NO_CONNECTION, 401, 403), told
        assert not world.table("sei-tsm", "deletions")


@pytest.mark.requirement("REQ-5-2-i")
def test_what_is_ordered_is_the_old_phone_and_never_the_new_one(bench: Bench):
    """There and back again: the phone that is new each time is never named."""
    with bench.new_world() as world:
        old, new = change_of_phone(world)
        issue(world, "new")
        assert new not in named_for_deletion(world), "deletion was ordered for the new phone"
        issue(world, "old")
        assert named_for_deletion(world).count(old) <= 1, "deletion was ordered for the new phone"
        in_force = {one.se_id for one in bound(world) if one.state == "valid"}
        assert in_force == {old}


@pytest.mark.requirement("REQ-5-2-j")
def test_a_renewed_token_is_the_one_that_is_used(bench: Bench):
    with bench.new_world() as world:
        old, _ = change_of_phone(world)
        before = tokens_of(world)[old]
        world.phone_does("old", "new_token")
        world.phone_does("old", "start_app")
        issue(world, "new")
        world.work("sp-tsm")
        world.work("sei-tsm")
        if (named := named_for_deletion(world)) != [old]:
            raise Inconclusive(f"deletion was ordered for {named}; see REQ-5-2-h and i")
        tokens = [message["token"] for message in messages(world)]
        assert before not in tokens, "the message went to the token before"
        assert tokens_of(world).get(old) in tokens, "no message went to the new token"


@pytest.mark.requirement("REQ-5-2-j")
def test_a_dead_token_is_forgotten_and_the_next_one_is_used(bench: Bench):
    """The token is renewed without a word; the push service says so, and later the app does."""
    with bench.new_world() as world:
        old, _ = change_of_phone(world)
        before = tokens_of(world)[old]
        world.phone_does("old", "new_token")
        issue(world, "new")
        world.work("sp-tsm")
        world.work("sei-tsm")
        if (named := named_for_deletion(world)) != [old]:
            raise Inconclusive(f"deletion was ordered for {named}; see REQ-5-2-h and i")
        assert before not in [one["token"] for one in messages(world)], "it went to a dead token"
        assert old not in tokens_of(world), "a dead token is kept"
        states = [row["state"] for row in world.table("sei-tsm", "deletions")]
        if states != ["pending"]:
            raise Inconclusive(f"without a token the deletion is {states}; see REQ-5-1-b")
        world.phone_does("old", "start_app")
        world.work("sei-tsm")
        sent = [one["token"] for one in messages(world)]
        assert tokens_of(world).get(old) in sent, "the new token was not used"


@pytest.mark.requirement("REQ-5-2-o")
def test_neither_tsm_holds_the_table_of_the_other(bench: Bench):
    """Certificate → SE-ID is the SP-TSM's, SE-ID → token is the SEI-TSM's, by every value."""
    with bench.new_world() as world:
        old, _ = change_of_phone(world)
        serials = set(certificates_of(world, old).values())
        issue(world, "new")
        world.work("sp-tsm")
        world.work("sei-tsm")
        tokens = {row["token"] for row in world.table("sei-tsm", "tokens")}
        if not tokens or not serials:
            pytest.fail("there is no table to look at")
        of_sp = " ".join(everything(world, "sp-tsm"))
        of_sei = " ".join(everything(world, "sei-tsm"))
        assert not [token for token in tokens if token in of_sp], "the SP-TSM holds push tokens"
        assert not [s for s in serials if s in of_sei], "the SEI-TSM holds certificate numbers"


def everything(world: World, server: str) -> list[str]:
    """All rows of all its tables, as text."""
    tables = world.operate(server, "GET", "tables")[1]
    return [str(row) for name in tables for row in world.table(server, name)]
