"""Serving a target to the outside world: ``jpki-conformance serve …``."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from fixtures.guard import Guard, GuardedChannel
from fixtures.ics.statement import (
    REFERENCE_CARD_STATEMENT,
    REFERENCE_STATEMENT,
    load_statement,
)
from fixtures.outcome import BenchError, UsageError
from fixtures.targets.bridge_wire import SHORTEST_TOKEN
from fixtures.targets.port import AccessPath
from fixtures.targets.resolve import REFERENCE, Resolved, resolve
from fixtures.targets.wire import Served, WireError
from fixtures.vpcd import VirtualCard, VirtualCardError

if TYPE_CHECKING:
    from fixtures.ics.statement import Statement
    from fixtures.targets.port import Channel
    from fixtures.targets.reference_served import Address

TOKEN = "BRIDGE_TOKEN"  # the variable; a secret is no argument, which others see
PROFILES = {"gpse": REFERENCE_STATEMENT, "card": REFERENCE_CARD_STATEMENT}


def serve_card(  # noqa: PLR0917  the options of the command line
    target: str,
    ics: Path | None,
    profile: str,
    port: int,
    state: Path | None,
    seed: int,
    faults: tuple[str, ...],
) -> None:
    """Serve until the reader goes away; ``BenchError`` when there is none or the card dies."""
    if target == REFERENCE and ics is None:
        if profile not in PROFILES:
            raise UsageError(f"--profile {profile!r} is not known; use gpse or card")
        ics = PROFILES[profile]
    if state is not None and target != REFERENCE:
        raise UsageError("--state: only the reference lives in a file; drop the option")
    resolved = _in_a_file(ics, state, faults) if state else None
    resolved = resolved or resolve(target, ics, faults=faults, seed=seed)
    with resolved.open() as opened:
        channel = _guarded(opened.open(_path(resolved.statement)), resolved)
        print(f"serving {resolved.name} to the reader on port {port}", file=sys.stderr)
        try:
            VirtualCard(channel, port=port).serve()
        except VirtualCardError as error:
            raise BenchError(str(error)) from error


def serve_program(target: str, ics: Path | None, seed: int, faults: tuple[str, ...]) -> None:
    """Serve on standard input and output until the input ends."""
    resolved = resolve(target, ics, faults=faults, seed=seed)
    with resolved.open() as opened:
        try:
            Served(opened, resolved.statement.pixit.paths).serve(
                sys.stdin.buffer, sys.stdout.buffer
            )
        except WireError as error:
            raise BenchError(f"standard input: {error}") from None


def serve_bridge(ics: Path | None, port: int, seed: int) -> None:
    """The reference as a phone, on loopback, until interrupted (docs/bridge_protocol.md)."""
    from fixtures.targets import reference_bridge  # noqa: PLC0415  only where it is served

    token = os.environ.get(TOKEN, "")
    if len(token) < SHORTEST_TOKEN:
        raise UsageError(
            f"{TOKEN} is not set to {SHORTEST_TOKEN} characters or more; "
            f"export {TOKEN}=$(openssl rand -hex 16) here and for the suite"
        )
    statement = load_statement(ics or REFERENCE_STATEMENT, literals=True)

    def told(at: int) -> None:
        print(f"serving {REFERENCE} as a phone: --target bridge:127.0.0.1:{at}", file=sys.stderr)

    try:
        reference_bridge.serve(statement, seed, token.encode(), port, told)
    except OSError as error:
        raise UsageError(f"--port {port}: {error.strerror}; name another") from None


def serve_services(state: Path, port: int, faults: tuple[str, ...]) -> None:
    """Serve the reference's services until interrupted; ``BenchError`` when one of them ends."""
    from fixtures.targets import reference, reference_served  # noqa: PLC0415  a web framework

    for name in faults:
        if name not in reference.known_faults():
            raise UsageError(f"no fault {name!r}; `jpki-conformance faults --list` names them")
    if not state.resolve().parent.is_dir():
        raise UsageError(f"{state}: the folder above it is not there; make it or name another")
    with reference_served.served(state, {"jpki": port}, faults) as addresses:
        print(_as_statement(addresses), flush=True)
        print("serving; end it with Ctrl-C", file=sys.stderr, flush=True)
        ended = _first_that_ends(addresses)
        raise BenchError(f"the service {ended.name} ended; see its log in {state}")


def _first_that_ends(addresses: list[Address]) -> Address:
    os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOWAIT)
    return next(address for address in addresses if address.process.poll() is not None)


def _as_statement(addresses: list[Address]) -> str:
    """The lines of a capability statement that name these services and their peers."""
    lines: list[str] = []
    peers: dict[str, tuple[Path, Path]] = {}
    for address in addresses:
        lines += [
            f"[endpoints.{address.name}]",
            f'url = "{address.url}"',
            f'ca = "{address.ca}"',
            "",
        ]
        peers |= address.peers
    for role, (certificate, key) in peers.items():
        lines += [f"[peers.{role}]", f'certificate = "{certificate}"', f'key = "{key}"', ""]
    return "\n".join(lines)


def _guarded(channel: Channel, resolved: Resolved) -> Channel:
    """A real device is guarded from whatever program finds it in the reader, too."""
    if resolved.is_harmless:
        return channel
    return GuardedChannel(channel, Guard.before(channel, resolved.statement, may_destroy=False))


def _in_a_file(ics: Path | None, state: Path, faults: tuple[str, ...]) -> Resolved:
    """The reference with its memory in a file: a card that outlives the process."""
    from fixtures.targets import reference  # noqa: PLC0415  only where the reference is served

    path = ics or REFERENCE_STATEMENT
    if not state.resolve().parent.is_dir():
        raise UsageError(f"{state}: the folder is not there; make it or name another file")
    statement = load_statement(path, literals=True)
    return Resolved(REFERENCE, reference.factory(faults, state=state), statement, path, True)


def _path(statement: Statement) -> AccessPath:
    """Contact, as a reader with a plastic card; else the first path of the statement."""
    paths = statement.pixit.paths
    return AccessPath.CONTACT if AccessPath.CONTACT in paths else paths[0]
