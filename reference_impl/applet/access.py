"""Who may do what: the access conditions of the applet, one method per condition.

Rules JPKI-J-02 (the two PINs are independent), J-08, EF-01, PIN-01 and REQ-1-1-a.
"""

from __future__ import annotations

from dataclasses import dataclass

from reference_impl.applet.authenticate import Administrator
from reference_impl.applet.files import CERTIFICATES, EF
from reference_impl.applet.pin import Pin, Pins
from reference_impl.applet.profile import Profile


@dataclass
class Access:
    """The conditions, decided from the verification states of the moment."""

    profile: Profile
    pins: Pins
    administrator: Administrator

    def may_read(self, ef: EF) -> bool:
        if ef is EF.SIGNATURE_CERTIFICATE:
            return self.may_read_signature_certificate()
        if ef is EF.USER_CERTIFICATE:
            return self.may_read_user_certificate()
        return ef is not EF.RESERVED

    def may_read_signature_certificate(self) -> bool:
        """It holds name, address, birth date and sex of the holder (J-08)."""
        return self.pins.password.verified

    def may_read_user_certificate(self) -> bool:
        """Free on the plastic card, behind the user PIN on the phone (EF-01)."""
        return self.profile.user_certificate_is_free or self.pins.user.verified

    def may_sign(self, key: EF) -> bool:
        if key is EF.USER_KEY:
            return self.may_use_user_key()
        return self.may_use_signature_key()

    def may_use_user_key(self) -> bool:
        return self.pins.user.verified

    def may_use_signature_key(self) -> bool:
        return self.pins.password.verified

    def may_change(self, pin: Pin) -> bool:
        """The holder, by the old value."""
        return pin.verified

    def may_unblock(self, pin: Pin) -> bool:
        return self.administrator.authenticated

    def may_update(self, ef: EF) -> bool:
        return ef in CERTIFICATES and self.administrator.authenticated

    def may_generate_key(self, key: EF) -> bool:
        return self.administrator.authenticated
