"""How many LOAD commands a load file takes, and what the numbering of blocks allows. Pure.

Rules (GlobalPlatform Card Specification v2.3.1, 11.6; SCP03, Amendment D v1.1.1 and v1.2, 6.2):

1. a command carries at most 255 bytes of data, for only short ones are defined (11.1.5);
2. blocks are numbered 00 to FF, so that there are 256 at the most (11.6.2.2);
3. the load file is cut anywhere: ``C4`` and its length field count as bytes of it;
4. a C-MAC takes 8 bytes (S8) or 16 (S16) of each command;
5. C-DECRYPTION pads to whole blocks of AES with at least one byte; R-MAC and R-ENCRYPTION
   lengthen the answer alone.
"""

from __future__ import annotations

from dataclasses import dataclass

from suites.capacity.containers import length_field

LONGEST_DATA = 255  # bytes of one command
MOST_BLOCKS = 256
AES_BLOCK = 16  # bytes
C_MAC, C_DECRYPTION = 0x01, 0x02
LEVELS = (0x01, 0x03, 0x11, 0x13, 0x33)
MACS = {"S8": 8, "S16": 16}  # bytes


@dataclass(frozen=True)
class Channel:
    """A security level of SCP03, as in P1 of EXTERNAL AUTHENTICATE, and the length of its MAC."""

    level: int
    mac: str = "S8"

    def __str__(self) -> str:
        return f"{self.level:02X} {self.mac}"

    @property
    def chunk(self) -> int:
        """The most bytes of a load file in one command."""
        room = LONGEST_DATA - MACS[self.mac] if self.level & C_MAC else LONGEST_DATA
        return room - room % AES_BLOCK - 1 if self.level & C_DECRYPTION else room

    @property
    def most(self) -> int:
        """The longest load file, ``C4`` and length field and DAP blocks included."""
        return MOST_BLOCKS * self.chunk

    @property
    def ceiling(self) -> int:
        """The most bytes of components that can be loaded where there are no DAP blocks."""
        return self.most - 1 - len(length_field(self.most))


CHANNELS = tuple(Channel(level, mac) for mac in MACS for level in LEVELS)


@dataclass(frozen=True)
class Loading:
    """A load file through a channel."""

    channel: Channel
    blocks: int

    @property
    def fits(self) -> bool:
        return self.blocks <= MOST_BLOCKS


def loading(channel: Channel, data: int, dap_bytes: int = 0) -> Loading:
    """So many bytes of components, DAP blocks before them, cut as large as can be."""
    whole = dap_bytes + 1 + len(length_field(data)) + data
    return Loading(channel, -(-whole // channel.chunk))
