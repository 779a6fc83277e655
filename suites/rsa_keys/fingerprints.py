"""Which known source of keys a population looks like: n mod 3, n mod 4 and the leading bits.

The table is from the public study of cards and libraries. A row is consistent with a population
where both remainders are, and the leading bits: for a source with one of the three exact laws that
law has to fit; for a source with none of them every law has to be rejected, or the histogram to lie
about as far from the nearest law as it did in the study.

Nothing here is a failure, and no row is a proof: several sources share a row, and a source that
nobody has studied may look like any.

Source: crocs-muni/classifyRSAkey, ACSAC_Public_mod3_mod4_N2-7.json (Nemec et al., ACSAC 2017),
re-analysed; total-variation distances of the histogram of six bits.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum, unique

from suites.rsa_keys.modulus_law import (
    FIPS,
    LAWS,
    REJECT,
    TOP_TWO,
    Law,
    Spread,
    expected,
    histogram,
    variation,
)
from suites.rsa_keys.residues import Residues


@unique
class Remainders(StrEnum):
    """How the remainders of n by one number are spread."""

    UNIFORM = "uniform"
    ONE = "always 1"
    OTHER = "neither"


@dataclass(frozen=True)
class Source:
    """A row of the table; ``distance``: to ``law``, or with no law to the nearest of the three."""

    names: str
    mod3: Remainders
    mod4: Remainders
    law: Law | None
    distance: float


FAR = 0.1  # distance from every law at which none of them would fit
UNIFORM, ONE = Remainders.UNIFORM, Remainders.ONE
SOURCES = (
    Source("Microsoft CNG, Bouncy Castle 1.54", UNIFORM, UNIFORM, FIPS, 0.001),
    Source(
        "OpenSSL FIPS 2.0, Feitian JavaCOS, SafeNet Luna, Gemalto GCX4, Oberthur Cosmo 64",
        UNIFORM, UNIFORM, TOP_TWO, 0.007,
    ),
    Source("OpenSSL 0.9.7 to 1.1.0", ONE, UNIFORM, TOP_TWO, 0.001),
    Source("Oberthur Cosmo Dual 72K", UNIFORM, ONE, TOP_TWO, 0.005),
    Source("NXP J2A080, J3A081, JCOP 41", UNIFORM, ONE, None, 0.18),
    Source("NXP J2D081, J2E145G, YubiKey NEO", ONE, ONE, None, 0.08),
    Source("G&D SmartCafe 4.x, 6.0", ONE, ONE, None, 0.67),
    Source("Infineon JTOP 80K, YubiKey 4 (ROCA)", UNIFORM, UNIFORM, None, 0.75),
    Source("SunRsaSign, Utimaco Se50, mbedTLS, PuTTY", UNIFORM, UNIFORM, REJECT, 0.06),
)  # fmt: skip


def remainders(found: Sequence[Residues], r: int) -> Remainders | None:
    """What the test of n mod r came to; ``None`` where it was not made."""
    for one in found:
        if one.r == r:
            if one.constant == 1:
                return Remainders.ONE
            return Remainders.OTHER if one.alarms else Remainders.UNIFORM
    return None


def look_alikes(laws: Spread, found: Sequence[Residues]) -> list[Source]:
    """The rows that a population is consistent with, the nearest law first."""
    by3, by4 = remainders(found, 3), remainders(found, 4)
    rows = [row for row in SOURCES if (row.mod3, row.mod4) == (by3, by4) and _near(laws, row)]
    chosen = laws.law
    return sorted(rows, key=lambda row: row.law is not chosen)


def _near(laws: Spread, row: Source) -> bool:
    if row.law is not None:
        return next(fit.fits for fit in laws.fits if fit.law is row.law)
    if row.distance > FAR and laws.law is not None:
        return False
    shares = histogram(laws.sample)
    nearest = min(variation(shares, law) for law in LAWS)
    return abs(nearest - row.distance) <= 0.03 + _noise(len(laws.sample))


def _noise(count: int) -> float:
    """About the distance that a sample of so many keeps from its own law, in the mean."""
    return float(sum(math.sqrt(p * (1 - p) / (2 * math.pi * count)) for p in expected(REJECT)))
