"""The services as processes: each in a folder of its own, with a store of its own.

A service that is started again on its folder goes on with what its store has. They know each other
by certificates of one network (``web.folder``), and speak TLS to each other and to phones. A
process loads what its own service is made of and nothing else: it is there again the sooner.
"""

# ruff: noqa: PLC0415

from __future__ import annotations

from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from reference_impl.choice import sound
from reference_impl.web.moments import Moments
from reference_impl.web.process import Process, Running
from reference_impl.web.shell import Shell
from reference_impl.web.store import open_store

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    import httpx

    from reference_impl.choice import Part
    from reference_impl.tsm.database import Database
    from reference_impl.tsm.parts import Site
    from reference_impl.web.folder import NetworkFolder

BUSINESS = "business-server"
NAMES = ("jpki", "push", "sei-tsm", "sp-tsm", BUSINESS)
SP_TSM, SEI_TSM = "sp-tsm", "sei-tsm"  # as whom a server asks another
PUSH_PROJECT = "jpki-reference"
FOR_SERVER, FOR_PUSH = 6.0, 2.0
"""Seconds for which a server waits for another: for a connection, and as many again for an answer.
It serves nobody meanwhile. So each waits for less than whoever asks it does: the SEI-TSM for push,
the SP-TSM for the SEI-TSM, and a phone (20 s) for the SP-TSM. OUR DESIGN."""
BEARER = "push-bearer"  # the secret that the SEI-TSM and the push service share


@dataclass(frozen=True)
class Place:
    """Where a service runs: its folder, the network, and the URLs of all services."""

    folder: Path
    network: NetworkFolder
    urls: dict[str, str]
    log: Callable[..., Any] = field(repr=False)
    part: Part = sound
    process: Process = field(default_factory=Process)

    @property
    def clock(self) -> Any:
        return self.network.clock

    def database(self, name: str, tables: Any, stack: ExitStack) -> Database:
        from reference_impl.tsm.database import Database

        engine = open_store(self.folder / f"{name}.sqlite", tables, self.process)
        stack.callback(engine.dispose)
        return Database(engine, tables)

    def site(self, name: str, tables: Any, stack: ExitStack) -> Site:
        from reference_impl.tsm.parts import Site

        ca = self.network.network().loaded()
        secret = self.network.secret(name).encode()
        database = self.database(name, tables, stack)
        return Site(database, ca, self.clock, secret, self.part, self.process)

    def client(self, name: str, role: str, stack: ExitStack) -> httpx.Client:
        """The way of a server to another; ``role``: as whom it asks, or nobody in particular."""
        from reference_impl.web.dial import dial

        ca, own = self.network.certificate("ca"), self.network.client(role) if role else None
        waiting = FOR_PUSH if name == "push" else FOR_SERVER
        return stack.enter_context(dial(name, self.urls[name], ca, own, waiting=waiting))


@contextmanager
def open_service(name: str, place: Place) -> Iterator[Running]:
    """The service of this name, until the context ends. KeyError for a name nobody knows."""
    place.folder.mkdir(parents=True, exist_ok=True)
    with OPENERS[name](place) as running:
        yield Running(Moments(running.app, place.process), running.work)


@contextmanager
def _jpki(place: Place) -> Iterator[Running]:
    from reference_impl.jpki.parts import open_jpki

    network = place.network.network()
    with open_jpki(
        place.clock, network, place.log, place.part, folder=place.folder, process=place.process
    ) as app:
        yield Running(app)


@contextmanager
def _push(place: Place) -> Iterator[Running]:
    from reference_impl.cloud import push_tables
    from reference_impl.cloud.push import PushService
    from reference_impl.cloud.push_service import push_service
    from reference_impl.web.peers import PeerGate

    with ExitStack() as stack:
        database = place.database("push", push_tables.TABLES, stack)
        secret = place.network.secret("push").encode()
        push = place.part(PushService)(database, secret, PUSH_PROJECT)
        gate = place.part(PeerGate)(place.network.network().loaded(), place.clock)
        app = push_service(push, place.network.secret(BEARER), gate)
        yield Running(Shell(app, place.log))


@contextmanager
def _sei(place: Place) -> Iterator[Running]:
    from reference_impl.tsm import sei_tables
    from reference_impl.tsm.parts import build_sei

    with ExitStack() as stack:
        site = place.site("sei-tsm", sei_tables.TABLES, stack)
        push = place.client("push", SEI_TSM, stack)
        sei = build_sei(site, push, PUSH_PROJECT, place.network.secret(BEARER))
        yield replace(sei, app=Shell(sei.app, place.log))


@contextmanager
def _sp(place: Place) -> Iterator[Running]:
    from reference_impl.tsm import sp_tables
    from reference_impl.tsm.parts import build_sp

    with ExitStack() as stack:
        site = place.site("sp-tsm", sp_tables.TABLES, stack)
        jpki, sei = (place.client(name, SP_TSM, stack) for name in ("jpki", "sei-tsm"))
        sp = build_sp(site, jpki, sei)
        yield replace(sp, app=Shell(sp.app, place.log))


@contextmanager
def _business(place: Place) -> Iterator[Running]:
    from reference_impl.relying_party import tables as business_tables
    from reference_impl.relying_party.parts import business_server
    from reference_impl.web.peers import PeerGate

    with ExitStack() as stack:
        database = place.database(BUSINESS, business_tables.TABLES, stack)
        # the JPKI's two sources of status are hosts of their own; here one process is both
        responder, lists = (place.client("jpki", "", stack) for _ in range(2))
        gate = place.part(PeerGate)(place.network.network().loaded(), place.clock)
        app = business_server(
            database, place.clock, responder, lists, operators=gate, part=place.part
        )
        yield Running(Shell(app, place.log))


OPENERS: dict[str, Callable[[Place], AbstractContextManager[Running]]] = {
    "jpki": _jpki,
    "push": _push,
    "sei-tsm": _sei,
    "sp-tsm": _sp,
    BUSINESS: _business,
}
