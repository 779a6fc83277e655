"""Sets of access rules that each turn on one line of the decision order. Pure.

What they decide is the model's to say (``model.decide``); here is only what must be tried so that
no line of it goes untried. Every set is tried by every app on every application.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import permutations

from suites.access_control.rules import ALWAYS, NEVER, Rule, filters

ALL = b""
READ = filters(("00060000", "FFFF0000"))
PROPRIETARY = filters(("80000000", "F0000000"))
BEYOND_ITS_MASK = filters(("00060001", "FFFF0000"))  # a one where the mask has none: no match ever
COMMANDS = tuple(bytes.fromhex(told) for told in ("00060000", "80060000", "000A000001AA"))
"""Known to Android's test applets, and told apart by the filters."""


@dataclass(frozen=True)
class Case:
    """``turns_on``: what would be got wrong, in words."""

    turns_on: str
    rules: tuple[Rule, ...]


def cases(
    application: bytes, another: bytes, app: bytes, other_app: bytes, shared: Sequence[bytes]
) -> Iterator[Case]:
    """Of two applications and two apps by one hash each, and an app with several names."""
    yield from _order(application, another, app, other_app)
    yield from _names(application, shared)
    yield from _merged(application, app)
    yield from _said(application)


def _order(one: bytes, another: bytes, app: bytes, other: bytes) -> Iterator[Case]:
    yield Case("no rule at all", ())
    yield Case("no rule for it", (Rule(another, ALL, ALWAYS),))
    yield Case("its rule before that of all apps", (Rule(one, app, ALWAYS), Rule(one, ALL, NEVER)))
    yield Case("another's rule shuts out", (Rule(one, other, ALWAYS), Rule(one, ALL, ALWAYS)))
    yield Case("another's refusal shuts out", (Rule(one, other, NEVER), Rule(one, ALL, ALWAYS)))
    yield Case("all apps before all applications", (Rule(one, ALL, ALWAYS), Rule(ALL, app, NEVER)))
    yield Case("never there, always elsewhere", (Rule(one, ALL, NEVER), Rule(ALL, ALL, ALWAYS)))
    yield Case("its rule for all applications", (Rule(ALL, app, ALWAYS), Rule(ALL, ALL, NEVER)))
    yield Case("another's for all applications", (Rule(ALL, other, ALWAYS), Rule(ALL, ALL, ALWAYS)))
    yield Case("all apps, all applications", (Rule(ALL, ALL, ALWAYS), Rule(another, other, ALWAYS)))
    yield Case("the default application", (Rule(None, ALL, ALWAYS),))
    yield Case("all but the default one", (Rule(None, ALL, NEVER), Rule(ALL, ALL, ALWAYS)))


def _names(one: bytes, shared: Sequence[bytes]) -> Iterator[Case]:
    for told in shared:
        yield Case(f"a name of {len(told)} bytes", (Rule(one, told, ALWAYS),))
    first, last = shared[0], shared[-1]
    yield Case("the first name decides", (Rule(one, first, NEVER), Rule(one, last, ALWAYS)))


def _merged(one: bytes, app: bytes) -> Iterator[Case]:
    for said in (
        (ALWAYS, NEVER), (READ, NEVER), (READ, ALWAYS), (READ, PROPRIETARY), (ALWAYS, None),
    ):  # fmt: skip
        for order in permutations(said):
            rules = tuple(Rule(one, app, apdu, ALWAYS) for apdu in order)
            yield Case("two rules for one pair", rules)
    for events in permutations((ALWAYS, NEVER)):
        rules = tuple(Rule(one, app, ALWAYS, nfc) for nfc in events)
        yield Case("two rules on events", rules)


def _said(one: bytes) -> Iterator[Case]:
    yield Case("events alone", (Rule(one, ALL, None, ALWAYS),))
    yield Case("commands without events", (Rule(one, ALL, ALWAYS, NEVER),))
    yield Case("events without commands", (Rule(one, ALL, NEVER, ALWAYS),))
    yield Case("a filter", (Rule(one, ALL, READ),))
    yield Case("two filters", (Rule(one, ALL, READ + PROPRIETARY, NEVER),))
    yield Case("a filter beyond its mask", (Rule(one, ALL, BEYOND_ITS_MASK),))
    carrier = Rule(one, ALL, ALWAYS, None, b"jp.example.carrier", bytes(8))
    yield Case("what is said of carriers", (carrier, Rule(b"\xff" * 6, ALL, NEVER)))
