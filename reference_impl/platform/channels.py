"""Logical channels 0 to 19 and what is selected on each (GPCS 6.3, 11.7).

OUR DESIGN: one set of channels for all ways to the card. A reader has the basic channel, an app of
the phone gets a further one through OMAPI.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from reference_impl.applet.apdu import SW, Refused
from reference_impl.platform.registry import Entry
from reference_impl.platform.session import Session

BASIC, HIGHEST = 0, 19


@dataclass
class Channel:
    """One that is open."""

    number: int
    entry: Entry  # as it was when it was selected
    session: Session


@dataclass
class Channels:
    """Those that are open, by number."""

    _open: dict[int, Channel] = field(default_factory=dict, init=False)

    def forget(self) -> None:
        """All are closed, nobody is told: the power is gone."""
        self._open.clear()

    def named(self, number: int) -> Channel:
        """Raises Refused (6881)."""
        channel = self._open.get(number)
        if channel is None:
            raise Refused(SW.CHANNEL_NOT_SUPPORTED)
        return channel

    def is_open(self, number: int) -> bool:
        return number in self._open

    def put(self, channel: Channel) -> None:
        self._open[channel.number] = channel

    def close(self, number: int) -> None:
        """The application's session ends."""
        self._open.pop(number).session.deselect()

    def free(self) -> int:
        """The lowest number. Raises Refused (6A81) where there is none."""
        for number in range(BASIC + 1, HIGHEST + 1):
            if number not in self._open:
                return number
        raise Refused(SW.FUNCTION_NOT_SUPPORTED)

    def using(self, aid: bytes) -> set[int]:
        """Numbers of the channels on which this application is selected."""
        return {number for number, channel in self._open.items() if channel.entry.aid == aid}

    def others(self, number: int) -> list[Channel]:
        return [channel for channel in self._open.values() if channel.number != number]

    def all(self) -> list[Channel]:
        return list(self._open.values())
