"""One person has certificates on one phone, and nobody else applies for him (JPKI-LIFE-01)."""

from __future__ import annotations

from datetime import timedelta

import pytest

from fixtures.outcome import expect
from fixtures.services.http_json import Reply
from fixtures.services.jpki_client import CALL_CENTRE, MUNICIPALITY, Use
from suites.certificates.people import Holder, Office, all_of, expect_own_numbers, spki
from suites.certificates.strangers import self_signed

GOOD = ("good", None)
REQUIREMENT = "JPKI-LIFE-01"
YEAR = timedelta(days=366)


def expect_nothing_issued(office: Office, holder: Holder, after: str) -> None:
    """The person's own application, made now, tells of no certificate on any phone."""
    told = office.client.apply(office.application(holder)).told()
    expect(REQUIREMENT, told["on_other_phones"], [], after)


def expect_refused(answer: Reply, after: str) -> None:
    expect(REQUIREMENT, answer.refused, True, f"{after} (answered {answer.status})")


@pytest.mark.requirement("JPKI-LIFE-01")
@pytest.mark.needs("services.jpki")
def test_a_second_phone_ends_the_first(office: Office):
    """With its first certificate, and for good: the first application leads to nothing more."""
    holder = office.holder()
    first = office.phone(holder)
    begun = office.client.apply(office.application(holder)).told()
    listed = sorted(one["serial"] for one in begun["on_other_phones"])
    expect(REQUIREMENT, listed, sorted(f"{told.serial:x}" for told in all_of(first)))
    second = office.phone(holder)
    expect_own_numbers(holder, first, second)
    for told in all_of(first):
        expect(REQUIREMENT, office.status(told)[0], "revoked", "a second phone was issued to")
    for told in all_of(second, holder):
        expect(REQUIREMENT, office.status(told), GOOD, "a second phone was issued to")
    key = spki(office.new_keys())[Use.SIGNATURE]
    late = office.client.certify(str(begun["application_id"]), Use.SIGNATURE, key)
    expect_refused(late, "an application made before the second phone's")
    for told in all_of(second):
        expect(REQUIREMENT, office.status(told), GOOD, "an earlier application was refused")


@pytest.mark.requirement("JPKI-LIFE-01")
@pytest.mark.needs("services.jpki")
def test_the_same_again_is_the_same(office: Office):
    """An application or a request for a certificate sent twice has one outcome."""
    holder = office.holder()
    asked = office.application(holder)
    once, twice = office.client.apply(asked).told(), office.client.apply(asked).told()
    expect(REQUIREMENT, twice["application_id"], once["application_id"], "sent twice")
    application, keys = str(once["application_id"]), spki(office.new_keys())
    first = office.client.certify(application, Use.SIGNATURE, keys[Use.SIGNATURE]).told()
    again = office.client.certify(application, Use.SIGNATURE, keys[Use.SIGNATURE])
    expect(REQUIREMENT, again.ok, True, f"asked for twice, a certificate is answered {again.kind}")
    expect(
        REQUIREMENT, again.told()["serial"], first["serial"], "a certificate was asked for twice"
    )
    other = office.client.certify(application, Use.SIGNATURE, keys[Use.AUTHENTICATION])
    expect_refused(other, "a second key for the same application")


@pytest.mark.requirement("JPKI-LIFE-01")
@pytest.mark.needs("services.jpki")
def test_nobody_applies_in_another_persons_name(office: Office):
    """The card's signature is what says who asks: every document that lacks it is refused."""
    holder, other = office.holder(), office.holder(differing={"name": "合成　太郎"})
    good = office.application(holder)
    foreign = office.application(other)
    wrong = {
        "signed by another card": {**good, "signature": foreign["signature"]},
        "with another person's certificate": {**good, "certificate": foreign["certificate"]},
        "changed after it was signed": {**good, "document": foreign["document"]},
        "by the authentication key": office.signed(_swapped(holder), _told(office)),
        "made an hour ago": office.application(holder, made_at=_moment(office, -3_600)),
        "made in an hour": office.application(holder, made_at=_moment(office, 3_600)),
        "with another act": office.application(holder, act="revoke"),
    }
    for how, asked in wrong.items():
        expect_refused(office.client.apply(asked), how)
    expect_nothing_issued(office, holder, "applications that nobody may make")


@pytest.mark.requirement("JPKI-LIFE-01")
@pytest.mark.needs("services.jpki")
def test_only_the_sp_tsm_is_issued_to(office: Office):
    """No certificate, one of an unknown CA, or one for another role: 401 or 403."""
    holder = office.holder()
    asked = office.application(holder)
    application = str(office.client.apply(asked).told()["application_id"])
    key = spki(office.new_keys())[Use.SIGNATURE]
    strangers = {
        "without a certificate": None,
        "with a self-signed certificate": self_signed("sp-tsm", office.now()),
        "as a municipality": MUNICIPALITY,
        "as the call centre": CALL_CENTRE,
    }
    for how, peer in strangers.items():
        expect_refused(office.client.certify(application, Use.SIGNATURE, key, peer), how)
        expect_refused(office.client.apply(office.application(holder), peer), how)
    expect_nothing_issued(office, holder, "strangers")


@pytest.mark.requirement("JPKI-LIFE-01")
@pytest.mark.needs("services.jpki", "services.clock")
def test_an_expired_client_certificate_is_refused(office: Office):
    """A year after the certificates of the peers were made."""
    office.holder()
    office.bench.advance_service_time(YEAR.total_seconds())
    application = "0" * 32
    key = spki(office.new_keys())[Use.SIGNATURE]
    late = office.client.certify(application, Use.SIGNATURE, key)
    expect(REQUIREMENT, late.status, 401, "the client certificate expired")


def _swapped(holder: Holder) -> Holder:
    keys = {Use.SIGNATURE: holder.keys[Use.AUTHENTICATION]}
    certificates = {Use.SIGNATURE: holder.certificates[Use.AUTHENTICATION]}
    return Holder(holder.person, holder.card, keys, certificates)


def _told(office: Office) -> dict[str, str]:
    return {"act": "apply", "made_at": _moment(office, 0), "nonce": "00" * 16}


def _moment(office: Office, seconds: int) -> str:
    return (office.now() + timedelta(seconds=seconds)).strftime("%Y-%m-%dT%H:%M:%SZ")
