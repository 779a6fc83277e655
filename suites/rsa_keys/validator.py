"""One key pair against FIPS 186-4 or 186-5: does it work, and does it conform? Pure.

Two verdicts, because a key may sign and verify for years and still break the standard (d reduced by
(p - 1)(q - 1), e = 3, primes too close), and a key whose CRT values are wrong may have perfect
primes. ``functional`` is FAIL where signatures do not verify, or anybody can make them; ``fips``
where any criterion is not met. Missing values are derived where the standard says how: q from n
and p, both from e and d. What could be neither derived nor checked is named.

The criteria are those of ``criteria`` (K01 to K11), ``auxiliary_primes`` (K12) and
``public_validation`` (P01 to P03, where there are no primes, or none that belong to n). The order
is that of SP 800-56B r2, 6.4.1.2. No value, however large or negative, is refused.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from fixtures.verdict import Verdict
from suites.rsa_keys import auxiliary_primes, criteria, public_validation
from suites.rsa_keys.auxiliary_primes import Origin
from suites.rsa_keys.criteria import Breach, Criterion, CrtValue, Primes
from suites.rsa_keys.factoring import recover
from suites.rsa_keys.key import KeyClass, Remark, RsaKey
from suites.rsa_keys.messages import keeps_messages
from suites.rsa_keys.primality import MOST_BITS, Draw, probably_prime
from suites.rsa_keys.profile import Assurance, Profile

__all__ = ["Assurance", "Generation", "Profile", "Validation", "judge"]


@dataclass(frozen=True)
class Generation:
    """What a vendor declares of the way the primes are made; nothing, unless said.

    ``p_mod_8`` and ``q_mod_8`` are 1, 3, 5 or 7, or 0 for no condition (FIPS 186-5 only).
    """

    p: Origin | None = None
    q: Origin | None = None
    p_mod_8: int = 0
    q_mod_8: int = 0


@dataclass(frozen=True)
class Validation:
    """What one key came to.

    Attributes
    ----------
    functional
        FAIL where it does not work, or for anybody; NOT_APPLICABLE for a key that nothing speaks
        against, but which could sign nothing: neither d nor all of dP, dQ and qInv are known.
    fips
        FAIL where any criterion is not met, else PASS for what could be checked.
    not_checked
        One line for each criterion that could not be, and why. Both verdicts are INCONCLUSIVE where
        the primes are too long to be tested.
    """

    functional: Verdict
    fips: Verdict
    remarks: tuple[Remark, ...]
    not_checked: tuple[str, ...]


def judge(
    key: RsaKey,
    profile: Profile,
    draw: Draw,
    *,
    assurance: Assurance = Assurance.TABLE,
    generation: Generation = Generation(),
) -> Validation:
    """Validate ``key``, as far as it is known; ``draw(n)`` is uniform in [0, n)."""
    return _Examination(key, profile, draw, assurance, generation).validation()


@dataclass(frozen=True)
class _Examination:
    """One key under one profile."""

    key: RsaKey
    profile: Profile
    draw: Draw
    assurance: Assurance
    generation: Generation

    def validation(self) -> Validation:
        found = list(self.found())
        breaches = [b for b in found if isinstance(b, Breach)]
        gaps = tuple(gap for gap in found if isinstance(gap, str))
        untested = any("too many to be tested" in gap for gap in gaps)
        good = Verdict.INCONCLUSIVE if untested else Verdict.PASS
        works = good if self.could_sign else Verdict.NOT_APPLICABLE
        return Validation(
            Verdict.FAIL if any(b.broken for b in breaches) else works,
            Verdict.FAIL if breaches else good,
            tuple(self.remark(b) for b in breaches),
            gaps,
        )

    @property
    def could_sign(self) -> bool:
        """With d, or with both halves of a computation by the Chinese remainder theorem."""
        key = self.key
        primes = key.p is not None or key.q is not None
        halves = None not in {key.dp, key.dq, key.qinv}
        return key.d is not None or (primes and halves)

    def remark(self, breach: Breach) -> Remark:
        return Remark(
            criterion=breach.criterion.value,
            key_class=KeyClass.BROKEN if breach.broken else KeyClass.CONFORMANCE,
            clause=breach.criterion.clause(self.profile),
            reason=breach.reason,
            subject=self.key.subject,
            statistic=breach.statistic,
            bound=breach.bound,
            unit=breach.unit,
            factor=breach.factor,
        )

    def found(self) -> Iterator[Breach | str]:
        """Breaches, and as text what could not be checked."""
        key = self.key
        yield from criteria.public_exponent(key.e)
        yield from criteria.modulus_length(key.n, self.profile)
        if key.p is not None or key.q is not None:
            yield from self.told(key)
            return
        unfit = list(public_validation.modulus(key.n, self.draw))
        yield from unfit
        if key.n.bit_length() > MOST_BITS:
            yield f"P01 to P03: n has {key.n.bit_length()} bits, too many to be tested"
        split = next((b.factor for b in unfit if b.criterion is Criterion.COMPOSITE), None)
        if split is not None and key.d is not None:
            yield from self.derived(key, (max(split, key.n // split), min(split, key.n // split)))
        elif (
            key.d is None or unfit or key.e * key.d == 1 or not 2 < key.n.bit_length() <= MOST_BITS
        ):
            yield from _without_primes(key)
        else:
            yield from self.derived(key, recover(key.n, key.e, key.d, self.draw))

    def told(self, key: RsaKey) -> Iterator[Breach | str]:
        """A key that names its primes, or one of them."""
        if key.p is not None and key.q is not None:
            yield from self.private(key)
            return
        one = (key.p if key.q is None else key.q) or 0
        if one == 0 or key.n % one:
            yield Breach(Criterion.PRODUCT, "the prime told does not divide n", broken=True)
            yield from public_validation.modulus(key.n, self.draw)
            yield from _without_primes(key)
        elif key.q is None:
            yield from self.private(replace(key, q=key.n // one))
        else:
            yield from self.private(replace(key, p=key.n // one))

    def derived(self, key: RsaKey, factors: tuple[int, int] | None) -> Iterator[Breach | str]:
        """A key whose primes e and d tell."""
        if factors is None:
            reason = "e and d do not factor n: e * d is not 1 modulo lambda(n)"
            yield Breach(Criterion.INVERSE, reason, broken=True)
            yield from _without_primes(key)
        elif all(self.prime(factor) for factor in factors):
            yield from self.private(_in_order(key, factors))
        else:
            works = keeps_messages(key, self.draw)
            yield Breach(Criterion.PRIME, "n is a product of more than two primes", not works)
            yield "K02, K04 to K07, K09 to K13: n has no two primes"

    def private(self, key: RsaKey) -> Iterator[Breach | str]:
        """K02 and K04 to K13, of a key with p and q."""
        primes = Primes(key.p or 0, key.q or 0, criteria.even_length(key.n))
        unproduct = list(criteria.product(key.n, primes))
        yield from unproduct
        if primes.p * primes.q != key.n:
            yield from public_validation.modulus(key.n, self.draw)
        composite = list(self.primality(primes))
        works = bool(composite) and not unproduct and keeps_messages(key, self.draw)
        for found in (*composite, *self.arithmetic(key, primes)):
            yield _harmless(found) if works and isinstance(found, Breach) else found
        yield from criteria.bounds(primes)
        yield from criteria.distance(primes)
        yield from self.origins(primes)

    def primality(self, primes: Primes) -> Iterator[Breach | str]:
        """K08."""
        for name, prime in primes.named:
            if prime.bit_length() > MOST_BITS:
                yield f"K08: {name} has {prime.bit_length()} bits, too many to be tested"
            elif not self.prime(prime):
                yield Breach(Criterion.PRIME, f"{name} is not prime", broken=True)

    def prime(self, number: int) -> bool:
        return probably_prime(number, self.assurance.rounds(number.bit_length()), self.draw)

    def arithmetic(self, key: RsaKey, primes: Primes) -> Iterator[Breach | str]:
        """K06 and K09 to K11."""
        yield from criteria.coprime(primes, key.e)
        if key.d is None:
            yield "K09, K10: d is not known"
        else:
            if primes.order is None:
                yield "K09: p or q is below 2"
            yield from criteria.private_exponent(primes, key.e, key.d)
        yield from criteria.crt_values(_crt_values(key))
        values = (("dP", key.dp), ("dQ", key.dq), ("qInv", key.qinv))
        if missing := [name for name, value in values if value is None]:
            yield f"K11: {', '.join(missing)} not known"

    def origins(self, primes: Primes) -> Iterator[Breach | str]:
        """K12 and K13, where they are declared."""
        declared = self.generation
        if declared.p is None or declared.q is None:
            yield "K12: of p or q, no auxiliary primes are declared"
        for (name, prime), origin in zip(primes.named, (declared.p, declared.q), strict=True):
            if origin is not None:
                yield from auxiliary_primes.examine(
                    name,
                    prime,
                    origin,
                    e=self.key.e,
                    length=primes.length,
                    profile=self.profile,
                    draw=self.draw,
                )
        residues = (declared.p_mod_8, declared.q_mod_8)
        if not any(residues):
            yield "K13: no residues modulo 8 are declared"
        for (name, prime), residue in zip(primes.named, residues, strict=True):
            if residue and prime % 8 != residue:
                reason = f"{name} is {prime % 8} modulo 8, not {residue} as declared"
                yield Breach(Criterion.RESIDUE, reason)


def _harmless(breach: Breach) -> Breach:
    """Where a "prime" is none, messages tell whether the key works, and not lcm(p - 1, q - 1)."""
    return replace(breach, broken=False, reason=f"{breach.reason}, though the key works")


def _without_primes(key: RsaKey) -> Iterator[str]:
    """What cannot be checked where p and q are not known, and d may not be."""
    yield "K02, K04 to K08, K11 to K13: p and q are not known"
    yield "K09, K10: " + ("d" if key.d is None else "p and q") + " not known"


def _in_order(key: RsaKey, factors: tuple[int, int]) -> RsaKey:
    """The key with these primes, in the order that its CRT values, if any, speak for."""
    first, second = (replace(key, p=p, q=q) for p, q in (factors, factors[::-1]))
    return min(first, second, key=lambda k: len(list(criteria.crt_values(_crt_values(k)))))


def _crt_values(key: RsaKey) -> tuple[CrtValue, ...]:
    """Those that are there, of a key with p and q."""
    p, q = key.p or 0, key.q or 0
    asked = (
        ("dP", key.dp, key.e, p - 1, p - 1),
        ("dQ", key.dq, key.e, q - 1, q - 1),
        ("qInv", key.qinv, q, p, p),
    )
    return tuple(
        CrtValue(name, value, of, modulus, below)
        for name, value, of, modulus, below in asked
        if value is not None
    )
