"""``targets`` and ``doctor``: what is there to be tested, and what the bench still lacks.

Nothing here disturbs a card: ``targets`` only looks into the readers, and ``doctor`` sends one
command, SELECT of the JPKI application, which changes nothing.
"""

from __future__ import annotations

import shutil
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from enum import StrEnum, unique
from importlib.metadata import PackageNotFoundError, version
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from rich.table import Table
from rich.text import Text

from fixtures.card.jpki import JpkiCard
from fixtures.outcome import BenchError, UsageError
from fixtures.pcsc_daemon import DRIVER_PATTERNS
from fixtures.targets.pcsc import connected, readers
from fixtures.targets.port import AccessPath
from fixtures.verdict import Verdict
from reports.atr import what_kind
from reports.campaign import ROOT, suite_identity
from reports.json_output import JsonFinding
from reports.verdicts import ExitStatus

if TYPE_CHECKING:
    from rich.console import Console

    from fixtures.targets.pcsc import Reader

LATENCY_SAMPLES = 200
SLOW_MS = 50.0  # a median above this makes a quick campaign take hours
COARSE_NS = 10_000  # a clock that steps further cannot time an exchange
LEAST_FREE = 2 << 30  # bytes; a full campaign leaves 0.7 GB

NAMED = (
    ("reference", "the reference implementation in this process"),
    ("pcsc:virtual", "the reference behind a PC/SC daemon of its own"),
    ("pcsc:READER", "a card in a reader: name, part of a name, or index"),
    ("exec:PROGRAM", "a program of yours (docs/exec_protocol.md)"),
    ("bridge:HOST:PORT", "an app on a phone (docs/bridge_protocol.md)"),
    ("package.module:factory", "an adapter of yours (docs/targets.md)"),
    ("FILE.toml", "a statement with [pixit] driver"),
    ("replay:CAMPAIGN", "the transcripts of a campaign"),
)


@unique
class State(StrEnum):
    """How well one thing is."""

    OK = "ok"
    WARN = "warn"
    BAD = "bad"


COLOURS = {State.OK: "green", State.WARN: "yellow", State.BAD: "bold red"}


@dataclass(frozen=True)
class Sign:
    """One thing that was looked at."""

    name: str
    state: State
    told: str
    remedy: str = ""


def list_readers() -> tuple[list[Reader], str]:
    """The readers, and why there are none to list, if it cannot be known."""
    try:
        return readers(), ""
    except (UsageError, BenchError) as error:
        return [], str(error)


def print_targets(console: Console) -> None:
    """What ``--target`` takes, and the readers with what is in them."""
    table = Table(box=None, pad_edge=False, header_style="bold", show_header=False)
    for name, what in NAMED:
        table.add_row(Text(name, style="bold"), Text(what))
    console.print(table)
    found, why_none = list_readers()
    console.print()
    if why_none or not found:
        console.print(Text(why_none or "no PC/SC reader is there", style="yellow"), soft_wrap=True)
        return
    table = Table(box=None, pad_edge=False, header_style="bold")
    for name in ("index", "reader", "card"):
        table.add_column(name)
    for reader in found:
        held = " (held by another program)" if reader.held else ""
        card = "–" if reader.atr is None else f"{reader.atr.hex().upper()}\n{what_kind(reader.atr)}"
        table.add_row(str(reader.index), Text(reader.name), Text(card + held))
    console.print(table)


def targets_json() -> dict[str, Any]:
    """The one JSON object of ``targets --json``."""
    found, why_none = list_readers()
    return {
        "verdict": Verdict.PASS,
        "findings": [],
        "targets": [name for name, _ in NAMED],
        "readers": [asdict(r) | {"atr": r.atr.hex().upper() if r.atr else None} for r in found],
        "metrics": {"readers": len(found)},
        "lacking": why_none,
        "inputs": [],
        "suite": suite_identity(),
    }


def examine(reader: str | None) -> list[Sign]:
    """Everything a bench with a reader needs; the card of ``reader``, or of the only one."""
    looks: list[Callable[[], Sign]] = [_packages, _clock, _disk, _driver, _clients]
    signs = [look() for look in looks]
    found, why_none = list_readers()
    if why_none:
        return [*signs, Sign("PC/SC", State.BAD, why_none)]
    signs.append(Sign("PC/SC", State.OK, f"the daemon answers, {len(found)} readers"))
    if not found:
        return [*signs, Sign("reader", State.WARN, "none is there", "plug one in")]
    return [*signs, *_card(reader or "")]


def status_of(signs: list[Sign]) -> ExitStatus:
    """3 when something is bad."""
    bad = any(sign.state is State.BAD for sign in signs)
    return ExitStatus.ERROR if bad else ExitStatus.PASS


