"""How the moduli of one generator are spread: what their most significant bits tell. Pure.

z = n/2^nlen lies in [1/2, 1). Three ways to choose two primes of nlen/2 bits are in use, and each
leaves z a law of its own, in closed form:

- *FIPS*: both uniform in [√2·2^(h-1), 2^h), as FIPS 186-4 B.3.1 and 186-5 A.1.1 ask;
- *top two bits*: both with their two uppermost bits set. That is within the interval of the
  standard, hence no violation, and less than half a bit lost: a fingerprint;
- *reject*: both uniform with the uppermost bit set, tried again until n has its full length. About
  one prime in two then lies below the bound: the standard is violated (K04), and many public keys
  show it, as far as such a thing can be shown without a private half.

Rules followed here: the statistic is Kolmogorov's distance, against the exact law of a finite
sample. That *reject* is *shown* takes more: it fits, there are ``LEAST_SHOWN`` moduli, and it is
``SHOWN`` times likelier than primes drawn uniformly in any part of the standard's interval
(``legal_laws``), whichever suits the sample best. For moduli of any such part this happens with
probability 1/``SHOWN`` at most, however many there are (Markov's inequality). Every result states
its power at the number of keys given.

Measured, with what had been held against the full interval alone in brackets: of populations with
p and q uniform in [√2·2^(h-1), 1.75·2^(h-1)), which is legal, 0 of 300 are called K04 at 30 moduli
(0.07) and at 60 (0.19), also without ``LEAST_SHOWN``; for p in [√½, 0.8), q in [√½, 1) of 2^h it
is 0 of 300 as well (0.27 at 60). Of *reject*, 60 of 60 are at 200. Primes that are not uniform and
heap up at the bound may be called K04 all the same; ``legal_laws`` has figures.

Sources: facts derived from the densities of a product of two uniform variables, checked by
simulation; Svenda et al., The Million-Key Question, USENIX Security 2016, for the laws in use.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from suites.rsa_keys import kolmogorov, legal_laws
from suites.rsa_keys.probability import binomial_above, binomial_below

Floats = NDArray[np.float64]

SIGNIFICANCE = 1e-3  # of each test of a law
SHOWN = 1e6  # likelihood ratio from which one law is shown against another
LEAST_SHOWN = 200  # keys; fewer show no law, whatever the ratio
LEAST_KEYS = 20  # below, no law is tested
ROOT_HALF = math.sqrt(0.5)
C_FIPS = 1 / (1 - ROOT_HALF) ** 2
C_REJECT = 2 / (1 - math.log(2))
PREFIX = 6  # bits of n behind the first that a histogram counts


@dataclass(frozen=True)
class Law:
    """A law of z on [1/2, 1): distribution function, density, and the bits a prime loses by it."""

    name: str
    below: Callable[[Floats], Floats]
    density: Callable[[Floats], Floats]
    lost: float  # bits of entropy of the key, beside primes from the whole interval of the standard

    def cdf(self, z: float) -> float:
        return float(self.below(np.array([z]))[0])


def _fips_below(z: Floats) -> Floats:
    low = C_FIPS / 2 * (2 * z * np.log(2 * z) - 2 * z + 1)
    at_root = C_FIPS / 2 * (2 * ROOT_HALF * math.log(2 * ROOT_HALF) - 2 * ROOT_HALF + 1)
    start = ROOT_HALF * (1 + 0.5 * math.log(2))
    high = at_root + C_FIPS * (z - z * np.log(z) - start)
    return np.where(z <= ROOT_HALF, low, high)


def _fips_density(z: Floats) -> Floats:
    return np.where(z < ROOT_HALF, C_FIPS * np.log(2 * z), -C_FIPS * np.log(z))


def _top_two_below(z: Floats) -> Floats:
    low = 16 * (z * np.log(16 * z / 9) - z + 9 / 16)
    at_three_quarters = 16 * (0.75 * math.log(4 / 3) - 0.75 + 9 / 16)
    high = at_three_quarters + 16 * (z - z * np.log(z) - 0.75 + 0.75 * math.log(0.75))
    return np.where(z <= 9 / 16, 0.0, np.where(z <= 0.75, low, high))


def _top_two_density(z: Floats) -> Floats:
    middle = 16 * np.log(np.maximum(16 * z / 9, 1.0))
    return np.where(z <= 0.75, middle, -16 * np.log(z))


def _reject_below(z: Floats) -> Floats:
    return C_REJECT * (z - z * np.log(z) - 0.5 * (1 + math.log(2)))


def _reject_density(z: Floats) -> Floats:
    return -C_REJECT * np.log(z)


FIPS = Law("FIPS interval", _fips_below, _fips_density, 0.0)
TOP_TWO = Law("top two bits set", _top_two_below, _top_two_density,
              2 * math.log2((1 - ROOT_HALF) / 0.25))  # fmt: skip
REJECT = Law("drawn again until n is long enough", _reject_below, _reject_density, 0.0)
LAWS = (FIPS, TOP_TWO, REJECT)


@dataclass(frozen=True)
class Fit:
    """One law beside the sample: distance, its probability under the law, log2 of the likelihood.

    ``likelihood`` is -∞ where the law excludes a modulus that was seen.
    """

    law: Law
    distance: float
    p: float
    likelihood: float  # bits, of the whole sample

    @property
    def fits(self) -> bool:
        return self.p >= SIGNIFICANCE


@dataclass(frozen=True)
class Spread:
    """What the moduli of one length, all different, say about how they were made."""

    length: int  # bits
    sample: tuple[float, ...]  # z, ascending
    fits: tuple[Fit, ...]  # in the order of LAWS
    critical: float  # distance at which a law is rejected
    entropy_lost: float  # bits of the leading bits, beside the law of the standard; an estimate
    legal: float  # log2 of the likelihood by the part of the standard's interval that suits best

    @property
    def standard(self) -> Fit:
        return self.fits[0]

    @property
    def law(self) -> Law | None:
        """The law that fits and is the likeliest; ``None`` where none fits."""
        fitting = [fit for fit in self.fits if fit.fits]
        return max(fitting, key=lambda fit: fit.likelihood).law if fitting else None

    @property
    def evidence(self) -> float:
        """log2 of the likelihood ratio of "reject" to the likeliest legal law; may be infinite."""
        ratio = next(f for f in self.fits if f.law is REJECT).likelihood - self.legal
        return ratio if not math.isnan(ratio) else -math.inf

    @property
    def shows_rejection(self) -> bool:
        """True where "reject" is the law that fits best, and the evidence for it suffices."""
        enough = len(self.sample) >= LEAST_SHOWN
        return enough and self.law is REJECT and self.evidence >= math.log2(SHOWN)


def spread(moduli: Sequence[int], length: int) -> Spread:
    """Moduli of ``length`` bits, each once, held against the three laws; 20 at least.

    ``ValueError`` for fewer, or a modulus of another length.
    """
    if len(moduli) < LEAST_KEYS:
        raise ValueError(f"{len(moduli)} moduli; the laws are tested from {LEAST_KEYS} on")
    if any(n.bit_length() != length for n in moduli):
        raise ValueError(f"a modulus has not {length} bits")
    z = np.sort(np.array([fraction(n, length) for n in moduli]))
    fits = tuple(_fit(law, z) for law in LAWS)
    limit = kolmogorov.critical(len(z), SIGNIFICANCE)
    return Spread(length, tuple(z.tolist()), fits, limit, _entropy_lost(z), legal_laws.likeliest(z))


def fraction(n: int, length: int) -> float:
    """n/2^length, cut off after 53 bits, so that it stays below 1."""
    kept = min(53, length)
    return math.ldexp(n >> (length - kept), -kept)


def _fit(law: Law, z: Floats) -> Fit:
    gap = kolmogorov.distance(law.below(z))
    density = law.density(z)
    likely = float(np.log2(density).sum()) if (density > 0).all() else -math.inf
    return Fit(law, gap, kolmogorov.tail(len(z), gap), likely)


def histogram(z: Sequence[float] | Floats, bits: int = PREFIX) -> Floats:
    """Shares of the values of the ``bits`` bits of n behind its first; shape (2^bits,)."""
    cells = np.minimum((np.asarray(z) * 2 - 1) * 2**bits, 2**bits - 1).astype(int)
    return np.bincount(cells, minlength=2**bits) / len(cells)


def expected(law: Law, bits: int = PREFIX) -> Floats:
    """The shares that a law gives those values."""
    return np.diff(law.below(np.linspace(0.5, 1.0, 2**bits + 1)))


def variation(sample: Floats, law: Law) -> float:
    """Total-variation distance of a histogram to a law, 0 to 1."""
    bits = len(sample).bit_length() - 1
    return float(np.abs(sample - expected(law, bits)).sum() / 2)


def _entropy_lost(z: Floats) -> float:
    """Relative entropy of a histogram to the law of the standard, less its bias (Miller).

    Of as many leading bits, six at most, as leave twenty keys for a cell.
    """
    bits = min(PREFIX, max(1, (len(z) // 20).bit_length() - 1))
    seen, law = histogram(z, bits), expected(FIPS, bits)
    there = seen > 0
    relative = float((seen[there] * np.log2(seen[there] / law[there])).sum())
    return max(0.0, relative - (int(there.sum()) - 1) / (2 * len(z) * math.log(2)))


def power_of_test(law: Law, count: int, against: Law = FIPS) -> float:
    """At least the probability that ``count`` keys of ``law`` are seen not to be of another.

    Where the two laws lie farthest apart, the sample lies on one side of a point in a binomial
    number; the test alarms when that number alone is out of bounds. The true power is higher.
    """
    limit = kolmogorov.critical(count, SIGNIFICANCE)
    z = np.linspace(0.5, 1.0, 2_001)
    wanted, true = against.below(z), law.below(z)
    i = int(np.abs(true - wanted).argmax())
    share, centre = float(true[i]), float(wanted[i])
    least = math.floor(count * (centre + limit)) + 1
    most = math.ceil(count * (centre - limit)) - 1
    return binomial_above(count, share, least) + binomial_below(count, share, most)


def power_of_evidence(law: Law, count: int, against: Law = FIPS) -> float:
    """About the probability that ``count`` keys of ``law`` reach ``SHOWN`` against another.

    The sum of the logarithms taken as normal, with mean and variance under the law. From
    ``LEAST_SHOWN`` keys on it is near one, also where the best part of the interval stands
    against "reject"; below, it says nothing of what is called K04.
    """
    mean, variance = _evidence_of_one(law, against)
    deviations = (count * mean - math.log2(SHOWN)) / math.sqrt(count * variance)
    return 0.5 * math.erfc(-deviations / math.sqrt(2))


def _evidence_of_one(law: Law, against: Law) -> tuple[float, float]:
    """Mean and variance of log2 of the likelihood ratio of one key, in bits."""
    z = (np.arange(200_000) + 0.5) / 400_000 + 0.5
    weight = law.density(z) / 400_000
    inside = weight > 0
    ratio = np.log2(law.density(z[inside]) / against.density(z[inside]))
    mean = float((weight[inside] * ratio).sum())
    return mean, float((weight[inside] * ratio**2).sum()) - mean * mean
