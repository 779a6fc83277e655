"""The reference's life cycles against a model that was written apart from them.

Random walks of SET STATUS, by whoever can be selected, through real secure channels; after each
step the whole registry is read by GET STATUS and compared.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fixtures.card.apdu import SW, Command, Response
from fixtures.card.global_platform import get_status, set_status
from fixtures.card.global_platform_answers import RegistryEntry, registry_entries
from fixtures.card.global_platform_values import Kind, Privilege, Subset
from fixtures.card.scp03 import Level
from fixtures.card.scp03_keys import StaticKeys
from fixtures.card.secure_channel import SecureChannel
from suites.platform import life_cycle_model as model
from suites.platform.life_cycle_model import Card, Thing
from suites.selfcheck.by_hand import STEADY
from suites.selfcheck.lone_domain import Domain, LoneCard, lone_card

KEYS = StaticKeys(bytes(range(16)), bytes(range(16, 32)), bytes(range(32, 48)))
MORE = 0x6310
OBSERVER = 1  # the logical channel on which the issuer's domain looks on

ISSUER = frozenset({"card lock", "card terminate", "global lock", "final application"})
START: dict[str, Thing] = {
    "issuer": Thing("issuer", 0x01, held=ISSUER),
    "provider": Thing("domain", 0x0F, "issuer"),
    "nested": Thing("domain", 0x07, "provider"),
    "fresh": Thing("domain", 0x03, "issuer"),
    "identity": Thing("application", 0x07, "provider"),
    "payment": Thing("application", 0x0F, "nested"),
    "unfinished": Thing("application", 0x03, "nested"),
    "warden": Thing("application", 0x07, "issuer", frozenset({"global lock"})),
    "guard": Thing("application", 0x07, "provider", frozenset({"card lock"})),
    "alarm": Thing("application", 0x07, "provider", frozenset({"card terminate"})),
    "last": Thing("application", 0x07, "provider", frozenset({"final application"})),
}
NAMES = {name: bytes.fromhex("A0000001515000") + bytes((at,)) for at, name in enumerate(START)}
BITS = {
    "card lock": Privilege.CARD_LOCK,
    "card terminate": Privilege.CARD_TERMINATE,
    "global lock": Privilege.GLOBAL_LOCK,
    "final application": Privilege.FINAL_APPLICATION,
}
KINDS = {"issuer": 0, "domain": 1, "application": 2}


def entry(name: str, thing: Thing) -> dict[str, object]:
    held = Privilege(0)
    for privilege in thing.held:
        held |= BITS[privilege]
    if thing.kind != "application":
        held |= Privilege.SECURITY_DOMAIN
    return {
        "kind": KINDS[thing.kind],
        "aid": NAMES[name].hex(),
        "state": thing.state,
        "domain": NAMES[thing.owner or name].hex(),
        "privileges": held.to_bytes(3, "big").hex(),
    }


@pytest.fixture(scope="module")
def card() -> Iterator[LoneCard]:
    held = {0x30: (KEYS.enc, KEYS.mac, KEYS.dek)}
    domains = [Domain(aid, 0x70, held) for aid in NAMES.values()]
    with lone_card(domains, registry=[entry(*each) for each in START.items()]) as running:
        yield running


@dataclass
class Walk:
    """The card and what the model says of it."""

    card: LoneCard
    expected: Card
    observer: SecureChannel
    actor: str = ""
    channel: SecureChannel | None = None

    @classmethod
    def begin(cls, card: LoneCard) -> Walk:
        card.renew()
        card.select(NAMES["issuer"], OBSERVER)
        opened = SecureChannel.open(card.transmit, KEYS, Level(0x01), bytes(8), number=OBSERVER)
        return cls(card, START, opened)

    def turn_to(self, actor: str) -> bool:
        """Select it, if the card lets us; whoever is selected stays so otherwise."""
        if actor != self.actor:
            sw = self.card.selected(NAMES[actor])
            assert sw == model.selection(self.expected, actor)
            if sw in (SW.OK, 0x6283):
                self.actor = actor
                opened = SecureChannel.open(self.card.transmit, KEYS, Level(0x01), bytes(8))
                self.channel = opened
        return self.actor == actor

    def set_status(self, p1: int, p2: int, target: str) -> Response:
        assert self.channel is not None
        aid = NAMES.get(target, b"nobody")
        answer = self.channel.send(Command(0x80, 0xF0, p1, p2, aid))
        sw, self.expected = model.set_status(self.expected, self.actor, p1, p2, target)
        assert answer == Response(b"", sw)
        self.compare()
        return answer

    def lead(self, *states: int) -> None:
        """The issuer's domain brings the card there, over its own channel."""
        for state in states:
            assert self.observer.send(set_status(Kind.ISSUER_DOMAIN, state)).ok
            _, self.expected = model.set_status(self.expected, "issuer", 0x80, state, "")

    def compare(self) -> None:
        """Every state, as far as the card still tells."""
        if model.card_state(self.expected) == model.TERMINATED:
            refused = self.observer.send(get_status(Subset.APPLICATIONS))
            assert refused == Response(b"", SW.CONDITIONS_NOT_SATISFIED)
            return
        told = {found.aid: found.life_cycle for found in everything(self.observer)}
        assert told == {NAMES[name]: thing.state for name, thing in self.expected.items()}


