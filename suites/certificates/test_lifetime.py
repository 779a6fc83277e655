"""A phone's certificate never outlives the card's on which it rests (JPKI-CERT-02)."""

from __future__ import annotations

from datetime import timedelta

import pytest

from fixtures.outcome import expect
from fixtures.services.jpki_client import Use
from fixtures.verdict import Findings
from suites.certificates.lifetime import judge_expiry, judge_renewal
from suites.certificates.people import YEARS, Office, loaded, spki

SHORT = timedelta(days=100)


@pytest.mark.requirement("JPKI-CERT-02")
@pytest.mark.needs("services.jpki")
def test_a_phone_inherits_the_expiry_of_the_card(office: Office, findings: Findings):
    """A card that lives for years, one that ends in a hundred days, and that one renewed."""
    for life in (YEARS, SHORT):
        holder = office.holder(life)
        phone = office.phone(holder)
        card = loaded(holder.certificates[Use.SIGNATURE])
        for use, told in phone.certificates.items():
            findings.append(judge_expiry(f"{use.value}, card of {life.days} days",
                                         loaded(told), card))  # fmt: skip
    renewed = office.renewed(holder, YEARS)
    again = office.phone(renewed)
    card = loaded(renewed.certificates[Use.SIGNATURE])
    for use, told in again.certificates.items():
        before = loaded(phone.certificates[use])
        named = f"{use.value}, after renewal of the card"
        findings.append(judge_renewal(named, loaded(told), before, card))


@pytest.mark.requirement("JPKI-CERT-02")
@pytest.mark.needs("services.jpki", "services.clock")
def test_a_card_whose_certificate_expired_leads_to_no_certificate(office: Office):
    """Applied for in time, asked for too late: an expired certificate cannot be outlived less."""
    holder = office.holder(SHORT)
    early = str(office.client.apply(office.application(holder)).told()["application_id"])
    office.bench.advance_service_time((SHORT + timedelta(days=2)).total_seconds())
    key = spki(office.new_keys())[Use.SIGNATURE]
    late = office.client.certify(early, Use.SIGNATURE, key)
    expect("JPKI-CERT-02", late.refused, True, "the card's certificate expired")
    anew = office.client.apply(office.application(holder))
    expect("JPKI-CERT-02", anew.refused, True, "an application with an expired certificate")
