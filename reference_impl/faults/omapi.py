"""What goes wrong between an app and the element: commands, channels, sessions."""

from __future__ import annotations

from reference_impl.faults.registry import fault
from reference_impl.handset.apdu import MANAGE_CHANNEL, SELECT, CommandRules
from reference_impl.handset.channel import Channel
from reference_impl.handset.driver import Driver
from reference_impl.handset.omapi import Service
from reference_impl.handset.terminal import Terminal

BROKEN = "REQ-2-1-m"


# --- commands


@fault(
    "omapi.select_by_name_p2",
    breaks=BROKEN,
    gain="an app selects the JPKI application from a channel that was opened to something else",
)
class LooksAtTheWrongParameter(CommandRules):
    """SELECT by name is told from other SELECTs by P2."""

    def selects_by_name(self, command: bytes) -> bool:
        return command[1] == SELECT and command[3] == 0x04


@fault(
    "omapi.every_select_forbidden",
    breaks=BROKEN,
    gain="no app can select a file: the JPKI app reads no certificate",
)
class EverySelectIsForbidden(CommandRules):
    """SELECT of a file within the application is forbidden too."""

    def selects_by_name(self, command: bytes) -> bool:
        return command[1] == SELECT


@fault(
    "omapi.manage_channel_close",
    breaks=BROKEN,
    gain="an app closes the channel of another one in the middle of a signature",
)
class OnlyOpeningIsForbidden(CommandRules):
    """Of MANAGE CHANNEL only the opening of one is forbidden."""

    def manages_channels(self, command: bytes) -> bool:
        return command[1] == MANAGE_CHANNEL and command[2] == 0x00


@fault(
    "omapi.first_class_only",
    breaks=BROKEN,
    gain="with class 40 an app selects by name, past the access rules",
)
class FirstClassOnly(CommandRules):
    """What is forbidden is forbidden in the first interindustry class alone."""

    def interindustry(self, cla: int) -> bool:
        return cla & 0xE0 == 0x00


@fault(
    "omapi.proprietary_looked_into",
    breaks=BROKEN,
    gain="commands of an applet's own with INS 70 are refused for what they are not",
)
class LooksIntoProprietaryCommands(CommandRules):
    """MANAGE CHANNEL and SELECT are seen in commands of every class."""

    def interindustry(self, cla: int) -> bool:
        return True


@fault(
    "omapi.secure_messaging_lost",
    breaks=BROKEN,
    gain="secure messaging fails on all channels from 4 on, and works on the bench with one app",
)
class SecureMessagingLost(CommandRules):
    """On channels 4 to 19 the class byte no longer says that the command is secured."""

    def class_for(self, cla: int, channel: int) -> int:
        return super().class_for(cla if channel < 4 else cla & ~0x0C, channel)


@fault(
    "omapi.app_chooses_its_channel",
    breaks=BROKEN,
    gain="an app sends into the channel on which another one has entered the PIN",
)
class TheAppChoosesItsChannel(CommandRules):
    """The channel that the app wrote into the class byte is left there."""

    def class_for(self, cla: int, channel: int) -> int:
        return cla if cla & 0x03 else super().class_for(cla, channel)


@fault(
    "omapi.structure_unchecked",
    breaks=BROKEN,
    gain="what is no command reaches the element, and each driver makes something else of it",
)
class StructureUnchecked(CommandRules):
    """Lc and Le need not fit the length of the command."""

    def well_formed(self, command: bytes) -> bool:
        return True


# --- the line


@fault(
    "omapi.get_response_on_basic",
    breaks=BROKEN,
    gain="long answers come from whoever is selected on the basic channel, or not at all",
)
class GetResponseOnTheBasicChannel(Driver):
    """What is left of an answer is fetched on the basic channel."""

    def more(self, command: bytes, le: int) -> bytes:
        return b"\x00" + super().more(command, le)[1:]


@fault(
    "omapi.wrong_le_not_corrected",
    breaks=BROKEN,
    gain="an element that tells the right length by 6Cxx gives no answer to any app",
)
class LeIsNotCorrected(Driver):
    """6Cxx is answered by the very same command."""

    def corrected(self, command: bytes, le: int) -> bytes:
        return command


@fault(
    "omapi.warning_is_no_selection",
    breaks=BROKEN,
    gain="an application that is selected with a warning cannot be used from the phone",
)
class WarningIsNoSelection(Driver):
    """Only 9000 is a success of SELECT."""

    def is_selected(self, answer: bytes) -> bool:
        return answer[-2:] == b"\x90\x00"


@fault(
    "omapi.channels_leak",
    breaks=BROKEN,
    gain="after nineteen uses no app on the phone gets a channel any more",
)
class ChannelsLeak(Driver):
    """The element is never told that a channel is closed."""

    def close(self, number: int) -> None:
        return


# --- sessions and channels


@fault(
    "omapi.applet_left_selected",
    breaks=BROKEN,
    gain="the next app on the basic channel finds the applet with the PIN still entered",
)
class AppletLeftSelected(Terminal):
    """Nothing else is selected when the basic channel is closed."""

    def select_default(self) -> None:
        return


@fault(
    "omapi.basic_channel_shared",
    breaks=BROKEN,
    gain="two apps talk to the same applet, one with the PIN that the other has entered",
)
class BasicChannelShared(Terminal):
    """The basic channel is given out while somebody has it."""

    def basic_taken(self, aid: bytes | None) -> bool:
        return False


@fault(
    "omapi.channels_survive_reset",
    breaks=BROKEN,
    gain="an app goes on with a channel that by now belongs to somebody else",
)
class ChannelsSurviveAReset(Terminal):
    """Channels stay open when the element was away."""

    def state_changed(self, *, connected: bool) -> None:
        self.connected = connected
        self.enforcer.reset()


@fault(
    "omapi.process_death_unnoticed",
    breaks=BROKEN,
    gain="channels of apps that crashed stay open, with the PIN entered, until none is left",
)
class ProcessDeathUnnoticed(Service):
    """The channels of a process that dies stay open."""

    def process_died(self, pid: int) -> None:
        return


@fault(
    "omapi.closed_channel_transmits",
    breaks=BROKEN,
    gain="who keeps a closed channel speaks to the applet of whoever gets its number next",
)
class ClosedChannelTransmits(Channel):
    """A channel that was closed still carries commands."""

    def _must_be_open(self) -> None:
        return


@fault(
    "omapi.any_length_of_aid",
    breaks=BROKEN,
    gain="an AID of one byte selects whatever begins with it, under a rule that names it",
)
class AnyLengthOfAid(Terminal):
    """An AID may have any number of bytes."""

    def is_aid(self, aid: bytes) -> bool:
        return True
