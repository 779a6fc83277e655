"""A person with a My Number Card, his phones, and what the servers make of what he does."""

from __future__ import annotations

from collections.abc import Iterator

from cryptography import x509
from pytest_bdd import given, parsers, then, when

from fixtures.bench import Bench
from fixtures.card.jpki import EF
from fixtures.outcome import Inconclusive
from steps.scene import HOLDER, Scene
from suites.services.agreement import PURPOSES, contradictions
from suites.services.flow_model import (
    ISSUANCE,
    RENEWAL,
    RENEWAL_AFTER_THE_CARD,
    REVOCATION,
    UNBLOCKING,
)
from suites.services.parties import (
    PLACES,
    bound,
    certificate_on,
    certificates_of,
    der,
    der_at_jpki,
    issue,
    serial_of,
    signs_with,
    told_the_jpki,
    view,
)

FLOWS = {
    "issuance": ("issue", ISSUANCE),
    "renewal": ("renew", RENEWAL),
    "renewal after that of the card": ("renew", RENEWAL_AFTER_THE_CARD),
    "revocation": ("revoke", REVOCATION),
    "unblocking": ("unblock", UNBLOCKING),
}
THIEF = "thief"
BLOCKED = (0x63C0, 0x6983, 0x6984)  # what the retry query of a blocked PIN answers


@given("a person with a My Number Card and a new phone", target_fixture="scene")
def new_phone(bench: Bench) -> Iterator[Scene]:
    with bench.new_world() as world:
        scene = Scene(world)
        scene.holder()
        scene.new_phone("phone")
        yield scene


@given("a person with an issued phone", target_fixture="scene")
def issued_phone(bench: Bench) -> Iterator[Scene]:
    with bench.new_world() as world:
        scene = Scene(world)
        scene.holder()
        scene.issued("phone")
        scene.before = certificates_of(world, scene.phones["phone"])
        yield scene


@given(parsers.parse("the My Number Card is {card}"))
def renewed_card(scene: Scene, card: str) -> None:
    if card == "renewed":
        scene.world.renew_card(HOLDER)


@given("the user PIN is blocked")
def blocked(scene: Scene) -> None:
    card = scene.world.card("phone")
    card.select_ap()
    for _ in range(3):
        card.verify(EF.USER_PIN, b"0000")
    told = card.tries_left(EF.USER_PIN).sw
    card.channel.reset()
    if told not in BLOCKED:
        raise Inconclusive(f"three wrong PINs do not block it: {told:04X}; see JPKI-PIN-01")


@given("the phone is in the hands of a thief who has a card of his own")
def stolen(scene: Scene) -> None:
    scene.world.person(THIEF)
    scene.world.give("phone", THIEF, reset=False)
    scene.world.user("phone", pin="6666", password="THIEF666")


# --- what happens ---------------------------------------------------------------------------


@when("the user has the phone issued")
def issuance(scene: Scene) -> None:
    scene.run("phone", "issue")


@when("the user renews the certificates")
def renewal(scene: Scene) -> None:
    scene.run("phone", "renew")


@when("the user revokes the certificates")
def revocation(scene: Scene) -> None:
    scene.run("phone", "revoke")


@when(parsers.parse("the user unblocks the phone with the card and the new PIN {pin}"))
def unblocking(scene: Scene, pin: str) -> None:
    scene.world.user("phone", pin=pin)
    scene.run("phone", "unblock")


@when("the thief unblocks it with his card")
def unblocked_by_a_thief(scene: Scene) -> None:
    scene.run("phone", "unblock")


@when("the municipality invalidates the lost card")
def invalidation(scene: Scene) -> None:
    path = f"/v1/cards/{scene.numbers['card_id']}/invalidations"
    told_the_jpki(scene.world, path, {"cause": "lost"}, "municipality")
    scene.world.operate("sp-tsm", "POST", "sync")


@when("the call centre suspends what is on the phone")
def suspension(scene: Scene) -> None:
    body = {"person_id": scene.numbers["person_id"], "medium": "phone"}
    told_the_jpki(scene.world, "/v1/suspensions", body, "call-centre")
    scene.world.operate("sp-tsm", "POST", "sync")


@when(parsers.parse("the user changes the PIN to {pin} and the password to {password}"))
def change(scene: Scene, pin: str, password: str) -> None:
    scene.world.change("phone", "pin", pin)
    scene.world.change("phone", "password", password)


