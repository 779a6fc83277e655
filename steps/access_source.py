"""A reader beside the phone and an app in it, by turns."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest
from pytest_bdd import given, then, when

from fixtures.bench import Bench
from fixtures.card.apdu import SW, Command, Response
from fixtures.card.jpki import EF, JpkiCard, cryptogram
from fixtures.outcome import Inconclusive
from fixtures.targets.port import AccessPath
from suites.access_source.model import TRUE
from suites.access_source.policy import DENIED

RADIO = (AccessPath.CONTACTLESS_B, AccessPath.CONTACTLESS_A)
ADMINISTRATION = Command(0x00, 0x82, 0x07, 0x81, bytes(16))  # EXTERNAL AUTHENTICATE, no such P1
RELAYED = (
    Command(0x00, 0xB0, 0x86, 0x00, le=1),
    Command(0x00, 0x84, 0x00, 0x00, le=8),
    Command(0x00, 0x20, 0x00, 0x98),
    Command(0x80, 0x2A, 0x00, 0x97, bytes(32), 256),
)


@dataclass
class TwoWays:
    """One card, a reader and an app; the answers of the scenario so far."""

    bench: Bench
    reader: AccessPath
    answers: list[Response] = field(default_factory=list)

    def card(self, path: AccessPath) -> JpkiCard:
        card = JpkiCard(self.bench.channel_by(path))
        card.select_ap()
        return card

    def proof(self, card: JpkiCard) -> Response:
        """The right answer to a challenge asked by the same way."""
        challenge = card.challenge().data
        return card.external_authenticate(cryptogram(self.bench.administrator_key, challenge))


@pytest.fixture
def as_it_was(bench: Bench) -> Iterator[Bench]:
    """A bench whose target is the chip it was afterwards."""
    yield bench
    if bench.statement.has("platform.chip_profiles"):
        bench.use_chip(None)


@given("a card that a reader and an app can reach", target_fixture="ways")
def both_ways(as_it_was: Bench) -> TwoWays:
    paths = as_it_was.statement.pixit.paths
    readers = [path for path in RADIO if path in paths]
    if not readers or AccessPath.INTERNAL not in paths:
        raise Inconclusive("the statement names no reader by radio, or no app, among its paths")
    as_it_was.channel.reset()
    return TwoWays(as_it_was, readers[0])


@given("the chip's operating system was updated and not verified")
def updated(ways: TwoWays) -> None:
    ways.bench.use_chip(None, "updated")
    ways.bench.channel.reset()


@when("the administrator proves his key by a reader")
def proves(ways: TwoWays) -> None:
    ways.answers.append(ways.proof(ways.card(ways.reader)))


@then("he is refused for where he comes from")
def refused(ways: TwoWays) -> None:
    assert ways.answers[-1].sw == DENIED, f"got {ways.answers[-1].sw:04X}, want {DENIED:04X}"


@then("by the app he is accepted")
def accepted(ways: TwoWays) -> None:
    answer = ways.proof(ways.card(AccessPath.INTERNAL))
    if not answer.ok and answer.sw != DENIED:
        raise Inconclusive(f"the administrator's key is refused ({answer.sw:04X})")
    assert answer.ok, "refused by the app too"


@when("the holder enters his PIN and signs by a reader")
def signs(ways: TwoWays) -> None:
    card = ways.card(ways.reader)
    if (entered := card.verify(EF.USER_PIN, ways.bench.user_pin)).sw not in (SW.OK, DENIED):
        raise Inconclusive(f"the right PIN is refused ({entered.sw:04X}); see JPKI-PIN-01")
    ways.answers.append(card.sign(EF.USER_KEY, bytes(32)))


@then("the signature is made")
def made(ways: TwoWays) -> None:
    answer = ways.answers[-1]
    if answer.sw not in (SW.OK, DENIED):
        raise Inconclusive(f"the signature is answered {answer.sw:04X}; see JPKI-SIG-01")
    assert answer.ok, "refused though the holder entered his PIN by this reader"


@when("somebody far away has his commands sent by an app", target_fixture="taken")
def relays(ways: TwoWays) -> list[str]:
    """The same bytes that a reader sends; a reader spoke just before."""
    by_reader, by_app = ways.card(ways.reader), ways.card(AccessPath.INTERNAL)
    taken = []
    for command in RELAYED:
        by_reader.send(command)
        by_app.send(command)
        taken.append(ways.bench.last_source(AccessPath.INTERNAL))
    return taken


@then("the applet takes every one of them for an app's")
def for_an_app(taken: list[str]) -> None:
    assert set(taken) <= TRUE[AccessPath.INTERNAL], f"taken for {', '.join(taken)}"


@then("the policy is off and says that it is")
def off(ways: TwoWays) -> None:
    status = ways.bench.source_policy()
    assert not status.enabled, "it is in force on a chip that was not verified"
    assert status.told.strip(), "it is off without a word"


@then("no way leads to the administrator's commands")
def shut(ways: TwoWays) -> None:
    for path in ways.bench.statement.pixit.paths:
        sw = ways.card(path).send(ADMINISTRATION).sw
        assert sw == DENIED, f"by {path} got {sw:04X}, want {DENIED:04X}"
