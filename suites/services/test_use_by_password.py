"""REQ-3-1-e: the holder signs a document with his phone, by password, and it can be proved."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from fixtures.services.world import Link
from suites.services.business import (
    DOCUMENT,
    LOGIN,
    asked_for,
    brought,
    by_chip,
    by_tester,
    customer,
    doubts,
    expect_accepted,
    expect_listed,
    expect_refused,
    expect_told,
    forged,
    issuer_of,
    kept,
    neighbour,
)
from suites.services.endings import ENDINGS, end
from suites.services.flow_model import USE_BY_PASSWORD, deviations
from suites.services.parties import certificate_on

if TYPE_CHECKING:
    from fixtures.bench import Bench

VERIFY = "0020"
TEXT, OTHER = "転居届　合成県試験市", "転居届　合成県他所市"
A_DAY = 86_400.0  # s, after which a new list is published
pytestmark = [
    pytest.mark.requirement("REQ-3-1-e"),
    pytest.mark.needs("services.relying_party", "tsm.sp", "services.jpki", "pin.sign"),
]


def test_a_document_signed_by_password_is_accepted_and_can_be_proved(bench: Bench):
    with bench.new_world() as world:
        customer(world)
        own = certificate_on(world.card("phone"), DOCUMENT)
        expect_told(world, DOCUMENT, own, "good")
        for text in (TEXT, OTHER):
            before, entered = len(world.executed()), len(world.asked("phone"))
            outcome = world.use("phone", DOCUMENT, text)
            assert outcome.done, f"a signature by password is {outcome.state}: {outcome.detail}"
            assert world.asked("phone")[entered:] == ["password"], (
                "it is entered for each signature"
            )
            steps = [entry.step for entry in world.executed()[before:]]
            assert not (found := deviations(USE_BY_PASSWORD, steps)), found
        rows = kept(world)
        assert len(rows) == 2, f"of two documents {len(rows)} are kept"
        for row, text in zip(rows, (TEXT, OTHER), strict=True):
            assert not (found := doubts(row, own, issuer_of(world, DOCUMENT), text)), found


def test_a_wrong_password_is_entered_once_and_signs_nothing(bench: Bench):
    with bench.new_world() as world:
        customer(world)
        world.user("phone", password="WR0NGPASS")
        before = len(world.sent("phone"))
        assert not world.use("phone", DOCUMENT, TEXT).done, "a wrong password signs"
        sent = world.sent("phone")[before:]
        assert [header[:4] for header in sent].count(VERIFY) == 1, f"after a wrong one: {sent}"
        assert not kept(world)


def test_the_signature_of_another_document_is_refused(bench: Bench):
    with bench.new_world() as world:
        customer(world)
        request = asked_for(world, DOCUMENT, TEXT)
        changed = request.message.replace(json.dumps(TEXT, ensure_ascii=False).encode(), b'""')
        assert changed != request.message, "the text is not part of what is signed"
        signed = by_chip(world, DOCUMENT, changed)
        expect_refused(world, request, signed, "another text was signed")
        expect_accepted(world, request, by_chip(world, DOCUMENT, request.message))


@pytest.mark.parametrize("endings", ENDINGS, ids=" then ".join)
def test_a_certificate_that_is_over_signs_nothing(bench: Bench, endings: tuple[str, ...]):
    with bench.new_world() as world:
        holder = customer(world)
        for ending in endings:
            own = end(world, holder, DOCUMENT, ending)
            request = asked_for(world, DOCUMENT, TEXT)
            signed = by_chip(world, DOCUMENT, request.message)
            assert signed.certificate == own
            expect_refused(world, request, signed, f"the certificate is {ending}")


def test_the_certificate_of_somebody_else_or_for_logins_signs_nothing(bench: Bench):
    """What four digits open is not what the law calls a signature."""
    with bench.new_world() as world:
        customer(world)
        request = asked_for(world, DOCUMENT, TEXT)
        real = certificate_on(world.card("phone"), DOCUMENT)
        expect_refused(world, request, forged(real, request.message), "the certificate is forged")
        signed = by_chip(world, LOGIN, request.message)
        expect_refused(world, request, signed, "the certificate is for logins")


def test_where_no_responder_answers_the_list_decides(bench: Bench):
    with bench.new_world() as world:
        holder = customer(world)
        own = certificate_on(world.card("phone"), DOCUMENT)
        expect_listed(world, DOCUMENT, own, listed=False)
        world.cut(Link.BUSINESS_OCSP, 1, after=False)
        good = asked_for(world, DOCUMENT, TEXT)
        assert brought(world, good, by_chip(world, DOCUMENT, good.message)) == 200
        end(world, holder, DOCUMENT, "revoked")
        world.advance(A_DAY)
        expect_listed(world, DOCUMENT, own, listed=True)
        request = asked_for(world, DOCUMENT, TEXT)
        signed = by_chip(world, DOCUMENT, request.message)
        expect_refused(world, request, signed, "the list of the day has the certificate")
        world.cut(Link.BUSINESS_LISTS, 1, after=False)
        assert brought(world, request, signed) >= 400, "there is no list either"
        assert len(kept(world)) == 1


def test_the_list_of_another_place_decides_nothing(bench: Bench):
    """Signed by the CA and of today, and somebody on the way shows it: it leaves out all others."""
    with bench.new_world() as world:
        holder = customer(world)
        own = certificate_on(world.card("phone"), DOCUMENT)
        end(world, holder, DOCUMENT, "revoked")
        world.advance(A_DAY)
        expect_listed(world, DOCUMENT, own, listed=True)
        world.cut(Link.BUSINESS_OCSP, 1, after=False)
        theirs, certificate = asked_for(world, DOCUMENT, OTHER), neighbour(world)
        expect_listed(world, DOCUMENT, certificate, listed=False)
        expect_accepted(world, theirs, by_tester(certificate, theirs.message))
        world.repeat(Link.BUSINESS_LISTS)
        request = asked_for(world, DOCUMENT, TEXT)
        signed = by_chip(world, DOCUMENT, request.message)
        assert brought(world, request, signed) >= 400, "the list of another place is believed"
        assert len(kept(world)) == 1
