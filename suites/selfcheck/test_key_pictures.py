"""Pictures of moduli: the same every time, without a network, for any moduli."""

from __future__ import annotations

from xml.etree import ElementTree as ET

import pytest

from suites.pictures import RED
from suites.rsa_keys import pictures
from suites.rsa_keys.recipes import make


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


@pytest.mark.parametrize("found", [[], [0, -5], [35] * 50, [1 << 1023] * 19])
def test_too_few_or_too_short_moduli_give_no_picture(found: list[int]):
    assert pictures.of_population(found) == []


def test_the_commonest_length_is_shown(moduli: list[int]):
    assert pictures.of_one_length([*moduli, 5, 7, -1, moduli[0]]) == moduli


def test_the_curve_ends_at_all_moduli_and_the_laws_are_named(moduli: list[int]):
    svg = pictures.law_of_moduli(moduli).svg
    for colour in pictures.COLOURS.values():
        assert f"stroke: {colour}" in svg
    assert svg != pictures.law_of_moduli(moduli[1:]).svg
