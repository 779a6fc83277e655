"""An RSA key as it came, and what was found out about it.

Nothing here insists on a sound key: the suite exists to look at unsound ones.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum, unique

from fixtures.verdict import Verdict


@dataclass(frozen=True)
class RsaKey:
    """One key pair, as much of it as is known; any integer may be anything, even 0 or negative.

    ``subject`` says which key it is, for a reader: file, and place in it where there are several.
    """

    subject: str
    n: int
    e: int
    d: int | None = field(default=None, repr=False)
    p: int | None = field(default=None, repr=False)
    q: int | None = field(default=None, repr=False)
    dp: int | None = field(default=None, repr=False)
    dq: int | None = field(default=None, repr=False)
    qinv: int | None = field(default=None, repr=False)
    container: str = field(default="", compare=False)  # what it came in: "certificate", "JWK" …

    @property
    def is_private(self) -> bool:
        """True where at least both primes or the private exponent are known."""
        return self.d is not None or (self.p is not None and self.q is not None)


@unique
class KeyClass(StrEnum):
    """What a remark makes of a key."""

    BROKEN = "FAIL-BROKEN"  # anybody can make its signatures, or it makes none
    CONFORMANCE = "FAIL-CONFORMANCE"  # contradicts a criterion of the standard
    FINGERPRINT = "INFO-FINGERPRINT"  # the standard allows it; it tells where the key comes from


@dataclass(frozen=True)
class Remark:
    """One thing that is wrong, or strange, about one key or a population of keys."""

    criterion: str  # "K04", or the name of a check, such as "fermat"
    key_class: KeyClass
    clause: str  # document and section, or the paper that describes the weakness
    reason: str
    subject: str  # of the key, or of the population
    statistic: float | None = None
    bound: float | None = None
    unit: str | None = None
    factor: int | None = field(default=None, repr=False)  # of n, where it was found

    @property
    def verdict(self) -> Verdict:
        """PASS for a fingerprint: a bias that the standard allows is no failure."""
        return Verdict.PASS if self.key_class is KeyClass.FINGERPRINT else Verdict.FAIL