def everything(channel: SecureChannel) -> list[RegistryEntry]:
    return [*listed(channel, Subset.ISSUER_DOMAIN), *listed(channel, Subset.APPLICATIONS)]


def listed(channel: SecureChannel, subset: Subset, aid: bytes = b"") -> list[RegistryEntry]:
    """All pieces of one answer, in order."""
    answer = channel.send(get_status(subset, aid))
    found = [*registry_entries(answer.data)]
    while answer.sw == MORE:
        answer = channel.send(get_status(subset, aid, following=True))
        found += registry_entries(answer.data)
    assert answer.sw == SW.OK
    return found


actors = st.sampled_from([*START])
states = st.sampled_from((0x01, 0x03, 0x07, 0x0F, 0x17, 0x7F, 0x80, 0x83, 0x87, 0x8F, 0xFF))
CODES = (0x00, 0x01, 0x03, 0x07, 0x0B, 0x0F, 0x17, 0x7F, 0x80, 0x83, 0x87, 0x8F, 0x93, 0xFF)
steps = st.tuples(
    actors,
    st.sampled_from((0x80, 0x40, 0x40, 0x60)) | st.integers(0, 255),
    states | st.integers(0, 255),
    actors | st.just("nobody"),
)
towards_life = st.sampled_from((
    ("issuer", 0x80, 0x07, "issuer"), ("issuer", 0x80, 0x0F, "issuer"),
    ("issuer", 0x80, 0x7F, "issuer"), ("guard", 0x80, 0x7F, "issuer"),
))  # fmt: skip


@settings(STEADY, max_examples=100)
@given(walk=st.lists(steps | towards_life, max_size=15))
def test_any_walk_of_set_status_goes_as_the_model_says(
    card: LoneCard, walk: list[tuple[str, int, int, str]]
):
    here = Walk.begin(card)
    for actor, p1, p2, target in walk:
        if here.turn_to(actor):
            here.set_status(p1, p2, target)


@pytest.mark.parametrize("what", [Kind.APPLICATION, Kind.DOMAIN_AND_ITS_APPLICATIONS])
@pytest.mark.parametrize("actor", START)
def test_whoever_asks_for_any_state_of_anyone_is_answered_by_the_table(
    card: LoneCard, actor: str, what: Kind
):
    """What is accepted leads on, so that states are asked for in more than one order."""
    for target in START:
        here = Walk.begin(card)
        if here.turn_to(actor):
            for p2 in CODES + CODES[::-1]:
                here.set_status(what, p2, target)


@pytest.mark.parametrize("path", [(), (0x07,), (0x07, 0x0F), (0x07, 0x0F, 0x7F), (0xFF,)])
@pytest.mark.parametrize("actor", START)
def test_the_card_is_moved_by_those_entitled_from_any_state_to_the_next(
    card: LoneCard, path: tuple[int, ...], actor: str
):
    for asked in (0x00, 0x01, 0x03, 0x07, 0x0F, 0x7F, 0x80, 0xFF):
        here = Walk.begin(card)
        if here.turn_to(actor):
            here.lead(*path)
            here.set_status(Kind.ISSUER_DOMAIN, asked, "issuer")


@pytest.mark.parametrize("path", [(), (0x07, 0x0F, 0x7F), (0xFF,)])
def test_who_can_be_selected_depends_on_the_card(card: LoneCard, path: tuple[int, ...]):
    for name in START:
        here = Walk.begin(card)
        here.lead(*path)
        here.turn_to(name)


def life(card: LoneCard, *states: int) -> Walk:
    here = Walk.begin(card)
    assert here.turn_to("issuer")
    for state in states:
        assert here.set_status(Kind.ISSUER_DOMAIN, state, "issuer").ok
    return here


def test_a_card_goes_through_its_whole_life(card: LoneCard):
    here = life(card, 0x07, 0x0F, 0x7F, 0x0F, 0x7F)
    assert card.selected(NAMES["identity"]) == 0x6A81
    assert here.set_status(Kind.APPLICATION, 0x80, "identity").ok
    assert card.selected(NAMES["last"]) == 0x6283
    here = life(card, 0x07, 0x0F, 0xFF)
    assert here.set_status(Kind.ISSUER_DOMAIN, 0x0F, "issuer").sw == SW.CONDITIONS_NOT_SATISFIED
    assert card.selected(NAMES["issuer"]) == 0x6A81


