"""What goes wrong with PINs: counters, verification states, comparison, change."""

from __future__ import annotations

import re

from reference_impl.applet.access import Access
from reference_impl.applet.apdu import SW, Response
from reference_impl.applet.authenticate import Administrator
from reference_impl.applet.pin import Pin
from reference_impl.applet.profile import PASSWORD, USER_PIN
from reference_impl.applet.verify import Verify
from reference_impl.faults.registry import fault

# Several faults spare one of the two PINs, so that they break the requirement of the other alone.


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
    "pin.query_answers_9000_when_verified",
    breaks="JPKI-J-03",
    gain="a client that asks before it verifies takes the answer for an error and gives up",
)
class AnswersTheQuestionWithYes(Verify):
    """The retry query answers 9000 while the PIN is verified (as ISO/IEC 7816-4 would have it)."""

    def tell_tries_left(self, pin: Pin) -> Response:
        return Response(SW.OK) if pin.verified else super().tell_tries_left(pin)


@fault(
    "pin.query_costs_a_try",
    breaks="JPKI-J-03",
    gain="a client that asks three times has blocked the PIN of its holder",
)
class ChargesForTheQuestion(Verify):
    """An absent data field is compared like an empty candidate, and paid for."""

    def tell_tries_left(self, pin: Pin) -> Response:
        pin.spend_try()
        return super().tell_tries_left(pin)


@fault(
    "pin.query_clears_verification",
    breaks="JPKI-J-03",
    gain="a signature fails after a log-in that succeeded, whenever a display shows the tries",
)
class AskingLogsOut(Verify):
    """The retry query ends the verification it asks about."""

    def tell_tries_left(self, pin: Pin) -> Response:
        pin.mismatched()
        return super().tell_tries_left(pin)


@fault(
    "pin.query_blocked_answers_6983",
    breaks="JPKI-J-04",
    gain="with one PIN blocked, clients refuse the whole card and the other key is lost too",
)
class QueryAnswersBlocked(Verify):
    """The retry query of a blocked PIN answers what VERIFY answers, not 63C0."""

    def tell_tries_left(self, pin: Pin) -> Response:
        if pin.blocked:
            return Response(SW.AUTHENTICATION_METHOD_BLOCKED)
        return super().tell_tries_left(pin)


@fault(
    "pin.blocked_answers_6984",
    breaks="JPKI-J-06",
    gain="the app shows a general error where the holder should hear that the PIN is blocked",
)
class BlockedLikeThePlasticCard(Verify):
    """The status word of the plastic card was carried over to the phone."""

    def blocked(self) -> Response:
        return Response(SW.REFERENCE_DATA_NOT_USABLE)


@fault(
    "pin.blocked_accepts_right_pin",
    breaks="JPKI-PIN-01",
    gain="the limit of tries limits nothing: guessing goes on until the right PIN comes by",
)
class BlockedListensOn(Verify):
    """A blocked user PIN is compared all the same, and only a wrong one is turned away."""

    def turns_away(self, pin: Pin, candidate: bytes) -> bool:
        right = pin.kind is USER_PIN and pin.matches(candidate)
        return super().turns_away(pin, candidate) and not right


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
    "change.without_verify",
    breaks="JPKI-PIN-01",
    gain="whoever holds the phone for a second sets a PIN of his own",
)
class ChangesForEverybody(Access):
    """CHANGE REFERENCE DATA does not ask whether the old user PIN was verified."""

    def may_change(self, pin: Pin) -> bool:
        return pin.kind is USER_PIN or super().may_change(pin)


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
