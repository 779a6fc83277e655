"""A phone with one or more secure elements, as a program: what apps may do, asked from outside.

``python -m reference_impl.handset.lone_handset CONFIGURATION``: frames ``length(4) Q <JSON>`` in,
``length(4) A <JSON>`` out; both are lists, an answer for each request. The
configuration (bytes in hex; all but "apps" may be missing)::

    {"apps": {"<name>": {"certificates": [], "hashes": [], "privileged": false}},
     "readers": {"eSE1": {"names": ["<AID>"], "default": "<AID>", "channels": 20, "ara": true,
                          "entitled": true}},
     "open_to_all": false}

A request is ``{"do": "<method of Phone>", …}``, its answer ``{"is": …}``, or ``{"raises": …}`` with
the name of the exception that an app gets. ``ara``, ``card`` and ``wire`` go past the phone.
"""

from __future__ import annotations

import json
import os
import sys
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, BinaryIO

from reference_impl.applet.apdu import Command
from reference_impl.chip.media import MemoryMedium
from reference_impl.chip.memory import PowerLost, Store
from reference_impl.handset.apps import App
from reference_impl.handset.channel import Channel
from reference_impl.handset.exceptions import OmapiError
from reference_impl.handset.lone_element import LoneElement
from reference_impl.handset.omapi import Service, Session
from reference_impl.handset.parts import build_terminal
from reference_impl.handset.terminal import Terminal
from reference_impl.parts import Part, sound
from reference_impl.platform.ara_m import AraM
from reference_impl.platform.ara_rules import RuleCoding

ATR = bytes.fromhex("3B00")


class System:
    """Random bytes of the operating system's."""

    def generate(self, size: int) -> bytes:
        return os.urandom(size)


@dataclass
class Tap:
    """The line to an element: remembers what went over it, and fails or lies when told to."""

    element: LoneElement
    sent: list[str] = field(default_factory=list)
    answers: dict[str, str] = field(default_factory=dict)  # in place of the element's
    broken: bool = False

    def transmit(self, command: bytes) -> bytes:
        self.sent.append(command.hex().upper())
        if self.broken:
            raise OSError("the line to the element is broken")
        told = self.answers.get(command.hex().upper())
        return self.element.transmit(command) if told is None else bytes.fromhex(told)


