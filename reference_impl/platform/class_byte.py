"""What a class byte says: origin, logical channel, secure messaging (GPCS 11.1.4)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto

PROPRIETARY = 0x80  # b8: a GlobalPlatform command
FURTHER = 0x40  # b7: channels 4 to 19
FURTHER_SECURED = 0x20  # b6, there
SECURED = 0x04  # b3 without b4, on channels 0 to 3
ISO_SECURED = 0x08  # b4: secure messaging by ISO/IEC 7816-4


class Messaging(Enum):
    """How a command says it is protected."""

    NONE = auto()
    GLOBALPLATFORM = auto()
    ISO = auto()


@dataclass(frozen=True)
class ClassByte:
    """One of tables 11-11 and 11-12."""

    proprietary: bool
    channel: int
    messaging: Messaging

    @classmethod
    def parse(cls, cla: int) -> ClassByte | None:
        """None for a class byte that neither table has (b6 or b5 set where they are 0)."""
        return ALL[cla]

    @classmethod
    def read(cls, cla: int) -> ClassByte | None:
        """Bit by bit; ``parse`` looks it up."""
        proprietary = bool(cla & PROPRIETARY)
        if cla & FURTHER:
            if cla & 0x10:
                return None
            messaging = Messaging.GLOBALPLATFORM if cla & FURTHER_SECURED else Messaging.NONE
            return cls(proprietary, 4 + (cla & 0x0F), messaging)
        if cla & 0x30:
            return None
        if cla & ISO_SECURED:
            return cls(proprietary, cla & 0x03, Messaging.ISO)
        secured = Messaging.GLOBALPLATFORM if cla & SECURED else Messaging.NONE
        return cls(proprietary, cla & 0x03, secured)

    @property
    def plain(self) -> int:
        """The class byte of the same command on the basic channel without secure messaging."""
        return PROPRIETARY if self.proprietary else 0x00


ALL = tuple(map(ClassByte.read, range(0x100)))
