"""REQ-5-1 and 5-2: the applet of the old phone is deleted from afar, and nothing else is."""

from __future__ import annotations

from collections.abc import Callable
from itertools import combinations_with_replacement, count
from typing import TYPE_CHECKING, Any

import pytest

from fixtures.card.global_platform import get_status
from fixtures.card.global_platform_answers import registry_entries
from fixtures.card.global_platform_values import Subset
from fixtures.card.jpki import JPKI_AP
from fixtures.card.platform import Platform
from fixtures.card.scp03_keys import StaticKeys
from fixtures.outcome import Inconclusive
from fixtures.services.world import Link
from suites.services.flow_model import REMOTE_DELETION
from suites.services.old_phone import (
    BUSY,
    expect_gone,
    expect_pending,
    is_there,
    ordered,
    states,
    works,
)
from suites.services.parties import change_of_phone, issue, issued_phone

if TYPE_CHECKING:
    from fixtures.bench import Bench
    from fixtures.effort import Effort
    from fixtures.services.world import World


@pytest.mark.requirement("REQ-5-2-b")
def test_only_an_application_on_a_new_phone_begins_a_deletion(bench: Bench):
    with bench.new_world() as world:
        issued_phone(world)
        if not world.start("phone", "renew").done:
            raise Inconclusive("renewal fails; see REQ-3-1-b")
        assert not world.table("sp-tsm", "orders"), "a renewal orders a deletion"
        assert not world.steps("F-DEL")


@pytest.mark.requirement("REQ-5-2-b")
def test_after_an_own_revocation_there_is_nothing_left_to_delete(bench: Bench):
    with bench.new_world() as world:
        change_of_phone(world)
        if not world.start("old", "revoke").done:
            raise Inconclusive("revocation by the user fails; see REQ-3-1-b")
        world.settle("old")
        before = world.table("sp-tsm", "orders")
        issue(world, "new")
        if "consent" in world.asked("new"):
            raise Inconclusive("an old phone was seen; see REQ-5-2-d")
        assert world.table("sp-tsm", "orders") == before, "deletion was ordered once more"


