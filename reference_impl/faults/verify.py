"""What goes wrong in the answers of VERIFY."""

from __future__ import annotations

from reference_impl.applet.apdu import SW, Response
from reference_impl.applet.pin import Pin
from reference_impl.applet.profile import USER_PIN
from reference_impl.applet.verify import Verify
from reference_impl.faults.registry import fault


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
