"""What goes wrong with PINs: counters, verification states, comparison, new values.

Several faults spare one of the two PINs, so that they break the requirement of the other alone.
"""

from __future__ import annotations

import re

from reference_impl.applet.pin import Pin
from reference_impl.applet.profile import PASSWORD, USER_PIN
from reference_impl.faults.registry import fault


@fault(
    "pin.counter_reset_on_power",
    breaks="JPKI-J-10",
    gain="unlimited guesses, two at a time, with a power cycle in between",
)
class ForgetsItsCounter(Pin):
    """The try counter is initialised at every power-up, as if it lived in RAM."""

    def power_on(self) -> None:
        super().power_on()
        self.restore_tries()


@fault(
    "pin.counter_reset_on_select",
    breaks="JPKI-PIN-01",
    gain="unlimited guesses, two at a time, with a SELECT in between",
)
class RestoresOnSelect(Pin):
    """Selecting the application starts the user PIN's counter anew."""

    def application_selected(self) -> None:
        super().application_selected()
        if self.kind is USER_PIN:
            self.restore_tries()


@fault(
    "pin.verified_survives_select",
    breaks="JPKI-J-01",
    gain="the next app on the phone uses the PIN that the one before it verified",
)
class StaysVerifiedOverSelect(Pin):
    """SELECT by name leaves the verification states alone, so a host cannot log out."""

    def application_selected(self) -> None:
        """Nothing ends here."""


@fault(
    "pin.verified_survives_power",
    breaks="JPKI-J-10",
    gain="who finds the phone switched off finds it with its PIN verified",
)
class StaysVerifiedOverPower(Pin):
    """The verification state is kept over a power cycle and the SELECT that follows it."""

    def power_on(self) -> None:
        self.carried = self.verified

    def application_selected(self) -> None:
        self.verified = self.carried
        self.carried = False


@fault("pin.four_tries", breaks="JPKI-PIN-01", gain="a third more guesses at a user PIN")
class FourTries(Pin):
    """The user PIN's counter is set to four."""

    def limit(self) -> int:
        return super().limit() + (self.kind is USER_PIN)


@fault("pin.password_six_tries", breaks="JPKI-PIN-02", gain="a fifth more guesses at a password")
class SixTriesForThePassword(Pin):
    """The password's counter is set to six."""

    def limit(self) -> int:
        return super().limit() + (self.kind is PASSWORD)


@fault(
    "pin.right_pin_restores_one_try",
    breaks="JPKI-PIN-01",
    gain="typing errors add up over the years until the holder is locked out",
)
class RestoresOneTry(Pin):
    """The right user PIN gives back the try it cost, not those that were lost before."""

    def restore_tries(self) -> None:
        tries = self.tries + 1 if self.kind is USER_PIN else self.limit()
        with self.store.transaction() as changes:
            changes[self.kind.tries_key] = bytes([min(tries, self.limit())])


@fault(
    "pin.wrong_pin_keeps_verification",
    breaks="JPKI-PIN-01",
    gain="a stranger's wrong guess leaves him with the holder's session",
)
class WrongPinKeepsVerification(Pin):
    """A wrong user PIN does not end an earlier verification."""

    def mismatched(self) -> None:
        if self.kind is not USER_PIN:
            super().mismatched()


@fault(
    "pin.compares_first_four_bytes",
    breaks="JPKI-PIN-02",
    gain="a password of sixteen characters is as easy to guess as one of four",
)
class ComparesFourBytes(Pin):
    """The password goes through the comparison that was written for four digits."""

    def matches(self, candidate: bytes) -> bool:
        if self.kind is not PASSWORD:
            return super().matches(candidate)
        return self.store[self.kind.secret_key][:4] == candidate[:4]


@fault(
    "pin.password_takes_lower_case",
    breaks="JPKI-PIN-02",
    gain="a password that no client can enter, because they all turn it into capitals first",
)
class TakesLowerCase(Pin):
    """A new password may contain small letters."""

    def well_formed(self, candidate: bytes) -> bool:
        if self.kind is not PASSWORD:
            return super().well_formed(candidate)
        return re.fullmatch(rb"[A-Za-z0-9]{6,16}", candidate) is not None


@fault(
    "pin.compare_before_spend",
    breaks="REQ-3-2-d",
    gain="a power cut between comparison and write makes a guess free of charge",
)
class PaysAfterTheComparison(Pin):
    """The counter is written once the outcome is known."""

    def verify(self, candidate: bytes) -> bool:
        self.verified = self.matches(candidate)
        if self.verified:
            self.restore_tries()
        else:
            self.spend_try()
        return self.verified


@fault(
    "pin.full_counter_written_twice",
    breaks="JPKI-PIN-01",
    gain="none; the memory wears a little faster",
    equivalent="Both writes set the counter to its limit: the second changes nothing, and a cut "
    "before, between or after them leaves a state that a cut of the single write can leave too.",
)
class WritesTheFullCounterTwice(Pin):
    """The right PIN restores the counter, and then restores it again."""

    def restore_tries(self) -> None:
        super().restore_tries()
        super().restore_tries()


@fault(
    "change.takes_five_digits",
    breaks="JPKI-PIN-01",
    gain="a PIN that clients refuse to send: the holder is locked out of his own phone",
)
class TakesFiveDigits(Pin):
    """A new user PIN may be longer than four digits."""

    def well_formed(self, candidate: bytes) -> bool:
        if self.kind is not USER_PIN:
            return super().well_formed(candidate)
        return re.fullmatch(rb"[0-9]{4,16}", candidate) is not None


@fault(
    "change.two_transactions",
    breaks="REQ-3-2-d",
    gain="a phone that goes out in the wrong moment knows neither the old PIN nor the new one",
)
class ErasesThenWrites(Pin):
    """The old value is erased in one transaction and the new one written in the next."""

    def replace(self, value: bytes) -> None:
        with self.store.transaction() as changes:
            changes[self.kind.secret_key] = b""
        super().replace(value)