@pytest.mark.requirement("REQ-5-2-g")
def test_deletion_and_issuance_run_side_by_side_in_any_order(bench: Bench, effort: Effort):
    """Order, message and delivery come after any messages of the issuance: the end is the same."""
    places = list(combinations_with_replacement(range(6, 24, 4), 3))
    chosen = places[:: max(1, len(places) // effort.flow_cuts)]
    ends = {}
    for first, second, third in chosen:
        with bench.new_world() as world:
            old, _ = change_of_phone(world)
            world.mend()
            verbs: dict[int, list[tuple[str, dict[str, Any]]]] = {}
            verbs.setdefault(first, []).append(("work", {"server": "sp-tsm"}))
            verbs.setdefault(second, []).append(("work", {"server": "sei-tsm"}))
            verbs.setdefault(third, []).append(("deliver", {"phone": "old"}))
            for message, things in verbs.items():
                world.then(Link.APP_TSM, message, *things)
            outcome = world.start("new", "issue")
            assert outcome.done, f"deletion at {first, second, third} stops issuance: {outcome}"
            ordered(world, old)
            world.settle("old", "new")
            ends[first, second, third] = (
                is_there(world, "old"),
                states(world),
                works(world, "new"),
            )
    if all(there for there, *_ in ends.values()):
        raise Inconclusive("the applet is never deleted; see REQ-5-2-l")
    assert set(map(str, ends.values())) == {str((False, ["deleted"], True))}, ends


@pytest.mark.requirement("REQ-5-2-g")
@pytest.mark.parametrize("trouble", ["off-line", "busy push", "dead token"])
def test_a_deletion_that_fails_does_not_stop_issuance(bench: Bench, trouble: str):
    with bench.new_world() as world:
        change_of_phone(world)
        world.mend()
        match trouble:
            case "off-line":
                world.phone_does("old", "off_line")
            case "busy push":
                world.weather(busy=5)
            case _:
                world.phone_does("old", "new_token")
        for message in (8, 12):
            work = [("work", {"server": server}) for server in BUSY]
            world.then(Link.APP_TSM, message, *work, ("deliver", {"phone": "old"}))
        outcome = world.start("new", "issue")
        assert outcome.done, f"issuance is {outcome.state}: {outcome.detail}"
        assert works(world, "new")


@pytest.mark.requirement("REQ-5-2-k")
def test_one_message_reaches_the_old_phone_and_no_other(bench: Bench):
    with bench.new_world() as world:
        old, _ = change_of_phone(world)
        issue(world, "new")
        ordered(world, old)
        tokens = {row["se_id"]: row["token"] for row in world.table("sei-tsm", "tokens")}
        for server in BUSY * 3:
            world.work(server)
        sent = [one["token"] for one in world.operate("push", "GET", "tables/messages")[1]]
        assert sent == [tokens[old]], f"{len(sent)} messages, to {sent}"
        assert world.deliver("new") == 0
        assert is_there(world, "new"), "the new phone's applet is gone"


@pytest.mark.requirement("REQ-5-2-k")
@pytest.mark.parametrize("weather", ["lost", "doubled"])
def test_a_lost_message_is_sent_again_and_a_doubled_one_does_no_harm(bench: Bench, weather: str):
    with bench.new_world() as world:
        old, _ = change_of_phone(world)
        issue(world, "new")
        ordered(world, old)
        world.weather(**{weather: 1})
        world.settle("old", "new")
        if weather == "lost":
            expect_pending(world)
            world.operate("sei-tsm", "POST", "again")
            world.settle("old", "new")
            sent = world.operate("push", "GET", "tables/messages")[1]
            assert len(sent) >= 2, "the message was not sent again"
        expect_gone(world)
        assert states(world) == ["deleted"], f"the deletion is {states(world)}"
        assert works(world, "new")


@pytest.mark.requirement("REQ-5-2-k")
def test_a_late_message_does_not_delete_the_applet_of_the_next_user(bench: Bench):
    with bench.new_world() as world:
        old, _ = change_of_phone(world)
        issue(world, "new")
        ordered(world, old)
        world.weather(held=True)
        world.settle("old", "new")
        expect_pending(world)
        world.person("next")
        world.give("old", "next", reset=False)
        issue(world, "old")
        world.weather(held=False)
        assert world.deliver("old") == 1, "the scenario needs the late message"
        world.settle("old", "new")
        assert is_there(world, "old"), "the applet of the phone's next user was deleted"
        assert works(world, "old")


@pytest.mark.requirement("REQ-5-2-m")
def test_the_notice_counts_once_and_only_when_the_se_has_answered(bench: Bench):
    with bench.new_world() as world:
        old, _ = change_of_phone(world)
        issue(world, "new")
        ordered(world, old)
        rows = world.table("sei-tsm", "deletions")
        notice = f"/deletions/{rows[0]['id']}/notice"
        status, _ = world.http("sei-tsm", "POST", notice)
        assert status == 409, f"a notice of what was not done is answered {status}"
        expect_pending(world)
        world.settle("old", "new")
        expect_gone(world)
        status, _ = world.http("sei-tsm", "POST", notice)
        assert status == 200, f"the notice once more is answered {status}"
        row = world.table("sei-tsm", "deletions")[0]
        assert (row["state"], row["notices"]) == ("deleted", 1), row
        assert world.steps("F-DEL-14") == ["F-DEL-14"], "the notice was taken twice"


@pytest.mark.requirement("REQ-5-2-m")
def test_without_a_notice_the_deletion_is_pending_until_the_app_sends_it(bench: Bench):
    with bench.new_world() as world:
        old, _ = change_of_phone(world)
        issue(world, "new")
        ordered(world, old)
        world.work("sei-tsm")
        expect_pending(world)
        world.cut(Link.APP_TSM, 5, after=False)  # begin, three answers, notice
        world.deliver("old")
        world.mend()
        expect_gone(world)
        assert states(world) == ["pending"], "nobody has reported the deletion"
        world.phone_does("old", "start_app")
        assert states(world) == ["deleted"], f"after the notice the deletion is {states(world)}"


App = Callable[[list[str]], list[str]]  # commands → responses, hexadecimal


def carried(world: World, number: str, app: App) -> list[list[str]]:
    """The deletion's script, as this app carries it; what it told the TSM, message by message."""
    path, told_tsm = f"/deletions/{number}", []
    status, told = world.http("sei-tsm", "POST", f"{path}/begin")
    while status == 200 and told["do"] != "end":
        told_tsm.append(app(told["commands"]))
        status, told = world.http("sei-tsm", "POST", f"{path}/answer", {"responses": told_tsm[-1]})
    world.card("old").channel.reset()
    return told_tsm


def honest(world: World) -> App:
    """The old phone's SE answers."""
    channel = world.card("old").channel
    return lambda commands: [channel.transmit(bytes.fromhex(one)).hex() for one in commands]


@pytest.mark.requirement("REQ-5-2-m")
def test_what_the_se_answered_once_proves_no_other_deletion(bench: Bench):
    """The phone is deleted, used again and changed once more: the former answers are played."""
    with bench.new_world() as world:
        old, _ = change_of_phone(world)
        issue(world, "new")
        ordered(world, old)
        first = world.table("sei-tsm", "deletions")[0]["id"]
        recorded = carried(world, first, honest(world))
        world.http("sei-tsm", "POST", f"/deletions/{first}/notice")
        expect_gone(world)
        for phone in ("old", "new"):
            issue(world, phone)
        while world.work("sp-tsm"):
            pass
        second = world.table("sei-tsm", "deletions")[-1]
        if (second["se_id"], second["state"]) != (old, "pending"):
            raise Inconclusive(f"the second deletion is {second}; see REQ-5-2-h, REQ-5-1-b")
        played = iter(recorded)
        carried(world, second["id"], lambda _: next(played))
        status, _ = world.http("sei-tsm", "POST", f"/deletions/{second['id']}/notice")
        assert status == 409, f"by what the SE answered another time, the notice gets {status}"
        assert states(world)[-1] == "pending"


@pytest.mark.requirement("REQ-5-2-m")
@pytest.mark.parametrize("then", ["the SE is asked", "the app answers again"])
def test_that_there_is_nothing_to_delete_is_believed_of_the_se_alone(bench: Bench, then: str):
    """The app answers DELETE itself: the applet is not found (6A88), which comes without a MAC."""
    with bench.new_world() as world:
        old, _ = change_of_phone(world)
        issue(world, "new")
        ordered(world, old)
        number = world.table("sei-tsm", "deletions")[0]["id"]
        truth, messages_seen = honest(world), count(1)

        def lying(commands: list[str]) -> list[str]:
            match next(messages_seen):
                case 1 | 2:  # the channel is opened with the SE
                    return truth(commands)
                case 3:
                    return ["6a88"]
                case _:
                    return truth(commands) if then == "the SE is asked" else ["9000"]

        carried(world, number, lying)
        status, _ = world.http("sei-tsm", "POST", f"/deletions/{number}/notice")
        assert status == 409, f"the applet is there, and the notice is answered {status}"
        expect_pending(world)


@pytest.mark.requirement("REQ-5-2-n")
def test_nothing_is_deleted_before_the_jpki_has_revoked(bench: Bench):
    """The JPKI cannot be reached just when the revocation is asked for."""
    with bench.new_world() as world:
        old, _ = change_of_phone(world)
        world.mend()
        world.cut(Link.TSM_JPKI, 2, after=False)  # application, revocation
        if world.start("new", "issue").state != "interrupted":
            raise Inconclusive("the JPKI is asked in another order; see REQ-5-2-f")
        world.settle("old", "new")
        early = [step for step in world.steps("F-DEL") if step not in REMOTE_DELETION.steps[:4]]
        assert not early, f"executed before the revocation: {early}"
        world.mend()
        if not world.resume("new").done:
            raise Inconclusive("the flow does not go on; see REQ-3-2-a")
        ordered(world, old)


def registry(bench: Bench, world: World, phone: str) -> set[tuple[str, str]]:
    """Name and life cycle of everything in the registry of the phone's SE."""
    channel = world.card(phone).channel
    channel.reset()
    keys = (bench.statement.secret(name) for name in ("scp03_enc", "scp03_mac", "scp03_dek"))
    session = Platform(channel.transmit, StaticKeys(*keys)).session()
    found = set()
    for subset in (Subset.APPLICATIONS, Subset.LOAD_FILES):
        answer = session.send(get_status(subset))
        found |= {(one.aid.hex(), str(one.life_cycle)) for one in registry_entries(answer.data)}
    channel.reset()
    return found


@pytest.mark.requirement("REQ-5-2-l")
def test_the_applet_is_gone_and_everything_else_in_the_se_stays(bench: Bench):
    with bench.new_world() as world:
        old, _ = change_of_phone(world)
        before = registry(bench, world, "old")
        issue(world, "new")
        ordered(world, old)
        world.settle("old", "new")
        assert not is_there(world, "old"), "the applet can still be selected"
        gone = {name for name, _ in before - registry(bench, world, "old")}
        assert gone == {JPKI_AP.hex()}, f"gone from the registry: {sorted(gone)}"
        assert registry(bench, world, "old") <= before, "something new is in the registry"
