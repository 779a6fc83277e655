"""How likely moduli are by primes drawn in any part of the standard's interval. Pure.

The standard asks for primes within [√2·2^(h-1), 2^h) and not that all of it is used: whoever draws
p uniformly in a part of it and q in the same or another part is allowed to. With p and q as
fractions x, y of 2^h, uniform in [a, b) and [c, d), the density of z = x·y is

    f(z) = ln(min(b, z/c) / max(a, z/d)) / ((b - a)(d - c)),    where that is positive.

``likeliest`` is the likelihood of a sample by the part that suits it best. A law that is a million
times likelier than that is wrongly shown for moduli of any of these parts with a probability of a
millionth at most (Markov's inequality), but for what the grid leaves between its points.

Blind to what is not uniform: primes that heap up at the bound. Of 60 populations of 200 whose
density falls from the bound to nothing at 2^h in a straight line, one was called K04; of the law
that imitates *reject* best, all were. Two independent primes, each by a legal law of its own, can
even give z exactly the law of *reject*; two by the same law come within 0.030 bits for each modulus
(expectation maximisation over all laws on a lattice of 64). So moduli alone never *prove* a prime
below the bound; private halves do.
"""

from __future__ import annotations

import itertools
import math

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

LOWEST = math.sqrt(0.5)
STEPS = 9  # places of each end that are tried, between all that the sample leaves open
MOST_LOOKED_AT = 2_000  # moduli; of more, evenly spaced ones stand for their neighbours


def density(z: Floats, first: tuple[float, float], second: tuple[float, float]) -> Floats:
    """Of x·y for x uniform in ``first``, y in ``second``; 0 outside."""
    (a, b), (c, d) = first, second
    ratio = np.minimum(b, z / c) / np.maximum(a, z / d)
    return np.asarray(np.log(np.maximum(ratio, 1.0)) / ((b - a) * (d - c)), dtype=np.float64)


def likeliest(z: Floats) -> float:
    """log2 of the likelihood of a sample, ascending, by the part of the interval that suits best.

    Ends are tried on a grid over all that the least and the largest of the sample allow: a · c
    is not above the one, and b · d not below the other.
    """
    kept = z[np.linspace(0, len(z) - 1, min(len(z), MOST_LOOKED_AT)).astype(int)]
    lows = np.linspace(LOWEST, max(LOWEST, float(z[0]) / LOWEST), STEPS)
    highs = np.linspace(float(z[-1]), 1.0, STEPS)
    best = -math.inf
    for a, c in itertools.combinations_with_replacement(lows, 2):
        if a * c <= z[0]:
            for b, d in itertools.product(highs, repeat=2):
                if b * d >= z[-1] and a < b and c < d:
                    best = max(best, _likelihood(kept, (a, b), (c, d)))
    return best * len(z) / len(kept)


def _likelihood(z: Floats, first: tuple[float, float], second: tuple[float, float]) -> float:
    of_each = density(z, first, second)
    return float(np.log2(of_each).sum()) if (of_each > 0).all() else -math.inf
