"""Defective RSA keys by formula, one defect each as far as possible, and what is to be said of it.

For tests and demonstrations; all of them are made from a seed and none may ever be used. The names
V01 to V42 are those by which the suite's documents call the defects; a letter behind the number is
a variant. Where a defect brings another along (d below lambda = p - 1 of a key with p = q cannot be
long enough), both are expected.
"""

from __future__ import annotations

from dataclasses import replace

from suites.rsa_keys import recipes_numbers, recipes_structures
from suites.rsa_keys.key import RsaKey
from suites.rsa_keys.recipe import BY_NAME, EXPECTED, F4, GOOD, Expected, Made, Recipe, expect
from suites.rsa_keys.seeded import Seeded

__all__ = ["EXPECTED", "GOOD", "POPULATIONS", "Expected", "Made", "make", "make_one", "names"]

ENTERED_BY = (recipes_numbers, recipes_structures)  # on being imported
POPULATIONS = {"V40": 1_000, "V41": 200, "V42": 200}  # keys


def make(name: str, seed: int, *, bits: int = 2_048, size: int | None = None) -> Made:
    """The key, or the keys, of the recipe ``name``; the same for the same arguments.

    ``bits`` is the length of n (a multiple of 512, at least 1024). ``size`` is the number of keys
    of a population (V40 to V42) and of nothing else. KeyError for an unknown name.
    """
    recipe = Recipe(name, Seeded(f"{name}/{seed}/{bits}"), bits)
    if name in POPULATIONS:
        return _population(recipe, size or POPULATIONS[name])
    return BY_NAME[name](recipe)


def make_one(name: str, seed: int, *, bits: int = 2_048) -> RsaKey:
    """``make`` for a recipe of one key; ValueError for a recipe of several."""
    made = make(name, seed, bits=bits)
    if isinstance(made, tuple):
        raise ValueError(f"recipe {name} makes several keys; call make")
    return made


def names(*, populations: bool = True) -> tuple[str, ...]:
    """All recipes in their order."""
    return tuple(name for name in sorted(EXPECTED) if populations or name not in POPULATIONS)


# --- populations --------------------------------------------------------------------------

expect("V40", seen_by="equal moduli", keys=POPULATIONS["V40"])
expect("V41", "K04", seen_by="the law of the moduli", keys=POPULATIONS["V41"])
expect("V42", seen_by="residues of the moduli", keys=POPULATIONS["V42"])


def _population(r: Recipe, size: int) -> tuple[RsaKey, ...]:
    """Keys of one device: a seed of 16 bits each, primes of full length, or n = 1 modulo 12."""
    one = {"V40": _of_short_seed, "V41": _until_long_enough, "V42": _one_modulo_12}[r.name]
    return tuple(
        replace(one(r), subject=f"{r.name} ({r.draw.seed}), key {k}") for k in range(1, size + 1)
    )


def _of_short_seed(r: Recipe) -> RsaKey:
    device = Recipe(r.name, Seeded(f"V40/{r.bits}/{r.draw.bits(16)}"), r.bits)
    return device.key(device.prime(), device.prime())


def _until_long_enough(r: Recipe) -> RsaKey:
    """Any primes with their first bit set, until n is long enough: K04 is not looked at."""
    while True:
        p, q = (r.prime(low=1 << (r.half - 1)) for _ in range(2))
        if (p * q).bit_length() == r.bits:
            return r.key(p, q)


def _one_modulo_12(r: Recipe) -> RsaKey:
    p, q = (r.draw.prime(r.low, r.high, e=F4, residue=11, modulus=12) for _ in range(2))
    return r.key(p, q)
