"""Security domains of the reference that hold keys and nothing else, in a process of their own.

There is no platform around them, and the tests see bytes only, as everywhere.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from fixtures.card.apdu import Command, Response
from fixtures.card.secure_channel import class_of
from fixtures.targets.program import ProgramLink
from fixtures.targets.wire import CUT, RENEW, RESET, TRANSMIT, WRITES

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = "reference_impl.platform.lone_card"
SECONDS = 60.0  # for one answer; the machine may be busy
ECHO = 0x40  # INS whose answer is its own data, under the status word in P1 P2


@dataclass(frozen=True)
class Domain:
    """One security domain: its "i", its key sets by version, and the challenges it will draw."""

    aid: bytes
    i: int
    keys: dict[int, tuple[bytes, bytes, bytes]] = field(repr=False)
    diversification: bytes = bytes(10)
    random: bytes = b""
    counts: dict[int, int] = field(default_factory=dict)  # of sessions so far, by key version

    def told(self) -> dict[str, object]:
        return {
            "i": self.i,
            "keys": {f"{v:02X}": [key.hex() for key in keys] for v, keys in self.keys.items()},
            "diversification": self.diversification.hex(),
            "random": self.random.hex(),
            "counts": {f"{v:02X}": count for v, count in self.counts.items()},
        }


@dataclass(frozen=True)
class LoneCard:
    """The card that they are on."""

    transmit: Callable[[bytes], bytes]
    reset: Callable[[], bytes]
    renew: Callable[[], bytes]  # back to its configuration
    writes: Callable[[bytes], int]  # pages that a command writes
    cut: Callable[[bytes, int], bytes]  # the power fails after so many of them

    def select(self, aid: bytes, number: int = 0) -> None:
        """A new application session on this logical channel."""
        assert self.selected(aid, number) == 0x9000

    def selected(self, aid: bytes, number: int = 0) -> int:
        """The status word of SELECT, whatever it is."""
        return self.send(Command(class_of(0x00, number), 0xA4, 0x04, 0x00, aid)).sw

    def send(self, command: Command) -> Response:
        """Just as it is, without a secure channel."""
        return Response.parse(self.transmit(bytes(command)))


@contextmanager
def lone_card(
    domains: Iterable[Domain],
    answers: dict[bytes, bytes] | None = None,
    registry: Iterable[dict[str, object]] = (),
) -> Iterator[LoneCard]:
    """The domains, what they answer to some commands in place of an echo, and their registry."""
    configuration = {
        "domains": {domain.aid.hex().upper(): domain.told() for domain in domains},
        "registry": list(registry),
        "answers": {sent.hex(): told.hex() for sent, told in (answers or {}).items()},
    }
    argv = [sys.executable, "-m", PROGRAM, json.dumps(configuration)]
    link = ProgramLink(argv, SECONDS, ROOT, "the lone domain")
    try:
        yield LoneCard(
            lambda command: link.request(TRANSMIT, command),
            lambda: link.request(RESET),
            lambda: link.request(RENEW),
            lambda command: int.from_bytes(link.request(WRITES, command), "big"),
            lambda command, after: link.request(CUT, after.to_bytes(4, "big") + command),
        )
    finally:
        link.close()
