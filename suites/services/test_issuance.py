"""REQ-3-1-a: an applet in a phone is issued both certificates, in the nine sections of the deck."""

from __future__ import annotations

import pytest
from cryptography import x509

from fixtures.bench import Bench
from fixtures.services.world import World
from suites.services.agreement import PURPOSES, contradictions
from suites.services.flow_model import ISSUANCE, deviations
from suites.services.parties import (
    PLACES,
    certificate_on,
    der,
    der_at_jpki,
    serial_of,
    view,
)


def new_phone(world: World) -> str:
    world.person("holder")
    return world.phone("phone", "holder")


@pytest.mark.requirement("REQ-3-1-a")
@pytest.mark.needs("tsm.sp", "services.jpki", "certificate.store")
def test_issuance_ends_with_two_certificates_for_the_keys_on_the_chip(bench: Bench):
    with bench.new_world() as world:
        se_id = new_phone(world)
        outcome = world.start("phone", "issue")
        assert outcome.done, f"issuance {outcome.state}: {outcome.detail}"
        card = world.card("phone")
        for purpose in PURPOSES:
            own = certificate_on(card, purpose)
            assert own, f"there is no {purpose} certificate on the chip"
            assert own == der_at_jpki(world, purpose, serial_of(own)), (
                f"the {purpose} certificate on the chip is not the one the JPKI issued"
            )
            of_ca = der(card.read_file(PLACES[purpose].authority).data)
            issuer = x509.load_der_x509_certificate(of_ca)
            x509.load_der_x509_certificate(own).verify_directly_issued_by(issuer)
        held = view(world, phone=se_id)
        assert len(held.table) == 2, f"the SP-TSM binds {len(held.table)} certificates to the SE"
        assert not contradictions(held), contradictions(held)


@pytest.mark.requirement("REQ-3-1-a")
@pytest.mark.needs("tsm.sp", "services.jpki", "certificate.store")
def test_the_executed_sections_are_the_nine_of_the_deck(bench: Bench):
    with bench.new_world() as world:
        new_phone(world)
        outcome = world.start("phone", "issue")
        assert outcome.done, f"issuance {outcome.state}: {outcome.detail}"
        found = deviations(ISSUANCE, world.steps("F-ISS"))
        assert not found, found
