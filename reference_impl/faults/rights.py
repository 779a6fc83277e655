"""What goes wrong with the rights that a PIN or the administrator gives."""

from __future__ import annotations

from reference_impl.applet.access import Access
from reference_impl.applet.authenticate import Administrator
from reference_impl.applet.challenge import GetChallenge
from reference_impl.applet.files import CERTIFICATES, EF
from reference_impl.applet.pin import Pin
from reference_impl.applet.profile import USER_PIN
from reference_impl.faults.registry import fault


@fault(
    "pin.user_pin_opens_signature_key",
    breaks="JPKI-J-02",
    gain="four digits are enough to sign with legal force",
)
class UserPinOpensSignatureKey(Access):
    """Any verified PIN opens the signature key."""

    def may_use_signature_key(self) -> bool:
        return self.pins.user.verified or self.pins.password.verified


@fault(
    "pin.password_opens_user_key",
    breaks="JPKI-J-02",
    gain="one log-in to sign a document also identifies the holder elsewhere",
)
class PasswordOpensUserKey(Access):
    """The password is taken for the higher of two ranks and opens the user key as well."""

    def may_use_user_key(self) -> bool:
        return self.pins.user.verified or self.pins.password.verified


@fault(
    "change.without_verify",
    breaks="JPKI-PIN-01",
    gain="whoever holds the phone for a second sets a PIN of his own",
)
class ChangesForEverybody(Access):
    """CHANGE REFERENCE DATA does not ask whether the old user PIN was verified."""

    def may_change(self, pin: Pin) -> bool:
        return pin.kind is USER_PIN or super().may_change(pin)


@fault(
    "unblock.without_administrator",
    breaks="JPKI-PIN-01",
    gain="a finder gives a blocked phone a user PIN of his own",
)
class UnblocksForEverybody(Access):
    """RESET RETRY COUNTER of the user PIN does not ask for the administrator."""

    def may_unblock(self, pin: Pin) -> bool:
        return pin.kind is USER_PIN or super().may_unblock(pin)


@fault(
    "authenticate.challenge_lives_on",
    breaks="JPKI-PIN-01",
    gain="one cryptogram overheard on its way opens the administration again and again",
)
class ChallengeLivesOn(Administrator):
    """A challenge that was answered stays valid."""

    def use_up_challenge(self) -> None:
        """It can be answered once more."""


@fault(
    "authenticate.accepts_any_cryptogram",
    breaks="JPKI-PIN-01",
    gain="whoever can send sixteen bytes is the administrator, and unblocks what he finds",
)
class BelievesAnybody(Administrator):
    """The cryptogram is computed, and the outcome of the comparison dropped."""

    def believes(self, cryptogram: bytes, right: bytes) -> bool:
        return True


@fault(
    "challenge.constant",
    breaks="JPKI-PIN-01",
    gain="one cryptogram overheard on its way opens the administration for ever",
)
class AlwaysTheSameChallenge(GetChallenge):
    """The buffer of the challenge is sent before it is filled."""

    def fresh(self, count: int) -> bytes:
        return bytes(len(super().fresh(count)))


@fault(
    "read.signature_certificate_free",
    breaks="JPKI-J-08",
    gain="name, address, birth date and sex of the holder without any password",
)
class SignatureCertificateIsFree(Access):
    """The signature certificate is as free as those of the CAs."""

    def may_read_signature_certificate(self) -> bool:
        return True


@fault(
    "read.user_certificate_free",
    breaks="JPKI-EF-01",
    gain="every app on the phone can tell its holder by the certificate's serial number",
)
class UserCertificateIsFree(Access):
    """The access condition of the plastic card was carried over to the phone."""

    def may_read_user_certificate(self) -> bool:
        return True


@fault(
    "key.generated_without_administrator",
    breaks="REQ-1-1-a",
    gain="any app on the phone replaces the holder's keys and erases his certificates",
)
class GeneratesForEverybody(Access):
    """GENERATE ASYMMETRIC KEY PAIR does not ask for the administrator."""

    def may_generate_key(self, key: EF) -> bool:
        return True


@fault(
    "key.signature_key_generated_without_administrator",
    breaks="REQ-1-1-a",
    gain="any app on the phone destroys the key that signs with legal force, and its certificate",
)
class GeneratesTheSignatureKeyForEverybody(Access):
    """The administrator is asked for where the first key was tried out, not for the second."""

    def may_generate_key(self, key: EF) -> bool:
        return key is EF.SIGNATURE_KEY or super().may_generate_key(key)


@fault(
    "update.without_administrator",
    breaks="JPKI-EF-01",
    gain="any app on the phone puts another certificate, or another CA, in place of the holder's",
)
class UpdatesForEverybody(Access):
    """UPDATE BINARY of a certificate does not ask for the administrator."""

    def may_update(self, ef: EF) -> bool:
        return ef in CERTIFICATES
