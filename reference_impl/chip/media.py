"""The media a chip's memory can be kept on: RAM with a power switch, or a file.

Both keep the contract of ``chip.memory.Medium``.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from reference_impl.chip.memory import PowerLost

PAGE = 16  # bytes programmed at once


class MemoryMedium:
    """An image in RAM, programmed page by page, with a supply that a bench can cut."""

    def __init__(self, image: bytes = b"") -> None:
        self._image = bytearray(image)
        self._left: int | None = None  # pages until the supply fails; None: it does not
        self.pages_written = 0

    def image(self) -> bytes:
        """A snapshot, from which ``MemoryMedium(image)`` continues."""
        return bytes(self._image)

    def cut_after(self, pages: int | None) -> None:
        """Let ``pages`` more pages be programmed and the supply fail at the next one.

        None takes the cut back. A chip's ``reset`` does so too: it switches the supply on.
        """
        if pages is not None and pages < 0:
            raise ValueError(f"cannot cut after {pages} pages")
        self._left = pages

    def read(self) -> bytes:
        return bytes(self._image)

    def append(self, record: bytes) -> None:
        programmed = self._program(len(record))
        self._image += record[: programmed * PAGE]
        if programmed * PAGE < len(record):
            raise PowerLost

    def replace(self, image: bytes) -> None:
        """The new image is programmed beside the old one; switching over is the last page."""
        if self._program(len(image) + 1) * PAGE < len(image) + 1:
            raise PowerLost
        self._image[:] = image

    def power_on(self) -> None:
        self._left = None

    def _program(self, size: int) -> int:
        """How many pages of ``size`` bytes the supply lasts for."""
        pages = -(-size // PAGE)
        if self._left is not None:
            pages = min(pages, self._left)
            self._left -= pages
        self.pages_written += pages
        return pages


@dataclass
class FileMedium:
    """An image in a file, so that the card survives its process, even ``kill -9``.

    ``durable`` waits for the disk after every record: needed to survive the host's power cut,
    not the end of the process.
    """

    path: Path
    durable: bool = False

    def read(self) -> bytes:
        return self.path.read_bytes() if self.path.exists() else b""

    def append(self, record: bytes) -> None:
        with self.path.open("ab") as file:
            file.write(record)
            file.flush()
            self._settle(file.fileno())

    def replace(self, image: bytes) -> None:
        fresh = self.path.with_name(self.path.name + ".new")
        with fresh.open("wb") as file:
            file.write(image)
            file.flush()
            self._settle(file.fileno())
        fresh.replace(self.path)

    def power_on(self) -> None:
        """Nothing to do: a file has no supply of its own."""

    def _settle(self, descriptor: int) -> None:
        if self.durable:
            os.fsync(descriptor)
