"""Where a chip's entropy comes from: the operating system, or a seed for a repeatable chip."""

from __future__ import annotations

import os
from hashlib import sha256
from typing import Protocol


class EntropySource(Protocol):
    """A source of full-entropy bytes."""

    def read(self, size: int) -> bytes:
        """Exactly ``size`` bytes that were never handed out before."""


class OsEntropy:
    """The host's own generator; for chips that are served to the world."""

    def read(self, size: int) -> bytes:
        return os.urandom(size)


class SeededEntropy:
    """The same bytes for the same seed, SHA-256 in counter mode. For repeatable tests only."""

    def __init__(self, seed: bytes) -> None:
        self._seed = seed
        self._blocks = 0

    def read(self, size: int) -> bytes:
        output = b""
        while len(output) < size:
            output += sha256(self._seed + self._blocks.to_bytes(8, "big")).digest()
            self._blocks += 1
        return output[:size]
