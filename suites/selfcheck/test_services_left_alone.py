"""Services that run on and on: with a store that fails, a peer that hangs, and old certificates."""

from __future__ import annotations

import json
import socket
import sqlite3
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from cryptography import x509

from fixtures.bench import Bench
from fixtures.recorder import Recorder
from fixtures.services.world import World
from fixtures.targets.port import AccessPath
from fixtures.targets.reference_served import Address, network_in, served
from fixtures.targets.reference_world import ReferenceWorlds
from fixtures.targets.resolve import resolve
from suites.services.parties import change_of_phone

WITHIN = 30  # seconds, for a busy machine
PHONE_WAITS = 20  # seconds
NOW = datetime(2026, 1, 15, tzinfo=UTC)
A_DAY = timedelta(days=1)
PENDING = "INSERT INTO deletions VALUES ('d-1', 'r-1', 'se-1', 'pending', '', 0, 0)"
TOKEN = "INSERT INTO tokens VALUES ('se-1', 'token', '')"


def until(holds: Callable[[], Any]) -> None:
    end = time.monotonic() + WITHIN
    while not holds():
        assert time.monotonic() < end, "it never happens"
        time.sleep(0.05)


def changed(store: Path, *statements: str) -> list[Any]:
    """The rows of the last."""
    with closing(sqlite3.connect(store, timeout=WITHIN, isolation_level=None)) as opened:
        return [opened.execute(statement).fetchall() for statement in statements][-1]


def shared_socket() -> socket.socket:
    """Bound to a free port, which a service may have besides."""
    bound = socket.socket()
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    bound.bind(("127.0.0.1", 0))
    return bound


@contextmanager
def silent(listener: socket.socket, files: Any) -> Iterator[None]:
    """A server that speaks TLS, takes requests, and never answers one."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(files.certificate, files.key)
    with ExitStack() as held:

        def take() -> None:
            with suppress(OSError):  # it is shut down
                while True:
                    link = listener.accept()[0]
                    held.enter_context(context.wrap_socket(link, server_side=True))

        listener.listen()
        thread = threading.Thread(target=take)
        thread.start()
        try:
            yield
        finally:
            listener.shutdown(socket.SHUT_RDWR)
            thread.join()


def test_a_store_that_fails_and_a_peer_that_hangs_are_lived_through(tmp_path: Path):
    """The first is told in the log and tried again; the second keeps no phone waiting for long."""
    with (
        shared_socket() as push,
        served(tmp_path, {"push": push.getsockname()[1]}, names=("sei-tsm",)) as (sei,),
        silent(push, network_in(tmp_path, set()).server("push")),
    ):
        store, log = sei.own_folder / "sei-tsm.sqlite", tmp_path / "sei-tsm.log.jsonl"
        changed(store, "ALTER TABLE deletions RENAME TO elsewhere")
        until(lambda: "failed" in log.read_text(encoding="utf-8"))
        events = [json.loads(line) for line in log.read_text(encoding="utf-8").splitlines()]
        changed(store, "ALTER TABLE elsewhere RENAME TO deletions", TOKEN, PENDING)
        until(lambda: changed(store, "SELECT * FROM journal WHERE step = 'F-DEL-9'"))
        assert seconds_until_answered(sei) < PHONE_WAITS / 2
    assert {event["error"] for event in events} == {"OperationalError"}


def seconds_until_answered(address: Address) -> float:
    trusted = ssl.create_default_context(cafile=str(address.ca))
    began = time.monotonic()
    httpx.get(f"{address.url}/openapi.json", verify=trusted, timeout=2 * PHONE_WAITS)
    return time.monotonic() - began


@dataclass
class At:
    """A clock that stands."""

    time: datetime

    def now(self) -> datetime:
        return self.time


def test_certificates_of_the_network_are_renewed_before_they_run_out(tmp_path: Path):
    made = {}
    for days in (0, 1, 350):
        network = network_in(tmp_path, {"operator"}, At(NOW + days * A_DAY))
        files = (network.server("jpki").certificate, network.client("operator")[0])
        made[days] = [x509.load_pem_x509_certificate(file.read_bytes()) for file in files]
        ca = x509.load_pem_x509_certificate(network.certificate("ca").read_bytes())
        for certificate in made[days]:
            certificate.verify_directly_issued_by(ca)
            assert certificate.not_valid_after_utc > NOW + (days + 15) * A_DAY
    assert made[1] == made[0], "a good one is kept"


@pytest.fixture
def worlds() -> Iterator[tuple[World, ReferenceWorlds]]:
    """A world where a phone was changed, and the old one is about to be deleted."""
    resolved = resolve("reference", None, seed=1)
    with resolved.open() as target:
        bench = Bench(target, resolved.statement, Recorder(), AccessPath.INTERNAL)
        with bench.new_world() as world:
            change_of_phone(world)
            assert world.start("new", "issue").done
            assert isinstance(world.port, ReferenceWorlds)
            yield world, world.port


@pytest.mark.parametrize(
    ("status", "kind", "state"),
    [
        (401, "client-certificate-expired", "waiting"),
        (403, "wrong-role", "waiting"),
        (408, "request-timeout", "waiting"),
        (429, "too-many-requests", "waiting"),
        (403, "not-yours", "refused"),
        (422, "invalid", "refused"),
    ],
)
def test_an_order_of_deletion_outlives_what_does_not_judge_it(
    worlds: tuple[World, ReferenceWorlds], status: int, kind: str, state: str
):
    """A peer's certificate that ran out loses no deletion: the order waits for a good one."""
    world, port = worlds
    sei = port.opened().world.servers["sei-tsm"]
    sound, sei.running = sei.running, refusing(status, kind)
    world.work("sp-tsm")
    (order,) = world.table("sp-tsm", "orders")
    assert order["state"] == state
    sei.running = sound
    world.work("sp-tsm")
    (order,) = world.table("sp-tsm", "orders")
    assert order["state"] == ("requested" if state == "waiting" else "refused")


def refusing(status: int, kind: str) -> Any:
    """A server that answers with this problem, whatever is asked."""
    problem = {"type": f"urn:jpki-conformance:problem:{kind}", "status": status, "detail": "no"}

    async def answer(_scope: Any, _receive: Any, send: Any) -> None:
        head = [(b"content-type", b"application/problem+json")]
        await send({"type": "http.response.start", "status": status, "headers": head})
        await send({"type": "http.response.body", "body": json.dumps(problem).encode()})

    return answer


def test_a_message_that_is_tried_again_is_journalled_once(
    worlds: tuple[World, ReferenceWorlds],
):
    world, port = worlds
    world.work("sp-tsm")
    push = port.opened().world.servers["push"]
    sound, push.running = push.running, None
    for _ in range(3):
        assert not world.work("sei-tsm")
    push.running = sound
    assert world.work("sei-tsm")
    journal = [row["step"] for row in world.table("sei-tsm", "journal")]
    assert journal == ["F-DEL-9", "F-DEL-10"]
