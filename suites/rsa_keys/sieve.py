"""The primes below a bound, by the sieve of Eratosthenes. Pure."""

from __future__ import annotations

import math
from functools import cache

import numpy as np


@cache
def primes_below(bound: int) -> tuple[int, ...]:
    """All of them, in order; ``bound`` is positive."""
    is_prime = np.ones(bound, bool)
    is_prime[:2] = False
    for n in range(2, math.isqrt(bound) + 1):
        if n < bound and is_prime[n]:
            is_prime[n * n :: n] = False
    return tuple(int(p) for p in np.flatnonzero(is_prime))