@when("the person changes to a second phone and back to the first")
def there_and_back(scene: Scene) -> None:
    """Everything that waits is done in between, and all parties agree each time."""
    scene.new_phone("second")
    for new, old in (("second", "phone"), ("phone", "second")):
        issue(scene.world, new)
        while scene.world.work("sp-tsm"):
            pass
        named = [row["se_id"] for row in scene.world.table("sei-tsm", "deletions")]
        if named[-1:] != [scene.phones[old]]:
            raise Inconclusive(f"deletion was ordered for {named}; see REQ-5-2-h and i")
        scene.world.settle("phone", "second")
        agreed(scene)


# --- what holds afterwards ------------------------------------------------------------------


@then(parsers.parse("the steps of {flow} were executed in order, each once"))
def executed(scene: Scene, flow: str) -> None:
    scene.expect_executed(FLOWS[flow][1])


@then("all parties agree")
def agreed(scene: Scene) -> None:
    """Chip, SP-TSM and JPKI system hold the same."""
    found = contradictions(view(scene.world, **scene.phones))
    assert not found, found


@then("the chip holds both certificates as the JPKI system issued them")
def as_issued(scene: Scene) -> None:
    card = scene.world.card("phone")
    for purpose in PURPOSES:
        own = certificate_on(card, purpose)
        assert own, f"there is no {purpose} certificate on the chip"
        assert own == der_at_jpki(scene.world, purpose, serial_of(own)), (
            f"the {purpose} certificate on the chip is not the one the JPKI issued"
        )
        issuer = x509.load_der_x509_certificate(der(card.read_file(PLACES[purpose].authority).data))
        x509.load_der_x509_certificate(own).verify_directly_issued_by(issuer)


@then("the SP-TSM binds two certificates to the SE")
def two_bound(scene: Scene) -> None:
    found = certificates_of(scene.world, scene.phones["phone"])
    assert set(found) == set(PURPOSES), f"the SP-TSM binds {sorted(found)} to the SE"
    assert len(bound(scene.world)) == len(PURPOSES)


@then("both certificates are new")
def both_new(scene: Scene) -> None:
    after = {one.purpose: one.serial for one in bound(scene.world) if one.state == "valid"}
    assert set(after) == set(PURPOSES)
    assert not set(after.values()) & set(scene.before.values()), "a certificate was not renewed"


@then(parsers.parse("the SP-TSM calls all certificates {state}"))
def called(scene: Scene, state: str) -> None:
    found = {one.state for one in bound(scene.world)}
    assert found == {state}, f"the SP-TSM did not notice: {found}"


@then("the deletion of the applet is ordered")
def deletion_ordered(scene: Scene) -> None:
    assert scene.world.table("sp-tsm", "orders"), "nothing is done about the phone"


@then("no deletion is ordered")
def no_deletion(scene: Scene) -> None:
    assert not scene.world.table("sp-tsm", "orders"), "a suspension deletes nothing"


@then(parsers.parse("the PIN {pin} is in force"))
def in_force(scene: Scene, pin: str) -> None:
    card = scene.world.card("phone")
    card.select_ap()
    assert card.verify(EF.USER_PIN, pin.encode()).ok, f"the PIN {pin} is not in force"
    card.channel.reset()


@then("the phone is not unblocked")
def not_unblocked(scene: Scene) -> None:
    assert not scene.outcome.done, "any card unblocks any phone"
    card = scene.world.card("phone")
    card.select_ap()
    assert not card.verify(EF.USER_PIN, b"6666").ok


@then(parsers.parse("the PIN {pin} and the password {password} open certificates and keys"))
def opened(scene: Scene, pin: str, password: str) -> None:
    card = scene.world.card("phone")
    for purpose, value in (("signature", password), ("user-authentication", pin)):
        own = certificate_on(card, purpose, value)
        assert own, f"the new value does not open the {purpose} certificate"
        assert signs_with(card, purpose, own, value), f"the {purpose} key does not sign"


@then("the certificates in force are those of the first phone alone")
def first_alone(scene: Scene) -> None:
    found = {one.se_id for one in bound(scene.world) if one.state == "valid"}
    assert found == {scene.phones["phone"]}, f"in force on {found}"
