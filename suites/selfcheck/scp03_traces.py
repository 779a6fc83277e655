"""The traces in ``scp03_traces.toml``, as values."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

from fixtures.card.apdu import Command
from fixtures.card.scp03_keys import StaticKeys

FILE = Path(__file__).with_name("scp03_traces.toml")


@dataclass(frozen=True)
class Exchange:
    """One command within a session; answers only where they were recorded."""

    plain: bytes
    wrapped: bytes
    answer: bytes | None  # as the card sent it, under 9000
    told: bytes | None  # what it means


@dataclass(frozen=True)
class Trace:
    """One session."""

    name: str
    group: str
    source: str
    aid: bytes
    keys: StaticKeys
    initialize_update: bytes
    answer: bytes
    external_authenticate: bytes
    exchanges: tuple[Exchange, ...]
    session: tuple[bytes, ...] = field(repr=False)

    @property
    def host_challenge(self) -> bytes:
        return command(self.initialize_update).data

    @property
    def level(self) -> int:
        return self.external_authenticate[2]

    @property
    def counter(self) -> int:
        return int.from_bytes(self.answer[-3:], "big")


def command(raw: bytes) -> Command:
    """A short command, cut up by hand."""
    cla, ins, p1, p2 = raw[:4]
    body = raw[4:]
    size = body[0] if len(body) > 1 else 0
    le = body[size + 1 :] if size else body
    return Command(cla, ins, p1, p2, body[1 : size + 1], (le[0] or 256) if le else None)


@lru_cache
def traces() -> tuple[Trace, ...]:
    """All of them, those of a group in the order of their counters."""
    return tuple(map(_trace, tomllib.loads(FILE.read_text(encoding="utf-8"))["trace"]))


def _trace(told: dict[str, Any]) -> Trace:
    raw = {name: _bytes(told.get(name)) or b"" for name in RAW}
    return Trace(
        told["name"], told["group"], told["source"], raw["aid"],
        StaticKeys(*map(bytes.fromhex, told["keys"])),
        raw["initialize_update"], raw["answer"], raw["external_authenticate"],
        tuple(map(_exchange, told.get("exchange", ()))),
        tuple(map(bytes.fromhex, told.get("session", ()))),
    )  # fmt: skip


def _exchange(told: dict[str, str]) -> Exchange:
    plain, wrapped = bytes.fromhex(told["plain"]), bytes.fromhex(told["wrapped"])
    return Exchange(plain, wrapped, _bytes(told.get("answer")), _bytes(told.get("told")))


def _bytes(told: str | None) -> bytes | None:
    return None if told is None else bytes.fromhex(told)


RAW = ("aid", "initialize_update", "answer", "external_authenticate")
