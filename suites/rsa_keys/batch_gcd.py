"""What each of many numbers has in common with all the others: the batch gcd, by cofactors.

Rules followed here:

- The product of all *other* numbers, modulo each one, comes out of one product tree that carries
  beside every product P of numbers n the sum T of the cofactors P/n: modulo one n all terms of T
  vanish but its own. So nothing is ever divided by a square, and a number that stands in the list
  twice has itself in common with the others.
- The way down is scaled: a node holds the fraction X/P of its remainder X, cut off behind the point
  with ``GUARD`` bits to spare, so that going to a child is a multiplication and no division.
- In blocks, only the tree of one block is there at a time. Over the products of the blocks no sums
  are carried: numbers as long as half of everything are divided, never multiplied, because GMP
  takes four times the length of a product to multiply.

Sources: Bernstein, How to find smooth parts of integers (2004) and Scaled remainder trees (2004);
Heninger et al., Mining Your Ps and Qs, USENIX Security 2012; the sum of cofactors as in
google/paranoid_crypto.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from gmpy2 import f_mod_2exp, gcd, mpz  # type: ignore[import-untyped]

GUARD = 64  # bits behind the point; each level doubles the error at most, so 2^56 numbers are safe
SHORT = 16_384  # bits: below, GMP divides faster than it multiplies and cuts


@dataclass
class _Tree:
    """Levels of products, the numbers themselves first, and the sums of cofactors on top."""

    levels: list[list[mpz]]
    cofactors: list[mpz]


def product(numbers: Sequence[int]) -> mpz:
    """Their product, by halves; 1 of nothing."""
    level = [mpz(number) for number in numbers] or [mpz(1)]
    while len(level) > 1:
        level = [
            level[i] * level[i + 1] if i + 1 < len(level) else level[i]
            for i in range(0, len(level), 2)
        ]
    return level[0]


def others(numbers: Sequence[int], outside: int = 1) -> list[mpz]:
    """``outside`` times the product of all other numbers, modulo each; numbers are above 0.

    Quasilinear in the bits of all numbers, and about 18 times as much memory for 100,000.
    """
    if not numbers:
        return []
    tree = _grown([mpz(number) for number in numbers])
    top = tree.levels[-1]
    if len(top) == 1:
        remainders = [tree.cofactors[0] * outside % top[0]]
    else:  # the root itself is never needed
        left, right = tree.cofactors
        remainders = [left * top[1] % top[0], right * top[0] % top[1]]
        if outside != 1:
            remainders = [x * outside % n for x, n in zip(remainders, top, strict=True)]
    tree.cofactors = []
    return _descended(tree.levels, remainders)


def _grown(numbers: list[mpz]) -> _Tree:
    """Pairs multiplied until two are left, or one."""
    levels, sums = [numbers], [mpz(1)] * len(numbers)
    while len(level := levels[-1]) > 2:
        pairs = range(0, len(level) - 1, 2)
        odd = len(level) % 2
        sums = [
            sums[i] * level[i + 1] + sums[i + 1] * level[i] for i in pairs
        ] + sums[len(sums) - odd :]  # fmt: skip
        levels.append([level[i] * level[i + 1] for i in pairs] + level[len(level) - odd :])
    return _Tree(levels, sums)


def _descended(levels: list[list[mpz]], remainders: list[mpz]) -> list[mpz]:
    """The remainders of the top of the tree, carried down to the numbers; uses the levels up."""
    top = levels.pop()
    bits = [node.bit_length() + GUARD for node in top]
    scaled = [(x << b) // node for x, b, node in zip(remainders, bits, top, strict=True)]
    while levels and levels[-1][0].bit_length() > SHORT:
        level = levels.pop()
        wanted = [node.bit_length() + GUARD for node in level]
        scaled = [
            _cut(scaled[i // 2], level[i ^ 1], bits[i // 2], wanted[i])
            if i ^ 1 < len(level)
            else scaled[i // 2]
            for i in range(len(level))
        ]
        if len(level) % 2:
            wanted[-1] = bits[-1]
        top, bits = level, wanted
    values = [_rounded(x, b, node) for x, b, node in zip(scaled, bits, top, strict=True)]
    while levels:
        level = levels.pop()
        values = [values[i // 2] % node for i, node in enumerate(level)]
    return values


def _cut(fraction: mpz, sibling: mpz, bits: int, wanted: int) -> mpz:
    """Fraction times sibling, without its whole part: X/(P·S) becomes (X mod P)/P."""
    return f_mod_2exp(fraction * sibling, bits) >> (bits - wanted)


def _rounded(fraction: mpz, bits: int, node: mpz) -> mpz:
    """The remainder that the fraction stands for; cut off, it lies just below, or wraps to P."""
    return ((fraction * node >> bits - 1) + 1 >> 1) % node


def remainders(value: int, numbers: Sequence[int]) -> list[mpz]:
    """One value modulo each of the numbers, which are above 0."""
    levels = [[mpz(number) for number in numbers]]
    while len(level := levels[-1]) > 1:
        levels.append([product(level[i : i + 2]) for i in range(0, len(level), 2)])
    left = [mpz(value)] * len(levels[-1])
    while levels:
        left = [left[i // 2] % number for i, number in enumerate(levels.pop())]
    return left


def common_factors(
    numbers: Sequence[int], *, outside: int = 1, blocks: int = 1
) -> list[int]:  # fmt: skip
    """gcd of each number with the product of all others (and of ``outside``); at its place.

    1 for a number below 2, which takes no part. ``outside`` is the product of numbers that are
    known already, or that product modulo the product of these; their own factors are not looked
    for. ``blocks``: as many parts, one after the other; 1 needs the least time, and 4 to 8 about
    a third of the memory.
    """
    if blocks < 1:
        raise ValueError(f"{blocks} blocks: one at least")
    places = [place for place, number in enumerate(numbers) if number > 1]
    size = -(-len(places) // blocks) or 1
    parts = [places[i : i + size] for i in range(0, len(places), size)]
    products = [product([numbers[place] for place in part]) for part in parts]
    beyond = _beyond(products, mpz(outside)) if parts else []
    del products  # as long as everything
    found = [1] * len(numbers)
    for part in parts:
        values = [mpz(numbers[place]) for place in part]
        for place, value, rest in zip(part, values, others(values, beyond.pop(0)), strict=True):
            found[place] = int(gcd(value, rest))
    return found


def _beyond(products: list[mpz], outside: mpz) -> list[mpz]:
    """As ``others`` for a few long numbers: by halves, with little memory."""
    if len(products) == 1:
        return [outside % products[0]]
    half = len(products) // 2
    left, right = product(products[:half]), product(products[half:])
    to_the_left, to_the_right = right % left, left % right
    if outside != 1:
        to_the_left = outside % left * to_the_left % left
        to_the_right = outside % right * to_the_right % right
    del left, right
    return _beyond(products[:half], to_the_left) + _beyond(products[half:], to_the_right)
