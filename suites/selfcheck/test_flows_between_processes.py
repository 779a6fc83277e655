"""Phones and servers as they are in the field: five processes, TLS between them, stores on disk."""

from __future__ import annotations

import socket
import sqlite3
import ssl
import threading
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from typing import cast

import pytest

from fixtures.bench import Bench
from fixtures.effort import Effort
from fixtures.outcome import BenchError
from fixtures.recorder import Recorder
from fixtures.targets.port import AccessPath
from fixtures.targets.reference_processes import ServedWorlds
from fixtures.targets.reference_served import Address, Settings, served
from fixtures.targets.resolve import resolve
from suites.services import bench_load, kills
from suites.services.agreement import contradictions
from suites.services.business import DOCUMENT, LOGIN, doubts, issuer_of, kept
from suites.services.flow_model import (
    ISSUANCE,
    REMOTE_DELETION,
    RENEWAL,
    USE_BY_PASSWORD,
    USE_BY_PIN,
    deviations,
)
from suites.services.parties import (
    bound,
    certificate_on,
    change_of_phone,
    issued_phone,
    serial_of,
    view,
)

pytestmark = pytest.mark.xdist_group("services as processes")


@pytest.fixture(scope="module")
def addresses(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Address]]:
    folder = tmp_path_factory.mktemp("services")
    with served(folder, by_hand=True, mortal=True) as addresses:
        yield addresses


@pytest.fixture(scope="module")
def bench(addresses: list[Address]) -> Bench:
    statement = resolve("reference", None, seed=1).statement
    return Bench(ServedWorlds(addresses), statement, Recorder(), AccessPath.INTERNAL)  # type: ignore[arg-type]


def test_a_phone_is_issued_and_renewed(bench: Bench):
    with bench.new_world() as world:
        se_id = issued_phone(world)
        assert not deviations(ISSUANCE, world.steps("F-ISS"))
        first = {row.serial for row in bound(world)}
        assert len(first) == 2
        assert world.start("phone", "renew").done
        assert not deviations(RENEWAL, world.steps("F-REN"))
        renewed = view(world, phone=se_id)
        assert not contradictions(renewed)
        assert len({chip.serial for chip in renewed.chips} - first) == 2


def test_the_old_phone_is_deleted(bench: Bench):
    with bench.new_world() as world:
        old, new = change_of_phone(world)
        assert world.start("new", "issue").done
        world.settle("old", "new")
        assert not deviations(REMOTE_DELETION, world.steps("F-DEL"))
        assert not world.card("old").select_ap().ok
        assert not contradictions(view(world, new=new))
        states = {row["se_id"]: row["state"] for row in world.table("sei-tsm", "deletions")}
        assert states[old] == "deleted"


def test_the_phone_is_used_at_a_business_server(bench: Bench):
    """Logged in by PIN and signed by password, each with a proof; once revoked, no more."""
    with bench.new_world() as world:
        issued_phone(world)
        for use, flow in ((LOGIN, USE_BY_PIN), (DOCUMENT, USE_BY_PASSWORD)):
            before = len(world.executed())
            assert world.use("phone", use).done
            steps = [entry.step for entry in world.executed()[before:]]
            assert not deviations(flow, steps)
            own = certificate_on(world.card("phone"), use)
            (row,) = [row for row in kept(world) if row["serial"] == serial_of(own)]
            assert not doubts(row, own, issuer_of(world, use), "")
        assert world.start("phone", "revoke").done
        assert not world.use("phone", LOGIN).done


def test_each_server_is_known_by_its_own_name(addresses: list[Address]):
    """A server of the same network, at the address of another, is not taken for it."""
    for address in addresses:
        for other in addresses:
            if other is address:
                assert answers_as(other.name, address)
            else:
                with pytest.raises(ssl.SSLCertVerificationError, match="Hostname mismatch"):
                    answers_as(other.name, address)


def answers_as(name: str, address: Address) -> str | None:
    context = ssl.create_default_context(cafile=str(address.ca))
    place = ("127.0.0.1", int(address.url.rpartition(":")[2]))
    with (
        socket.create_connection(place, timeout=10) as plain,
        context.wrap_socket(plain, server_hostname=f"{name}.services.invalid") as link,
    ):
        return link.version()


def test_what_is_between_servers_needs_the_certificate_of_one(bench: Bench):
    order = {"request": "r-1", "se_id": "se-1"}
    message = {"message": {"token": "t", "data": {}}}
    send = "/v1/projects/jpki-reference/messages:send"
    between = (("sei-tsm", "/deletions", order, "sp-tsm"), ("push", send, message, "sei-tsm"))
    with bench.new_world() as world:
        for server, path, body, _ in between:
            assert world.http(server, "POST", path, body)[0] == 401
            assert world.http(server, "POST", path, body, role="municipality")[0] == 403
        for server in ("sp-tsm", "sei-tsm", "push"):
            work = "/operator/tables/messages" if server == "push" else "/operator/tables"
            assert world.http(server, "GET", work)[0] == 401
            assert world.http(server, "GET", work, role="sp-tsm")[0] == 403
            assert world.http(server, "GET", work, role="operator")[0] == 200


