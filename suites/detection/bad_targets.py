"""Targets that are no good: what a bench meets when reader, cable or device fail.

Each is the sound target with one thing gone wrong, written as a vendor writes an adapter. None of
them says anything about a card, so a run on any of them must end ERROR, accuse no requirement,
and end soon.
"""

from __future__ import annotations

import itertools
import random
import time
from typing import TYPE_CHECKING

from fixtures.targets.port import AccessPath
from fixtures.targets.reference import factory

if TYPE_CHECKING:
    from fixtures.ics.statement import Statement
    from fixtures.targets.port import Channel

LIFE = 40  # exchanges before something happens
CARD_IS_ILL = bytes.fromhex("6F00")


class Sound:
    """The reference behind a vendor's adapter: the card is one and the same all the time."""

    def __init__(self, statement: Statement) -> None:
        self._link: Channel = factory()(statement).__enter__().open(AccessPath.CONTACT)
        self._count = itertools.count()

    def reset(self) -> bytes:
        return self._link.reset()

    def transmit(self, command: bytes) -> bytes:
        return self._link.transmit(command)

    def worn(self) -> bool:
        """True from the ``LIFE``-th question on."""
        return next(self._count) >= LIFE


class Mute(Sound):
    """Answers without a status word, as a reader that lost its card's answer does."""

    def transmit(self, command: bytes) -> bytes:
        return b""


class Hanging(Sound):
    """Stops answering in the middle of the run."""

    def transmit(self, command: bytes) -> bytes:
        if self.worn():
            time.sleep(3600)
        return super().transmit(command)


class Slow(Sound):
    """Takes longer for every answer than the statement allows."""

    def transmit(self, command: bytes) -> bytes:
        time.sleep(3)
        return super().transmit(command)


class Garbage(Sound):
    """Sends bytes, but not those of a card."""

    def transmit(self, command: bytes) -> bytes:
        return random.Random(next(self._count)).randbytes(20)  # any bytes will do


class LateGarbage(Garbage):
    """A cable that comes loose."""

    def transmit(self, command: bytes) -> bytes:
        return super().transmit(command) if self.worn() else Sound.transmit(self, command)


class HalfDead(Sound):
    """A card that was damaged in between: it powers up, and does nothing any more."""

    def transmit(self, command: bytes) -> bytes:
        return CARD_IS_ILL if self.worn() else super().transmit(command)


class Unplugged(Sound):
    """The reader is gone in mid-run, and does not come back."""

    gone = False

    def __init__(self, statement: Statement) -> None:
        if Unplugged.gone:
            raise OSError("no such reader")
        super().__init__(statement)

    def transmit(self, command: bytes) -> bytes:
        if Unplugged.gone or self.worn():
            Unplugged.gone = True
            raise OSError("reader unplugged")
        return super().transmit(command)


class Refusing(Sound):
    """Another card lies on the reader: it has no JPKI application."""

    def transmit(self, command: bytes) -> bytes:
        return bytes.fromhex("6A82")


BAD = (Mute, Hanging, Slow, Garbage, LateGarbage, HalfDead, Unplugged, Refusing)
