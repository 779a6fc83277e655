"""In words what was found between the keys of a population: remarks that name both keys. Pure."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Sequence

from suites.rsa_keys.common_structure import factor_by_structure
from suites.rsa_keys.fingerprints import Source
from suites.rsa_keys.key import KeyClass, Remark, RsaKey
from suites.rsa_keys.modulus_law import LEAST_SHOWN, REJECT, SHOWN, TOP_TWO, Spread
from suites.rsa_keys.residues import SIGNIFICANCE, Residues
from suites.rsa_keys.shared_primes import Shared

MINING = "Heninger et al., Mining Your Ps and Qs, USENIX Security 2012"
CARDS = "Bernstein et al., Factoring RSA keys from certified smart cards, Asiacrypt 2013"
MCKEE = "McKee and Pinch, Further attacks on server-aided RSA cryptosystems, 1998"
ORIGIN = "Nemec et al., Measuring Popularity of Cryptographic Libraries, ACSAC 2017"
TRIED = 20  # keys of one pattern of p - 1; where none is factored by it, the others are not tried
BOUND = "FIPS 186-4 B.3.1 criterion 2; FIPS 186-5 A.1.1 criterion 2"


def of_duplicates(keys: Sequence[RsaKey], groups: Sequence[Shared]) -> Iterator[Remark]:
    """One for each key of a group."""
    for group in groups:
        for place in group.places:
            other = next(p for p in group.places if p != place)
            yield Remark(
                "duplicate", KeyClass.BROKEN, MINING,
                f"has the modulus of {_named(keys, other, place)}"
                f"{_and_more(len(group.places) - 2)}, so each holder has the private key of the "
                "other; one pair that was handed in twice looks the same",
                keys[place].subject, len(group.places), 1, "keys",
            )  # fmt: skip


def of_shared(keys: Sequence[RsaKey], groups: Sequence[Shared]) -> Iterator[Remark]:
    """One for each key and factor, each factor verified by division."""
    factors = Counter(place for group in groups for place in group.places)
    for group in groups:
        same = Counter(keys[place].n for place in group.places)
        for place in group.places:
            n = keys[place].n
            other = next(p for p in group.places if keys[p].n != n)
            others = len(group.places) - same[n]
            proper = 1 < group.factor < n and n % group.factor == 0
            what = (
                f"shares a factor of {group.factor.bit_length()} bits with" if proper
                else "has a modulus that divides the one of"
            )  # fmt: skip
            both = ", and another factor with other keys" if factors[place] > 1 else ""
            yield Remark(
                "shared-prime", KeyClass.BROKEN, CARDS if both else MINING,
                f"{what} {_named(keys, other, place)}{_and_more(others - 1)}{both}: "
                "anybody factors both with one gcd",
                keys[place].subject, others, 0, "keys", group.factor if proper else None,
            )  # fmt: skip


def of_structure(keys: Sequence[RsaKey], groups: Sequence[Shared]) -> Iterator[Remark]:
    """One for each key that the structure factors; one for a group where it does not."""
    for group in groups:
        bits = group.factor.bit_length()
        factored = _factored(keys, group)
        for place, factor in factored.items():
            if factor is not None:
                yield Remark(
                    "shared-structure", KeyClass.BROKEN, MCKEE,
                    f"both primes, less 1, are multiples of one number of about {bits} bits"
                    f"{_as_of(keys, place, group.places)}, which factors the key",
                    keys[place].subject, bits, 128, "bit", factor,
                )  # fmt: skip
        left = [place for place in group.places if factored.get(place) is None]
        if left:
            first, others = left[0], [p for p in group.places if p != left[0]]
            partner = (
                f"{_named(keys, others[0], first)}{_and_more(len(others) - 1)}" if others
                else "the other keys together"
            )  # fmt: skip
            yield Remark(
                "shared-structure", KeyClass.FINGERPRINT, "google/paranoid_crypto, CheckGCDN1",
                f"n - 1 has {bits} bits in common with that of {partner}: their primes are made "
                "by one pattern, not at random alone",
                keys[first].subject, bits, 128, "bit",
            )  # fmt: skip


def _factored(keys: Sequence[RsaKey], group: Shared) -> dict[int, int | None]:
    """Factors of the keys of a group by their place; ends where the first ``TRIED`` gave none."""
    found: dict[int, int | None] = {}
    for place in group.places:
        if len(found) == TRIED and not any(found.values()):
            break
        found[place] = factor_by_structure(keys[place].n, group.factor)
    return found


def of_spread(subject: str, laws: Spread) -> Iterator[Remark]:
    """The law of the moduli, where it is not the one of the standard."""
    count, evidence = len(laws.sample), laws.evidence
    if laws.shows_rejection:
        yield Remark(
            "K04", KeyClass.CONFORMANCE, BOUND,
            f"{count:,} moduli are spread as by primes with only their first bit set, half of "
            f"which are below √2·2^{laws.length // 2 - 1}; 2^{evidence:.0f} times likelier than by "
            f"primes uniform in any part of the standard's interval (shown from {SHOWN:g} times "
            "on). Primes that heap up at that bound could look the same; private halves decide",
            subject, evidence, math.log2(SHOWN), "bit",
        )  # fmt: skip
        return
    if laws.standard.fits:
        return
    if laws.law is TOP_TWO:
        told = f"both primes have their top two bits set, which costs {TOP_TWO.lost:.2f} bits"
    elif laws.law is REJECT:
        told = (
            "they fit the law of primes drawn until n is long enough, which would break K04, but "
            f"so may primes in a part of the standard's interval (2^{evidence:.0f} times less "
            f"likely by these; {SHOWN:g} times and {LEAST_SHOWN} keys are asked for)"
        )
    else:
        told = (
            "none of the three known laws fits; the leading bits lose about "
            f"{laws.entropy_lost:.2f} bits"
        )
    yield Remark(
        "modulus-law", KeyClass.FINGERPRINT, ORIGIN,
        f"{count:,} moduli are not spread as by uniform primes: {told}",
        subject, laws.standard.distance, laws.critical, "distance",
    )  # fmt: skip


def of_residues(subject: str, found: Sequence[Residues]) -> Iterator[Remark]:
    """Every remainder with a bias."""
    for one in (one for one in found if one.alarms):
        told = (
            f"always {one.constant}" if one.constant is not None
            else f"not uniform, p = {one.p:.2g}"
        )  # fmt: skip
        yield Remark(
            f"n mod {one.r}", KeyClass.FINGERPRINT, ORIGIN,
            f"{told} in {one.keys:,} keys, which costs about {one.entropy_lost:.2f} bits of the "
            "modulus",
            subject, one.p, SIGNIFICANCE, "p",
        )  # fmt: skip


def of_source(subject: str, rows: Sequence[Source]) -> Iterator[Remark]:
    """Where keys of these marks are known to come from."""
    if rows:
        yield Remark(
            "source", KeyClass.FINGERPRINT, ORIGIN,
            f"looks like keys of {'; or of '.join(row.names for row in rows)}", subject,
        )  # fmt: skip


def of_bad_exponent(key: RsaKey) -> Remark:
    return Remark(
        "K06", KeyClass.CONFORMANCE, "FIPS 186-4 B.3.1 criterion 2; FIPS 186-5 A.1.1",
        "3 divides e, and n ≡ 2 (mod 3) says that it divides p - 1 or q - 1 too: no d inverts e",
        key.subject,
    )  # fmt: skip


def _named(keys: Sequence[RsaKey], other: int, place: int) -> str:
    """Who the other key is, for the one at the place."""
    name = keys[other].subject
    return name if name != keys[place].subject else f"another key that is called {name}"


def _and_more(count: int) -> str:
    return f" and {count:,} more" if count > 0 else ""


def _as_of(keys: Sequence[RsaKey], place: int, group: Sequence[int]) -> str:
    other = next((p for p in group if p != place), None)
    return "" if other is None else f", as those of {_named(keys, other, place)}"
