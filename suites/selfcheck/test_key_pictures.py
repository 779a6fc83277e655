"""Pictures of moduli: laws that agree with a count, the same every time, without a network."""

from __future__ import annotations

from collections.abc import Callable
from math import sqrt
from xml.etree import ElementTree as ET

import numpy as np
import pytest
from numpy.typing import NDArray

from suites.random_numbers.pictures import RED
from suites.rsa_keys import pictures
from suites.rsa_keys.recipes import make

Law = Callable[[NDArray[np.float64]], NDArray[np.float64]]
FIPS, TWO_BITS, REJECT = (law for _, law, _ in pictures.LAWS)


def counted(low: float, z: float, least: float = 0.0) -> float:
    """The share of pairs p, q of a fine grid on [low, 1) with p·q below z, of those above least."""
    p = low + (1 - low) * (np.arange(4_000) + 0.5) / 4_000

    def below(bound: float) -> float:
        return float(np.clip((bound / p - low) / (1 - low), 0, 1).mean())

    return max(0.0, below(z) - below(least)) / (1 - below(least))


@pytest.mark.parametrize(
    ("law", "low", "least"),
    [(FIPS, 1 / sqrt(2), 0.0), (TWO_BITS, 3 / 4, 0.0), (REJECT, 1 / 2, 1 / 2)],
    ids=["FIPS", "two bits", "reject"],
)
def test_a_law_is_what_a_count_of_pairs_comes_to(law: Law, low: float, least: float):
    z = np.linspace(0.5, 1, 51)
    assert law(z) == pytest.approx([counted(low, one, least) for one in z], abs=1e-4)


def test_the_law_of_the_standard_has_its_published_value():
    assert FIPS(np.array([0x90 / 256]))[0] == pytest.approx(0.04375, abs=5e-6)


@pytest.fixture(scope="module")
def moduli() -> list[int]:
    """n is 1 modulo 12 in all of them."""
    made = make("V42", 1, bits=1024, size=60)
    assert isinstance(made, tuple)
    return [key.n for key in made]


def test_each_picture_stands_alone_and_says_what_healthy_looks_like(moduli: list[int]):
    drawn = pictures.of_population(moduli)
    assert [one.name for one in drawn] == ["modulus_law", "residues"]
    for picture in drawn:
        ET.fromstring(picture.svg)
        assert all(picture.title)
        assert all(picture.healthy)
        assert 'href="http' not in picture.svg
    assert pictures.of_population(moduli) == drawn


def test_bars_outside_their_bounds_are_red(moduli: list[int]):
    bar = f"fill: {RED}"
    assert bar in pictures.residues(moduli).svg
    units = [n for n in range(30 * 3 * 5 * 7 * 8 * 11) if all(n % r for r in (2, 3, 5, 7, 11))]
    assert bar not in pictures.residues(units).svg


def test_the_band_is_the_distance_that_one_in_a_thousand_exceeds():
    """The tail of Kolmogorov's distribution, 2·Σ (-1)^(k-1)·exp(-2k²x²), at the constant."""
    x = pictures.CRITICAL
    tail = 2 * sum((-1) ** (k - 1) * np.exp(-2 * (k * x) ** 2) for k in range(1, 5))
    assert tail == pytest.approx(0.001, rel=1e-3)


@pytest.mark.parametrize("found", [[], [0, -5], [35] * 50, [1 << 1023] * 19])
def test_too_few_or_too_short_moduli_give_no_picture(found: list[int]):
    assert pictures.of_population(found) == []


def test_the_commonest_length_is_shown(moduli: list[int]):
    assert pictures.of_one_length([*moduli, 5, 7, -1]) == moduli
