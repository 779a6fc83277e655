"""What revokes which certificate, and that a hold is final (JPKI-LIFE-02, -03)."""

from __future__ import annotations

from datetime import timedelta

import pytest
from cryptography import x509

from fixtures.outcome import Inconclusive, expect
from fixtures.services.jpki_client import Told, Use
from suites.certificates.lists import distribution_point, read_list
from suites.certificates.people import (
    PERSON,
    Holder,
    Office,
    Phone,
    all_of,
    expect_own_numbers,
    loaded,
)

DAY = timedelta(days=1).total_seconds()
HELD = ("revoked", "certificateHold")  # how OCSP tells of a hold (RFC 6960 4.4.8)
GOOD = ("good", None)
OTHER_PLACE = (PERSON["prefecture"], "Betsu-shi")


def holder_with_phone(office: Office) -> tuple[Holder, Phone]:
    holder = office.holder()
    phone = office.phone(holder)
    expect_own_numbers(holder, phone)
    return holder, phone


@pytest.mark.requirement("JPKI-LIFE-02")
@pytest.mark.needs("services.jpki")
@pytest.mark.parametrize("change", ["name", "address"])
def test_a_change_revokes_what_tells_the_old_one_and_nothing_else(office: Office, change: str):
    """On card and phone alike: the signature certificate, for affiliationChanged."""
    holder, phone = holder_with_phone(office)
    wanted = {Use.SIGNATURE: ("revoked", "affiliationChanged"), Use.AUTHENTICATION: GOOD}
    for told in all_of(holder, phone):
        if office.status(told) != GOOD:
            raise Inconclusive("a certificate is not good though nothing has happened to it")
    office.client.change_person(holder.person, change, "合成　改名").told()
    for told in all_of(holder, phone):
        expect("JPKI-LIFE-02", office.status(told), wanted[told.use], f"a change of {change}")


@pytest.mark.requirement("JPKI-LIFE-02")
@pytest.mark.needs("services.jpki", "services.clock")
def test_the_change_is_in_the_lists_of_the_next_day(office: Office):
    """In the full list and in that of the certificate's municipality, and in no other."""
    holder, phone = holder_with_phone(office)
    listed(office, phone.certificates[Use.SIGNATURE])  # so that lists of today exist
    office.client.change_person(holder.person, "address", "合成県別市架空町九番").told()
    office.bench.advance_service_time(DAY)
    for told in all_of(holder, phone):
        wanted = "affiliationChanged" if told.use is Use.SIGNATURE else "not listed"
        expect("JPKI-LIFE-02", listed(office, told), (wanted, wanted, "not listed"))


def listed(office: Office, told: Told) -> tuple[str | None, str | None, str | None]:
    """The reason in the full list, in the list of its municipality, and in that of another."""
    certificate = x509.load_der_x509_certificate(told.der)
    place = (PERSON["prefecture"], PERSON["municipality"])
    found = []
    for part in (None, place, OTHER_PLACE):
        point = distribution_point(certificate) if part == place else None
        if part == place and (point is None or place[1] not in point.rfc4514_string()):
            raise Inconclusive("the certificate names no list of its place; see JPKI-CERT-01")
        der = office.client.revocation_list(told.use, part)
        read = read_list(der, office.issuer(told.use), office.now().timestamp(), point)
        if part != OTHER_PLACE:
            expect("JPKI-LIFE-02", read.misses, (), f"the list {part or 'of all'} was read")
        found.append(read.entries.get(told.serial, "not listed"))
    return found[0], found[1], found[2]


@pytest.fixture
def held(office: Office) -> tuple[Holder, Phone]:
    """A person whose phone was reported lost."""
    holder, phone = holder_with_phone(office)
    office.client.suspend(holder.person, "phone").told()
    for told in all_of(phone):
        expect("JPKI-LIFE-03", office.status(told), HELD, "the phone was reported lost")
    return holder, phone


def expect_still_held(office: Office, phone: Phone, after: str) -> None:
    for told in all_of(phone):
        expect("JPKI-LIFE-03", office.status(told), HELD, after)


@pytest.mark.requirement("JPKI-LIFE-03")
@pytest.mark.needs("services.jpki")
def test_nobody_releases_a_hold(office: Office, held: tuple[Holder, Phone]):
    """Not the call centre, not its holder, not a second report; the card is not concerned."""
    holder, phone = held
    for told in all_of(phone):
        answer = office.client.release(told.use, told.serial)
        expect("JPKI-LIFE-03", answer.refused, True, "the call centre asked for release")
    expect_still_held(office, phone, "a release was asked for")
    office.client.suspend(holder.person, "phone")
    expect_still_held(office, phone, "the phone was reported lost once more")
    by_phone = office.client.revoke(office.revocation(phone, all_of(phone)))
    expect("JPKI-LIFE-03", by_phone.refused, True, "a document was signed on the phone on hold")
    expect_still_held(office, phone, "a document was signed on the phone on hold")
    for told in all_of(holder):
        expect("JPKI-LIFE-03", office.status(told), GOOD, "the phone, not the card, was lost")


@pytest.mark.requirement("JPKI-LIFE-03")
@pytest.mark.needs("services.jpki", "services.clock")
def test_time_releases_no_hold(office: Office, held: tuple[Holder, Phone]):
    """After a day, a month, most of a year it is on hold still, and in the list."""
    _, phone = held
    for days in (1, 30, 300):
        office.bench.advance_service_time(days * DAY)
        expect_still_held(office, phone, f"{days} days more")
        for told in all_of(phone):
            der = office.client.revocation_list(told.use)
            read = read_list(der, office.issuer(told.use), office.now().timestamp(), None)
            if read.misses:
                raise Inconclusive(f"the list cannot be used: {read.misses[0]}")
            reason = read.entries.get(told.serial, "not listed")
            is_held = reason in (None, HELD[1])  # whether reasons are told is not judged here
            expect("JPKI-LIFE-03", is_held, True, f"{days} days more it is in the list: {reason}")


@pytest.mark.requirement("JPKI-LIFE-03")
@pytest.mark.needs("services.jpki")
def test_a_hold_ends_in_revocation_only(office: Office, held: tuple[Holder, Phone]):
    """The holder signs with the card: what was held is revoked, and the new phone is another."""
    holder, phone = held
    told = all_of(phone)
    office.client.revoke(office.revocation(holder, told, "keyCompromise")).told()
    for one in told:
        got = office.status(one)
        expect("JPKI-LIFE-03", got, ("revoked", "keyCompromise"), "the holder revoked")
        if loaded(one).not_valid_after_utc < office.now():
            raise Inconclusive("the certificate has expired meanwhile")
