"""The app of a service provider on the phone: fetches what is to be signed, and brings it back.

It never sees a PIN: the JPKI app is asked for a signature, and asks the user (deck p.12).
"""

from __future__ import annotations

from dataclasses import dataclass

import httpx

from reference_impl.handset.jpki_app import (
    STEPS,
    JpkiApp,
    Outcome,
    Refused,
    Unavailable,
    asked,
)
from reference_impl.handset.network import LinkLost
from reference_impl.handset.smart_card import CardRefused


@dataclass
class BusinessApp:
    """One service's app; ``server`` is its connection to the business server."""

    server: httpx.Client
    jpki: JpkiApp

    def use(self, use: str, text: str) -> Outcome:
        """A login (``user-authentication``) or a signed document (``signature``)."""
        try:
            return self._used(use, text)
        except (LinkLost, Unavailable) as lost:
            return Outcome("interrupted", str(lost))
        except (Refused, CardRefused) as refusal:
            return Outcome("failed", str(refusal))
        finally:
            self.jpki.phone.close()

    def _used(self, use: str, text: str) -> Outcome:
        phone = self.jpki.phone
        told = asked(self.server, "POST", "/v1/requests", {"use": use, "text": text})
        number, message = told["request"], bytes.fromhex(told["message"])
        phone.note(number, f"{STEPS[use]}-2")
        signature, certificate = self.jpki.signed_for(use, number, message)
        phone.note(number, f"{STEPS[use]}-4")
        body = {"use": use, "signature": signature.hex(), "certificate": certificate.hex()}
        asked(self.server, "POST", f"/v1/requests/{number}/signature", body)
        return Outcome("done", number)
