"""What only many keys together tell: equal keys, shared primes, and the laws they are drawn by.

Rules followed here:

- Keys are compared over all lengths; laws are tested within one length, and one restriction by e.
- A key is broken when it is equal to another, or shares a factor with it; a bias that the standard
  allows is a fingerprint, and only a law that no part of its interval explains a failure (K04).
- A clean result says what it bounds, and a number of tests what they alarm for by chance.

Sources: as each part names them; FIPS 186-4 B.3.1 and 186-5 A.1.1 for the interval of the primes.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from suites.rsa_keys import modulus_law, residues, seed_bounds
from suites.rsa_keys import population_remarks as remarks
from suites.rsa_keys.common_structure import shared_structure
from suites.rsa_keys.fingerprints import Source, look_alikes
from suites.rsa_keys.key import Remark, RsaKey
from suites.rsa_keys.modulus_law import REJECT, TOP_TWO, Spread
from suites.rsa_keys.probability import detectable
from suites.rsa_keys.residues import Residues
from suites.rsa_keys.shared_primes import Shared, duplicates, shared_factors

MANY = 50_000  # keys from which the batch gcd works in blocks, to stay below 300 MB
BLOCKS = 8
SHORTEST = 512  # bits of a modulus whose law is tested


@dataclass(frozen=True)
class Group:
    """Different moduli of one length, with what their law came to.

    ``spread`` is ``None`` for fewer than twenty of them, or a length that is odd or below 512.
    """

    length: int  # bits
    keys: int
    spread: Spread | None
    residues: tuple[Residues, ...]
    sources: tuple[Source, ...]

    @property
    def subject(self) -> str:
        return f"{self.keys:,} {'modulus' if self.keys == 1 else 'moduli'} of {self.length} bits"

    @property
    def tests(self) -> int:
        return (self.spread is not None) + len(self.residues)

    @property
    def alarms(self) -> bool:
        laws = self.spread is not None and not self.spread.standard.fits
        return laws or any(one.alarms for one in self.residues)


@dataclass(frozen=True)
class Population:
    """What was found between keys, what was not and how much that says, and the laws for a plot."""

    keys: int  # with a modulus above 1
    remarks: tuple[Remark, ...]
    bounds: tuple[str, ...]
    groups: tuple[Group, ...]

    @property
    def tests(self) -> int:
        """How many statistics were held against a law."""
        return sum(group.tests for group in self.groups)

    @property
    def false_alarm(self) -> float:
        """Probability of a fingerprint or more, for sound keys by the law of the standard."""
        return -math.expm1(self.tests * math.log1p(-modulus_law.SIGNIFICANCE))


def examine(keys: Sequence[RsaKey], told: Callable[[str], None] = lambda _: None) -> Population:
    """All checks between keys; ``told`` gets one line before each of them.

    A key whose modulus is below 2 takes no part, and is counted in the bounds.
    """
    moduli = [key.n for key in keys]
    usable = sum(n > 1 for n in moduli)
    blocks = BLOCKS if usable > MANY else 1
    told(f"{usable:,} keys: equal moduli")
    equal = duplicates(moduli)
    told(f"{usable:,} keys: shared primes")
    shared = shared_factors(moduli, blocks=blocks)
    told(f"{usable:,} keys: common structure of p - 1")
    structure = shared_structure(moduli, blocks=blocks)
    told(f"{usable:,} keys: laws of the moduli")
    groups = tuple(_groups(keys))
    found = [
        *remarks.of_duplicates(keys, equal),
        *remarks.of_shared(keys, shared),
        *remarks.of_structure(keys, structure),
        *(remarks.of_bad_exponent(key) for key in keys
          if key.n > 1 and residues.shows_bad_exponent(key.n, key.e)),
        *(remark for group in groups for remark in _of_group(group)),
    ]  # fmt: skip
    left_out = len(keys) - usable
    bounds = [
        *([f"{left_out:,} keys without a modulus above 1 were not compared"] if left_out else []),
        *_of_seeds(moduli, equal, shared),
        *(sentence for group in groups for sentence in _of_laws(group)),
        *_of_few(groups),
        *_of_odd(moduli),
    ]
    population = Population(usable, tuple(found), tuple(bounds), groups)
    if population.tests:
        population = Population(
            usable, population.remarks, (*population.bounds, _of_tests(population)), groups
        )
    return population


def _groups(keys: Sequence[RsaKey]) -> Iterator[Group]:
    """By length and by the small primes that divide e, the largest first."""
    by_kind: dict[tuple[int, int], dict[int, None]] = {}
    for key in keys:
        if key.n > 1:
            restricting = math.prod(r for r in residues.MODULI if key.e % r == 0)
            by_kind.setdefault((key.n.bit_length(), restricting), {})[key.n] = None
    for (length, e), moduli in sorted(by_kind.items(), key=lambda item: -len(item[1])):
        if _has_law(length):
            yield _group(length, list(moduli), e)


def _group(length: int, moduli: list[int], e: int) -> Group:
    enough = len(moduli) >= modulus_law.LEAST_KEYS
    laws = modulus_law.spread(moduli, length) if enough else None
    found = residues.residues(moduli, e)
    rows = look_alikes(laws, found) if laws else []
    return Group(length, len(moduli), laws, tuple(found), tuple(rows))


def _of_group(group: Group) -> Iterator[Remark]:
    if group.spread is not None:
        yield from remarks.of_spread(group.subject, group.spread)
    yield from remarks.of_residues(group.subject, group.residues)
    if group.alarms:
        yield from remarks.of_source(group.subject, group.sources)


def _of_seeds(
    moduli: Sequence[int], equal: Sequence[Shared], shared: Sequence[Shared]
) -> Iterator[str]:
    """Only keys of one length can be equal."""
    lengths = Counter(n.bit_length() for n in moduli if n > 1).values()
    usable, draws = sum(lengths), seed_bounds.alike(lengths)
    if usable < 2:
        return
    if equal and draws >= seed_bounds.FEW:
        pairs = sum(math.comb(len(group.places), 2) for group in equal)
        yield (
            f"pairs of equal moduli among {usable:,} keys: {pairs:,}, as many as a seed of about "
            f"{seed_bounds.likely_seed(draws, pairs):.1f} bits makes"
        )
    elif not equal:
        yield seed_bounds.sentence(lengths)
    if shared and draws >= seed_bounds.FEW:
        pairs = sum(math.comb(len(group.places), 2) for group in shared)
        of_primes = seed_bounds.alike([2 * count for count in lengths])
        bits = seed_bounds.likely_seed(of_primes, pairs)
        yield (
            f"pairs of keys with a prime in common among {usable:,}: {pairs:,}, as many as a seed "
            f"of about {bits:.1f} bits for each prime makes"
        )
    elif not shared:
        yield seed_bounds.sentence_of_primes(lengths)


def _of_laws(group: Group) -> Iterator[str]:
    if group.spread is not None:
        yield (
            f"{group.subject}: primes drawn with only their first bit set {_power_shown(group)}, "
            f"top two bits set seen with {modulus_law.power_of_test(TOP_TWO, group.keys):.2f} or "
            "more"
        )
        if group.spread.standard.fits:
            yield f"{group.subject}: {_law_kept(group)}"
    if group.residues:
        by = ", ".join(str(one.r) for one in group.residues)
        least = detectable(group.keys)
        yield (
            f"{group.subject}: remainders by {by} were tested; one of two values would be seen "
            f"with probability 0.9 to come more often than half by {least:.3f}"
        )


def _power_shown(group: Group) -> str:
    """What becomes of K04 with so many keys."""
    if group.keys < modulus_law.LEAST_SHOWN:
        seen = modulus_law.power_of_test(REJECT, group.keys)
        least = modulus_law.LEAST_SHOWN
        return f"would be seen with {seen:.2f} or more, but not shown (K04) by fewer than {least}"
    power = modulus_law.power_of_evidence(REJECT, group.keys)
    return f"would be shown (K04) with probability {power:.2f}"


def _of_few(groups: Sequence[Group]) -> Iterator[str]:
    few = [group.subject for group in groups if group.spread is None]
    if few:
        told = ", ".join(few[:3]) + (f" and {len(few) - 3} more lengths" if len(few) > 3 else "")
        yield f"{told}: too few to test a law, which takes {modulus_law.LEAST_KEYS} keys"


def _has_law(length: int) -> bool:
    return length >= SHORTEST and length % 2 == 0


def _of_odd(moduli: Sequence[int]) -> Iterator[str]:
    count = len({n for n in moduli if n > 1 and not _has_law(n.bit_length())})
    if count:
        yield f"{count:,} moduli of an odd length, or below {SHORTEST} bits: no law is tested"


def _law_kept(group: Group) -> str:
    rows = "; ".join(row.names for row in group.sources)
    return "their leading bits do not contradict the law of the standard" + (
        f"; known sources that look alike: {rows}" if rows else ""
    )


def _of_tests(population: Population) -> str:
    return (
        f"{population.tests} statistics, each at {modulus_law.SIGNIFICANCE:g}: keys of the "
        f"standard's law raise a fingerprint by chance with probability "
        f"{population.false_alarm:.2g}, and are called not conformant (K04) with less than "
        f"{1 / modulus_law.SHOWN:.0e} for each length"
    )
