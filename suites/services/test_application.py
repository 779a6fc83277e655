"""REQ-5-2-c to f: application, old phone or not, consent, and revocation before issuance."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from fixtures.outcome import Inconclusive
from suites.services.agreement import PURPOSES
from suites.services.parties import (
    PLACES,
    application,
    bound,
    certificate_on,
    certificates_of,
    change_of_phone,
    der,
    issue,
    issued_elsewhere,
    issued_phone,
    nonce,
    revoked_by_ocsp,
    state_at_jpki,
    told_the_jpki,
)

if TYPE_CHECKING:
    from fixtures.bench import Bench
    from fixtures.services.world import World

YEARS = 4 * 365 * 86_400.0  # longer than any certificate lasts


def applied(world: World, se_id: str, signed_for: str, request: str, **changes: str) -> int:
    """Apply as an app would; the status. ``signed_for``: the SE the card's holder saw."""
    signed = application(world, "holder", nonce("issue", signed_for, request)) | changes
    body = {"kind": "issue", "se_id": se_id, "request": request, **signed}
    status, _ = world.http("sp-tsm", "POST", "/flows", body)
    return status


@pytest.mark.requirement("REQ-5-2-c")
def test_an_application_is_signed_by_the_card_and_serves_for_nothing_else(bench: Bench):
    with bench.new_world() as world:
        world.person("holder")
        se_id = world.phone("phone", "holder")
        assert applied(world, "another SE", se_id, "1") >= 400, "taken for another SE"
        other = application(world, "holder", nonce("issue", se_id, "of another day"))
        if applied(world, se_id, se_id, "2", signature=other["signature"]) < 400:
            raise Inconclusive("the JPKI takes a wrong signature; see JPKI-LIFE-01")
        assert not world.table("sp-tsm", "flows"), "a refused application leaves a flow"
        assert applied(world, se_id, se_id, "3") == 201
        guess = {"document": "7B7D", "signature": "00", "certificate": "00"}
        status, told = world.http(
            "sp-tsm", "POST", "/flows", {"kind": "issue", "se_id": se_id, "request": "3", **guess}
        )
        assert status >= 400, f"who knows the number of an application is told of its flow: {told}"


@pytest.mark.requirement("REQ-5-2-c")
def test_with_a_wrong_card_password_there_is_no_application(bench: Bench):
    with bench.new_world() as world:
        world.person("holder")
        world.phone("phone", "holder")
        world.user("phone", card_password="WR0NGPASS")
        assert not world.start("phone", "issue").done
        assert world.asked("phone") == ["card_password"], "the password is asked for once"
        assert not world.steps("F-"), "something was executed without an application"
        assert not world.table("sp-tsm", "flows")


def asked_to_consent(world: World, phone: str) -> bool:
    """Start issuance; whether the user was asked to have an old phone revoked."""
    before = len(world.asked(phone))
    issue(world, phone)
    return "consent" in world.asked(phone)[before:]


@pytest.mark.requirement("REQ-5-2-d")
def test_an_old_phone_is_one_whose_certificates_are_in_force(bench: Bench):
    with bench.new_world() as world:
        world.person("holder")
        world.phone("old", "holder")
        assert not asked_to_consent(world, "old"), "none: there is no old phone"
        world.phone("new", "holder")
        assert asked_to_consent(world, "new"), "valid: the old phone was overlooked"
        assert world.steps("F-DEL")[:2] == ["F-DEL-1", "F-DEL-2"]


@pytest.mark.requirement("REQ-5-2-d")
def test_revoked_certificates_are_no_old_phone(bench: Bench):
    with bench.new_world() as world:
        change_of_phone(world)
        if not world.start("old", "revoke").done:
            raise Inconclusive("revocation by the user fails; see REQ-3-1-b")
        assert not asked_to_consent(world, "new"), "revoked ones were taken for an old phone"
        assert not world.steps("F-DEL"), "remote deletion began though nothing is in force"


@pytest.mark.requirement("REQ-5-2-d")
def test_expired_certificates_are_no_old_phone(bench: Bench):
    with bench.new_world() as world:
        change_of_phone(world)
        world.advance(YEARS)
        world.renew_card("holder")
        assert not asked_to_consent(world, "new"), "expired ones were taken for an old phone"


@pytest.mark.requirement("REQ-5-2-d")
def test_suspended_certificates_are_an_old_phone(bench: Bench):
    """A hold can only become a revocation: what is on that phone is not gone yet."""
    with bench.new_world() as world:
        numbers = world.person("holder")
        world.phone("old", "holder")
        issue(world, "old")
        body = {"person_id": numbers["person_id"], "medium": "phone"}
        told_the_jpki(world, "/v1/suspensions", body, "call-centre")
        world.phone("new", "holder")
        assert asked_to_consent(world, "new"), "a suspended phone was overlooked"


@pytest.mark.requirement("REQ-5-2-e")
def test_without_consent_nothing_is_revoked_and_nothing_issued(bench: Bench):
    with bench.new_world() as world:
        old, _ = change_of_phone(world)
        world.user("new", consents=False)
        before = bound(world)
        outcome = world.start("new", "issue")
        assert outcome.state == "refused", f"the flow is {outcome.state} though the user said no"
        assert bound(world) == before, "certificates changed without consent"
        assert not world.table("sp-tsm", "consents"), "a consent is recorded that nobody gave"
        for purpose, serial in certificates_of(world, old).items():
            assert state_at_jpki(world, purpose, serial) == "good", f"{purpose} is revoked"


@pytest.mark.requirement("REQ-5-2-e")
def test_consent_is_recorded_with_what_and_when(bench: Bench):
    with bench.new_world() as world:
        old, _ = change_of_phone(world)
        serials = certificates_of(world, old)
        issue(world, "new")
        consents = world.table("sp-tsm", "consents")
        assert len(consents) == 1, f"{len(consents)} consents are recorded"
        assert consents[0]["at"], "the consent has no time"
        document = bytes.fromhex(consents[0]["document"]["document"]).decode()
        assert all(serial in document for serial in serials.values()), "not what was agreed to"


@pytest.mark.requirement("REQ-5-2-f")
def test_the_old_certificates_are_revoked_before_there_are_new_ones(bench: Bench):
    """The SP-TSM ends just as issuance begins: by then the JPKI has the revocation."""
    with bench.new_world() as world:
        old, _ = change_of_phone(world)
        card = world.card("old")
        own = {purpose: certificate_on(card, purpose) for purpose in PURPOSES}
        authorities = {p: der(card.read_file(PLACES[p].authority).data) for p in PURPOSES}
        world.kill("sp-tsm", "F-ISS-2 begun")
        world.start("new", "issue")
        world.restart()
        for purpose, serial in certificates_of(world, old).items():
            assert state_at_jpki(world, purpose, serial) == "revoked", f"{purpose} is in force"
            if not revoked_by_ocsp(world, purpose, own[purpose], authorities[purpose]):
                raise Inconclusive("OCSP does not tell of the revocation; see REQ-5-1-c")
        assert len(bound(world)) == len(PURPOSES), "new certificates came before the revocation"
        assert world.resume("new").done, "issuance does not go on after the revocation"


@pytest.mark.requirement("JPKI-LIFE-01")
def test_a_person_has_certificates_on_one_phone(bench: Bench):
    """Also where the other phone is issued through somebody else, who asks for no revocation."""
    with bench.new_world() as world:
        first = issued_phone(world)
        issued_elsewhere(world)
        for purpose, serial in certificates_of(world, first).items():
            state = state_at_jpki(world, purpose, serial)
            assert state == "revoked", f"two phones of one person: the old {purpose} is {state}"
