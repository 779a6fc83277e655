"""Access rules that are handed in as files: read, judged, shown, or told as JSON.

A file holds what GET DATA FF40 and FF60 brought, put together, or the REF-AR-DO alone: raw, or in
hex with any white space.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from rich.console import Group
from rich.table import Table
from rich.text import Text

from fixtures.card.jpki import JPKI_AP
from fixtures.outcome import UsageError
from fixtures.verdict import Finding, Verdict, worst
from suites.access_control.dump import Line, Remark, judge_dump, lines, remarks
from suites.access_control.rules import ALWAYS, Rule, content_of, parse_rules

LONGEST = 1 << 20  # bytes; an ARA-M has room for some tens of kilobytes
HEX = re.compile(rb"[0-9A-Fa-f\s]+")
NAMED = re.compile(r"([^=]+)=([0-9A-Fa-f]{40}|[0-9A-Fa-f]{64})")


@dataclass(frozen=True)
class JudgedRules:
    """One file. ``sha256`` and ``size`` (bytes) are of the file as it was handed in."""

    name: str
    sha256: str
    size: int
    rules: tuple[Rule, ...]
    finding: Finding
    remarks: tuple[Remark, ...]


def judge_file(path: Path, application: bytes = JPKI_AP) -> JudgedRules:
    """``UsageError`` for a file that is none; rules that cannot be read are a FAIL."""
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise UsageError(f"{path}: cannot be read ({error.strerror})") from None
    if not 0 < len(raw) <= LONGEST:
        raise UsageError(f"{path}: {len(raw)} bytes are no access rules; 1 to {LONGEST:,} can be")
    told: tuple[Rule, ...] = ()
    try:
        told = rules_in(raw)
        checked(told)
        found = judge_dump(told, path.name, application)
    except ValueError as error:
        reason = f"cannot be read, and so the phone lets nobody in: {error}"
        found = Finding("REQ-2-1-m", Verdict.FAIL, reason, path.name)
        told = ()
    digest = hashlib.sha256(raw).hexdigest()
    return JudgedRules(path.name, digest, len(raw), told, found, tuple(remarks(told)))


def rules_in(raw: bytes) -> tuple[Rule, ...]:
    """Raises ``ValueError`` for what is none."""
    if HEX.fullmatch(raw):
        raw = bytes.fromhex(raw.decode("ascii"))
    if raw[:2] == b"\xff\x40":
        raw = content_of(raw, 0xFF40)
    return parse_rules(raw)


def checked(rules: Sequence[Rule]) -> None:
    """Raises ``ValueError`` for a rule that a phone cannot read (AOSP, GPD_SPE_013)."""
    for at, rule in enumerate(rules, 1):
        if rule.aid and not 5 <= len(rule.aid) <= 16:
            raise ValueError(f"rule {at} names an AID of {len(rule.aid)} bytes")
        if len(rule.app) not in (0, 20, 32):
            raise ValueError(f"rule {at} names an app by {len(rule.app)} bytes")
        if rule.apdu is not None and len(rule.apdu) > 1 and len(rule.apdu) % 8:
            raise ValueError(f"rule {at} has {len(rule.apdu)} bytes of APDU filters")
        if rule.nfc is not None and len(rule.nfc) != 1:
            raise ValueError(f"rule {at} has {len(rule.nfc)} bytes on events")


def named_apps(told: Sequence[str]) -> dict[bytes, str]:
    """Hash → name, from ``NAME=HASH``. ``UsageError`` for anything else."""
    found = {}
    for one in told:
        match = NAMED.fullmatch(one)
        if match is None:
            raise UsageError(f"--app {one!r}: give NAME=HASH, of 40 or 64 hex digits")
        found[bytes.fromhex(match[2])] = match[1]
    return found


def shown(one: JudgedRules, apps: Mapping[bytes, str], application: bytes = JPKI_AP) -> Group:
    """The table of who may do what, the remarks, and the verdict."""
    table = Table("application", "app", "commands", "events", "case", box=None, pad_edge=False)
    for line in lines(one.rules, (application,)):
        table.add_row(*cells(line, apps))
    said = [Text(f"rule {r.rule}: {r.said}" if r.rule else r.said, "yellow") for r in one.remarks]
    verdict = Text(f"verdict  {one.finding.verdict}", "bold")
    head = Text(f"{one.name}  {len(one.rules)} rules", "bold")
    return Group(head, table, *said, verdict.append(f"  {one.finding.reason}", "not bold"))


def cells(line: Line, apps: Mapping[bytes, str]) -> tuple[str, ...]:
    decision = line.decision
    application = "selected by default" if line.application is None else hexed(line.application)
    if line.other:
        application = "any other"
    app = "any other" if line.app is None else apps.get(line.app, hexed(line.app))
    if not decision.open:
        commands = "none, no channel"
    elif decision.filters is None:
        commands = "all"
    else:
        pairs = sorted(f"{f[:4].hex()}/{f[4:].hex()}" for f in decision.filters)
        commands = " ".join(pairs).upper()
    return application, app, commands, "heard" if decision.nfc else "", decision.case


def hexed(raw: bytes) -> str:
    """Hashes by their beginning, which tells them apart."""
    told = raw.hex().upper()
    return told if len(raw) <= 16 else f"{told[:12]}…"


def to_json(found: Sequence[JudgedRules]) -> dict[str, Any]:
    """One object of the published shape, but for ``suite``."""
    return {
        "verdict": worst(one.finding.verdict for one in found),
        "findings": [{"id": "access", **asdict(one.finding)} for one in found],
        "metrics": {
            "rules": sum(len(one.rules) for one in found),
            "always": sum(rule.apdu == ALWAYS for one in found for rule in one.rules),
            "remarks": sum(len(one.remarks) for one in found),
        },
        "remarks": [
            {"file": one.name, **asdict(remark)} for one in found for remark in one.remarks
        ],
        "inputs": [{"name": one.name, "sha256": one.sha256, "size": one.size} for one in found],
    }
