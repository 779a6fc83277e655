"""In what a phone's applet and the plastic card's differ, and what both have in common.

The label of EF 0006 is the public way to tell them apart. On the phone the user-authentication
certificate is read after the user PIN only; VERIFY of a blocked PIN answers the ISO value there.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from reference_impl.applet.apdu import SW

JPKI_AID = bytes.fromhex("D392F000260100000001")
ATR = bytes.fromhex("3BE000FF8131FE4514")  # a contact card that JPKI clients recognise


@dataclass(frozen=True)
class Profile:
    """One kind of carrier."""

    name: str
    label: str  # up to 32 characters
    user_certificate_is_free: bool
    blocked: SW


GP_SE = Profile("gpse", "JPKIAPGPSETOKEN", False, SW.AUTHENTICATION_METHOD_BLOCKED)
PLASTIC_CARD = Profile("card", "JPKIAPICCTOKEN2", True, SW.REFERENCE_DATA_NOT_USABLE)
PROFILES = {profile.name: profile for profile in (GP_SE, PLASTIC_CARD)}


@dataclass(frozen=True)
class PinKind:
    """What is fixed about a PIN before it has a value."""

    reference: int  # low five bits of its EF
    limit: int  # tries
    form: re.Pattern[bytes]

    @property
    def secret_key(self) -> str:
        """Name of the value in the store."""
        return f"pin{self.reference:02X}"

    @property
    def tries_key(self) -> str:
        return f"try{self.reference:02X}"


USER_PIN = PinKind(0x18, 3, re.compile(rb"[0-9]{4}"))
PASSWORD = PinKind(0x1B, 5, re.compile(rb"[A-Z0-9]{6,16}"))
