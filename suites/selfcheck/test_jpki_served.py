"""The JPKI system as a process on a socket: TLS both ways, a durable store, a discreet log."""

from __future__ import annotations

import json
import ssl
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import httpx
import pytest

from fixtures.bench import Bench
from fixtures.ics.statement import REFERENCE_STATEMENT, Statement, load_statement
from fixtures.outcome import BenchError
from fixtures.recorder import Recorder
from fixtures.services.jpki_client import Use
from fixtures.targets.port import AccessPath
from fixtures.targets.reference_served import Address, one
from reports import service_signs
from reports.doctor import State
from suites.certificates.people import Office, all_of
from suites.certificates.strangers import of_another_time, self_signed


def stated(address: Address) -> Statement:
    """A vendor's statement with this service, and no clock that could be put forward."""
    statement = load_statement(REFERENCE_STATEMENT, literals=True)
    told = statement.model_dump()
    told["endpoints"] = {address.name: {"url": address.url, "ca": str(address.ca)}}
    told["peers"] = {
        role: {"certificate": str(certificate), "key": str(key)}
        for role, (certificate, key) in address.peers.items()
    }
    told["capabilities"] |= {"services.clock": False, "specimen.renew": False}
    return Statement.model_validate(told)


def office_at(address: Address) -> Office:
    return Office(Bench(object(), stated(address), Recorder(), AccessPath.INTERNAL))  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("jpki")


@pytest.fixture
def address(folder: Path) -> Iterator[Address]:
    with one("jpki", folder) as address:
        yield address


def test_what_was_issued_outlives_a_killed_server(folder: Path, address: Address):
    """kill -9 between two requests; then a new process on the same folder."""
    office = office_at(address)
    holder = office.holder()
    phone = office.phone(holder)
    begun = str(office.client.apply(office.application(holder)).told()["application_id"])
    office.client.suspend(holder.person, "phone").told()
    address.process.kill()
    address.process.wait()
    with pytest.raises(BenchError, match="the target died on GET"):
        office.client.show_application(begun)
    with one("jpki", folder) as restarted:
        again = office_at(restarted)
        for told in all_of(phone):
            assert again.status(told) == ("revoked", "certificateHold")
        for told in all_of(holder):
            assert again.status(told) == ("good", None)
        assert again.client.show_application(begun).ok
        log = (folder / "jpki.log.jsonl").read_text(encoding="utf-8")
    events = [json.loads(line) for line in log.splitlines()]
    assert {"sp-tsm", "municipality", "call-centre", ""} == {event["role"] for event in events}
    assert set(events[0]) == {"at", "event", "method", "path", "role", "status", "bytes"}
    assert "合成" not in log


def test_a_stranger_gets_no_connection_and_nobody_no_desk(address: Address):
    office = office_at(address)
    nobody = office.client.apply({}, None)
    assert nobody.kind in ("no-client-certificate", "invalid-request")
    application = "0" * 32
    refused = office.client.certify(application, Use.SIGNATURE, b"\x30\x00", None)
    assert (refused.status, refused.kind) == (401, "no-client-certificate")
    stranger = self_signed("sp-tsm", office.now())
    with pytest.raises(BenchError, match="the target died on PUT"):
        office.client.certify(application, Use.SIGNATURE, b"\x30\x00", stranger)


def test_the_doctor_finds_it(address: Address):
    signs = service_signs.examined(stated(address))
    assert [sign.state for sign in signs] == [State.OK] * (1 + len(address.peers)), signs


@pytest.mark.parametrize("days", [-400, 400], ids=["expired", "early"])
def test_a_certificate_of_another_time_gets_no_connection(address: Address, days: int):
    """TLS refuses it before the service is asked; with one of today the same request is heard."""
    office = office_at(address)
    network = address.ca.parent
    ca, key = ((network / name).read_bytes() for name in ("ca.pem", "ca.key.pem"))
    for off, heard in ((0, True), (days, False)):
        peer = of_another_time("sp-tsm", office.now() + timedelta(days=off), ca, key)
        if heard:
            assert office.client.certify("0" * 32, Use.SIGNATURE, b"0", peer).status in (404, 422)
            continue
        with pytest.raises(BenchError, match="the target died on PUT"):
            office.client.certify("0" * 32, Use.SIGNATURE, b"0", peer)


def test_the_server_is_known_by_its_network_only(address: Address):
    assert office_at(address).client.authority(Use.SIGNATURE)[:1] == b"\x30"
    context = ssl.create_default_context()
    with (
        pytest.raises(httpx.ConnectError, match="CERTIFICATE_VERIFY_FAILED"),
        httpx.Client(verify=context, trust_env=False) as client,
    ):
        client.get(f"{address.url}/v1/authorities/signature")


def test_keys_are_for_their_owner_only(folder: Path, address: Address):
    assert address.url
    keys = [*folder.rglob("*.key.pem")]
    assert len(keys) >= 4 + 3 + 2
    assert {file.stat().st_mode & 0o077 for file in keys} == {0}
