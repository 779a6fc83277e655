"""The same card under type A and type B (TAB-01): what it does must not depend on the type.

Everything a terminal can say that neither draws random numbers nor makes keys, and commands of
any bytes. Signatures and challenges are compared by status word and length, files by content.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import replace

from fixtures.bench import Bench
from fixtures.card.apdu import Command
from fixtures.card.jpki import EF, JpkiCard
from fixtures.targets.port import AccessPath
from fixtures.verdict import Finding, Verdict

TYPES = (AccessPath.CONTACTLESS_A, AccessPath.CONTACTLESS_B)
KNOWN_INSTRUCTIONS = (0x20, 0x24, 0x2A, 0x2C, 0x46, 0x82, 0x84, 0xA4, 0xB0, 0xC0, 0xD6, 0xFC)
CONTENT = 0xB0  # READ BINARY: what it answers is compared byte by byte


def dialogue(bench: Bench, seed: int, any_bytes: int) -> Iterator[tuple[str, bytes]]:
    """Name and bytes of every command, the same for both types; counters are full before."""
    for ef in EF:
        yield f"SELECT {ef:04X}", bytes(Command(0, 0xA4, 2, 0x0C, ef.to_bytes(2, "big")))
        yield f"READ {ef:04X}", bytes(Command(0, 0xB0, 0, 0, le=256))
        yield f"tries of {ef:04X}", bytes(Command(0, 0x20, 0, 0x80 | ef.sfi))
    pin = Command(0, 0x20, 0, 0x80 | EF.USER_PIN.sfi, bench.user_pin)
    yield "sign before VERIFY", bytes(Command(0x80, 0x2A, 0, 0x97, bytes(32), 256))
    yield "VERIFY", bytes(pin)
    yield "sign", bytes(Command(0x80, 0x2A, 0, 0x97, bytes(32), 256))
    yield "sign with the other key", bytes(Command(0x80, 0x2A, 0, 0x9A, bytes(32), 256))
    yield "READ 000A", bytes(Command(0, 0xB0, 0x8A, 0, le=256))
    yield "challenge", bytes(Command(0, 0x84, 0, 0, le=8))
    yield "administrator", bytes(Command(0, 0x82, 0, 0x81, bytes(16)))
    yield "unblock", bytes(Command(0, 0x2C, 2, 0x98, bench.user_pin))
    yield "change", bytes(Command(0, 0x24, 1, 0x98, bench.user_pin))
    yield from _any(random.Random(seed), any_bytes)


def _any(draw: random.Random, count: int) -> Iterator[tuple[str, bytes]]:
    """Nearly right commands; never VERIFY with data, which could cost a try."""
    for number in range(count):
        ins = draw.choice([*KNOWN_INSTRUCTIONS, draw.randrange(256)])
        data = draw.randbytes(draw.choice([0, 0, 1, 4, 16])) if ins != CONTENT else b""
        head = bytes([draw.choice([0, 0, 0x80, 0x0C, 0x01]), ins, draw.choice([0, 0x02, 0x80]),
                      draw.choice([0, 0x98, 0x8A, 0x0C])])  # fmt: skip
        if ins in (0x20, 0x21):
            data = b""
        body = bytes([len(data)]) + data if data else b""
        yield f"any bytes {number}", head + body + draw.choice([b"", b"\x00", b"\x01"])


def answers(bench: Bench, path: AccessPath, seed: int, any_bytes: int) -> list[tuple[str, bytes]]:
    """What the card answers by one type: content of files, of all else length and status word."""
    bench.renew()
    card = JpkiCard(replace(bench, path=path).channel)
    card.power_cycle()
    told = []
    for name, raw in dialogue(bench, seed, any_bytes):
        answer = card.send_raw(raw)
        data = answer.data if raw[1] == CONTENT else bytes(len(answer.data))
        told.append((f"{name} ({raw[:5].hex().upper()})", data + answer.sw.to_bytes(2, "big")))
    return told


def judge_types(
    requirement: str, by_a: list[tuple[str, bytes]], by_b: list[tuple[str, bytes]]
) -> Finding:
    """PASS where every answer is the same."""
    differ = [(a, b) for a, b in zip(by_a, by_b, strict=True) if a != b]
    told = f"{len(by_a)} commands, the same answers by type A and type B"
    if differ:
        (name, got_a), (_, got_b) = differ[0]
        told = f"{len(differ)} of {len(by_a)} differ; the first: {name} answers "
        told += f"{got_a[-2:].hex().upper()} by type A and {got_b[-2:].hex().upper()} by type B"
    verdict = Verdict.FAIL if differ else Verdict.PASS
    return Finding(requirement, verdict, told, "type A and type B", len(differ), 0, "commands")
