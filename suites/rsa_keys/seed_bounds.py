"""What it means that no two keys are equal: how short a seed would have shown. Pure.

A generator whose output depends on b bits of seed makes equal keys among N with probability
1 - exp(-N(N-1)/2^(b+1)), the birthday bound. So a clean result bounds b, and not very far: it takes
2^(b/2) keys. Where every prime has its own seed, 2N draws are made.

Source: Heninger et al., Mining Your Ps and Qs, USENIX Security 2012, for the failure; the formula
is the usual approximation of 1 - Π(1 - i/2^b).
"""

from __future__ import annotations

import math

SURE = 0.95  # a seed counts as excluded that would have shown with this probability
EVEN = 0.5
EXAMPLES = (16, 20, 24, 32)  # bits
FEW = 20  # keys, below which nothing is said of a seed


def collision(draws: int, bits: float) -> float:
    """P(two of ``draws`` values of so many bits are equal)."""
    return -math.expm1(-draws * (draws - 1) / 2 ** (bits + 1))


def excluded(draws: int, probability: float = SURE) -> float:
    """The longest seed, in bits, that would have shown with the probability; 0 for one draw."""
    if draws < 2:
        return 0.0
    return max(0.0, math.log2(draws * (draws - 1) / (-2 * math.log1p(-probability))))


def sentence(keys: int) -> str:
    """What "no two of so many keys are equal" says about a common seed."""
    if keys < FEW:
        return f"{keys:,} keys without a duplicate: too few to say anything of a seed"
    certain, even = math.floor(excluded(keys)), math.floor(excluded(keys, EVEN))
    told = ", ".join(f"{bits} bits {_percent(collision(keys, bits))}" for bits in EXAMPLES)
    return (
        f"{keys:,} keys without a duplicate: a seed of {certain} bits or fewer would have shown "
        f"one with probability {SURE:.0%} or more, one of {even} bits with {EVEN:.0%} or more "
        f"({told}). Nothing is said about a longer seed"
    )


def sentence_of_primes(keys: int) -> str:
    """The same for primes that no two keys share, each prime with a seed of its own."""
    certain = math.floor(excluded(2 * keys))
    if keys < FEW:
        return f"No prime in two of {keys:,} keys: too few to say anything of its seed"
    return (
        f"No prime in two of {keys:,} keys: a seed of {certain} bits or fewer for each prime "
        f"would have shown one with probability {SURE:.0%} or more"
    )


def likely_seed(draws: int, pairs: int) -> float:
    """Bits of a seed that makes as many equal pairs among the draws in the mean; pairs above 0."""
    return math.log2(draws * (draws - 1) / 2 / pairs)


def _percent(probability: float) -> str:
    return f"{probability:.2g}" if probability < 0.995 else "above 0.99"
