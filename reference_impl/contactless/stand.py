"""A bench with readers and phones: one phone is held against one reader, at a place, once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from random import Random

from reference_impl.contactless.field import Field, Millimetres, Reception
from reference_impl.contactless.frames import Frame
from reference_impl.contactless.phone import Phone
from reference_impl.contactless.picc_a import Answer
from reference_impl.contactless.polling import Attempted, PollingReader
from reference_impl.contactless.tap import Passed, Tap, duration, spoken
from reference_impl.contactless.timing import FIELD_GUARD

ReaderKey = tuple[str, str]  # model and firmware


@dataclass
class Stand:
    """All of it lives by one clock, in ticks of 1/fc."""

    readers: Mapping[ReaderKey, PollingReader]
    phones: Mapping[str, Phone]
    between: Field
    chance: Random
    tap_class: type[Tap] = Tap
    now: int = 0
    _probed: Phone | None = field(default=None, init=False)

    def attempt(
        self, reader: ReaderKey, phone: str, at: Millimetres, commands: Sequence[bytes]
    ) -> tuple[Attempted, list[Passed]]:
        """What the reader tells of it, and what passed. Raises KeyError for a stranger."""
        desk, held = self.readers[reader], self.phones[phone]
        coils = desk.profile.coil, held.profile.coil

        def reception() -> Reception:
            return self.between.reception(*coils, at, self.chance)

        tap = self.tap_class(held, reception, self.chance, self.now)
        came = desk.attempt(tap, commands)
        self.now = tap.now
        return came, tap.passed

    # --- a reader of the tester's ------------------------------------------------------------

    def probe_field(self, phone: str) -> None:
        """The phone lies on a test reader whose field has just come."""
        self._probed = self.phones[phone]
        self._probed.field_off()
        self._probed.field_on(self.now)
        self.now += FIELD_GUARD

    def probe(self, kind: str, frame: Frame, after: int) -> tuple[int, Answer | None]:
        """A frame that begins so many ticks after what passed last; when it began, and what came.

        Raises ValueError before ``probe_field``.
        """
        if self._probed is None:
            raise ValueError("no phone lies on the test reader")
        began = self.now + after
        self.now = began + spoken(kind, frame)
        answer = self._probed.received(kind, frame, self.now)
        if answer is not None:
            self.now = answer.at + duration(kind, answer.frame)
        return began, answer
