"""The one place where the JPKI system is put together."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from reference_impl.choice import sound
from reference_impl.jpki.applications import Applications
from reference_impl.jpki.authorities import CaKeys, FolderKeys, MemoryKeys, authorities
from reference_impl.jpki.documents import Notary
from reference_impl.jpki.issuing import Issuer
from reference_impl.jpki.life_cycle import LifeCycle
from reference_impl.jpki.ocsp import StatusAnswers
from reference_impl.jpki.registration import Registration
from reference_impl.jpki.revocation_lists import RevocationLists
from reference_impl.jpki.rules import (
    AnswerRules,
    KeyRules,
    LifeRules,
    ListRules,
    Serials,
    Terms,
)
from reference_impl.jpki.service import JpkiSystem, jpki_service
from reference_impl.jpki.tables import TABLES
from reference_impl.web.peers import PeerGate
from reference_impl.web.shell import Shell
from reference_impl.web.store import open_store

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from starlette.types import ASGIApp

    from reference_impl.parts import Part
    from reference_impl.web.clock import Clock
    from reference_impl.web.network import Credentials
    from reference_impl.web.process import Process


@contextmanager
def open_jpki(
    clock: Clock,
    network: Credentials,
    log: Callable[..., Any],
    part: Part = sound,
    *,
    folder: Path | None = None,
    keys: CaKeys | None = None,
    process: Process | None = None,
) -> Iterator[ASGIApp]:
    """The JPKI system as an ASGI application, until the context ends.

    Parameters
    ----------
    network : the CA whose client certificates its peers present
    log : takes ``(event, **values)``; never a secret
    folder : where keys and store are kept; None: in memory
    keys : of the CAs, in place of those in the folder or new ones
    process : told where the system would leave something half done
    """
    own = keys or (MemoryKeys() if folder is None else FolderKeys(folder / "jpki-keys"))
    store = open_store(None if folder is None else folder / "jpki.sqlite", TABLES, process)
    try:
        cas = authorities(own, clock, part)
        life_cycle = part(LifeCycle)(clock, part(LifeRules)())
        issuer = part(Issuer)(cas, clock, part(Terms)(), part(Serials)(), part(KeyRules)())
        notary = part(Notary)(clock)
        system = JpkiSystem(
            store,
            cas,
            life_cycle,
            part(Registration)(store, clock, issuer, life_cycle),
            part(Applications)(store, clock, notary, issuer, life_cycle),
            part(RevocationLists)(store, clock, cas, life_cycle, part(ListRules)()),
            part(StatusAnswers)(store, clock, cas, life_cycle, part(AnswerRules)()),
        )
        gate = part(PeerGate)(network.loaded(), clock)
        yield Shell(jpki_service(system, gate), log)
    finally:
        store.dispose()
