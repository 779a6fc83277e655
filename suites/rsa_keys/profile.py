"""The two standards a key pair is held against, and the figures of their tables.

FIPS 186-4 (2013), 5.1 and tables B.1, C.2; FIPS 186-5 (2023), 5.1 and tables A.1, B.1. What the
standards share is written once. The rows for 2048, 3072 and 4096 agree with OpenSSL's
``bn_rsa_fips186_4.c``; the column for provable primes and the row for 1024 are recalled.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum, unique

LENGTHS_186_4 = (1_024, 2_048, 3_072)  # bits of n; 1024 for what exists already
LEAST_186_5 = 2_048
LEAST_EXPONENT, MOST_EXPONENT = 1 << 16, 1 << 256  # both excluded
HIGH_ROUNDS = 64  # OpenSSL's, for a number of unknown origin


@unique
class Profile(StrEnum):
    """The edition of the standard."""

    FIPS186_4 = "fips186-4"
    FIPS186_5 = "fips186-5"

    @property
    def document(self) -> str:
        return self.value.replace("fips", "FIPS ")

    def allows(self, length: int) -> bool:
        """Whether n may have ``length`` bits."""
        if self is Profile.FIPS186_4:
            return length in LENGTHS_186_4
        return length >= LEAST_186_5 and length % 2 == 0

    def most_steps(self, half: int) -> int:
        """Candidates that the search for a prime with given p1, p2 may look at (C.9, B.9)."""
        return (5 if self is Profile.FIPS186_4 else 20) * half


@unique
class Assurance(StrEnum):
    """How many rounds of Miller-Rabin, with random bases, follow the Baillie-PSW test."""

    TABLE = "table"  # as the standard asks for at the key's security strength
    HIGH = "high"  # 64

    def rounds(self, bits: int) -> int:
        """Rounds for a prime factor of ``bits`` bits."""
        return HIGH_ROUNDS if self is Assurance.HIGH else row(2 * bits).rounds


@dataclass(frozen=True)
class Row:
    """What is asked of keys of at least ``length`` bits, up to the next row.

    ``rounds`` of Miller-Rabin for p and q, ``auxiliary_rounds`` for p1, p2, q1, q2; these have at
    least ``auxiliary_bits``, and two of one prime together fewer than ``both_probable`` bits, or
    ``both_provable`` where the prime itself is a provable one.
    """

    length: int
    rounds: int
    auxiliary_rounds: int
    auxiliary_bits: int
    both_probable: int
    both_provable: int


ROWS = (
    Row(4_096, 4, 44, 201, 2_030, 1_007),
    Row(3_072, 4, 41, 171, 1_518, 750),
    Row(2_048, 5, 38, 141, 1_007, 494),
    Row(1_024, 5, 28, 101, 496, 239),
)


def row(length: int) -> Row:
    """The row for n of ``length`` bits; below the tables, that of 1024."""
    return next((r for r in ROWS if length >= r.length), ROWS[-1])
