"""The tables of ``cts.toml`` as values: 39 rules, 48 decisions on AIDs, 76 on commands."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from suites.access_control.rules import ALWAYS, NEVER, Rule, filters

TOLD: dict[str, Any] = tomllib.loads(
    Path(__file__).with_name("cts.toml").read_text(encoding="utf-8")
)
PREFIX = bytes.fromhex(TOLD["prefix"])
APPS: dict[str, bytes] = {name: bytes.fromhex(told) for name, told in TOLD["apps"].items()}


@dataclass(frozen=True)
class OnAid:
    """Whether this app can open a channel to this AID."""

    app: str
    aid: bytes
    opens: bool


@dataclass(frozen=True)
class OnCommand:
    """Whether this command goes through, on a channel that opens."""

    app: str
    aid: bytes
    command: bytes
    passes: bool


def aid(last: str) -> bytes:
    return PREFIX + bytes.fromhex(last)


AIDS = tuple(aid(last) for last in TOLD["granted"])


def rules() -> Iterator[Rule]:
    """Never for all apps of each AID, then the apps that have something to say there."""
    granted = {"always": ALWAYS} | {
        name: filters(*map(tuple, pairs)) for name, pairs in TOLD["filters"].items()
    }
    for last, told in TOLD["granted"].items():
        yield Rule(aid(last), b"", NEVER)
        for app, what in told.items():
            yield Rule(aid(last), APPS[app], granted[what])


def on_aids() -> Iterator[OnAid]:
    for app in APPS:
        opened = [aid(last) for last in TOLD["opens"][app]]
        yield from (OnAid(app, one, one in opened) for one in AIDS)


def on_commands() -> Iterator[OnCommand]:
    for table in TOLD["commands"]:
        for app in table["apps"]:
            for outcome in ("passes", "refused"):
                for command in map(bytes.fromhex, table[outcome]):
                    yield OnCommand(app, aid(table["aid"]), command, outcome == "passes")
