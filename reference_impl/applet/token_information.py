"""EF 0006: the image of a PKCS#11 CK_TOKEN_INFO, 160 bytes (rule JPKI-TOK-01)."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from functools import cached_property

from reference_impl.applet.profile import Profile

FLAGS = 0x0000_040D  # random generator, login required, user PIN and token initialised
NOT_TOLD = 0xFFFF_FFFF  # the four memory sizes
SESSIONS = (1, 0, 1, 0)  # most, open, most read-write, open read-write
LONGEST_PIN, SHORTEST_PIN = 16, 6
LAYOUT = struct.Struct(">32s32s16s16sI4I2I4I2s2s16s")


@dataclass
class TokenInformation:
    """The token information of one profile."""

    profile: Profile

    def label(self) -> str:
        """Tells a phone from a card."""
        return self.profile.label

    def encode(self) -> bytes:
        """160 bytes."""
        return self._image

    @cached_property
    def _image(self) -> bytes:
        return LAYOUT.pack(
            _padded(self.label(), 32),
            _padded("JPKI SYNTHETIC TEST", 32),
            _padded("REFERENCE", 16),
            _padded("00000000", 16),
            FLAGS,
            *SESSIONS,
            LONGEST_PIN,
            SHORTEST_PIN,
            *(NOT_TOLD,) * 4,
            b"03",
            b"01",
            b"9" * 16,
        )


def _padded(text: str, size: int) -> bytes:
    return text.encode("ascii").ljust(size)
