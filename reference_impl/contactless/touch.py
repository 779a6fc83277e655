"""A phone held to a reader: what passes until its element hears the first command.

Rule REQ-3-1-v. In order: the field was off, and the reader polls again at its interval; the phone's
NFC controller wakes and routes the field to the element; type A or B is activated, frame by frame.
The time of the last is counted from the frames (ticks of 1/fc), the rest are figures of a
``PhoneModel`` and of the reader. All figures OUR DESIGN: they bring a signature by touch to about
one second, as the deck has it (p.17, p.19).
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field

from reference_impl.chip.entropy import EntropySource, SeededEntropy
from reference_impl.chip.timing import MS, Lane, Timekeeper
from reference_impl.contactless.air import Air
from reference_impl.contactless.pcd_a import PcdA
from reference_impl.contactless.pcd_b import PcdB
from reference_impl.contactless.picc_a import PiccA
from reference_impl.contactless.picc_b import PiccB
from reference_impl.contactless.picc_blocks import Worked
from reference_impl.contactless.timing import FC, FIELD_GUARD

KINDS = {"contactless_a": "A", "contactless_b": "B"}
SECOND = 1_000_000_000  # ns
FIELD_OFF = 5 * MS  # at least (NFC Forum Activity 2.2)
POLL_INTERVAL = 250 * MS  # between two rounds of a reader that waits; as common readers have it
FRACTION_BYTES = 6
LEAST_UNIFORM = 0.5**48


@dataclass(frozen=True)
class PhoneModel:
    """From the field to an element that answers; nanoseconds, and their standard deviation."""

    wake: int
    wake_spread: int = 12 * MS


class PhoneModels:
    """The phones around the four products, and the one around the chip as it is (``None``)."""

    def all(self) -> dict[str | None, PhoneModel]:
        return {None: self.itself(), "A": self.a(), "B": self.b(), "C": self.c(), "D": self.d()}

    def itself(self) -> PhoneModel:
        return PhoneModel(610 * MS)

    def a(self) -> PhoneModel:
        return PhoneModel(620 * MS)

    def b(self) -> PhoneModel:
        return PhoneModel(600 * MS)

    def c(self) -> PhoneModel:
        return PhoneModel(580 * MS)

    def d(self) -> PhoneModel:
        return PhoneModel(520 * MS, 20 * MS)


@dataclass
class TouchPoint:
    """The surface of a reader, and whichever phone is held to it."""

    models: PhoneModels = field(default_factory=PhoneModels)
    entropy: EntropySource = field(default_factory=lambda: SeededEntropy(b"touch"))

    def hold(self, media: str, model: str | None, time: Timekeeper) -> None:
        """A phone comes into the field by this way; it takes its time on the account of ``time``.

        ``KeyError`` for a way that is not contactless or a model that is not known.
        """
        kind = KINDS[media]
        phone = self.models.all()[model]
        spent = FIELD_OFF + self.until_polled() + self.until_awake(phone) + self.activation(kind)
        time.spend(self.lane(), spent)

    def until_polled(self) -> int:
        """The reader's round and the phone's arrival know nothing of each other."""
        return round(POLL_INTERVAL * self.fraction())

    def until_awake(self, phone: PhoneModel) -> int:
        normal = math.sqrt(-2 * math.log(self.fraction())) * math.cos(math.tau * self.fraction())
        return max(0, phone.wake + round(phone.wake_spread * normal))

    def activation(self, kind: str) -> int:
        """Nanoseconds of the frames up to the protocol, with the field unmodulated before."""
        ticks = FIELD_GUARD + activated(kind, b"\x08" + self.entropy.read(3))
        return ticks * SECOND // FC

    def lane(self) -> Lane:
        """All of it is the way's: the applet does not work yet."""
        return Lane.TRANSPORT

    def fraction(self) -> float:
        """A random number in (0, 1]."""
        number = int.from_bytes(self.entropy.read(FRACTION_BYTES), "big")
        return 1.0 - number * LEAST_UNIFORM


def activated(kind: str, identifier: bytes) -> int:
    """Ticks from the first request to the last frame of the activation of this type."""
    if kind == "A":
        air = Air([PiccA(lambda: identifier, Worked)], kind)
        air.field_reset()
        reader = PcdA()
        air.run(reader.activate(air.run(reader.select())))
    else:
        air = Air([PiccB(lambda: identifier, lambda _: 1, Worked)], kind)
        air.field_reset()
        of_b = PcdB()
        air.run(of_b.activate(air.run(of_b.find())))
    return air.now
