"""Apps on the phone, by what the operating system vouches for: package, process, signers."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True)
class App:
    """An installed app. ``hashes``: of signers whose certificates are not at hand."""

    package: str
    pid: int
    certificates: tuple[bytes, ...] = ()
    hashes: tuple[bytes, ...] = ()
    privileged: bool = False  # may do what the access rules do not speak of


class Signers:
    """Who an app is, to the access rules."""

    def hashes(self, app: App) -> tuple[bytes, ...]:
        """All names a rule may call the app by."""
        return (*app.hashes, *(told for one in app.certificates for told in self.names(one)))

    def names(self, certificate: bytes) -> Iterator[bytes]:
        """SHA-1 and SHA-256 of the whole certificate."""
        yield hashlib.sha1(certificate, usedforsecurity=False).digest()
        yield hashlib.sha256(certificate).digest()
