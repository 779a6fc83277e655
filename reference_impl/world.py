"""The whole of smartphone JPKI in one process: servers, phones, cards and persons, put together.

Time is one clock that goes on by a millisecond whenever somebody looks at it, so that what the
parties note down can be put in order. Servers answer in this process; each can be ended in the
middle of its work and started again on its store.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import httpx

from reference_impl.chip.rsa import KeyPairSource
from reference_impl.cloud import push_tables
from reference_impl.cloud.push import PushService
from reference_impl.cloud.push_service import SEI_TSM, push_service
from reference_impl.handset.network import Link, Network, Wire
from reference_impl.jpki.parts import open_jpki
from reference_impl.parts import sound
from reference_impl.people import BUSINESS, People
from reference_impl.relying_party import tables as business_tables
from reference_impl.relying_party.parts import business_server
from reference_impl.tsm import sei_tables, sp_tables
from reference_impl.tsm.database import Database
from reference_impl.tsm.parts import Site, build_sei, build_sp
from reference_impl.tsm.sei_service import SP_TSM
from reference_impl.web.clock import SetClock
from reference_impl.web.in_process import InProcess
from reference_impl.web.network import Credentials, client, new_network
from reference_impl.web.peers import PeerGate, Presenting
from reference_impl.web.process import Process
from reference_impl.web.shell import Shell
from reference_impl.web.store import open_store

if TYPE_CHECKING:
    from starlette.types import ASGIApp

    from reference_impl.jpki.authorities import CaKeys
    from reference_impl.parts import Part

TICK = timedelta(milliseconds=1)
BEARER = "synthetic-push-credential"
SECRET = b"SYNTHETIC flow numbers"
TWO_YEARS = timedelta(days=2 * 365)


class Killed(BaseException):
    """A server process ended in the middle of its work."""


class Ticking(SetClock):
    """A millisecond later at every look."""

    def now(self) -> datetime:
        self.advance(TICK.total_seconds())
        return super().now()


@dataclass
class Fuse(Process):
    """Ends the process where it is told to, once; notes every place it could."""

    point: str | None = None
    seen: list[str] = field(default_factory=list)

    def reached(self, point: str) -> None:
        self.seen.append(point)
        if point == self.point:
            self.point = None
            raise Killed(point)


@dataclass
class Server:
    """A process: built on its store, answering until it is ended, and built again."""

    name: str
    build: Callable[[], ASGIApp]
    fuse: Fuse = field(default_factory=Fuse)
    running: ASGIApp | None = None

    def application(self) -> ASGIApp:
        """Raises ConnectError where nobody listens."""
        if self.running is None:
            raise httpx.ConnectError(f"{self.name} is not running")
        return self.running

    def start(self) -> None:
        if self.running is None:
            self.running = self.build()


@dataclass
class Listening(httpx.BaseTransport):
    """The way to a server, as one peer goes it; ``chain``: its certificate now, if it has one."""

    server: Server
    chain: Callable[[], tuple[str, ...]]

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        app = Presenting(self.server.application(), self.chain())
        try:
            return InProcess(lambda: app).handle_request(request)
        except Killed as end:
            self.server.running = None
            raise httpx.ReadError(f"{self.server.name} ended at {end}", request=request) from end


class World(People):
    """Servers, and whoever is added."""

    def __init__(
        self,
        keys: KeyPairSource,
        authorities: CaKeys,
        start: datetime,
        part: Part = sound,
        network: Credentials | None = None,
    ) -> None:
        self.network_ca = network or new_network(start)
        self.events: list[dict[str, Any]] = []
        self._life = ExitStack()
        self._chains: dict[tuple[str, int], tuple[str, ...]] = {}
        self._clients: dict[tuple[str, str, Link | None], httpx.Client] = {}
        self.push: PushService = part(PushService)(self._database(push_tables.TABLES), SECRET)
        self.time = Ticking(start)
        super().__init__(keys, self.time, Network(), self.push, part)
        jpki = self._life.enter_context(
            open_jpki(self.clock, self.network_ca, self.log, part, keys=authorities)
        )
        self.sp_data = self._database(sp_tables.TABLES)
        self.sei_data = self._database(sei_tables.TABLES)
        self.business_data = self._database(business_tables.TABLES)
        self.servers = {
            BUSINESS: Server(BUSINESS, self._business),
            "jpki": Server("jpki", lambda: jpki),
            "push": Server("push", self._push),
            "sei-tsm": Server("sei-tsm", self._sei),
            "sp-tsm": Server("sp-tsm", self._sp),
        }
        for server in self.servers.values():
            server.start()

    def close(self) -> None:
        self._life.close()

    def log(self, event: str, **values: Any) -> None:
        """The log of all servers; it lives as long as the world."""
        self.events.append({"event": event, **values})

    def http(
        self, server: str, role: str = "", link: Link | None = None, certificate: str = ""
    ) -> httpx.Client:
        """A client of a server: as a peer of this role, over a link that can be cut.

        ``certificate``: ``expired``, ``early`` or ``stranger``, in place of a good one.
        """
        place = (server, f"{role} {certificate}", link)
        if place not in self._clients:
            way: httpx.BaseTransport = Listening(
                self.servers[server], lambda: self._chain(role, certificate)
            )
            if link is not None:
                way = Wire(self.network, link, way)
            opened = httpx.Client(transport=way, base_url=f"https://{server}", trust_env=False)
            self._clients[place] = self._life.enter_context(opened)
        return self._clients[place]

    def _chain(self, role: str, certificate: str) -> tuple[str, ...]:
        """Client certificates last for a year, and are renewed in time."""
        if not role:
            return ()
        now = self.clock.now()
        place = (f"{role} {certificate}", now.year)
        if place not in self._chains:
            made = now + {"expired": -TWO_YEARS, "early": TWO_YEARS}.get(certificate, timedelta())
            ca = new_network(now) if certificate == "stranger" else self.network_ca
            self._chains[place] = (client(ca, role, made).certificate.decode(),)
        return self._chains[place]

    def _database(self, tables: Any) -> Database:
        engine = open_store(None, tables)
        self._life.callback(engine.dispose)
        return Database(engine, tables)

    def _site(self, name: str, database: Database) -> Site:
        fuse = self.servers[name].fuse
        return Site(database, self.network_ca.loaded(), self.clock, SECRET, self.part, fuse)

    def _sp(self) -> ASGIApp:
        jpki = self.http("jpki", SP_TSM, Link.TSM_JPKI)
        sei = self.http("sei-tsm", SP_TSM, Link.TSM_TSM)
        return Shell(build_sp(self._site("sp-tsm", self.sp_data), jpki, sei).app, self.log)

    def _sei(self) -> ASGIApp:
        push = self.http("push", SEI_TSM, Link.TSM_PUSH)
        site = self._site("sei-tsm", self.sei_data)
        return Shell(build_sei(site, push, self.push.project, BEARER).app, self.log)

    def _push(self) -> ASGIApp:
        gate = self.part(PeerGate)(self.network_ca.loaded(), self.clock)
        return Shell(push_service(self.push, BEARER, gate), self.log)

    def _business(self) -> ASGIApp:
        links = (Link.BUSINESS_OCSP, Link.BUSINESS_LISTS)
        responder, lists = (self.http("jpki", "", link) for link in links)
        gate = self.part(PeerGate)(self.network_ca.loaded(), self.clock)
        served = business_server(
            self.business_data, self.clock, responder, lists, operators=gate, part=self.part
        )
        return Shell(served, self.log)
