"""What a reader is: its model and firmware, its polling loop, and its antenna."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum, unique

from reference_impl.contactless.field import Coil
from reference_impl.contactless.timing import FIELD_GUARD, FWI_MOST


@unique
class OnSeveral(StrEnum):
    """What is made of answers of both types in one round."""

    FIRST = "first"
    PREFER_A = "prefer A"
    PREFER_B = "prefer B"
    COLLISION_ERROR = "collision error"  # EMVCo


@dataclass(frozen=True)
class Polling:
    """A loop. ``guard``: ticks before each request; ``pauses``: field off between rounds."""

    order: str = "AB"
    bail_out: bool = True
    on_several: OnSeveral = OnSeveral.FIRST
    guard: int = FIELD_GUARD
    field_reset: bool = False  # between the probes of a round
    pauses: bool = True


@dataclass(frozen=True)
class ReaderProfile:
    """A model with its firmware. ``most_fwi``: of a phone of type A; with more it is given up."""

    name: str
    firmware: str
    polling: Polling = field(default_factory=Polling)
    requires_b: bool = False  # the application behind it
    fsdi: int = 8
    cid: int = 0
    pps: bool = False
    most_fwi: int = FWI_MOST
    retries: int = 0  # by itself, within an attempt
    coil: Coil = field(default_factory=lambda: Coil(25.0, 13.0))
