"""What goes wrong between applications: selection, logical channels, who pays for whom."""

from __future__ import annotations

from reference_impl.applet.apdu import SW, Command, Refused, Response
from reference_impl.faults.registry import fault
from reference_impl.platform.channels import BASIC, Channel, Channels
from reference_impl.platform.open import Open
from reference_impl.platform.registry import Entry, Kind
from reference_impl.platform.selection import Selection
from reference_impl.platform.session import Session
from reference_impl.platform.sessions import Sessions


@fault(
    "selection.next_starts_from_the_top",
    breaks="REQ-6-3-a",
    gain="an app that walks through the applets of a provider walks in a circle",
)
class StartsFromTheTop(Selection):
    """SELECT next searches as SELECT first does."""

    def searched(self, after: Entry | None) -> tuple[bytes, ...]:
        return super().searched(None)


@fault(
    "selection.locked_applet_found",
    breaks="REQ-6-3-a",
    gain="a service that was locked because its phone is lost goes on working",
)
class FindsLockedOnes(Selection):
    """A locked application can still be selected."""

    def available(self, entry: Entry) -> bool:
        return entry.kind is not Kind.LOAD_FILE


@fault(
    "selection.nobody_found_ends_the_session",
    breaks="REQ-6-3-a",
    gain="any app that asks for an applet which is not there logs the holder out",
)
class EndsWhatItDoesNotReplace(Open):
    """What is selected is deselected before the search, and nobody may be found."""

    def _candidates(self, channel: Channel, name: bytes, *, following: bool) -> list[Entry]:
        channel.session.deselect()
        return super()._candidates(channel, name, following=following)


@fault(
    "selection.ends_sessions_on_other_channels",
    breaks="REQ-6-3-a",
    gain="a transit gate that wakes its applet logs the holder out of JPKI",
)
class EndsTheOthers(Open):
    """An application that is selected deselects those on other channels."""

    def _selected(self, channel: Channel, entry: Entry, command: Command) -> Response | None:
        answer = super()._selected(channel, entry, command)
        if answer is not None and entry.kind is Kind.APPLICATION:
            for other in self.channels.others(channel.number):
                other.session.deselect()
        return answer


@fault(
    "channels.one_session_for_all",
    breaks="REQ-6-3-a",
    gain="who selects the same domain on another channel throws the TSM out of its session",
)
class OneSessionForAll(Sessions):
    """An application has one volatile state, whatever the channel."""

    def of(self, entry: Entry, number: int) -> Session:
        return super().of(entry, BASIC)


@fault(
    "selection.busy_applet_selected_twice",
    breaks="REQ-6-3-b",
    gain="two sessions of an applet that was written for one",
)
class SelectsTwice(Selection):
    """That an applet is not multi-selectable is never looked at."""

    def restricted(self, entry: Entry, number: int) -> bool:
        return False


@fault(
    "selection.refusal_ends_the_first_session",
    breaks="REQ-6-3-b",
    gain="whoever asks for JPKI while it is in use logs its holder out",
)
class RefusalEndsTheFirst(Selection):
    """The application that is busy is deselected before its second selection is refused."""

    def restricted(self, entry: Entry, number: int) -> bool:
        restricted = super().restricted(entry, number)
        for channel in self.channels.others(number) if restricted else ():
            if self.together(entry, channel):
                channel.session.deselect()
        return restricted


@fault(
    "channels.closed_channel_answers",
    breaks="REQ-6-3-b",
    gain="an app goes on with a channel that was taken from it and meets the next owner's session",
)
class LeavesItOpen(Channels):
    """A channel that is closed is deselected and stays open."""

    def close(self, number: int) -> None:
        self._open[number].session.deselect()


@fault(
    "channels.closed_channel_is_the_basic_one",
    breaks="REQ-6-3-b",
    gain="what was meant for a channel of one's own happens in somebody else's session",
)
class FallsBackToTheBasicChannel(Channels):
    """A command on a channel that is not open is taken for one on the basic channel."""

    def named(self, number: int) -> Channel:
        return super().named(number if self.is_open(number) else BASIC)


@fault(
    "channels.exhaustion_ends_the_oldest",
    breaks="REQ-6-3-b",
    gain="an app that opens channels without end throws everybody else out",
)
class TakesTheOldest(Channels):
    """When all channels are taken, the first is closed and given away again."""

    def free(self) -> int:
        try:
            return super().free()
        except Refused:
            self.close(1)
            return 1


@fault(
    "channels.open_after_reset",
    breaks="REQ-6-3-b",
    gain="after a reset another app's channel is still there, with a number it does not know",
)
class SurviveAReset(Channels):
    """A reset closes the basic channel only."""

    def forget(self) -> None:
        self._open.pop(BASIC, None)


@fault(
    "channels.three_fewer_than_stated",
    breaks="REQ-6-3-b",
    gain="apps that were dimensioned by the data sheet fail in the evening rush",
)
class FewerChannels(Channels):
    """The table of channels ends before the last that the data sheet has."""

    def free(self) -> int:
        number = super().free()
        if number > 16:
            raise Refused(SW.FUNCTION_NOT_SUPPORTED)
        return number
