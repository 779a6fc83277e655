"""Services at real addresses: what a statement says of them, and that the checks ask there."""

from __future__ import annotations

import json
import socket
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PrivateFormat

from fixtures.bench import Bench
from fixtures.ics.statement import REFERENCE_STATEMENT, Statement, load_statement
from fixtures.outcome import NotRun
from fixtures.recorder import Recorder
from fixtures.services.world import OPERATOR, World
from fixtures.targets.port import AccessPath, Channel, ClientCertificate, HttpAnswer
from reports.doctor import State
from reports.ics_commands import check
from reports.service_signs import examine_statement
from suites.selfcheck.vendor import SECRETS, vendor_statement

URL = "https://127.0.0.1"


def named(folder: Path, lines: str) -> Path:
    """A vendor's statement with these lines more."""
    file = vendor_statement(folder)
    file.write_text(file.read_text(encoding="utf-8") + f"\n{lines}\n", encoding="utf-8")
    return file


def test_a_name_that_is_no_service_is_told_with_the_one_that_was_meant(tmp_path: Path):
    file = named(tmp_path, f'[endpoints.sptsm]\nurl = "{URL}"')
    (told,) = check(file).faults
    assert told == f"{file}: [endpoints.sptsm] is no service that is asked; did you mean 'sp-tsm'?"


def test_peers_without_a_service_are_told(tmp_path: Path):
    file = named(tmp_path, '[peers.operator]\ncertificate = "a"\nkey = "b"')
    (told,) = check(file).faults
    assert told == f"{file}: [peers] stands without [endpoints]; add the url of a service"


def test_files_that_cannot_be_read_are_told_by_their_place(tmp_path: Path, monkeypatch: Any):
    for name, value in SECRETS.items():
        monkeypatch.setenv(name, value)
    file = named(
        tmp_path,
        f'[endpoints.sp-tsm]\nurl = "{URL}"\nca = "{tmp_path}/no.pem"\n'
        f'[peers.operator]\ncertificate = "{tmp_path}/acme.toml"\nkey = "{tmp_path}/no.key"',
    )
    found = check(file)
    assert not found.faults
    assert [line.partition(":")[0] for line in found.unresolved] == [
        "endpoints.sp-tsm.ca", "peers.operator.key",
    ]  # fmt: skip


def test_the_doctor_tells_of_an_address_where_nobody_is_and_of_a_useless_peer(tmp_path: Path):
    with socket.socket() as taken:  # bound, and nobody listens
        taken.bind(("127.0.0.1", 0))
        file = named(
            tmp_path,
            f'[endpoints.sei-tsm]\nurl = "{URL}:{taken.getsockname()[1]}"\n'
            f'[peers.sp-tsm]\ncertificate = "{tmp_path}/acme.toml"\nkey = "{tmp_path}/acme.toml"',
        )
        signs = examine_statement(file)
    assert [(sign.name, sign.state) for sign in signs] == [
        ("sei-tsm", State.BAD), ("peer sp-tsm", State.BAD),
    ]  # fmt: skip
    assert all(sign.remedy for sign in signs)


@pytest.mark.parametrize("ca", ["no.pem", "acme.toml"], ids=["missing", "no certificate"])
def test_a_useless_ca_is_no_fault_of_the_peers(tmp_path: Path, ca: str):
    peer, key = selfsigned(tmp_path)
    file = named(
        tmp_path,
        f'[endpoints.sei-tsm]\nurl = "{URL}:1"\nca = "{tmp_path / ca}"\n'
        f'[peers.sp-tsm]\ncertificate = "{peer}"\nkey = "{key}"',
    )
    signs = examine_statement(file)
    assert [(sign.name, sign.state) for sign in signs] == [
        ("sei-tsm", State.BAD), ("peer sp-tsm", State.OK),
    ]  # fmt: skip


