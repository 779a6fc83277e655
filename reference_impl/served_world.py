"""Persons and phones of this process, beside services that are processes of their own.

Phones speak TLS to the addresses of the services and live by the clock of the machine.
"""

from __future__ import annotations

import secrets
from contextlib import ExitStack
from typing import TYPE_CHECKING

from reference_impl.handset.network import Link, Network, Wire
from reference_impl.handset.push import PushLink
from reference_impl.parts import sound
from reference_impl.people import People
from reference_impl.web.clock import WallClock
from reference_impl.web.dial import dial

if TYPE_CHECKING:
    import httpx

    from reference_impl.chip.rsa import KeyPairSource
    from reference_impl.parts import Part
    from reference_impl.web.folder import NetworkFolder

RANDOM_BYTES = 6  # of the name of a world, so that no two share the number of an SE


class ServedWorld(People):
    """Whoever is added; ``urls``: where each service listens."""

    def __init__(
        self,
        network: NetworkFolder,
        urls: dict[str, str],
        keys: KeyPairSource,
        part: Part = sound,
    ) -> None:
        self._folder = network
        self._urls = urls
        self._life = ExitStack()
        self._clients: dict[tuple[str, str, Link | None], httpx.Client] = {}
        self.push = PushLink(self.http("push"))
        name = f"se-{secrets.token_hex(RANDOM_BYTES)}"
        super().__init__(keys, WallClock(), Network(), self.push, part, name=name)

    def close(self) -> None:
        self._life.close()

    def http(self, server: str, role: str = "", link: Link | None = None) -> httpx.Client:
        if (server, role, link) not in self._clients:
            ca, own = self._folder.certificate("ca"), self._folder.client(role) if role else None
            opened = dial(
                server, self._urls[server], ca, own, lambda way: self._cut_with(link, way)
            )
            self._clients[server, role, link] = self._life.enter_context(opened)
        return self._clients[server, role, link]

    def _cut_with(self, link: Link | None, way: httpx.BaseTransport) -> httpx.BaseTransport:
        return way if link is None else Wire(self.network, link, way)
