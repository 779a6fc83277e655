"""What apps and TSMs do on a GP-SE that several services share."""

from __future__ import annotations

from dataclasses import dataclass

from pytest_bdd import given, then, when

from fixtures.bench import Bench
from fixtures.card.apdu import SW, Response
from fixtures.card.content_management import Applet, issuing, loading, removing
from fixtures.card.jpki import EF, JpkiCard
from fixtures.card.logical_channel import LogicalChannel
from fixtures.card.platform import Platform
from fixtures.outcome import Inconclusive, expect
from suites.coexistence.conflicts import NO_MEMORY, TAKEN, documented
from suites.coexistence.memory import Chip
from suites.coexistence.neighbours import neighbour, settle
from suites.coexistence.storm import SIGNED, exercised
from suites.platform.session import opened, platform_of


@dataclass
class Shared:
    """A chip, the app that came first, and what the one who came second heard."""

    bench: Bench
    platform: Platform
    own: int = 0
    beside: int = 0
    signed: Response | None = None
    heard: Response | None = None

    @property
    def first(self) -> JpkiCard:
        return JpkiCard(LogicalChannel(self.bench.channel, self.own))

    @property
    def second(self) -> JpkiCard:
        return JpkiCard(LogicalChannel(self.bench.channel, self.beside))


@given("a GP-SE with the applets of other services", target_fixture="bench")
def settled(bench: Bench) -> Bench:
    for applet in bench.foreign_applets:
        settle(bench, applet)
    return bench


@given("a GP-SE whose memory is full", target_fixture="chip")
def full(bench: Bench) -> Chip:
    chip = Chip(platform_of(bench), bench.foreign_applets[-1])
    chip.remove(one_more(bench))
    chip.fill(0)
    return chip


@given("an app with a JPKI session on a channel of its own", target_fixture="shared")
def session(bench: Bench) -> Shared:
    platform = platform_of(bench)
    shared = Shared(bench, platform, platform.new_channel(), platform.new_channel())
    for _ in range(2):
        shared.first.select_ap()
        if shared.first.sign(EF.USER_KEY, SIGNED).ok:
            raise Inconclusive("a verification outlives SELECT; see JPKI-J-01")
        shared.first.verify(EF.USER_PIN, bench.user_pin)
    shared.signed = shared.first.sign(EF.USER_KEY, SIGNED)
    if not shared.signed.ok or shared.first.sign(EF.USER_KEY, SIGNED) != shared.signed:
        raise Inconclusive("the user key does not sign twice alike; see JPKI-SIG-01")
    return shared


def one_more(bench: Bench) -> Applet:
    return bench.foreign_applets[0]


@when("every other applet is selected and used on another channel")
def neighbours_used(shared: Shared) -> None:
    channel = LogicalChannel(shared.bench.channel, shared.beside)
    for applet in shared.bench.foreign_applets:
        exercised(channel, neighbour(applet))


@when("a second app selects JPKI on another channel")
def second_app(shared: Shared) -> None:
    shared.heard = shared.second.select_ap()


@when("the first app closes its channel")
def first_closes(shared: Shared) -> None:
    shared.platform.close_channel(shared.own)


@when("one more applet is loaded from another channel")
def loads_one_more(shared: Shared) -> None:
    tsm = opened(shared.platform, number=shared.beside)
    shared.heard = tsm.carry_out(loading(one_more(shared.bench), tsm.room))


@when("memory is freed")
def memory_freed(chip: Chip, shared: Shared) -> None:
    opened(shared.platform, number=shared.beside).send(removing(chip.filler))


@then("the user key of the session signs as before")
def signs(shared: Shared) -> None:
    told = shared.first.sign(EF.USER_KEY, SIGNED)
    assert told == shared.signed, f"the user key answers {told.sw:04X}, and signed before"


@then("it gets in or is told by a known word that JPKI is in use")
def known_conflict(shared: Shared) -> None:
    assert shared.heard is not None
    known = shared.heard.ok or documented(shared.heard.sw, TAKEN)
    assert known, f"SELECT on a second channel is answered {shared.heard.sw:04X}"


@then("the second app gets in, and no PIN has been entered for it")
def second_gets_in(shared: Shared) -> None:
    assert shared.second.select_ap().ok, "JPKI is free, and cannot be selected"
    told = shared.second.sign(EF.USER_KEY, SIGNED).sw
    assert told == SW.SECURITY_STATUS_NOT_SATISFIED, f"the user key answers {told:04X}"


@then("it is refused by a known word")
def known_shortage(shared: Shared) -> None:
    assert shared.heard is not None
    known = documented(shared.heard.sw, NO_MEMORY)
    assert known, f"a load file that does not fit is answered {shared.heard.sw:04X}"


@then("nothing of it is on the card")
def nothing_there(shared: Shared) -> None:
    applet = one_more(shared.bench)
    listed = {e.aid for e in opened(shared.platform, number=shared.beside).registry()}
    assert not listed & {applet.package, applet.instance}, "a part of it is in the registry"


@then("the applet can be loaded, installed and selected")
def recovered(shared: Shared) -> None:
    tsm = opened(shared.platform, number=shared.beside)
    applet = one_more(shared.bench)
    expect("REQ-6-3-c", tsm.carry_out(issuing(applet, tsm.room)).sw, SW.OK, "memory was freed")
    told = shared.platform.select(applet.instance, shared.beside).sw
    expect("REQ-6-3-c", told, SW.OK, "SELECT of the applet issued after memory was freed")
