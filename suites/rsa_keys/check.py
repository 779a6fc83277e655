"""What a check of one public key is: a question with a name, and what it saw.

A check tells nothing that it has not seen. Where it says that a modulus is factored, the factor
has been divided out (:func:`broken_by`); where it only recognises a structure, it says so.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from suites.rsa_keys.key import KeyClass, Remark, RsaKey


@dataclass(frozen=True)
class Sighting:
    """What a check saw in one key, in words, with the figure where there is one."""

    key_class: KeyClass
    reason: str
    statistic: float | None = None
    bound: float | None = None
    unit: str | None = None
    factor: int | None = field(default=None, repr=False)


@dataclass(frozen=True)
class Check:
    """One question to a key; ``look`` answers None where there is nothing to say."""

    name: str
    clause: str  # document and section, or the paper
    look: Callable[[RsaKey], Sighting | None]

    def remark(self, key: RsaKey) -> Remark | None:
        """The sighting with the name of the check and of the key."""
        seen = self.look(key)
        if seen is None:
            return None
        return Remark(
            criterion=self.name,
            key_class=seen.key_class,
            clause=self.clause,
            reason=seen.reason,
            subject=key.subject,
            statistic=seen.statistic,
            bound=seen.bound,
            unit=seen.unit,
            factor=seen.factor,
        )


def broken_by(n: int, factor: int, reason: str) -> Sighting:
    """A factored modulus.

    Raises ValueError where ``factor`` is no proper divisor of ``n``: a check that claims one is
    wrong, and must not be believed.
    """
    if not (1 < factor < n and n % factor == 0):
        raise ValueError(f"a check claims a factor that does not divide the modulus: {reason}")
    return Sighting(KeyClass.BROKEN, reason, factor=int(factor))


def by_factoring(name: str, clause: str, find: Callable[[int], int | None], reason: str) -> Check:
    """A check that looks for a factor of n and knows no other answer."""

    def look(key: RsaKey) -> Sighting | None:
        factor = find(key.n)
        return None if factor is None else broken_by(key.n, factor, reason)

    return Check(name, clause, look)
