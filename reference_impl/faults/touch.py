"""What goes wrong while a phone is held to a reader: time that is lost, or put down to another."""

from __future__ import annotations

from reference_impl.chip.timing import MS, Lane
from reference_impl.contactless.touch import PhoneModel, PhoneModels, TouchPoint
from reference_impl.faults.registry import fault


@fault(
    "touch.slow_model",
    breaks="REQ-3-1-v",
    gain="its users take the phone off before the signature is made, and try again",
)
class SlowModel(PhoneModels):
    """Model B starts its whole NFC stack at every touch: a second until the element answers."""

    def b(self) -> PhoneModel:
        return PhoneModel(1_050 * MS)


@fault(
    "touch.models_apart",
    breaks="REQ-3-1-v",
    gain="instructions at the counter are right for one phone and wrong for the next",
)
class ModelsApart(PhoneModels):
    """Each model is quick enough, but A wakes at once and D late: no two are alike."""

    def a(self) -> PhoneModel:
        return PhoneModel(190 * MS)

    def c(self) -> PhoneModel:
        return PhoneModel(200 * MS)

    def d(self) -> PhoneModel:
        return PhoneModel(690 * MS)


@fault(
    "touch.spread",
    breaks="REQ-3-1-v",
    gain="no wait that is told to the user is long enough for the next touch",
)
class Unsteady(TouchPoint):
    """One touch in three finds the phone's controller asleep, and waits for its second round."""

    def until_awake(self, phone: PhoneModel) -> int:
        asleep = self.fraction() * 3 <= 1
        return super().until_awake(phone) + 700 * MS * asleep - 233 * MS


@fault(
    "touch.reader_polls_rarely",
    breaks="REQ-3-1-v",
    gain="a reader that saves power makes every phone look slow",
)
class PollsRarely(TouchPoint):
    """The reader sleeps for up to two seconds between two rounds."""

    def until_polled(self) -> int:
        return super().until_polled() * 8


@fault(
    "touch.time_of_wrong_lane",
    breaks="REQ-3-1-v",
    gain="a slow reader is taken for a slow applet, and the wrong part is replaced",
)
class BookedAsApplet(TouchPoint):
    """What passes before the element has its power is put down to the applet."""

    def lane(self) -> Lane:
        return Lane.APPLET
