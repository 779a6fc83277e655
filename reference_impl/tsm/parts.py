"""The one place where the TSMs are put together."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from reference_impl.choice import sound
from reference_impl.platform.key_sets import KeySet
from reference_impl.tsm.clients import JpkiClient, PushClient, SeiClient
from reference_impl.tsm.deletion import DeletionScript, InstallationScript
from reference_impl.tsm.scripts import AppletScripts
from reference_impl.tsm.secure_channel import Host
from reference_impl.tsm.sei import SeiStore, SeiTsm
from reference_impl.tsm.sei_service import SpTsmGate, sei_service
from reference_impl.tsm.sp import OldPhone, SpTsm
from reference_impl.tsm.sp_service import sp_service
from reference_impl.tsm.sp_steps import Steps
from reference_impl.tsm.sp_store import SpStore
from reference_impl.web.peers import PeerGate
from reference_impl.web.process import Process, Running

if TYPE_CHECKING:
    import httpx
    from cryptography import x509

    from reference_impl.parts import Part
    from reference_impl.tsm.database import Database
    from reference_impl.web.clock import Clock

TEST_KEY = bytes(range(0x40, 0x50))  # published, for tests
ISSUER_KEYS = KeySet(0x30, TEST_KEY, TEST_KEY, TEST_KEY)


@dataclass(frozen=True)
class Site:
    """What a TSM runs on: its store, the network it is in, and what it must not tell."""

    database: Database
    network: x509.Certificate  # the CA of its peers
    clock: Clock
    secret: bytes = field(repr=False)  # of which the numbers of flows and deletions are made
    part: Part = sound
    process: Process = field(default_factory=Process)

    def operators(self) -> PeerGate:
        gate: PeerGate = self.part(PeerGate)(self.network, self.clock)
        return gate


def build_sp(site: Site, jpki: httpx.Client, sei: httpx.Client) -> Running:
    """The SP-TSM, with its ways to the JPKI system and the SEI-TSM."""
    part: Any = site.part
    store = part(SpStore)(site.database, site.clock)
    jpki_client, sei_client = JpkiClient(jpki), SeiClient(sei)
    scripts = part(AppletScripts)(TEST_KEY)
    steps = part(Steps)(store, jpki_client, sei_client, scripts)
    old_phone = part(OldPhone)(store, site.clock)
    tsm = part(SpTsm)(
        store, jpki_client, sei_client, steps, old_phone, site.process, site.secret
    )  # fmt: skip
    return Running(sp_service(tsm, site.operators()), tsm.work)


def build_sei(site: Site, push: httpx.Client, project: str, bearer: str) -> Running:
    """The SEI-TSM, with its way to the push service and its credential there."""
    part: Any = site.part
    store = part(SeiStore)(site.database, site.clock)
    host = part(Host)(ISSUER_KEYS)
    deletion = part(DeletionScript)(host)
    installation = part(InstallationScript)(host, TEST_KEY)
    client = PushClient(push, project, bearer)
    tsm = part(SeiTsm)(store, client, deletion, installation, site.process, site.secret)
    gate = part(SpTsmGate)(site.network, site.clock)
    return Running(sei_service(tsm, gate, site.operators()), tsm.work)
