"""The old phone and its deletion, as the parties show them; what has to hold before is judged."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fixtures.card.apdu import SW
from fixtures.outcome import Inconclusive
from suites.services.agreement import PURPOSES
from suites.services.parties import certificate_on, signs_with

if TYPE_CHECKING:
    from fixtures.services.world import World

BUSY = ("sp-tsm", "sei-tsm")  # what has work that waits


def states(world: World) -> list[str]:
    """Of the deletions, as the SEI-TSM reports them."""
    return [row["state"] for row in world.table("sei-tsm", "deletions")]


def named_for_deletion(world: World) -> list[str]:
    """The SE-IDs that the SEI-TSM was asked to delete, once the SP-TSM has done its work."""
    while world.work("sp-tsm"):
        pass
    return [row["se_id"] for row in world.table("sei-tsm", "deletions")]


def ordered(world: World, old: str) -> None:
    """The SP-TSM has done its work. ``Inconclusive`` where another phone was named."""
    if (named := named_for_deletion(world)) != [old]:
        raise Inconclusive(f"deletion was ordered for {named}; see REQ-5-2-h and i")


def expect_pending(world: World) -> None:
    """``Inconclusive`` where a deletion is called done before its notice."""
    if states(world) != ["pending"]:
        raise Inconclusive(f"the deletion is {states(world)}; see REQ-5-1-b")


def expect_gone(world: World) -> None:
    """``Inconclusive`` where the applet is still on the old phone."""
    if is_there(world, "old"):
        raise Inconclusive("the applet was not deleted; see REQ-5-2-l")


def is_there(world: World, phone: str) -> bool:
    """Whether the JPKI applet can be selected."""
    answer = world.card(phone).select_ap()
    world.card(phone).channel.reset()
    return answer.sw != SW.FILE_NOT_FOUND


def works(world: World, phone: str) -> bool:
    """Whether both certificates are there and the keys sign."""
    card = world.card(phone)
    own = {purpose: certificate_on(card, purpose) for purpose in PURPOSES}
    good = all(own[p] and signs_with(card, p, own[p]) for p in PURPOSES)
    card.channel.reset()
    return good
