"""What it means that no two keys are equal: how short a seed would have shown. Pure.

A generator whose output depends on b bits of seed makes equal keys among N with probability
1 - exp(-N(N-1)/2^(b+1)), the birthday bound. So a clean result bounds b, and not very far: it takes
2^(b/2) keys. Where every prime has its own seed, 2N draws are made.

Keys of two lengths are never equal, whatever their seeds, so only pairs within a length count: the
exponent is the sum of N(N-1) over the lengths.

Source: Heninger et al., Mining Your Ps and Qs, USENIX Security 2012, for the failure; the formula
is the usual approximation of 1 - Π(1 - i/2^b).
"""

from __future__ import annotations

import math
from collections.abc import Collection

SURE = 0.95  # a seed counts as excluded that would have shown with this probability
EVEN = 0.5
EXAMPLES = (16, 20, 24, 32)  # bits
FEW = 20  # keys, below which nothing is said of a seed


def alike(counts: Collection[int]) -> float:
    """As many draws of one kind as make as many pairs as so many draws of each kind."""
    return 0.5 + math.sqrt(0.25 + sum(count * (count - 1) for count in counts))


def collision(draws: float, bits: float) -> float:
    """P(two of ``draws`` values of so many bits are equal)."""
    return -math.expm1(-draws * (draws - 1) / 2 ** (bits + 1))


def excluded(draws: float, probability: float = SURE) -> float:
    """The longest seed, in bits, that would have shown with the probability; 0 for one draw."""
    if draws < 2:
        return 0.0
    return max(0.0, math.log2(draws * (draws - 1) / (-2 * math.log1p(-probability))))


def sentence(lengths: Collection[int]) -> str:
    """What "no two keys are equal" says about a common seed; ``lengths``: keys of each length."""
    keys, draws = sum(lengths), alike(lengths)
    if draws < FEW:
        return f"{keys:,} keys without a duplicate: too few{_of(lengths)} to say anything of a seed"
    certain, even = math.floor(excluded(draws)), math.floor(excluded(draws, EVEN))
    told = ", ".join(f"{bits} bits {_percent(collision(draws, bits))}" for bits in EXAMPLES)
    return (
        f"{keys:,} keys{_of(lengths)} without a duplicate: a seed of {certain} bits or fewer would "
        f"have shown one with probability {SURE:.0%} or more, one of {even} bits with {EVEN:.0%} "
        f"or more ({told}). Nothing is said about a longer seed"
    )


def sentence_of_primes(lengths: Collection[int]) -> str:
    """The same for primes that no two keys share, each prime with a seed of its own."""
    keys = sum(lengths)
    if alike(lengths) < FEW:
        return (
            f"No prime in two of {keys:,} keys: too few{_of(lengths)} to say anything of its seed"
        )
    certain = math.floor(excluded(alike([2 * count for count in lengths])))
    return (
        f"No prime in two of {keys:,} keys{_of(lengths)}: a seed of {certain} bits or fewer for "
        f"each prime would have shown one with probability {SURE:.0%} or more"
    )


def likely_seed(draws: float, pairs: int) -> float:
    """Bits of a seed that makes as many equal pairs among the draws in the mean; pairs above 0."""
    return math.log2(draws * (draws - 1) / 2 / pairs)


def _of(lengths: Collection[int]) -> str:
    return f" of {len(lengths)} lengths" if len(lengths) > 1 else ""


def _percent(probability: float) -> str:
    return f"{probability:.2g}" if probability < 0.995 else "above 0.99"
