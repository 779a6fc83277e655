"""Apps on the phone, the rules that are there for them, and the JPKI application behind."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest
from pytest_bdd import given, then, when

from fixtures.bench import Bench
from fixtures.card.apdu import SW, Response
from fixtures.card.jpki import EF, JPKI_AP, JpkiCard, another
from fixtures.outcome import Inconclusive
from fixtures.phone import Caught
from fixtures.targets.omapi import Raised, SignedApp
from steps.terminal import DIGEST_INFO, assert_refused, assert_sw
from suites.access_control.handset import PLAIN, SECURITY, Handset, handset_with
from suites.access_control.rules import ALWAYS, Rule, filters

READING = filters(("00A40000", "FFFB0000"), ("00B00000", "FFFF0000"))  # SELECT of files, READ
SIGNED = DIGEST_INFO + bytes(32)


@pytest.fixture
def handset(bench: Bench) -> Iterator[Handset]:
    """The phone; a specimen that cannot be renewed gets its rules back afterwards."""
    with handset_with(bench, PLAIN) as found:
        yield found


@dataclass
class Owner:
    """The phone with an app that has a rule for the JPKI application, and one that has none."""

    handset: Handset
    app: SignedApp
    other: SignedApp
    channel: int = -1
    answers: list[Response | Raised] = field(default_factory=list)

    @property
    def card(self) -> JpkiCard:
        """The application by the channel of the app."""
        return JpkiCard(self.handset.phone.way(self.channel))

    def open(self) -> None:
        self.channel = self.handset.channel(self.app, JPKI_AP)


@given("a phone on which one app has a rule for the JPKI application", target_fixture="owner")
def owner(bench: Bench) -> Iterator[Owner]:
    with handset_with(bench, JPKI_AP) as found:
        app, other = found.of_one_signer[:2]
        found.set_rules([Rule(JPKI_AP, app.hashes[0], ALWAYS)])
        yield Owner(found, app, other)


@given("a rule that lets all apps reach the JPKI application")
def for_all(owner: Owner) -> None:
    owner.handset.store(Rule(JPKI_AP, b"", ALWAYS))


@given("a rule that lets the app only select and read")
def only_reading(owner: Owner) -> None:
    owner.handset.set_rules([Rule(JPKI_AP, owner.app.hashes[0], READING)])
    owner.open()


@when("another app asks for the JPKI application", target_fixture="outsider")
def asks(owner: Owner) -> int:
    return owner.handset.session(owner.other)


@then("it is refused, by its whole name and by every part of it")
def refused_by_name(owner: Owner, outsider: int) -> None:
    for basic in (False, True):
        for size in range(5, len(JPKI_AP) + 1):
            opened = owner.handset.phone.open(outsider, JPKI_AP[:size], basic=basic)
            assert opened == SECURITY, f"{size} bytes of the name: {opened}"


@then("it is refused the application that is selected by default")
def refused_by_default(owner: Owner, outsider: int) -> None:
    """Null on the basic channel is no way in either."""
    for basic in (False, True):
        opened = owner.handset.phone.open(outsider, None, basic=basic)
        assert opened in (SECURITY, None), f"no name: {opened}"


@when("the app with the rule opens a channel to the JPKI application")
def opens(owner: Owner) -> None:
    owner.open()


@then("it can neither sign with the user key nor change the user PIN")
def neither(owner: Owner, bench: Bench) -> None:
    cannot_sign(owner)
    new = another(bench.user_pin)
    assert_refused(owner.card.change(EF.USER_PIN, new), SW.SECURITY_STATUS_NOT_SATISFIED)


@then("it can not sign with the user key")
def cannot_sign(owner: Owner) -> None:
    answer = owner.card.sign(EF.USER_KEY, SIGNED)
    assert_refused(answer, SW.SECURITY_STATUS_NOT_SATISFIED)


@then("after the holder has entered the user PIN it can sign with the user key")
def can_sign(owner: Owner, bench: Bench) -> None:
    assert_sw(owner.card.verify(EF.USER_PIN, bench.user_pin), SW.OK)
    assert_sw(owner.card.signature(EF.USER_KEY, SIGNED), SW.OK)


@given("the app with the rule has a channel on which the user PIN was entered")
def entered(owner: Owner, bench: Bench) -> None:
    owner.open()
    can_sign(owner, bench)


@when("the channel is closed and another one is opened")
def opened_again(owner: Owner) -> None:
    owner.handset.phone.close(owner.channel)
    owner.open()


@when("the app enters a wrong user PIN", target_fixture="refusal")
def wrong_pin(owner: Owner, bench: Bench) -> str:
    """The exception that it ends with, or what the card answered."""
    try:
        return f"{owner.card.verify(EF.USER_PIN, another(bench.user_pin)).sw:04X}"
    except Caught as caught:
        return caught.raised.name


@then("it is refused by the phone")
def refused_by_the_phone(refusal: str) -> None:
    assert refusal == SECURITY.name, refusal


@then("no try was spent")
def no_try_spent(owner: Owner) -> None:
    """By the retry query of a channel that may ask."""
    owner.handset.phone.close(owner.channel)
    owner.handset.set_rules([Rule(JPKI_AP, owner.app.hashes[0], ALWAYS)])
    owner.open()
    left = owner.card.tries_left(EF.USER_PIN).tries_left
    if left is None:
        raise Inconclusive("the tries left cannot be asked; see JPKI-J-03")
    assert left == 3, f"{left} tries are left"
