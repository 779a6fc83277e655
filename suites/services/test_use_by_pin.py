"""REQ-3-1-d: the holder logs in at a service with his phone, by PIN; nobody else does."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from fixtures.services.world import Link
from suites.services.business import (
    DOCUMENT,
    LOGIN,
    Request,
    asked_for,
    brought,
    by_chip,
    by_tester,
    certified,
    customer,
    doubts,
    expect_accepted,
    expect_refused,
    expect_told,
    forged,
    issuer_of,
    kept,
)
from suites.services.endings import ENDINGS, end
from suites.services.flow_model import USE_BY_PIN, deviations
from suites.services.parties import certificate_on

if TYPE_CHECKING:
    from fixtures.bench import Bench

VERIFY = "0020"
pytestmark = [
    pytest.mark.requirement("REQ-3-1-d"),
    pytest.mark.needs("services.relying_party", "tsm.sp", "services.jpki", "pin.auth"),
]


def test_a_login_by_pin_is_accepted_and_can_be_proved(bench: Bench):
    with bench.new_world() as world:
        customer(world)
        own = certificate_on(world.card("phone"), LOGIN)
        expect_told(world, LOGIN, own, "good")
        for count in (1, 2):
            before, entered = len(world.executed()), len(world.asked("phone"))
            outcome = world.use("phone", LOGIN)
            assert outcome.done, f"a login by PIN is {outcome.state}: {outcome.detail}"
            assert world.asked("phone")[entered:] == ["pin"], "the PIN is entered for each login"
            steps = [entry.step for entry in world.executed()[before:]]
            assert not (found := deviations(USE_BY_PIN, steps)), found
            assert len(kept(world)) == count
        for row in kept(world):
            assert not (found := doubts(row, own, issuer_of(world, LOGIN), "")), found


def test_a_wrong_pin_is_entered_once_and_logs_nobody_in(bench: Bench):
    with bench.new_world() as world:
        customer(world)
        world.user("phone", pin="0000")
        before = len(world.sent("phone"))
        outcome = world.use("phone", LOGIN)
        assert not outcome.done, "a wrong PIN logs in"
        sent = world.sent("phone")[before:]
        assert [header[:4] for header in sent].count(VERIFY) == 1, f"after a wrong PIN: {sent}"
        assert not kept(world)


def test_a_signature_counts_for_its_request_once_and_soon(bench: Bench):
    with bench.new_world() as world:
        customer(world)
        first, second = asked_for(world, LOGIN), asked_for(world, LOGIN)
        signed = by_chip(world, LOGIN, first.message)
        expect_refused(world, second, signed, "the signature was made for another request")
        other = Request(LOGIN, "0" * 32, first.message)
        expect_refused(world, other, signed, "nobody asked for this")
        expect_accepted(world, first, signed)
        expect_refused(world, first, signed, "the signature was shown before")
        late = by_chip(world, LOGIN, second.message)
        world.advance(3_600)
        expect_refused(world, second, late, "the request is an hour old")


@pytest.mark.parametrize("endings", ENDINGS, ids=" then ".join)
def test_a_certificate_that_is_over_logs_nobody_in(bench: Bench, endings: tuple[str, ...]):
    with bench.new_world() as world:
        holder = customer(world)
        for ending in endings:
            own = end(world, holder, LOGIN, ending)
            request = asked_for(world, LOGIN)
            signed = by_chip(world, LOGIN, request.message)
            assert signed.certificate == own
            expect_refused(world, request, signed, f"the certificate is {ending}")


def test_the_certificate_of_somebody_else_or_for_something_else_logs_nobody_in(bench: Bench):
    """One with the names and number of the holder's and a key of the forger's; that for signing."""
    with bench.new_world() as world:
        customer(world)
        request = asked_for(world, LOGIN)
        real = certificate_on(world.card("phone"), LOGIN)
        expect_refused(world, request, forged(real, request.message), "the certificate is forged")
        signed = by_chip(world, DOCUMENT, request.message)
        expect_refused(world, request, signed, "the certificate is for signatures")


def test_a_certificate_without_a_record_logs_nobody_in(bench: Bench):
    """Signed by the CA, and in no book of this environment: the responder says "unknown"."""
    with bench.new_world() as earlier:
        earlier.person("holder")
        orphan = certified(earlier)
    with bench.new_world() as world:
        customer(world)
        expect_told(world, LOGIN, orphan, "unknown")
        request = asked_for(world, LOGIN)
        expect_refused(world, request, by_tester(orphan, request.message), "it has no record")


def test_only_the_answer_to_this_question_lets_in(bench: Bench):
    """None at all; or the "good" of a minute before, shown by somebody on the way."""
    with bench.new_world() as world:
        holder = customer(world)
        request = asked_for(world, LOGIN)
        signed = by_chip(world, LOGIN, request.message)
        world.cut(Link.BUSINESS_OCSP, 1, after=False)
        assert brought(world, request, signed) >= 400, "nobody knows whether the certificate counts"
        assert not kept(world)
        world.mend()
        expect_accepted(world, request, signed)  # the same request, once there is an answer
        world.repeat(Link.BUSINESS_OCSP)
        end(world, holder, LOGIN, "revoked")
        assert not world.use("phone", LOGIN).done, "an answer to another question is believed"
        assert len(kept(world)) == 1
