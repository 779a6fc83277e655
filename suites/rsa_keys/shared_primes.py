"""Moduli that are equal, and moduli that share a prime: two different things, told apart.

Rules followed here:

- Equal moduli are taken together first. Left in, they would have everything in common with each
  other, and hide what else they share; taken out in silence, they would never be reported.
- A key of which *both* primes stand in other keys has its whole modulus in common with the rest.
  Such moduli are taken apart by what the others have in common, so that every group ends with the
  one factor that its members share.
- A factor is reported as it divides, prime or not: a modulus that divides another one counts too.

Sources: Heninger et al., Mining Your Ps and Qs, USENIX Security 2012; Bernstein, Factoring into
coprimes in essentially linear time (2005), whose base this is, by simpler means.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from gmpy2 import gcd, mpz  # type: ignore[import-untyped]

from suites.rsa_keys.batch_gcd import common_factors


@dataclass(frozen=True)
class Shared:
    """A factor above 1, and the places of the moduli that it divides, ascending."""

    factor: int
    places: tuple[int, ...]


def duplicates(moduli: Sequence[int]) -> list[Shared]:
    """Groups of places with the same modulus, for moduli above 1; the factor is the modulus."""
    return [Shared(n, places) for n, places in _distinct(moduli).items() if len(places) > 1]


def shared_factors(moduli: Sequence[int], *, blocks: int = 1) -> list[Shared]:
    """For every factor that different moduli share, all places; moduli below 2 take no part.

    The factors have none in common with each other, and the gcd of any two different moduli is a
    product of powers of them. ``blocks`` as in ``common_factors``.
    """
    places = _distinct(moduli)
    values = list(places)
    found = common_factors(values, blocks=blocks)
    flagged = {n: g for n, g in zip(values, found, strict=True) if g > 1}
    members: dict[int, list[int]] = {}
    for n, factors in _taken_apart(flagged).items():
        for factor in factors:
            members.setdefault(factor, []).extend(places[n])
    return [Shared(factor, tuple(sorted(where))) for factor, where in members.items()]


def _distinct(moduli: Sequence[int]) -> dict[int, tuple[int, ...]]:
    places: dict[int, list[int]] = {}
    for place, n in enumerate(moduli):
        if n > 1:
            places.setdefault(n, []).append(place)
    return {n: tuple(where) for n, where in places.items()}


def _taken_apart(flagged: dict[int, int]) -> dict[int, list[int]]:
    """For each modulus, the elements of the common base that divide what it shares."""
    whole = [n for n, g in flagged.items() if g == n]
    known = [g for n, g in flagged.items() if g != n] + _first_factors(whole)
    base = coprime_base([*known, *whole])
    elements = set(base)
    return {
        n: [g] if g in elements else [b for b in base if g % b == 0] for n, g in flagged.items()
    }


def _first_factors(whole: Sequence[int]) -> list[int]:
    """Proper factors of moduli that share all they have, as many as groups of them tell.

    In a small group a modulus meets one of its partners and not yet the other.
    """
    found = []
    left, size = list(whole), 2
    while left and size < 2 * len(whole):
        groups = [left[i : i + size] for i in range(0, len(left), size)]
        shared = [g for group in groups for g in common_factors(group)]
        found += [g for n, g in zip(left, shared, strict=True) if 1 < g < n]
        left = [n for n, g in zip(left, shared, strict=True) if g in {1, n}]
        size *= 2
    return found


def coprime_base(numbers: Iterable[int]) -> list[int]:
    """Numbers above 1, no two with a common factor; each given one is a product of powers of them.

    Fast where the numbers are mostly prime, or mostly equal: one gcd for each new one.
    """
    base: set[mpz] = set()
    together = mpz(1)
    waiting = [mpz(number) for number in numbers][::-1]
    while waiting:
        x = waiting.pop()
        if x == 1 or x in base:
            continue
        if gcd(x, together % x) == 1:
            base.add(x)
            together *= x
            continue
        b = next(b for b in base if gcd(x, b) > 1)
        common = gcd(x, b)
        if common != b:
            base.remove(b)
            together //= b
            waiting += [b // common, common]
        waiting.append(x // common)
    return sorted(int(b) for b in base)