@dataclass
class Phone:
    """What is asked by the frames, one method for each."""

    configuration: dict[str, Any]
    part: Part = sound

    def __post_init__(self) -> None:
        self.renew()

    def renew(self) -> None:
        """As configured, whatever has happened since."""
        self.apps = {
            name: self._app(name, at, told)
            for at, (name, told) in enumerate(self.configuration["apps"].items())
        }
        self.taps: dict[str, Tap] = {}
        self.media: dict[str, MemoryMedium] = {}
        readers = self.configuration.get("readers", {"eSE1": {}})
        self.service = Service.of([self._terminal(name, told) for name, told in readers.items()])
        self.sessions: list[Session] = []
        self.channels: list[Channel] = []

    def _app(self, name: str, at: int, told: dict[str, Any]) -> App:
        certificates, hashes = (
            tuple(bytes.fromhex(one) for one in told.get(kind, ()))
            for kind in ("certificates", "hashes")
        )
        return App(name, 1000 + at, certificates, hashes, told.get("privileged", False))

    def _terminal(self, name: str, told: dict[str, Any]) -> Terminal:
        self.media[name] = MemoryMedium()
        self.taps[name] = tap = Tap(self._element(told, self.media[name]))
        open_to_all = self.configuration.get("open_to_all", False)
        return build_terminal(name, tap.transmit, ATR, open_to_all=open_to_all, part=self.part)

    def _element(self, told: dict[str, Any], medium: MemoryMedium) -> LoneElement:
        store = self.part(Store)(medium)
        store.open()
        rights = told.get("entitled", True)

        def entitled() -> bool:
            return bool(rights)

        ara = self.part(AraM)(store, System(), self.part(RuleCoding)(), entitled)
        ara.install()
        names = tuple(bytes.fromhex(aid) for aid in told.get("names", ()))
        default = bytes.fromhex(told["default"]) if "default" in told else None
        has_ara = told.get("ara", True)
        return LoneElement(ara if has_ara else None, names, default, told.get("channels", 20))

    # --- what apps do ------------------------------------------------------------------------

    def readers(self) -> list[str]:
        return list(self.service.readers)

    def open_session(self, app: str, reader: str = "eSE1") -> int:
        self.sessions.append(self.service.reader(reader).open_session(self.apps[app]))
        return len(self.sessions) - 1

    def atr(self, session: int) -> str:
        return self.sessions[session].atr.hex()

    def open_basic(self, session: int, aid: str | None, p2: int = 0) -> int | None:
        return self._numbered(self.sessions[session].open_basic_channel(named(aid), p2))

    def open_logical(self, session: int, aid: str | None, p2: int = 0) -> int | None:
        return self._numbered(self.sessions[session].open_logical_channel(named(aid), p2))

    def _numbered(self, channel: Channel | None) -> int | None:
        if channel is None:
            return None
        self.channels.append(channel)
        return len(self.channels) - 1

    def select_response(self, channel: int) -> str | None:
        answer = self.channels[channel].select_response
        return None if answer is None else answer.hex()

    def transmit(self, channel: int, command: str | None) -> str:
        return self.channels[channel].transmit(named(command)).hex()

    def select_next(self, channel: int) -> bool:
        return self.channels[channel].select_next()

    def close(self, channel: int) -> None:
        self.channels[channel].close()

    def close_session(self, session: int) -> None:
        self.sessions[session].close()

    def closed(self, channel: int) -> bool:
        return self.channels[channel].closed

    def nfc(self, app: str, aid: str | None, reader: str = "eSE1") -> str:
        """Whether the app hears of transactions; the rules must have been read."""
        terminal = self.service.reader(reader).terminal
        hashes = terminal.signers.hashes(self.apps[app])
        return terminal.enforcer.cache.find(named(aid), hashes).nfc.name

    def process_died(self, app: str) -> None:
        self.service.process_died(self.apps[app].pid)

    # --- what happens to the element ---------------------------------------------------------

    def state_changed(self, connected: bool, reader: str = "eSE1") -> None:
        self.taps[reader].element.reset()
        self.service.reader(reader).terminal.state_changed(connected=connected)

    def ara(self, command: str, reader: str = "eSE1") -> str:
        """Past the phone: as a session with the ARA-M's security domain would."""
        ara = self.taps[reader].element.ara
        if ara is None:
            raise ValueError("there is no ARA-M")
        return bytes(ara.process(Command.parse(bytes.fromhex(command)))).hex()

    def ara_pages(self, command: str, reader: str = "eSE1") -> int:
        """Memory pages that the command writes, undisturbed."""
        before = self.media[reader].pages_written
        self.ara(command, reader)
        return self.media[reader].pages_written - before

    def ara_cut(self, command: str, after: int, reader: str = "eSE1") -> None:
        """The supply fails after so many of them, at the end at the latest, and comes back."""
        medium, element = self.media[reader], self.taps[reader].element
        medium.cut_after(after)
        with suppress(PowerLost):
            self.ara(command, reader)
        medium.power_on()
        if element.ara is not None:
            element.ara.store.open()
        self.state_changed(connected=True, reader=reader)

    def card(self, command: str, reader: str = "eSE1") -> str:
        return self.taps[reader].element.transmit(bytes.fromhex(command)).hex()

    def wire(self, reader: str = "eSE1") -> list[str]:
        """The commands since this was last asked."""
        tap = self.taps[reader]
        tap.sent, sent = [], tap.sent
        return sent

    def lie(self, answers: dict[str, str], reader: str = "eSE1") -> None:
        self.taps[reader].answers = answers

    def break_line(self, broken: bool, reader: str = "eSE1") -> None:
        self.taps[reader].broken = broken


def named(told: str | None) -> bytes | None:
    return None if told is None else bytes.fromhex(told)


def answered(phone: Phone, asked: dict[str, Any]) -> dict[str, Any]:
    try:
        return {"is": getattr(phone, asked.pop("do"))(**asked)}
    except OmapiError as error:
        return {"raises": str(error.kind)}


def serve(phone: Phone, source: BinaryIO, sink: BinaryIO) -> None:
    """Until the input ends."""
    while head := source.read(4):
        asked = json.loads(source.read(int.from_bytes(head, "big"))[1:])
        told = b"A" + json.dumps([answered(phone, one) for one in asked]).encode()
        sink.write(len(told).to_bytes(4, "big") + told)
        sink.flush()


if __name__ == "__main__":
    serve(Phone(json.loads(sys.argv[1])), sys.stdin.buffer, sys.stdout.buffer)
