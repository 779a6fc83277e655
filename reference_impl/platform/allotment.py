"""Memory of an entry of the registry: what it takes, what is set aside, how much it may take.

GPCS 9.7 and 11.5.2.3.7. Sizes in bytes.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping
from dataclasses import astuple, dataclass

from reference_impl.applet.apdu import SW, Refused
from reference_impl.platform import tlv

UNLIMITED = 0xFFFF_FFFF
CODE_MINIMUM, VOLATILE_LIMIT, DATA_LIMIT = 0xC6, 0xC7, 0xC8
VOLATILE_RESERVED, DATA_RESERVED, IMPLICIT = 0xD7, 0xD8, 0xCF
LAYOUT = struct.Struct(">6I")


@dataclass(frozen=True)
class Allotment:
    """``code`` of a load file; ``volatile``: RAM the program needs; the others as INSTALL said."""

    code: int = 0
    volatile: int = 0
    reserved: int = 0
    quota: int = UNLIMITED
    reserved_volatile: int = 0
    quota_volatile: int = UNLIMITED

    def __bytes__(self) -> bytes:
        return LAYOUT.pack(*astuple(self))

    @classmethod
    def read(cls, raw: bytes) -> Allotment:
        """What ``bytes`` wrote."""
        return cls(*LAYOUT.unpack(raw))


class ParameterCoding:
    """System specific parameters (``EF``) of INSTALL."""

    def amounts(self, parameters: bytes) -> Mapping[int, bytes]:
        """By tag. Raises Refused (6A80) for what is not coded so."""
        found = dict(tlv.objects(parameters))
        return dict(tlv.objects(found.get(0xEF, b"")))

    def amount(self, held: Mapping[int, bytes], tag: int, otherwise: int) -> int:
        """On two bytes up to 32,767, on four above. Raises Refused (6A80)."""
        if tag not in held:
            return otherwise
        size = int.from_bytes(held[tag], "big")
        if len(held[tag]) not in (2, 4) or (len(held[tag]) == 2 and size > 0x7FFF):
            raise Refused(SW.INCORRECT_DATA)
        return size

    def for_install(self, parameters: bytes, volatile: int) -> Allotment:
        """Of an application whose program needs so much RAM. Raises Refused (6A80)."""
        held = self.amounts(parameters)
        made = Allotment(
            volatile=volatile,
            reserved=self.amount(held, DATA_RESERVED, 0),
            quota=self.amount(held, DATA_LIMIT, UNLIMITED),
            reserved_volatile=self.amount(held, VOLATILE_RESERVED, 0),
            quota_volatile=self.amount(held, VOLATILE_LIMIT, UNLIMITED),
        )
        if not self.consistent(made):
            raise Refused(SW.INCORRECT_DATA)
        return made

    def consistent(self, made: Allotment) -> bool:
        """Nobody can be promised more than he may have."""
        return made.reserved <= made.quota and made.reserved_volatile <= made.quota_volatile
