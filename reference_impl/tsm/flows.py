"""The flows of the services as numbered definitions; what is executed is journalled by these ids.

Source: technical verification deck p.18 (issuance, nine sections, ``F-ISS``) and p.31 (remote
deletion, fourteen steps, ``F-DEL``, of which 7 to 14 run beside 6). Renewal (``F-REN``),
revocation by the user (``F-REV``) and unblocking (``F-UNB``) are named in the deck and not drawn:
their steps are OUR DESIGN.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum, unique


@unique
class Kind(StrEnum):
    """What a flow is for."""

    ISSUE = "issue"
    RENEW = "renew"
    REVOKE = "revoke"
    UNBLOCK = "unblock"


@unique
class State(StrEnum):
    """How far a flow has come."""

    RUNNING = "running"
    DONE = "done"
    REFUSED = "refused"  # the user did not consent; nothing was done


@dataclass(frozen=True)
class Step:
    """One step that can be resumed: the name of its script, and what is journalled once done."""

    script: str
    labels: tuple[str, ...]


CONSENT = Step("consent", ("F-DEL-3", "F-DEL-4"))
REVOKE_OLD = Step("revoke_old", ("F-DEL-5",))
SECTIONS = (
    Step("set_password", ("F-ISS-2",)),
    Step("set_pin", ("F-ISS-3",)),
    Step("signature_key", ("F-ISS-4",)),
    Step("signature_certificate", ("F-ISS-5",)),
    Step("user_key", ("F-ISS-6",)),
    Step("user_certificate", ("F-ISS-7",)),
    Step("check_signature", ("F-ISS-8",)),
    Step("check_user", ("F-ISS-9",)),
)
OLD_PHONE_FOUND = ("F-DEL-1", "F-DEL-2")
NEW_PHONE_ISSUED = "F-DEL-6"

REPLACED = (
    Step("consent", ("F-REN-2",)),
    Step("revoke_old", ("F-REN-3",)),
)
RENEWED = (
    Step("signature_key", ("F-REN-4",)),
    Step("signature_certificate", ("F-REN-5",)),
    Step("user_key", ("F-REN-6",)),
    Step("user_certificate", ("F-REN-7",)),
    Step("check_signature", ("F-REN-8",)),
    Step("check_user", ("F-REN-9",)),
)
REVOCATION = (
    Step("revoke_own", ("F-REV-2",)),
    Step("order_deletion", ("F-REV-3",)),
)
UNBLOCKING = (
    Step("set_password", ("F-UNB-2",)),
    Step("set_pin", ("F-UNB-3",)),
)
FIRST = {
    Kind.ISSUE: "F-ISS-1",
    Kind.RENEW: "F-REN-1",
    Kind.REVOKE: "F-REV-1",
    Kind.UNBLOCK: "F-UNB-1",
}


def steps_of(kind: Kind, *, old_phone: bool) -> tuple[Step, ...]:
    """What follows the application, in order."""
    if kind is Kind.ISSUE:
        return (CONSENT, REVOKE_OLD, *SECTIONS) if old_phone else SECTIONS
    if kind is Kind.RENEW:
        return (*REPLACED, *RENEWED) if old_phone else RENEWED
    return REVOCATION if kind is Kind.REVOKE else UNBLOCKING
