"""What SET STATUS must do to a card, written down a second time (GPCS 5.1 to 5.3, 11.10).

Nothing here is computed by bits where the standard has a picture: what may follow on what is
listed, arrow by arrow, with those who may go along it. A judge's model, pure and without a target.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

ACCEPTED = 0x9000
NOT_FROM_HERE = 0x6985  # no arrow, or not for this one
NO_SUCH_STATE = 0x6A86  # or no such thing to set
NOT_A_DOMAIN = 0x6A80
UNKNOWN = 0x6A88

THE_CARD, ONE, WITH_ALL_BELOW = 0x80, 0x40, 0x60

OP_READY, INITIALIZED, SECURED, CARD_LOCKED, TERMINATED = 0x01, 0x07, 0x0F, 0x7F, 0xFF

CARD_ARROWS = {
    "issuer": {(OP_READY, INITIALIZED), (INITIALIZED, SECURED)},
    "card lock": {(SECURED, CARD_LOCKED), (CARD_LOCKED, SECURED)},
    "card terminate": {
        (OP_READY, TERMINATED), (INITIALIZED, TERMINATED), (SECURED, TERMINATED),
        (CARD_LOCKED, TERMINATED),
    },
}  # fmt: skip
"""Figure 5-1. The issuer's domain goes the first two whatever its privileges."""

OWN_STATES = tuple(state for state in range(0x07, 0x80) if state % 8 == 7)
"""SELECTABLE, and those that an application defines for itself (table 11-4): 07, 0F, … 7F."""

DOMAIN_STATES = (0x03, 0x07, 0x0F)


@dataclass(frozen=True)
class Thing:
    """The issuer's domain, another one, or an application.

    ``held``: of the privileges only those that matter here, by their names in the standard.
    """

    kind: str  # "issuer", "domain" or "application"
    state: int
    owner: str = ""  # the name of its security domain; nothing for the issuer's
    held: frozenset[str] = frozenset()


Card = Mapping[str, Thing]


def set_status(card: Card, actor: str, p1: int, p2: int, target: str) -> tuple[int, Card]:
    """The status word, and the card afterwards; ``actor`` is who received the command."""
    if card_state(card) == TERMINATED:
        return NOT_FROM_HERE, card
    if p1 == THE_CARD:
        return _card(card, actor, p2)
    if p1 not in (ONE, WITH_ALL_BELOW):
        return NO_SUCH_STATE, card
    if target not in card:
        return UNKNOWN, card
    if card[target].kind == "issuer":
        return NOT_FROM_HERE, card
    return (_one if p1 == ONE else _all_below)(card, actor, p2, target)


def card_state(card: Card) -> int:
    return next(thing.state for thing in card.values() if thing.kind == "issuer")


def selection(card: Card, name: str) -> int:
    """What SELECT of this one is answered by (5.1.1.4, 5.1.1.5, 5.3)."""
    thing = card[name]
    asleep = thing.state in (0x03, *(state + 0x80 for state in range(0x03, 0x80)))
    if thing.kind != "issuer" and asleep:
        return 0x6A82
    if card_state(card) == TERMINATED:
        return 0x6A81
    if card_state(card) == CARD_LOCKED:
        return 0x6283 if "final application" in thing.held else 0x6A81
    return ACCEPTED


def _card(card: Card, actor: str, wanted: int) -> tuple[int, Card]:
    if wanted not in (OP_READY, INITIALIZED, SECURED, CARD_LOCKED, TERMINATED):
        return NO_SUCH_STATE, card
    arrow = (card_state(card), wanted)
    roles = card[actor].held | ({"issuer"} if card[actor].kind == "issuer" else set())
    if not any(arrow in CARD_ARROWS.get(role, ()) for role in roles):
        return NOT_FROM_HERE, card
    issuer = next(name for name, thing in card.items() if thing.kind == "issuer")
    return ACCEPTED, {**card, issuer: replace(card[issuer], state=wanted)}


def _one(card: Card, actor: str, wanted: int, target: str) -> tuple[int, Card]:
    arrows = arrows_of(card[target])
    if actor == target:
        if not is_listed(card[target].kind, wanted):
            return NO_SUCH_STATE, card
        follows = arrows["itself"].get("lock" if wanted >= 0x80 else wanted)
    elif is_below(card, target, actor) or "global lock" in card[actor].held:
        follows = arrows["others"].get("lock" if wanted >= 0x80 else "unlock")
    else:
        follows = None
    if follows is None:
        return NOT_FROM_HERE, card
    return ACCEPTED, {**card, target: replace(card[target], state=follows)}


def arrows_of(thing: Thing) -> dict[str, dict[int | str, int]]:
    """Figures 5-2 and 5-3: what leads away from the state it is in, for itself and for others."""
    if thing.state >= 0x80:
        return {"itself": {}, "others": {"unlock": thing.state - 0x80}}
    lock: dict[int | str, int] = {}
    if "final application" not in thing.held:
        lock["lock"] = thing.state + 0x80
    forward: dict[int | str, int] = {}
    if thing.kind == "domain" and thing.state == 0x07:
        forward[0x0F] = 0x0F
    if thing.kind == "application" and thing.state in OWN_STATES:
        forward = {state: state for state in OWN_STATES if state != thing.state}
    return {"itself": lock | forward, "others": lock}


def is_listed(kind: str, state: int) -> bool:
    """Whether tables 11-4 (applications) and 11-5 (domains) have this coding."""
    if kind == "domain":
        return state in DOMAIN_STATES or state - 0x80 in DOMAIN_STATES
    if state >= 0x80:
        return state % 4 == 3
    return state == 0x03 or state in OWN_STATES


def _all_below(card: Card, actor: str, wanted: int, target: str) -> tuple[int, Card]:
    """Who is in that state already stays so, without an error (11.10.2.1)."""
    if card[target].kind != "domain":
        return NOT_A_DOMAIN, card
    entitled = is_below(card, target, actor) or "global lock" in card[actor].held
    if not (entitled or actor == target) or (actor == target and wanted < 0x80):
        return NOT_FROM_HERE, card
    return ACCEPTED, {
        name: _moved(thing, wanted) if name == target or is_below(card, name, target) else thing
        for name, thing in card.items()
    }


def _moved(thing: Thing, wanted: int) -> Thing:
    if "final application" in thing.held or (thing.state >= 0x80) == (wanted >= 0x80):
        return thing
    return replace(thing, state=thing.state + (0x80 if wanted >= 0x80 else -0x80))


def is_below(card: Card, name: str, domain: str) -> bool:
    """Whether it belongs to the domain, or to one that does."""
    owner = card[name].owner
    return bool(owner) and (owner == domain or is_below(card, owner, domain))