def print_signs(console: Console, signs: list[Sign]) -> None:
    """A table of what was looked at, with what to do."""
    table = Table(box=None, pad_edge=False, show_header=False)
    for sign in signs:
        remedy = f"\n→ {sign.remedy}" if sign.remedy else ""
        told = Text(sign.told + remedy)
        table.add_row(Text(sign.state, style=COLOURS[sign.state]), sign.name, told)
    console.print(table)


def signs_json(signs: list[Sign]) -> dict[str, Any]:
    """The one JSON object of ``doctor --json``."""
    bad = [sign for sign in signs if sign.state is State.BAD]
    return {
        "verdict": Verdict.ERROR if bad else Verdict.PASS,
        "findings": [
            JsonFinding(
                id="doctor", verdict=Verdict.ERROR, requirement="", subject=s.name, reason=s.told
            ).model_dump(mode="json")
            for s in bad
        ],
        "signs": [asdict(sign) for sign in signs],
        "metrics": {"looked_at": len(signs), "bad": len(bad)},
        "inputs": [],
        "suite": suite_identity(),
    }


def _card(wanted: str) -> list[Sign]:
    try:
        with connected(wanted, card_seconds=0.0) as target:
            channel = target.open(AccessPath.CONTACT)
            card = JpkiCard(channel)
            atr = channel.reset()
            selected = card.select_ap()
            took = np.empty(LATENCY_SAMPLES)
            for n in range(LATENCY_SAMPLES):
                began = time.perf_counter_ns()
                card.select_ap()
                took[n] = (time.perf_counter_ns() - began) / 1e6
    except (UsageError, BenchError, ValueError) as error:
        return [Sign("card", State.BAD, str(error))]
    sign = Sign("card", State.OK, f"{atr.hex().upper()}: {what_kind(atr)}; JPKI application there")
    if not selected.ok:
        told = f"{atr.hex().upper()}: {what_kind(atr)}; SELECT answers {selected.sw:04X}"
        sign = Sign("card", State.BAD, told, "this card has no JPKI application; use another")
    median, late = np.median(took), np.percentile(took, 99)
    told = f"SELECT takes {median:.2f} ms (median), {late:.2f} ms (99 %)"
    slow = State.OK if median < SLOW_MS else State.WARN
    remedy = "" if slow is State.OK else "--effort distilled, or a faster reader"
    return [sign, Sign("latency", slow, told, remedy)]


def _packages() -> Sign:
    wanted = {}
    for line in (ROOT / "requirements.lock").read_text(encoding="utf-8").splitlines():
        if "==" in line and not line.startswith((" ", "#")):
            name, _, rest = line.partition("==")
            wanted[name] = rest.split()[0]
    wrong = []
    for name, pinned in wanted.items():
        try:
            here = version(name)
        except PackageNotFoundError:
            here = "missing"
        if here != pinned:
            wrong.append(f"{name} {here}, pinned {pinned}")
    if wrong:
        return Sign("packages", State.BAD, "; ".join(wrong[:3]), "make clean certify")
    told = f"Python {sys.version.split()[0]}, {len(wanted)} packages as pinned"
    return Sign("packages", State.OK, told)


def _clock() -> Sign:
    stamps = [time.perf_counter_ns() for _ in range(10_000)]
    step = min(b - a for a, b in pairwise(stamps) if b > a)
    told = f"smallest step {step} ns"
    if step > COARSE_NS:
        return Sign("clock", State.WARN, told, "times of single exchanges mean little here")
    return Sign("clock", State.OK, told)


def _disk() -> Sign:
    free = shutil.disk_usage(ROOT).free
    told = f"{free / (1 << 30):.1f} GiB free where campaigns go"
    if free < LEAST_FREE:
        return Sign("disk", State.BAD, told, "make room, or name another folder with --out")
    return Sign("disk", State.OK, told)


def _driver() -> Sign:
    found = any(path for pattern in DRIVER_PATTERNS for path in Path("/").glob(pattern.lstrip("/")))
    if found and shutil.which("pcscd", path="/usr/sbin:/usr/bin:/usr/local/sbin"):
        return Sign("virtual reader", State.OK, "pcscd and the vpcd driver are installed")
    return Sign(
        "virtual reader", State.WARN, "pcscd or the vpcd driver is missing",
        "apt-get install pcscd vsmartcard-vpcd, for pcsc:virtual and the check with OpenSC",
    )  # fmt: skip


def _clients() -> Sign:
    lacking = [name for name in ("opensc-tool", "pkcs11-tool", "openssl") if not shutil.which(name)]
    if lacking:
        return Sign("OpenSC", State.WARN, f"not installed: {', '.join(lacking)}",
                    "apt-get install opensc opensc-pkcs11 openssl, for JPKI-REAL-01")  # fmt: skip
    return Sign("OpenSC", State.OK, "the independent client is installed")
