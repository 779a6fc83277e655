"""Sessions with the issuer's security domain, and whose fault it is where there is none.

Content management is judged through a secure channel. That the channel holds is judged on its own
(``test_secure_channel.py``); everywhere else a channel that does not ends INCONCLUSIVE.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from fixtures.card.content_management import carry_out
from fixtures.card.global_platform import get_status, room
from fixtures.card.global_platform_answers import RegistryEntry, registry_entries
from fixtures.card.global_platform_values import Subset
from fixtures.card.platform import FULL
from fixtures.card.scp03 import ChannelError, Level
from fixtures.outcome import Inconclusive

if TYPE_CHECKING:
    from collections.abc import Iterable

    from fixtures.bench import Bench
    from fixtures.card.apdu import Command, Response
    from fixtures.card.platform import Platform
    from fixtures.card.secure_channel import SecureChannel

RULE = "REQ-6-3-a"
"""What a secure channel is judged under: no requirement names it, and an outsider without keys who
changes content harms whoever shares the GP-SE."""

MORE_DATA = 0x6310
NOTHING_FOUND = 0x6A88
LISTED = (Subset.ISSUER_DOMAIN, Subset.APPLICATIONS, Subset.LOAD_FILES_AND_MODULES)


@dataclass(frozen=True)
class Session:
    """An open session; ``Inconclusive`` where the channel breaks."""

    channel: SecureChannel

    @property
    def room(self) -> int:
        """Plain bytes that one command can hold."""
        inside = self.channel.session
        return room(inside.level, inside.mac_size)

    def send(self, command: Command) -> Response:
        try:
            return self.channel.send(command)
        except ChannelError as broken:
            raise unsafe(broken) from None

    def carry_out(self, commands: Iterable[Command]) -> Response:
        """Up to the first that is not answered by 9000; the last answer."""
        return carry_out(self.send, commands)

    def registry(self) -> tuple[RegistryEntry, ...]:
        """All that the domain may see: domains and applications, then load files."""
        return tuple(entry for subset in LISTED for entry in self._subset(subset))

    def _subset(self, subset: Subset) -> Iterable[RegistryEntry]:
        answer = self.send(get_status(subset))
        while answer.sw == MORE_DATA:
            yield from _entries(answer)
            answer = self.send(get_status(subset, following=True))
        if answer.ok:
            yield from _entries(answer)
        elif answer.sw != NOTHING_FOUND:
            raise Inconclusive(f"GET STATUS is answered by {answer.sw:04X}")


def _entries(answer: Response) -> tuple[RegistryEntry, ...]:
    try:
        return registry_entries(answer.data)
    except ValueError as error:
        raise Inconclusive(f"GET STATUS cannot be read: {error}") from None


def opened(
    platform: Platform, level: Level = FULL, *, domain: bytes = b"", number: int = 0
) -> Session:
    """A session with a domain, selected on this channel; ``Inconclusive`` where there is none."""
    try:
        return Session(platform.session(level, domain=domain, number=number))
    except (ChannelError, ValueError) as broken:
        raise unsafe(broken) from None


def platform_of(bench: Bench) -> Platform:
    """The platform after a power cycle: nothing is selected, no channel open, no session."""
    bench.channel.reset()
    return bench.platform


def unsafe(broken: Exception) -> Inconclusive:
    return Inconclusive(f"no secure channel to judge this by: {broken}; see {RULE}")
