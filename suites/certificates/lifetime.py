"""How long a phone's certificate lives, beside the card's (JPKI-CERT-02); pure."""

from __future__ import annotations

from datetime import datetime

from fixtures.verdict import Finding, Verdict

REQUIREMENT = "JPKI-CERT-02"


def judge_expiry(named: str, phone: datetime, card: datetime) -> Finding:
    """A phone's certificate ends no later than the card's."""
    if phone > card:
        why = f"expires {phone:%F %T}, after the card's certificate ({card:%F %T})"
        return Finding(REQUIREMENT, Verdict.FAIL, why, named)
    return Finding(REQUIREMENT, Verdict.PASS, subject=named)


def judge_renewal(named: str, renewed: datetime, before: datetime, card: datetime) -> Finding:
    """One that was issued anew, on a card's certificate that lives longer, lives longer itself.

    The expiry is inherited from the card's certificate (ITmedia Mobile 2023-05-15).
    """
    if card > before and renewed <= before:
        why = f"expires {renewed:%F %T} as before, though the card's now lives until {card:%F %T}"
        return Finding(REQUIREMENT, Verdict.FAIL, why, named)
    return judge_expiry(named, renewed, card)