@pytest.mark.parametrize("path", [(0x0F,), (0x7F,), (0x07, 0x01), (0x07, 0x7F), (0x07, 0x07)])
def test_no_state_of_the_card_is_skipped_or_gone_back_to(card: LoneCard, path: tuple[int, ...]):
    here = life(card, *path[:-1])
    refused = here.set_status(Kind.ISSUER_DOMAIN, path[-1], "issuer")
    assert refused.sw == SW.CONDITIONS_NOT_SATISFIED


def test_who_locks_itself_stays_selected_and_cannot_unlock_itself(card: LoneCard):
    here = Walk.begin(card)
    assert here.turn_to("identity")
    assert here.set_status(Kind.APPLICATION, 0x83, "identity").ok
    refused = here.set_status(Kind.APPLICATION, 0x07, "identity")
    assert refused.sw == SW.CONDITIONS_NOT_SATISFIED
    assert here.turn_to("provider")
    assert card.selected(NAMES["identity"]) == SW.FILE_NOT_FOUND
    assert here.set_status(Kind.APPLICATION, 0x00, "identity").ok
    assert here.turn_to("identity")


def test_a_registry_tells_each_domain_its_own_part(card: LoneCard):
    here = Walk.begin(card)
    assert here.turn_to("provider")
    channel = here.channel
    assert channel is not None
    told = [found.aid for found in listed(channel, Subset.APPLICATIONS)]
    below = ("nested", "identity", "payment", "unfinished", "guard", "alarm", "last")
    assert told == [NAMES[name] for name in below]
    refused = channel.send(get_status(Subset.ISSUER_DOMAIN))
    assert refused == Response(b"", SW.REFERENCED_DATA_NOT_FOUND)


def test_entries_are_found_by_a_part_of_the_name_and_told_by_tags(card: LoneCard):
    observer = Walk.begin(card).observer
    (one,) = listed(observer, Subset.APPLICATIONS, NAMES["warden"])
    assert one.aid == NAMES["warden"]
    assert one.privileges == Privilege.GLOBAL_LOCK
    assert one.domain == NAMES["issuer"]
    assert len(listed(observer, Subset.APPLICATIONS, NAMES["warden"][:-1])) == len(START) - 1
    tags = bytes.fromhex("4F9F70")
    answer = observer.send(get_status(Subset.APPLICATIONS, NAMES["warden"], tags=tags))
    assert registry_entries(answer.data) == (RegistryEntry(NAMES["warden"], 0x07),)


@pytest.mark.parametrize(
    ("command", "sw"),
    [
        (get_status(Subset.APPLICATIONS, b"nobody"), SW.REFERENCED_DATA_NOT_FOUND),
        (get_status(Subset.LOAD_FILES), SW.REFERENCED_DATA_NOT_FOUND),
        (get_status(Subset.APPLICATIONS, following=True), SW.CONDITIONS_NOT_SATISFIED),
        (get_status(Subset.ISSUER_DOMAIN, following=True), SW.WRONG_P1_P2),
        (Command(0x80, 0xF2, 0x41, 0x02, b"\x4f\x00", 256), SW.WRONG_P1_P2),
        (Command(0x80, 0xF2, 0x40, 0x00, b"\x4f\x00", 256), SW.WRONG_P1_P2),
        (Command(0x80, 0xF2, 0x40, 0x02, b"", 256), SW.WRONG_DATA),
        (Command(0x80, 0xF2, 0x40, 0x02, b"\x4f\x05\x00", 256), SW.WRONG_DATA),
        (Command(0x80, 0xF2, 0x40, 0x02, b"\x4f\x80", 256), SW.WRONG_DATA),
    ],
)
def test_get_status_is_refused(card: LoneCard, command: Command, sw: SW):
    assert Walk.begin(card).observer.send(command) == Response(b"", sw)


def test_what_is_left_of_an_answer_is_gone_after_another_command(card: LoneCard):
    observer = Walk.begin(card).observer
    assert observer.send(get_status(Subset.APPLICATIONS)).sw == MORE
    other = observer.send(get_status(Subset.ISSUER_DOMAIN, following=True))
    assert other.sw == SW.WRONG_P1_P2
    gone = observer.send(get_status(Subset.APPLICATIONS, following=True))
    assert gone.sw == SW.CONDITIONS_NOT_SATISFIED


def test_what_is_left_of_an_answer_is_of_one_subset(card: LoneCard):
    observer = Walk.begin(card).observer
    assert observer.send(get_status(Subset.APPLICATIONS)).sw == MORE
    other = observer.send(get_status(Subset.LOAD_FILES, following=True))
    assert other.sw == SW.CONDITIONS_NOT_SATISFIED


def test_states_survive_a_reset(card: LoneCard):
    here = Walk.begin(card)
    assert here.turn_to("warden")
    assert here.channel is not None
    assert here.channel.send(set_status(Kind.APPLICATION, 0x80, NAMES["identity"])).ok
    card.reset()
    assert card.selected(NAMES["identity"]) == SW.FILE_NOT_FOUND
    card.select(NAMES["warden"])
