"""How the certificate of a phone comes to its end, as a verifier meets it."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from cryptography import x509

from fixtures.outcome import Inconclusive
from suites.services.business import expect_told
from suites.services.parties import certificate_on, told_the_jpki

if TYPE_CHECKING:
    from fixtures.services.world import World

ENDINGS = [("on hold", "revoked"), ("expired",)]
"""What a certificate comes to, one after the other."""

LONGER_THAN_A_CARD = 4 * 366 * 86_400.0  # s; the world's cards last for three years


def end(world: World, holder: dict[str, str], use: str, ending: str) -> bytes:
    """Let it come to that end; the certificate (DER). ``Inconclusive`` where it does not.

    ``holder``: the person's numbers at the JPKI.
    """
    own = certificate_on(world.card("phone"), use)
    if ending == "expired":
        world.advance(LONGER_THAN_A_CARD)
        expires = x509.load_der_x509_certificate(own).not_valid_after_utc
        if expires >= datetime.fromisoformat(world.now()):
            raise Inconclusive(f"the certificate expires only on {expires:%F}; see JPKI-CERT-02")
        return own
    if ending == "revoked":
        path = f"/v1/cards/{holder['card_id']}/invalidations"
        told_the_jpki(world, path, {"cause": "lost"}, "municipality")
    else:
        body = {"person_id": holder["person_id"], "medium": "phone"}
        told_the_jpki(world, "/v1/suspensions", body, "call-centre")
    expect_told(world, use, own, "revoked")  # OCSP has no other word for a hold
    return own
