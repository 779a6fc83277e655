"""How well a reader and a phone feel each other, by position; all of it OUR DESIGN.

Two flat round coils couple by their mutual inductance (Neumann's formula), which falls with every
millimetre between their middles. The phone must get enough field to live, and the reader enough of
the phone's load modulation to hear it; that has gone through the coupling twice. A hand is never
quite still, so that each attempt differs a little, by a normal number of decibels; and at the edge
of what can be heard some frames are lost.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from random import Random
from statistics import NormalDist

SEGMENTS = 24  # of each coil; 48 change no figure by 0.05 dB
GAP = 5.0  # mm between the coils when phone and reader touch: two covers
SPREAD = 1.0  # dB, standard deviation from attempt to attempt, and from frame to frame
NORMAL = NormalDist()

Millimetres = tuple[float, float, float]


@dataclass(frozen=True)
class Coil:
    """One side. ``margin``: decibels in hand when both marks lie on each other, with a partner
    whose margin is 0; ``offset``: of the coil's middle from the mark, in mm along X and Y."""

    radius: float  # mm
    margin: float
    offset: tuple[float, float] = (0.0, 0.0)


@dataclass(frozen=True)
class Reception:
    """What an attempt at a place has to work with; ``heard``: share of the phone's frames."""

    powered: bool
    heard: float


@dataclass(frozen=True)
class Field:
    """Between readers and phones."""

    spread: float = SPREAD

    def reception(self, reader: Coil, phone: Coil, at: Millimetres, chance: Random) -> Reception:
        """Of one attempt."""
        loss = coupling(reader.radius, phone.radius, *self.between(reader, phone, at))
        there = reader.margin + loss + chance.gauss(0.0, self.spread)
        back = phone.margin + 2 * loss + chance.gauss(0.0, self.spread)
        heard = NORMAL.cdf((back - self.needed_by_reader()) / self.spread)
        return Reception(there >= self.needed_by_phone(), heard)

    def between(self, reader: Coil, phone: Coil, at: Millimetres) -> Millimetres:
        """From the middle of the one coil to that of the other."""
        x, y, z = at
        return (
            x + phone.offset[0] - reader.offset[0],
            y + phone.offset[1] - reader.offset[1],
            z,
        )

    def needed_by_phone(self) -> float:
        """Decibels."""
        return 0.0

    def needed_by_reader(self) -> float:
        return 0.0


@lru_cache(maxsize=4096)
def coupling(first: float, second: float, x: float, y: float, z: float) -> float:
    """Decibels of the mutual inductance against that of coils of these radii face to face."""
    there = mutual(first, second, x, y, z + GAP)
    return 20 * math.log10(max(abs(there) / mutual(first, second, 0.0, 0.0, GAP), 1e-6))


def mutual(first: float, second: float, x: float, y: float, z: float) -> float:
    r"""Proportional to :math:`\oint\oint d\mathbf{l}_1 \cdot d\mathbf{l}_2 / r`."""
    step = 2 * math.pi / SEGMENTS
    turns = [(math.cos(step * n), math.sin(step * n)) for n in range(SEGMENTS)]
    total = 0.0
    for cos1, sin1 in turns:
        for cos2, sin2 in turns:
            distance = math.dist(
                (first * cos1, first * sin1, 0.0), (x + second * cos2, y + second * sin2, z)
            )
            total += (cos1 * cos2 + sin1 * sin2) / distance
    return total * first * second
