"""Phones by the hundred are issued at once by servers that are processes of their own.

Servers, stores, certificates, TLS and chips are real; persons and cards are there beforehand, and
key pairs come from a pool made once a run by OpenSSL. Phones run in threads of this process, so
that on a small machine they share its cores with the servers: what is measured is all of it. A
phone is issued when both certificates are on its chip and were used once. In the second run the
SP-TSM, the JPKI system and the SEI-TSM are killed in turn and started again; phones whose flow is
interrupted go on with it. Afterwards JPKI, SP-TSM and chips are held against each other.
"""

from __future__ import annotations

import os
import tempfile
import threading
import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from fixtures.bench import Bench
from fixtures.recorder import Recorder
from fixtures.targets.reference_processes import QuickKeys, ServedWorlds
from fixtures.targets.reference_served import served
from fixtures.targets.resolve import resolve
from suites.services.agreement import contradictions
from suites.services.flow_model import ISSUANCE
from suites.services.kills import at_jpki
from suites.services.parties import bound, view
from suites.timing.figure import Figure

if TYPE_CHECKING:
    from fixtures.ics.statement import Statement
    from fixtures.services.world import World
    from fixtures.targets.reference_served import Address

PHONES = 200
AT_ONCE = 16
KEYS_EACH = 4  # two of the My Number Card, two of the phone
KILLED = ("sp-tsm", "jpki", "sei-tsm")
PATIENCE = 120.0  # seconds until a phone gives up
PAUSE = 0.1  # s before an interrupted phone goes on
DOWN = 0.5  # s that a killed server stays away


@dataclass(frozen=True)
class Issued:
    """One phone: when it began, and when it was done (UNIX seconds); 0 where it never was."""

    se_id: str
    began: float
    done: float
    interrupted: int  # times


@dataclass
class Run:
    """What came of all phones, and what is wrong afterwards."""

    phones: list[Issued]
    sections: dict[str, list[float]]  # seconds
    kills: int
    seconds: float
    cpu: dict[str, float]  # CPU seconds of each server, where it was not killed
    wrong: dict[str, list[str]] = field(default_factory=dict)  # SE-ID → what is lost or twice

    @property
    def rate(self) -> float:
        """Issuances a second."""
        return len(self.phones) / self.seconds


def figures(phones: int = PHONES) -> Iterator[Figure]:
    """Without and with servers that are killed."""
    for kills in ((), KILLED):
        run = measured(phones, AT_ONCE, kills)
        told = f", {run.kills} servers killed meanwhile" if kills else ""
        name = f"{phones} phones issued, {AT_ONCE} at once{told}"
        yield Figure(name, run.rate, "issuance/s")
        whole = [one.done - one.began for one in run.phones if one.done]
        for what, seconds in {"issuance": whole, **run.sections}.items():
            yield from _quantiles(what, seconds, told)
        for server, spent in run.cpu.items():
            yield Figure(f"CPU of {server}, an issuance{told}", spent / phones, "CPU s")
        if kills:
            interrupted = sum(one.interrupted > 0 for one in run.phones)
            yield Figure(f"interrupted{told}", interrupted, "phones")
        else:
            spent = sum(run.cpu.values())
            yield Figure("CPU of all servers, an issuance", spent / phones, "CPU s")
        wrong = len(run.wrong)
        yield Figure(f"lost or duplicated{told}", wrong, "phones", "<= 0", not wrong)


def _quantiles(what: str, seconds: list[float], told: str) -> Iterator[Figure]:
    for share in (50, 95, 99) if seconds else ():
        yield Figure(f"{what}, p{share}{told}", float(np.quantile(seconds, share / 100)), "s")


def measured(phones: int, at_once: int, kills: tuple[str, ...] = ()) -> Run:
    """One run on servers of its own."""
    with tempfile.TemporaryDirectory() as folder, served(Path(folder)) as addresses:
        return crowd_at(addresses, phones, at_once, kills)


