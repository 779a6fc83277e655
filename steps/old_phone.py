"""The old phone of a person who has a new one, and the next user of a phone that was sold."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from pytest_bdd import given, parsers, then, when

from fixtures.bench import Bench
from fixtures.card.jpki import EF
from fixtures.outcome import Inconclusive
from fixtures.services.world import Link
from steps.scene import Scene
from suites.services.agreement import PURPOSES
from suites.services.flow_model import REMOTE_DELETION, deviations
from suites.services.old_phone import (
    BUSY,
    expect_gone,
    is_there,
    ordered,
    states,
    works,
)
from suites.services.parties import PASSWORD, PIN, certificate_on, issue, messages, signs_with

if TYPE_CHECKING:
    from fixtures.services.world import World

NEXT = "next"
MESSAGES_OF_ISSUANCE = 26  # more than there are between app and TSM


@given("a person with an issued old phone and a new phone", target_fixture="scene")
def change_of_phone(bench: Bench) -> Iterator[Scene]:
    with bench.new_world() as world:
        scene = Scene(world)
        scene.holder()
        scene.issued("old")
        scene.new_phone("new")
        yield scene


@given("everybody works as soon as there is something to do")
def busy(scene: Scene) -> None:
    """So that a step that comes too early would show."""
    scene.world.mend()
    for message in range(1, MESSAGES_OF_ISSUANCE):
        work = [("work", {"server": server}) for server in BUSY]
        scene.world.then(Link.APP_TSM, message, *work, ("deliver", {"phone": "old"}))


@given(parsers.re("what the (?P<phone>old phone|phone) shows its holder is noted"))
def noted(scene: Scene, phone: str) -> None:
    card = scene.world.card("old" if phone == "old phone" else "phone")
    scene.former = {purpose: certificate_on(card, purpose) for purpose in PURPOSES}
    card.channel.reset()


@given("the old phone is off-line")
def off_line(scene: Scene) -> None:
    scene.world.phone_does("old", "off_line")


@given("the old phone has had a factory reset")
def reset(scene: Scene) -> None:
    scene.world.phone_does("old", "factory_reset")


# --- what happens ---------------------------------------------------------------------------


@when("the new phone is issued")
def issued(scene: Scene) -> None:
    """And the SP-TSM has done its work. ``Inconclusive`` where another phone is named."""
    issue(scene.world, "new")
    ordered(scene.world, scene.phones["old"])
    scene.asked = everybody_asked(scene.world)


@when("all that waits is done")
def settled(scene: Scene) -> None:
    scene.world.settle("old", "new")


@when("the new phone is issued and all that waits is done")
def issued_and_settled(scene: Scene) -> None:
    issued(scene)
    settled(scene)


@when("the old phone is on-line again")
def on_line(scene: Scene) -> None:
    scene.world.phone_does("old", "on_line")


@when("a new instance is installed on the old phone and not yet issued")
def installed(scene: Scene) -> None:
    scene.world.kill("sp-tsm", "F-ISS-1 kept")
    scene.world.start("old", "issue")
    scene.world.restart()
    if not is_there(scene.world, "old"):
        raise Inconclusive("no new instance was installed; see REQ-3-1-a")


@when(parsers.re("the phone is given to its next user (?P<how>as it is|after a factory reset)"))
def given_away(scene: Scene, how: str) -> None:
    scene.world.person(NEXT)
    scene.world.give("phone", NEXT, reset=how == "after a factory reset")


@when(parsers.parse("the next user has it issued with the PIN {pin} and the password {password}"))
def issued_to_the_next(scene: Scene, pin: str, password: str) -> None:
    scene.world.user("phone", pin=pin, password=password)
    scene.run("phone", "issue")
    told = f"the next user's issuance is {scene.outcome.state}: {scene.outcome.detail}"
    assert scene.outcome.done, told
    scene.values = {"signature": password, "user-authentication": pin}


# --- what holds afterwards ------------------------------------------------------------------


@then("one message was sent")
def one_message(scene: Scene) -> None:
    expect_gone(scene.world)
    if len(sent := messages(scene.world)) != 1:
        raise Inconclusive(f"{len(sent)} messages were sent; see REQ-5-2-k")


@then("the fourteen steps were executed in order, each once")
def fourteen(scene: Scene) -> None:
    found = deviations(REMOTE_DELETION, scene.world.steps("F-DEL"))
    assert not found, found


@then("the applet of the old phone is gone")
def gone(scene: Scene) -> None:
    assert not is_there(scene.world, "old"), "the applet is still on the old phone"


@then("the applet of the old phone is gone, or else it is not for this requirement")
def gone_first(scene: Scene) -> None:
    expect_gone(scene.world)


@then("the applet of the old phone is there")
def still_there(scene: Scene) -> None:
    assert is_there(scene.world, "old")


@then(parsers.parse("the deletion is reported as {state}"))
def reported(scene: Scene, state: str) -> None:
    assert states(scene.world) == [state], f"the deletion is {states(scene.world)}"


@then("the deletion stays pending through three rounds of messages")
def stays_pending(scene: Scene) -> None:
    for _ in range(3):
        scene.world.settle("old", "new")
        told = states(scene.world)
        assert told == ["pending"], f"off-line, and the deletion is {told}"
        scene.world.operate("sei-tsm", "POST", "again")


@then("nobody was asked anything after the new phone was issued")
def nobody_asked(scene: Scene) -> None:
    assert everybody_asked(scene.world) == scene.asked, "somebody was asked"


@then("the new phone works")
def new_works(scene: Scene) -> None:
    assert works(scene.world, "new"), "the new phone does not work any more"


@then("no certificate can be read on the old phone")
def none_read(scene: Scene) -> None:
    expect_gone(scene.world)
    card = scene.world.card("old")
    for purpose in PURPOSES:
        assert not certificate_on(card, purpose), f"the {purpose} certificate can be read"


@then("neither PIN nor certificate nor key of before is there")
def nothing_back(scene: Scene) -> None:
    card = scene.world.card("old")
    for purpose in PURPOSES:
        card.select_ap()
        assert not card.verify(EF.USER_PIN, PIN.encode()).ok, "the former PIN opens it"
        assert certificate_on(card, purpose) != scene.former[purpose], f"{purpose} is back"
        assert not signs_with(card, purpose, scene.former[purpose]), f"the {purpose} key is back"


@then("no certificate is one of the former user's, and no key fits it")
def overwritten(scene: Scene) -> None:
    card = scene.world.card("phone")
    for purpose, value in scene.values.items():
        former = scene.former[purpose]
        own = certificate_on(card, purpose, value)
        assert own != former, f"the former {purpose} certificate is still there"
        assert not signs_with(card, purpose, former, value), f"the {purpose} key is the former one"


@then("the former user's PIN and password open nothing")
def former_words(scene: Scene) -> None:
    card = scene.world.card("phone")
    for ef, left in ((EF.USER_PIN, PIN), (EF.PASSWORD, PASSWORD)):
        card.select_ap()
        assert not card.verify(ef, left.encode()).ok, f"{left} of the former user opens it"


def everybody_asked(world: World) -> list[list[str]]:
    return [world.asked("old"), world.asked("new")]