def selfsigned(folder: Path) -> tuple[Path, Path]:
    """The PEM files of a peer, made for the moment."""
    key, name = ec.generate_private_key(ec.SECP256R1()), x509.Name([])
    now = datetime.now(UTC)
    built = x509.CertificateBuilder(name, name, key.public_key(), 1, now, now + timedelta(days=1))
    peer, own = folder / "peer.pem", folder / "peer.key"
    peer.write_bytes(built.sign(key, hashes.SHA256()).public_bytes(Encoding.PEM))
    own.write_bytes(
        key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return peer, own


def test_the_doctor_says_where_services_are_named(tmp_path: Path):
    (sign,) = examine_statement(vendor_statement(tmp_path))
    assert sign.state is State.WARN
    assert "[endpoints.jpki]" in sign.remedy


@dataclass
class Environment:
    """Persons and phones of a vendor, who leaves HTTP to the suite; and his servers."""

    asked: list[tuple[str, Any, str, str, bytes]] = field(default_factory=list)
    waiting: list[bool] = field(default_factory=list)  # what a TSM has to do
    ended: set[str] = field(default_factory=set)

    def open(self, path: AccessPath, /) -> Channel:
        raise NotImplementedError

    def open_world(self) -> None: ...

    def close_world(self) -> None: ...

    def world(self, verb: str, arguments: Mapping[str, Any], /) -> Any:
        raise ValueError(f"no verb {verb!r}")

    def element(self, phone: str, /) -> Channel:
        raise NotImplementedError

    def service(self, name: str, peer: str | ClientCertificate | None, /) -> Environment.Way:
        return Environment.Way(self, name, peer)

    @dataclass
    class Way:
        servers: Environment
        name: str
        peer: Any

        def request(
            self, method: str, path: str, /, *, body: bytes = b"", content_type: str = ""
        ) -> HttpAnswer:
            self.servers.asked.append((self.name, self.peer, method, path, body))
            if path == "/operator/work":
                if self.name in self.servers.ended:
                    raise httpx.ConnectError("nobody is there")
                waits = self.servers.waiting.pop() if self.servers.waiting else False
                return HttpAnswer(200, "application/json", json.dumps({"worked": waits}).encode())
            if path.startswith("/operator/"):
                return HttpAnswer(200, "application/json", json.dumps([{"n": 1}]).encode())
            return HttpAnswer(200, "application/pkix-crl", b"\x30\x00")


def test_a_server_at_an_address_is_asked_there_and_no_other_is():
    environment, recorder = Environment(), Recorder()
    world = World(
        environment,
        recorder,
        environment.service,
        frozenset({"sp-tsm", "jpki"}),
    )
    assert world.table("sp-tsm", "journal") == [{"n": 1}]
    assert world.http("jpki", "GET", "/v1/crls/signature") == (200, "3000")
    world.http("jpki", "POST", "/v1/ocsp/signature", "3003")
    world.http("sp-tsm", "POST", "/flows", {"kind": "issue"})
    assert environment.asked == [
        ("sp-tsm", OPERATOR, "GET", "/operator/tables/journal", b""),
        ("jpki", None, "GET", "/v1/crls/signature", b""),
        ("jpki", None, "POST", "/v1/ocsp/signature", b"\x30\x03"),
        ("sp-tsm", None, "POST", "/flows", b'{"kind": "issue"}'),
    ]
    with pytest.raises(ValueError, match="no verb 'http'"):  # the bench's port, which has none
        world.http("sei-tsm", "GET", "/operator/tables")


def test_a_tsm_at_an_address_does_there_what_waits():
    """Ordered by its operator, until it has nothing more to do; the adapter is not asked."""
    environment = Environment(waiting=[True, True])
    world = World(environment, Recorder(), environment.service, frozenset({"sp-tsm", "sei-tsm"}))
    world.settle()
    assert {asked[:4] for asked in environment.asked} == {
        ("sp-tsm", OPERATOR, "POST", "/operator/work"),
        ("sei-tsm", OPERATOR, "POST", "/operator/work"),
    }
    assert len(environment.asked) == 4
    environment.ended.add("sp-tsm")
    environment.waiting = [True]
    assert not world.work("sp-tsm")
    assert world.work("sei-tsm")


def test_an_impostor_cannot_be_brought_to_an_address():
    environment = Environment()
    world = World(environment, Recorder(), environment.service, frozenset({"sei-tsm"}))
    with pytest.raises(NotRun, match="no expired certificate of sp-tsm is stated"):
        world.http("sei-tsm", "POST", "/deletions", {}, role="sp-tsm", certificate="expired")
    assert not environment.asked


def test_an_adapter_with_a_port_of_its_own_is_asked_for_what_has_no_address():
    told = load_statement(REFERENCE_STATEMENT, literals=True).model_dump()
    told["endpoints"] = {"jpki": {"url": URL}}
    environment = Environment()
    bench = Bench(environment, Statement.model_validate(told), Recorder(), AccessPath.INTERNAL)
    bench.service("sei-tsm", "sp-tsm").request("GET", "/operator/tables")
    assert [asked[:2] for asked in environment.asked] == [("sei-tsm", "sp-tsm")]