def test_each_server_has_a_durable_store_of_its_own(addresses: list[Address]):
    tables = {}
    for address in addresses:
        (file,) = address.own_folder.glob("*.sqlite")
        with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as store:
            assert store.execute("PRAGMA journal_mode").fetchone() == ("wal",)
            found = store.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
            tables[address.name] = {name for (name,) in found}
    assert {"tokens", "certificates"} & tables["sp-tsm"] == {"certificates"}
    assert {"tokens", "certificates"} & tables["sei-tsm"] == {"tokens"}


@pytest.mark.parametrize("name", kills.STORIES)
def test_a_flow_is_completed_whichever_server_is_killed_when(
    bench: Bench, effort: Effort, name: str
):
    """``pytest --effort full -s`` kills at every moment, and shows the matrix."""
    story = kills.STORIES[name]
    found = kills.all_moments(bench, story)
    tries = [kills.kill(bench, story, one) for one in kills.some(found, effort.server_kills)]
    print(f"{name}: {kills.told(tries)}, of {len(found)} moments")
    assert not [str(one.moment) for one in tries if not one.killed]
    wrong = [f"{one.moment}: {one.wrong[0]}" for one in tries if one.wrong]
    assert not wrong, f"{kills.told(tries)}: {wrong[:5]}"


def test_a_server_that_forgets_is_found_by_killing_it(bench: Bench, addresses: list[Address]):
    """The matrix can fail: here a repeated application is a new one, which the store refuses."""
    story = kills.STORIES["issuance"]
    forgetful = kills.Moment("sp-tsm", 1, "POST /flows answering", "F-ISS-1 kept")
    (sp,) = (address for address in addresses if address.name == "sp-tsm")
    sound = sp.settings
    again_with(sp, replace(sound, faults=("flows.application_taken_twice",)))
    try:
        told = kills.kill(bench, story, forgetful)
    finally:
        again_with(sp, sound)
    assert told.killed
    assert not told.completed
    assert "not completed" in told.wrong


def test_a_crowd_is_issued_while_a_server_is_killed(addresses: list[Address]):
    """The load run of ``make bench``, small."""
    run = bench_load.crowd_at(addresses, phones=5, at_once=3, kills=("sp-tsm",))
    assert run.wrong == {}
    assert {len(seconds) for seconds in run.sections.values()} == {5}
    assert all(one.done > one.began for one in run.phones)


def test_phones_that_were_never_issued_are_each_told_once(monkeypatch: pytest.MonkeyPatch):
    never = [bench_load.Issued(f"SE-{n}", 1.0, 0.0, 1) for n in range(2)]
    wrong = {one.se_id: ["0 bound, 0 on the chip", "the flow is open"] for one in never}
    run = bench_load.Run(never, {"F-ISS-1": []}, 0, 1.0, {"jpki": 3.0, "push": 1.0}, wrong)
    monkeypatch.setattr(bench_load, "measured", lambda *_: run)
    told = {figure.name: figure for figure in bench_load.figures(2)}
    assert (told["lost or duplicated"].value, told["lost or duplicated"].met) == (2, False)
    assert told["CPU of all servers, an issuance"].value == 2
    assert told["interrupted, 0 servers killed meanwhile"].value == 2
    assert not [name for name in told if "p50" in name]


class Gone:
    """A server that does not come back."""

    name = "jpki"

    def kill(self) -> None: ...

    def start(self) -> None: ...

    def expect(self) -> None:
        raise BenchError("the service jpki does not start")


def test_a_server_that_does_not_come_back_ends_the_load_run():
    finished, broken = threading.Semaphore(1), threading.Event()
    gone = cast("list[Address]", [Gone()])
    with (
        pytest.raises(BenchError, match="jpki does not start"),
        bench_load.killing(gone, ("jpki",), 2, finished, broken),
    ):
        assert broken.wait(10)


def test_a_crowd_that_breaks_off_does_not_wait_for_its_killer():
    with (
        pytest.raises(KeyError),
        bench_load.killing([], ("jpki",), 2, threading.Semaphore(0), threading.Event()),
    ):
        raise KeyError


def again_with(address: Address, settings: Settings) -> None:
    """The same server on its folder, run otherwise."""
    address.end()
    address.settings = settings
    address.start()
    address.expect()
