"""REQ-5-1-d, below the commands: what a chip's memory holds of a user who is gone."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from fixtures.outcome import Inconclusive
from suites.services.agreement import PURPOSES
from suites.services.old_phone import expect_gone, ordered
from suites.services.parties import (
    PASSWORD,
    PIN,
    certificate_on,
    change_of_phone,
    issue,
    issued_phone,
)
from suites.services.residue import residue

if TYPE_CHECKING:
    from fixtures.bench import Bench
    from fixtures.services.world import World

ENTERED = {"PIN": PIN, "password": PASSWORD}


def former_of(world: World, phone: str) -> dict[str, bytes]:
    """The certificates of a phone that is issued.

    ``Inconclusive`` where its memory does not have them: then what is not found later says nothing.
    """
    certificates = {p: certificate_on(world.card(phone), p) for p in PURPOSES}
    image = world.memory(phone)
    missing = [p for p, der in certificates.items() if not der or der not in image]
    if missing:
        raise Inconclusive(f"the memory that is shown has no {missing[0]} certificate in it")
    return certificates


@pytest.mark.requirement("REQ-5-1-d")
@pytest.mark.needs("memory.image")
def test_nothing_of_the_former_user_stays_in_the_memory(bench: Bench):
    """No certificate, no prime of a key, no password: in no byte of it, used or free."""
    with bench.new_world() as world:
        issued_phone(world, "phone")
        former = former_of(world, "phone")
        world.person("next")
        world.give("phone", "next", reset=False)
        world.user("phone", pin="9753", password="NEXT2USER")
        issue(world, "phone")
        assert not (left := residue(world.memory("phone"), former, ENTERED)), left


@pytest.mark.requirement("REQ-5-1-d")
@pytest.mark.needs("memory.image")
def test_nothing_of_a_deleted_applet_stays_in_the_memory(bench: Bench):
    with bench.new_world() as world:
        old, _ = change_of_phone(world)
        former = former_of(world, "old")
        issue(world, "new")
        ordered(world, old)
        world.settle("old", "new")
        expect_gone(world)
        assert not (left := residue(world.memory("old"), former, ENTERED)), left
