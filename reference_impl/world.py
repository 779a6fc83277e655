"""The whole of smartphone JPKI in one process: servers, phones, cards and persons, put together.

Time is one clock that goes on by a millisecond whenever somebody looks at it, so that what the
parties note down can be put in order. Servers answer in this process; each can be ended in the
middle of its work and started again on its store.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from itertools import count
from typing import TYPE_CHECKING, Any, cast

import httpx
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicNumbers
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from reference_impl.chip.entropy import SeededEntropy
from reference_impl.chip.media import MemoryMedium
from reference_impl.chip.rsa import KeyPair, KeyPairSource
from reference_impl.cloud.push import PushService
from reference_impl.cloud.push_service import push_service
from reference_impl.handset.jpki_app import JpkiApp
from reference_impl.handset.network import Link, Network, Wire
from reference_impl.handset.phone import Phone
from reference_impl.handset.user import User
from reference_impl.jpki.parts import open_jpki
from reference_impl.parts import ADMINISTRATOR_KEY, build_chip, sound
from reference_impl.platform.card import Card
from reference_impl.platform.key_sets import KeySet
from reference_impl.tsm import sei_tables, sp_tables
from reference_impl.tsm.clients import JpkiClient, PushClient, SeiClient
from reference_impl.tsm.database import Database
from reference_impl.tsm.deletion import DeletionScript, InstallationScript
from reference_impl.tsm.process import Process
from reference_impl.tsm.scripts import (
    SIGNATURE,
    USER,
    Answer,
    AppletScripts,
    Commands,
    Script,
)
from reference_impl.tsm.secure_channel import Host
from reference_impl.tsm.sei import SeiStore, SeiTsm
from reference_impl.tsm.sei_service import SP_TSM, SpTsmGate, sei_service
from reference_impl.tsm.sp import OldPhone, SpTsm
from reference_impl.tsm.sp_service import sp_service
from reference_impl.tsm.sp_steps import Steps
from reference_impl.tsm.sp_store import SpStore
from reference_impl.web.clock import SetClock
from reference_impl.web.in_process import InProcess
from reference_impl.web.network import Credentials, client, new_network
from reference_impl.web.peers import Presenting
from reference_impl.web.shell import Shell
from reference_impl.web.store import open_store

if TYPE_CHECKING:
    from starlette.types import ASGIApp

    from reference_impl.jpki.authorities import CaKeys
    from reference_impl.parts import Part

TICK = timedelta(milliseconds=1)
BEARER = "synthetic-push-credential"
TEST_KEY = bytes(range(0x40, 0x50))  # published, for tests
ISSUER_KEYS = KeySet(0x30, TEST_KEY, TEST_KEY, TEST_KEY)
FLOW_SECRET = b"SYNTHETIC flow numbers"
MUNICIPALITY, CALL_CENTRE = "municipality", "call-centre"
CARD_LASTS = timedelta(days=3 * 365)


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


@dataclass
class Person:
    """A person, the numbers the JPKI gave him and his card, and what he knows and holds."""

    person_id: str
    card_id: str
    user: User
    card: Card


class World:
    """Servers, and whoever is added."""

    def __init__(
        self,
        keys: KeyPairSource,
        authorities: CaKeys,
        start: datetime,
        part: Part = sound,
        network: Credentials | None = None,
    ) -> None:
        self.part = part
        self.keys = keys
        self.clock = Ticking(start)
        self.network = Network()
        self.push = part(PushService)()
        self.network_ca = network or new_network(start)
        self.events: list[dict[str, Any]] = []
        self._life = ExitStack()
        self._chains: dict[tuple[str, int], tuple[str, ...]] = {}
        self._clients: dict[tuple[str, str, Link | None], httpx.Client] = {}
        self._numbers = count(1)
        jpki = self._life.enter_context(
            open_jpki(self.clock, self.network_ca, self.log, part, keys=authorities)
        )
        self.sp_data = self._database(sp_tables.TABLES)
        self.sei_data = self._database(sei_tables.TABLES)
        self.servers = {
            "jpki": Server("jpki", lambda: jpki),
            "push": Server("push", lambda: Shell(push_service(self.push, BEARER), self.log)),
            "sei-tsm": Server("sei-tsm", self._sei),
            "sp-tsm": Server("sp-tsm", self._sp),
        }
        for server in self.servers.values():
            server.start()

    def close(self) -> None:
        self._life.close()

    # --- servers ---------------------------------------------------------------------------

    def log(self, event: str, **values: Any) -> None:
        """The log of all servers; it lives as long as the world."""
        self.events.append({"event": event, **values})

    def http(self, server: str, role: str = "", link: Link | None = None) -> httpx.Client:
        """A client of a server: as a peer of this role, over a link that can be cut."""
        if (server, role, link) not in self._clients:
            way: httpx.BaseTransport = Listening(self.servers[server], lambda: self._chain(role))
            if link is not None:
                way = Wire(self.network, link, way)
            opened = httpx.Client(transport=way, base_url=f"https://{server}", trust_env=False)
            self._clients[server, role, link] = self._life.enter_context(opened)
        return self._clients[server, role, link]

    def _chain(self, role: str) -> tuple[str, ...]:
        """Client certificates last for a year, and are renewed in time."""
        if not role:
            return ()
        now = self.clock.now()
        if (role, now.year) not in self._chains:
            credentials: Credentials = client(self.network_ca, role, now)
            self._chains[role, now.year] = (credentials.certificate.decode(),)
        return self._chains[role, now.year]

    def _database(self, tables: Any) -> Database:
        engine = open_store(None, tables)
        self._life.callback(engine.dispose)
        return Database(engine, tables)

    def _sp(self) -> ASGIApp:
        part = self.part
        store = part(SpStore)(self.sp_data, self.clock)
        jpki = JpkiClient(self.http("jpki", SP_TSM, Link.TSM_JPKI))
        sei = SeiClient(self.http("sei-tsm", SP_TSM, Link.TSM_TSM))
        steps = part(Steps)(store, jpki, sei, part(AppletScripts)(ADMINISTRATOR_KEY))
        old_phone = part(OldPhone)(store, self.clock)
        fuse = self.servers["sp-tsm"].fuse
        tsm = part(SpTsm)(store, jpki, sei, steps, old_phone, fuse, FLOW_SECRET)
        return Shell(sp_service(tsm), self.log)

    def _sei(self) -> ASGIApp:
        part = self.part
        store = part(SeiStore)(self.sei_data, self.clock)
        push = PushClient(self.http("push", "", Link.TSM_PUSH), self.push.project, BEARER)
        fuse = self.servers["sei-tsm"].fuse
        host = Host(ISSUER_KEYS)
        deletion = part(DeletionScript)(host)
        installation = part(InstallationScript)(host, ADMINISTRATOR_KEY)
        tsm = part(SeiTsm)(store, push, deletion, installation, fuse, FLOW_SECRET)
        gate = part(SpTsmGate)(self.network_ca.loaded(), self.clock)
        return Shell(sei_service(tsm, gate), self.log)

    # --- persons, cards and phones ---------------------------------------------------------

    def person(self, name: str) -> Person:
        """A person with a My Number Card, and what he knows by heart."""
        user = User()
        card = self._chip("card", f"card {name}", sound)
        told = self._registered("/v1/cards", card, {"person": _resident(name)})
        self._set(card, {0x1B: user.card_password, 0x18: user.card_pin})
        return Person(told["person_id"], told["card_id"], user, card)

    def renew_card(self, person: Person) -> None:
        """New key pairs and certificates on the card, which lasts three years from now."""
        self._registered(f"/v1/cards/{person.card_id}/renewals", person.card, {})

    def _registered(self, path: str, card: Card, body: dict[str, Any]) -> dict[str, Any]:
        """Key pairs are made on the card, the municipality has them certified and stores them."""
        scripts = AppletScripts(ADMINISTRATOR_KEY)
        public = {files: carried_out(scripts.key_pair(files), card) for files in (SIGNATURE, USER)}
        body |= {
            "card_expires": self._expiry().isoformat(),
            "signature_key": _spki(*public[SIGNATURE]),
            "user_authentication_key": _spki(*public[USER]),
        }
        told: dict[str, Any] = self.http("jpki", MUNICIPALITY).post(path, json=body).json()
        for one in told["certificates"]:
            files = SIGNATURE if one["purpose"] == "signature" else USER
            ca = self.http("jpki").get(f"/v1/authorities/{one['purpose']}").content
            own = base64.b64decode(one["certificate"])
            carried_out(scripts.certificates(files, own, ca), card)
        card.reset()
        return told

    def phone(self, name: str, user: User, card: Card | None) -> tuple[Phone, JpkiApp]:
        """A phone with an applet that was never issued, in the hands of this user."""
        element = self._chip("gpse", f"phone {name}", self.part)
        phone = self.part(Phone)(
            name, f"se-{next(self._numbers):08d}", element, self.network, self.clock, user,
            self.push.register, self.push.unregister, card,
        )  # fmt: skip
        sp = self.http("sp-tsm", "", Link.APP_TSM)
        return phone, self.part(JpkiApp)(phone, sp, self.http("sei-tsm", "", Link.APP_TSM))

    def _chip(self, profile: str, purpose: str, part: Part) -> Card:
        entropy = SeededEntropy(purpose.encode())
        return build_chip(profile, MemoryMedium(), entropy, part, keys=self.keys)

    def _set(self, card: Card, values: dict[int, str]) -> None:
        carried_out(AppletScripts(ADMINISTRATOR_KEY).authenticated(), card)
        for reference, value in values.items():
            data = value.encode()
            card.transmit(bytes([0x00, 0x2C, 0x02, 0x80 | reference, len(data)]) + data)
        card.reset()

    def _expiry(self) -> date:
        return (self.clock.now() + CARD_LASTS).date()


@dataclass
class Drawn:
    """Key pairs of a pool, each once."""

    pool: Iterator[KeyPair]

    def new_pair(self) -> KeyPair:
        return next(self.pool)


def carried_out(script: Script, card: Card) -> Any:
    """A script on a card that lies at hand; returns what it concludes."""
    try:
        awaited = next(script)
        while True:
            commands = cast(Commands, awaited)
            awaited = script.send(Answer(tuple(card.transmit(apdu) for apdu in commands.apdus)))
    except StopIteration as end:
        return end.value


def _resident(name: str) -> dict[str, str]:
    return {
        "name": f"合成　{name}",
        "birth_date": "420000101",
        "sex": "9",
        "address": "合成県試験市架空町一丁目１番１号",
        "prefecture": "Synthetic-ken",
        "municipality": "Shiken-shi",
    }


def _spki(n: int, e: int) -> str:
    key = RSAPublicNumbers(e, n).public_key()
    der = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return base64.b64encode(der).decode()
