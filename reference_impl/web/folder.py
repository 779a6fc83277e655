"""The network of the services in a folder: its CA, and one certificate for each server and peer.

Made at the first start and found again at the next; keys are readable for their owner only. A
certificate that has less than a month to live is made anew, except the CA's: it has ten years.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from cryptography import x509

from reference_impl.web.network import Credentials, client, new_network, server
from reference_impl.web.private_files import keep
from reference_impl.web.server import TlsFiles

if TYPE_CHECKING:
    from pathlib import Path

    from reference_impl.web.clock import Clock

MONTH = timedelta(days=30)


@dataclass(frozen=True)
class NetworkFolder:
    """``ca.pem``, ``NAME.pem``, ``NAME.key.pem`` and ``NAME.secret`` in this folder."""

    folder: Path
    clock: Clock

    def network(self) -> Credentials:
        """The CA."""
        if not self.certificate("ca").exists():
            self._write("ca", new_network(self.clock.now()))
        return Credentials(self.certificate("ca").read_bytes(), self.key("ca").read_bytes())

    def server(self, name: str) -> TlsFiles:
        """What a server of this name shows on its socket."""
        own = f"{name}.server"
        if self._is_due(own):
            self._write(own, server(self.network(), name, self.clock.now()))
        return TlsFiles(self.certificate(own), self.key(own), self.certificate("ca"))

    def client(self, role: str) -> tuple[Path, Path]:
        """Certificate and key by which a peer of this role is known."""
        if self._is_due(role):
            self._write(role, client(self.network(), role, self.clock.now()))
        return self.certificate(role), self.key(role)

    def secret(self, name: str) -> str:
        """What servers of this network share: 64 characters, made when it is first asked for."""
        file = self.folder / f"{name}.secret"
        if not file.exists():
            keep(file, secrets.token_hex(32).encode())
        return file.read_text(encoding="ascii")

    def certificate(self, name: str) -> Path:
        return self.folder / f"{name}.pem"

    def key(self, name: str) -> Path:
        return self.folder / f"{name}.key.pem"

    def _is_due(self, name: str) -> bool:
        """Whether there is none that is in force for a while."""
        file, now = self.certificate(name), self.clock.now()
        if not file.exists():
            return True
        found = x509.load_pem_x509_certificate(file.read_bytes())
        return not found.not_valid_before_utc <= now <= found.not_valid_after_utc - MONTH

    def _write(self, name: str, made: Credentials) -> None:
        keep(self.key(name), made.key)
        keep(self.certificate(name), made.certificate)  # last: with it the pair is there
