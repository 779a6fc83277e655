"""The reference phone with its secure elements, in a process of its own; apps see it from here."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fixtures.card.apdu import Command, Response
from fixtures.card.global_platform_values import tlv
from fixtures.targets.program import ProgramLink
from suites.access_control.rules import Rule

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = "reference_impl.handset.lone_handset"
SECONDS = 60.0  # for one answer; the machine may be busy
ONE_BLOCK = 247  # bytes of a rule that fit one STORE DATA


class Raised(Exception):  # noqa: N818  what an app is told
    """The name of the exception."""

    @property
    def name(self) -> str:
        return str(self.args[0])


@dataclass(frozen=True)
class Phone:
    """What is asked is done in the program, by the name of its method."""

    link: ProgramLink

    def many(self, asked: Sequence[dict[str, Any]]) -> list[Any]:
        """One after the other; an exception is an answer here."""
        told = json.loads(self.link.request(b"Q", json.dumps(asked).encode()))
        return [Raised(one["raises"]) if "raises" in one else one["is"] for one in told]

    def do(self, what: str, **how: Any) -> Any:
        (answer,) = self.many([{"do": what, **how}])
        if isinstance(answer, Raised):
            raise answer
        return answer

    def raised(self, what: str, **how: Any) -> str | None:
        """The name of the exception that this ends with."""
        try:
            self.do(what, **how)
        except Raised as raised:
            return raised.name
        return None

    def renew(self) -> None:
        self.do("renew")

    # --- past the phone ----------------------------------------------------------------------

    def ara(self, command: Command) -> Response:
        """With the rights of the ARA-M's security domain."""
        return Response.parse(bytes.fromhex(self.do("ara", command=bytes(command).hex())))

    def store(self, *rules: Rule) -> None:
        """Add rules to those that are there."""
        asked = [store_data(tlv(0xF0, bytes(rule))) for rule in rules]
        told = self.many([{"do": "ara", "command": bytes(one).hex()} for one in asked])
        assert told == ["9000"] * len(rules)

    def clear(self) -> None:
        """No rule is left."""
        assert self.ara(store_data(tlv(0xF1, b""))).ok

    # --- as an app ---------------------------------------------------------------------------

    def session(self, app: str, reader: str = "eSE1") -> int:
        number: int = self.do("open_session", app=app, reader=reader)
        return number

    def open(self, session: int, aid: bytes | None, p2: int = 0, *, basic: bool = False) -> Any:
        """A channel's number, or None."""
        what = "open_basic" if basic else "open_logical"
        return self.do(what, session=session, aid=None if aid is None else aid.hex(), p2=p2)

    def send(self, channel: int, command: bytes) -> Response:
        answer = self.do("transmit", channel=channel, command=command.hex())
        return Response.parse(bytes.fromhex(answer))


def store_data(content: bytes) -> Command:
    return Command(0x80, 0xE2, 0x90, 0x00, content)


@contextmanager
def lone_phone(configuration: dict[str, Any]) -> Iterator[Phone]:
    """As ``reference_impl.handset.lone_handset`` describes it."""
    argv = [sys.executable, "-m", PROGRAM, json.dumps(configuration)]
    link = ProgramLink(argv, SECONDS, ROOT, "the lone phone")
    try:
        yield Phone(link)
    finally:
        link.close()
