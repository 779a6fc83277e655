"""How long a phone's certificate lives, beside the card's (JPKI-CERT-02); pure."""

from __future__ import annotations

from cryptography.x509 import Certificate

from fixtures.verdict import Finding, Verdict

REQUIREMENT = "JPKI-CERT-02"


def judge_expiry(named: str, phone: Certificate, card: Certificate) -> Finding:
    """A phone's certificate ends no later than the card's, on which it rests."""
    ends, limit = phone.not_valid_after_utc, card.not_valid_after_utc
    if ends > limit:
        why = f"expires {ends:%F %T}, after the card's certificate ({limit:%F %T})"
        return Finding(REQUIREMENT, Verdict.FAIL, why, named)
    return Finding(REQUIREMENT, Verdict.PASS, subject=named)


def judge_renewal(
    named: str, renewed: Certificate, before: Certificate, card: Certificate
) -> Finding:
    """One that was issued anew, on a card's certificate that lives longer, lives longer itself.

    The expiry is inherited from the card's certificate (ITmedia Mobile 2023-05-15).
    """
    ends, old = renewed.not_valid_after_utc, before.not_valid_after_utc
    limit = card.not_valid_after_utc
    if limit > old and ends <= old:
        why = f"expires {ends:%F %T} as before, though the card's now lives until {limit:%F %T}"
        return Finding(REQUIREMENT, Verdict.FAIL, why, named)
    return judge_expiry(named, renewed, card)