def crowd_at(
    addresses: list[Address], phones: int, at_once: int, kills: tuple[str, ...] = ()
) -> Run:
    """One run on these servers."""
    keys = QuickKeys.prepared(KEYS_EACH * phones)
    with ExitStack() as stack:
        statement = resolve("reference", None, seed=1).statement
        worlds = [stack.enter_context(_world(addresses, keys, statement)) for _ in range(phones)]
        se_ids = [_prepared(world) for world in worlds]
        finished, broken = threading.Semaphore(0), threading.Event()

        def issue(n: int) -> Issued:
            try:
                return _issued(worlds[n], se_ids[n], broken)
            finally:
                finished.release()

        before = {one.name: _cpu(one) for one in addresses}
        began = time.monotonic()
        with (
            killing(addresses, kills, phones, finished, broken),
            ThreadPoolExecutor(at_once) as crowd,
        ):
            issued = list(crowd.map(issue, range(phones)))
        seconds = time.monotonic() - began
        spent = {one.name: _cpu(one) - before[one.name] for one in addresses}
        cpu = {name: taken for name, taken in spent.items() if name not in kills}
        run = Run(issued, _sections(worlds[0], issued), len(kills), seconds, cpu)
        for world, one in zip(worlds, issued, strict=True):
            if wrong := _compared(world, one):
                run.wrong[one.se_id] = wrong
        return run


@contextmanager
def _world(addresses: list[Address], keys: QuickKeys, statement: Statement) -> Iterator[World]:
    target = ServedWorlds(addresses, keys)
    bench = Bench(target, statement, Recorder(), statement.pixit.paths[0])  # type: ignore[arg-type]
    with bench.new_world() as world:
        yield world


def _cpu(server: Address) -> float:
    """CPU seconds of a server's process so far; 0 where the system does not tell."""
    told = Path(f"/proc/{server.process.pid}/stat")
    if not told.exists():
        return 0.0
    fields = told.read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _prepared(world: World) -> str:
    world.person("holder")
    return world.phone("phone", "holder")


def _issued(world: World, se_id: str, broken: threading.Event) -> Issued:
    """The user begins, and his app goes on as often as it is interrupted, unless all is broken."""
    began, interrupted = time.time(), 0
    outcome = world.start("phone", "issue")
    while not (outcome.done or broken.is_set()) and time.time() < began + PATIENCE:
        interrupted += 1
        time.sleep(PAUSE)
        outcome = world.resume("phone")
        if outcome.state == "failed":
            outcome = world.start("phone", "issue")
    return Issued(se_id, began, time.time() if outcome.done else 0.0, interrupted)


@contextmanager
def killing(
    addresses: list[Address],
    kills: tuple[str, ...],
    phones: int,
    finished: threading.Semaphore,
    broken: threading.Event,
) -> Iterator[None]:
    """Kill one server after the other, each when its share of the phones is done.

    What fails meanwhile is raised at the end; ``broken`` tells phones not to wait until then.
    """

    def one_by_one() -> None:
        for name in kills:
            for _ in range(phones // (len(kills) + 1)):
                finished.acquire()
            if broken.is_set():
                return
            address = next(one for one in addresses if one.name == name)
            address.kill()
            time.sleep(DOWN)
            address.start()
            address.expect()

    def told(killer: Future[None]) -> None:
        if killer.exception() is not None:
            broken.set()

    with ThreadPoolExecutor(1, "killer") as hands:
        killer = hands.submit(one_by_one)
        killer.add_done_callback(told)
        try:
            yield
        except BaseException:
            broken.set()
            finished.release(phones)  # phones that are not begun any more
            raise
        killer.result()


def _sections(world: World, issued: list[Issued]) -> dict[str, list[float]]:
    """Section → seconds, of every phone, by the SP-TSM's journal."""
    began = {one.se_id: one.began for one in issued}
    flows = {
        row["id"]: row["se_id"] for row in world.table("sp-tsm", "flows") if row["se_id"] in began
    }
    found: dict[str, list[float]] = {step: [] for step in ISSUANCE.steps}
    last: dict[str, float] = {}
    for row in world.table("sp-tsm", "journal"):
        if row["flow"] not in flows:
            continue
        at = datetime.fromisoformat(row["at"]).timestamp()
        before = last.get(row["flow"], began[flows[row["flow"]]])
        found[row["step"]].append(at - before)
        last[row["flow"]] = at
    return found


def _compared(world: World, one: Issued) -> list[str]:
    """In what chip, SP-TSM and JPKI do not hold the same of this phone."""
    mine = [line for line in bound(world) if line.state == "valid"]
    held = view(world, phone=one.se_id)
    wrong = [*at_jpki(world), *contradictions(held)]
    if not one.done or len(mine) != 2 or len(held.chips) < 2:
        wrong.append(f"{len(mine)} bound, {len(held.chips)} on the chip")
    return wrong
